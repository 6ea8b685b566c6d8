"""graphql-transport-ws: GraphQL over one websocket, as that protocol is published.

- The token comes in the payload of `connection_init`, within a few seconds; before that nothing is answered.
- A page of another origin is refused before anything is said: browsers send their users' cookies along.
- Close codes are the protocol's: 4400 a message that is none, 4401 asked before admitted, 4403 not admitted, 4406 no
  such subprotocol, 4408 no `connection_init` in time, 4409 an id in use, 4429 `connection_init` twice.
- A connection has a bounded number of operations, and one that does not read is closed.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.execute import Answer, Executor, Request, Streaming
from api.live.sse import NOT_READ, WORDS, error_of
from api.live.watching import Ended
from api.tokens import hash_token
from graph.changes import watchers
from graph.errors import DeadlineExceeded, Unavailable

SUBPROTOCOL: Final = "graphql-transport-ws"
ADMITTED_WITHIN: Final = 5.0
MOST_OPERATIONS: Final = 20
LARGEST_MESSAGE: Final = 100_000
LONGEST_ID: Final = 200
LOOKS_AGAIN: Final = 30.0


class Closed(Exception):  # noqa: N818 - says what is to be done
    """The connection is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class GraphQLSocket:
    """The websocket at `/graphql`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def serve(self, websocket: WebSocket) -> None:
        """Speak with one client until it or we close."""
        if not _same_origin(websocket.headers):
            await websocket.close()
            return
        if SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(4406, "Subprotocol not acceptable")
            return
        await websocket.accept(SUBPROTOCOL)
        await _Connection(websocket, self._executor).talk()


class _Connection:
    """One connection: its token once it is admitted, and the operations under way by their ids."""

    def __init__(self, websocket: WebSocket, executor: Executor) -> None:
        self._websocket, self._executor = websocket, executor
        self._token: str | None = None
        self._asked_in = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()

    async def talk(self) -> None:
        try:
            await self._listen()
        except Closed as closed:
            await self._close(closed)
        except (WebSocketDisconnect, RuntimeError):
            # Starlette tells by RuntimeError of a connection that went while something was being sent.
            return
        finally:
            running = list(self._operations.values())
            for operation in running:
                operation.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _close(self, closed: Closed) -> None:
        try:
            await self._websocket.close(closed.code, closed.reason)
        except (WebSocketDisconnect, RuntimeError):
            return

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(ADMITTED_WITHIN):
                while self._token is None:
                    await self._take(await self._message())
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        while True:
            received = asyncio.create_task(self._message())
            # An operation that fails in a way that closes the connection must not wait for the client's next word.
            try:
                while not received.done():
                    await asyncio.wait((received, *self._operations.values()), return_when=asyncio.FIRST_COMPLETED)
                    self._settle()
            finally:
                received.cancel()
            await self._take(received.result())

    def _settle(self) -> None:
        """Forget the operations that are over. Raises what one of them closes the connection with."""
        for name, operation in list(self._operations.items()):
            if operation.done():
                del self._operations[name]
                problem = None if operation.cancelled() else operation.exception()
                if problem is not None:
                    raise problem

    async def _message(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        if text is None or len(text) > LARGEST_MESSAGE:
            raise Closed(4400, "Send text messages of at most 100,000 characters")
        try:
            message = orjson.loads(text)
        except ValueError:
            raise Closed(4400, "This is not JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(4400, "A message is an object with a type")
        return message

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_init":
            await self._admit(message.get("payload"))
        elif kind == "ping":
            await self._say({"type": "pong"} | _payload(message))
        elif kind == "subscribe":
            self._begin(message)
        elif kind == "complete":
            self._stop(message.get("id"))
        elif kind != "pong":
            raise Closed(4400, "There is no such type of message")

    async def _admit(self, payload: Any) -> None:
        if self._asked_in:
            raise Closed(4429, "Too many initialisation requests")
        self._asked_in = True
        token = _token(payload)
        try:
            known = bool(token and await watchers(self._executor.database, [hash_token(token)]))
        except (Unavailable, DeadlineExceeded):
            raise Closed(1013, "Try again later") from None
        if not known:
            raise Closed(4403, "Forbidden")
        self._token = token
        await self._say({"type": "connection_ack"})

    def _begin(self, message: dict[str, Any]) -> None:
        if self._token is None:
            raise Closed(4401, "Unauthorized")
        name, request = message.get("id"), _request(message.get("payload"), self._token)
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or request is None:
            raise Closed(4400, "A subscribe message has an id and a payload with a query")
        if name in self._operations:
            raise Closed(4409, f"Subscriber for {name[:80]} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            raise Closed(4400, f"A connection has at most {MOST_OPERATIONS} operations at once")
        self._operations[name] = asyncio.create_task(self._operate(name, request))

    def _stop(self, name: Any) -> None:
        operation = self._operations.pop(name, None) if isinstance(name, str) else None
        if operation is not None:
            operation.cancel()

    async def _operate(self, name: str, request: Request) -> None:
        found = await self._executor.begin(request)
        if isinstance(found, Answer):
            if not found.executed:
                await self._say({"id": name, "type": "error", "payload": found.result["errors"]})
                return
            await self._say({"id": name, "type": "next", "payload": orjson.Fragment(found.body)})
        else:
            try:
                if not await self._stream(name, found):
                    return
            finally:
                found.let_go()
        await self._say({"id": name, "type": "complete"})

    async def _stream(self, name: str, streaming: Streaming) -> bool:
        """Whether the operation is to be completed; False when it was ended by an error. Raises Closed."""
        while True:
            found = await streaming.stream.next(LOOKS_AGAIN)
            if found is Ended.REVOKED:
                raise Closed(4403, "Forbidden")
            if found is Ended.CLOSING:
                raise Closed(1012, "Service restart")
            if isinstance(found, Ended) and found in WORDS:
                await self._say({"id": name, "type": "error", "payload": [error_of(found)]})
                return False
            if found is not None and not isinstance(found, Ended):
                body = orjson.Fragment(await streaming.answer(found))
                await self._say({"id": name, "type": "next", "payload": body})

    async def _say(self, message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(NOT_READ), self._sending:
                await self._websocket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise Closed(1008, "Messages are not read") from None


def _payload(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"payload": message["payload"]} if isinstance(message.get("payload"), dict) else {}


def _token(payload: Any) -> str | None:
    """The token in `{"Authorization": "Bearer …"}` or `{"token": "…"}`."""
    if not isinstance(payload, dict):
        return None
    given = payload.get("Authorization", payload.get("authorization"))
    if isinstance(given, str):
        scheme, _, token = given.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    bare = payload.get("token")
    return bare if isinstance(bare, str) else None


def _request(payload: Any, token: str) -> Request | None:
    if not isinstance(payload, dict):
        return None
    query, variables, name = payload.get("query"), payload.get("variables"), payload.get("operationName")
    fits = isinstance(query, str) and isinstance(variables, dict | None) and isinstance(name, str | None)
    return Request(query, variables or {}, name, token) if fits and isinstance(query, str) else None


def _same_origin(headers: Mapping[str, str]) -> bool:
    """A browser names the page's origin; it must be ours. Other clients name none."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
