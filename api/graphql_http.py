"""GraphQL over HTTP: one endpoint, spoken as the GraphQL-over-HTTP specification says.

- POST with `application/json`; GET runs queries only. No batches, no forms, one JSON object in UTF-8.
- `application/graphql-response+json` is answered with true status codes. A client that accepts only `application/json`
  gets 200 for whatever was a well-formed request, as the specification's older clients expect.
- A client that takes `text/event-stream` gets a stream, which is the only way here to answer a subscription.
- The token comes in `Authorization: Bearer`, never in the address. Nothing is cached, nothing of a request is logged.
- It knows nothing of what is asked.
"""

from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from api.execute import Answer, Executor, Request, Streaming
from api.http_accept import accepts
from api.live.sse import MEDIA_TYPE, stream_one, stream_out

LARGEST_BODY: Final = 100_000
_LARGEST_ADDRESS: Final = 40_000
_MODERN: Final = "application/graphql-response+json"
_OLDER: Final = "application/json"
_STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "METHOD": 405,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "OUTCOME_UNKNOWN": 503,
    "INTERNAL": 500,
}


class Malformed(Exception):  # noqa: N818 - the client's
    """The request is not one that GraphQL over HTTP knows."""

    def __init__(self, status: int, message: str, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


class GraphQLEndpoint:
    """The ASGI application at `/graphql`."""

    def __init__(self, executor: Executor, *, development: bool = False) -> None:
        self._executor, self._development = executor, development

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value for name, value in scope["headers"] if name in _READ}
        media_type: str | None = _MODERN
        try:
            media_type = accepts(headers.get(b"accept", b"").decode("latin-1"), (MEDIA_TYPE, _MODERN, _OLDER))
            if media_type is None:
                raise Malformed(406, f"Only {_MODERN}, {_OLDER} and {MEDIA_TYPE} are spoken here.")
            request = await self._request(scope, headers, receive)
            if media_type == MEDIA_TYPE:
                media_type = _MODERN
                answer = await self._streamed(request, receive, send)
                if answer is None:
                    return
            else:
                answer = await self._executor.run(request)
        except Malformed as problem:
            told = _OLDER if media_type in (None, MEDIA_TYPE) else media_type
            await _send(send, problem.status, told, _error(problem))
            return
        await _send(send, _status(answer, media_type), media_type, answer.body)

    async def _streamed(self, request: Request, receive: Receive, send: Send) -> Answer | None:
        """Stream what was asked for; an answer when it was refused before anything ran."""
        found = await self._executor.begin(request)
        if isinstance(found, Streaming):
            await stream_out(found, receive, send)
            return None
        if not found.executed:
            return found
        await stream_one(found, send)
        return None

    async def _request(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Request:
        method = scope["method"]
        if method == "POST":
            _require_json(headers.get(b"content-type", b"").decode("latin-1"), headers.get(b"content-encoding"))
            given = _object(await _body(receive))
        elif method in ("GET", "HEAD"):
            given = _from_address(scope["query_string"])
        else:
            raise Malformed(405, "Use POST, or GET for queries.")
        core = self._development and headers.get(b"x-engine") == b"graphql-core"
        return _checked(given, _token(headers.get(b"authorization")), core=core, queries_only=method != "POST")


_READ: Final = frozenset({b"accept", b"content-type", b"content-encoding", b"authorization", b"x-engine"})


def _require_json(content_type: str, encoding: bytes | None) -> None:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if kind != _OLDER:
        raise Malformed(415, f"Send {_OLDER}.")
    if any(p.startswith("charset=") and p.removeprefix("charset=").strip('"') != "utf-8" for p in parameters):
        raise Malformed(415, "Send UTF-8.")
    if encoding not in (None, b"", b"identity"):
        raise Malformed(415, "Send the body without a content encoding.")


async def _body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed(400, "The request ended early.")
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            raise Malformed(413, f"A request may hold at most {LARGEST_BODY} bytes.")
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except ValueError:
        raise Malformed(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(given, dict):
        raise Malformed(400, "Send one JSON object with a query; batches are not taken.")
    return given


def _from_address(query_string: bytes) -> dict[str, Any]:
    if len(query_string) > _LARGEST_ADDRESS:
        raise Malformed(414, f"An address may hold at most {_LARGEST_ADDRESS} bytes.")
    try:
        found = parse_qs(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
        given: dict[str, Any] = {name: values[-1] for name, values in found.items()}
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = orjson.loads(given[name])
            else:
                given.pop(name, None)
    except ValueError:
        raise Malformed(400, "The address does not hold a query in UTF-8 with variables in JSON.") from None
    return given


def _checked(given: dict[str, Any], token: str | None, *, core: bool, queries_only: bool) -> Request:
    query, variables = given.get("query"), given.get("variables")
    name, extensions = given.get("operationName"), given.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise Malformed(400, "query must be the text of a document.")
    if variables is not None and not isinstance(variables, dict):
        raise Malformed(400, "variables must be an object.")
    if name is not None and not isinstance(name, str):
        raise Malformed(400, "operationName must be text.")
    if extensions is not None and not isinstance(extensions, dict):
        raise Malformed(400, "extensions must be an object.")
    return Request(query, variables or {}, name, token, core, queries_only)


def _token(authorization: bytes | None) -> str | None:
    """The bearer token; an address or cookie is never looked at. Something else than a token is no account's."""
    if authorization is None:
        return None
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else ""


def _status(answer: Answer, media_type: str) -> int:
    if answer.executed:
        return 200
    status = _STATUS.get(answer.code or "", 400)
    return 200 if status == 400 and media_type == _OLDER else status  # noqa: PLR2004 - a request error, as older clients know


def _error(problem: Malformed) -> bytes:
    return orjson.dumps({"errors": [{"message": problem.message, "extensions": {"code": problem.code}}]})


async def _send(send: Send, status: int, media_type: str, body: bytes) -> None:
    headers = (
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *_EXTRA.get(status, ()),
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


_EXTRA: Final[dict[int, tuple[tuple[bytes, bytes], ...]]] = {
    401: ((b"www-authenticate", b"Bearer"),),
    405: ((b"allow", b"GET, POST"),),
    503: ((b"retry-after", b"2"),),
}
