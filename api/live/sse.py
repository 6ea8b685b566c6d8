"""Server-sent events: one POST, one stream of answers (the GraphQL over SSE protocol, distinct connections mode).

- Each answer is an event `next`, the end is an event `complete`. A query or mutation is answered as a stream of one.
- What is refused before it begins is refused as any request is, with its status.
- A comment now and then keeps proxies from closing a quiet stream, and finds out that a client is gone.
- A client that does not read for a while is let go.
"""

import asyncio
from typing import Final

import orjson
from starlette.types import Receive, Send

from api.execute import Answer, Streaming
from api.live.watching import Ended

MEDIA_TYPE: Final = "text/event-stream"
QUIET: Final = 12.0
"""Seconds of silence after which a comment is sent."""
NOT_READ: Final = 15.0
"""Seconds a client may take to read one event."""

_HEADERS: Final = (
    (b"content-type", f"{MEDIA_TYPE}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)
_COMMENT: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"

WORDS: Final = {
    Ended.REVOKED: ("UNAUTHENTICATED", "The token is no longer good."),
    Ended.TOO_SLOW: ("TOO_SLOW", "The stream was not read quickly enough; ask again, and watch anew."),
}


async def stream_out(streaming: Streaming, receive: Receive, send: Send) -> None:
    """Send a subscription's answers until it ends or the client goes."""
    talking = asyncio.create_task(_talk(streaming, send))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        streaming.let_go()
        for task in (talking, leaving):
            task.cancel()
        await asyncio.gather(talking, leaving, return_exceptions=True)


async def stream_one(answer: Answer, send: Send) -> None:
    """Send one answer as a whole stream."""
    await _start(send)
    await _say(send, _event(answer.body) + _COMPLETE, more=False)


async def _talk(streaming: Streaming, send: Send) -> None:
    try:
        await _start(send)
        # Something to read at once, so that a client knows that it is watching from now on.
        await _say(send, _COMMENT)
        while True:
            found = await streaming.stream.next(QUIET)
            if found is None:
                await _say(send, _COMMENT)
            elif isinstance(found, Ended):
                await _say(send, _farewell(found), more=False)
                return
            else:
                await _say(send, _event(await streaming.answer(found)))
    except TimeoutError:
        # The client does not read; the server closes the connection when the application returns.
        return


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})


async def _say(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(NOT_READ):
        await send({"type": "http.response.body", "body": body, "more_body": more})


def _event(body: bytes) -> bytes:
    return b"event: next\ndata: " + body + b"\n\n"


def _farewell(why: Ended) -> bytes:
    return (_event(orjson.dumps({"errors": [error_of(why)]})) if why in WORDS else b"") + _COMPLETE


def error_of(why: Ended) -> dict[str, object]:
    """Why a stream was ended, as a GraphQL error."""
    code, message = WORDS[why]
    return {"message": message, "extensions": {"code": code}}
