"""Attachments over HTTP: `POST /referrals/{id}/attachments` and `GET /attachments/{id}`, with a bearer token.

- The body is the file itself, `Content-Type` what it is declared to be, `Attachment-Title` (percent-encoded UTF-8) what
  it is called, `Idempotency-Key` the key of this change: the same key and content is one attachment.
- Who may attach is asked before the body is read, and again when the attachment is written. Never more of a body is
  read than may be.
- A file is given out by the attachment's id alone, to be saved, under a neutral name; unknown and forbidden look alike.
- It does not know what content is harmless: `verification.media` does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

import orjson
import structlog
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.attachments.files import Damaged, Shelf, pieces
from api.attachments.scanner import Scanner
from api.attachments.scanning import scan
from api.operations.outcomes import LONGEST_KEY, TRIES, new_id
from api.operations.threads import BOTH_SIDES
from api.tokens import hash_token
from graph.attachments import find_attachment
from graph.commands.attachments import attach
from graph.commands.receipts import Asked, input_hash
from graph.commands.threads import Thread, ThreadGround, read_thread
from graph.database import Database
from graph.errors import Conflict, DeadlineExceeded, OutcomeUnknown, Unavailable
from graph.ids import global_id, plain_id
from graph.instants import instant
from verification.access import Action, Relation, Role, may
from verification.errors import Refusal
from verification.media import LARGEST, Media, check_content, file_name, media_of
from verification.threads import attaching_refusal, title_refusal

AT_ONCE: Final = 8
"""Files that are taken in at the same time."""
BODY_WITHIN: Final = 60.0
"""Seconds for the whole of a body."""
log = structlog.get_logger(__name__)

_STATUS: Final[Mapping[str, int]] = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "TIMEOUT": 408,
    "ILLEGAL_TRANSITION": 409,
    "TOO_MANY": 409,
    "IDEMPOTENCY_CONFLICT": 409,
    "PENDING": 409,
    "REFUSED": 409,
    "TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "EMPTY": 422,
    "TYPE_MISMATCH": 422,
    "CONTENT_REFUSED": 422,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
_EXTRA: Final = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "5"}}
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}
_NOT_THERE: Final = Refusal("NOT_FOUND", "There is nothing here for you.")
_NOBODY: Final = Refusal("UNAUTHENTICATED", "Send an account's token as Authorization: Bearer.")
_NOT_NOW: Final = Refusal("UNAVAILABLE", "No answer just now; try again with the same key.")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where files are taken in and given out."""

    database: Database
    now: Callable[[], datetime]
    shelf: Shelf
    scanner: Scanner | None = None
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


@dataclass(frozen=True, slots=True)
class _Offered:
    """What the head of a request says of the file."""

    referral: str
    media: Media
    title: str
    try_: Asked


def attachment_routes(desk: Desk) -> list[BaseRoute]:
    """Both routes."""

    async def take(request: Request) -> Response:
        return await _answered(_take(desk, request))

    async def give(request: Request) -> Response:
        return await _answered(_give(desk, request))

    return [
        Route("/referrals/{id}/attachments", take, methods=["POST"]),
        Route("/attachments/{id}", give, methods=["GET"]),
    ]


async def _answered(work: Awaitable[Response]) -> Response:
    """The answer, or in a refusal's place its problem."""
    try:
        return await work
    except Refusal as refusal:
        return _problem(refusal)
    except ClientDisconnect:
        return _problem(Refusal("BAD_INPUT", "The request ended early."))
    except (Unavailable, DeadlineExceeded, OutcomeUnknown):
        return _problem(_NOT_NOW)


async def _take(desk: Desk, request: Request) -> Response:
    offered = _offered(request, desk.now())
    ground = await read_thread(desk.database, offered.try_, offered.referral)
    if ground.receipt is None:
        _may_attach(ground)
    if desk.slots.locked():
        raise _NOT_NOW
    async with desk.slots:
        data = await _body(request)
        said = [offered.referral, offered.media, offered.title, sha256(data).hexdigest()]
        try_ = replace(offered.try_, input_hash=input_hash("attach", {"said": said}))
        await asyncio.to_thread(check_content, data, offered.media)
        offered = replace(offered, try_=try_)
        for _ in range(TRIES):
            answer = await _once(desk, offered, data)
            if answer is not None:
                return answer
    raise _NOT_NOW


async def _once(desk: Desk, offered: _Offered, data: bytes) -> Response | None:
    """The answer; None when something changed between looking and writing."""
    ground = await read_thread(desk.database, offered.try_, offered.referral)
    if ground.receipt is not None:
        return await _again(desk, offered.try_, ground)
    thread = _may_attach(ground)
    try:
        digest = await asyncio.to_thread(desk.shelf.put, data)
    except OSError as error:
        log.error("attachment not kept", kind=type(error).__name__)  # noqa: TRY400 - the path would tell the content
        raise _NOT_NOW from None
    own = new_id()
    attachment = {
        "id": own,
        "sha256": digest,
        "mediaType": offered.media.value,
        "size": len(data),
        "title": offered.title,
        "state": "CLEAN" if desk.scanner is None else "PENDING",
        "at": int(desk.now().timestamp() * 1000),
    }
    written = {"referral": offered.referral, "actor": thread.acts_for, "attachment": attachment}
    try:
        found = await attach(desk.database, offered.try_, written)
    except Conflict:
        return None
    if found is None:
        return None
    answer = _told(found)
    if desk.scanner is not None:
        answer.background = BackgroundTask(scan, desk.database, desk.scanner, own, data, desk.now())
    return answer


async def _again(desk: Desk, try_: Asked, ground: ThreadGround) -> Response:
    """The answer to an earlier try with the same key."""
    if ground.receipt is None or ground.receipt.input_hash != try_.input_hash:
        raise Refusal("IDEMPOTENCY_CONFLICT", "This Idempotency-Key was used before with something else.")
    found = await find_attachment(desk.database, try_.viewer, ground.receipt.object)
    if found.attachment is None:
        raise _NOT_THERE
    return _told(found.attachment)


def _may_attach(ground: ThreadGround) -> Thread:
    """Raises Refusal when whoever asks cannot attach anything to this referral now."""
    if ground.who is None:
        raise _NOBODY
    if not may(Role(ground.who.role), Action.SEND_MESSAGE):
        raise Refusal("FORBIDDEN", "An account of this role cannot attach anything.")
    thread = ground.referral
    if thread is None:
        raise _NOT_THERE
    if thread.both_sides:
        raise Refusal("BOTH_SIDES", BOTH_SIDES)
    if thread.acts_for is None:
        raise Refusal("ILLEGAL_TRANSITION", "Your part in this referral has ended.")
    relation = Relation.AUTHOR if thread.author else Relation.RECIPIENT
    refusal = attaching_refusal(
        relation, thread.status, accepted=thread.accepted, ended=thread.ended, held=thread.attachments
    )
    if refusal is not None:
        raise refusal
    return thread


def _offered(request: Request, now: datetime) -> _Offered:
    """What the head of the request says. Raises Refusal before anything of the body is read."""
    headers, token = request.headers, _token(request)
    key = headers.get("idempotency-key", "")
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refusal("BAD_INPUT", f"Send an Idempotency-Key of 1 to {LONGEST_KEY} characters.")
    media = media_of(headers.get("content-type", ""))
    if headers.get("content-encoding", "identity") != "identity":
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "Send the body without a content encoding.")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:12]) > LARGEST:
        raise _too_large()
    try:
        title = unquote(headers.get("attachment-title", ""), errors="strict").strip() or file_name(media)
    except UnicodeDecodeError:
        raise Refusal("BAD_INPUT", "The Attachment-Title is percent-encoded UTF-8.") from None
    if refusal := title_refusal(title):
        raise refusal
    return _Offered(_own(request, "Referral"), media, title, Asked(hash_token(token), key, "", now))


async def _body(request: Request) -> bytes:
    """The body, and never more of it than may be. Raises Refusal."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for part in request.stream():
                size += len(part)
                if size > LARGEST:
                    raise _too_large()
                parts.append(part)
    except TimeoutError:
        raise Refusal("TIMEOUT", "The file took too long to arrive.") from None
    return b"".join(parts)


async def _give(desk: Desk, request: Request) -> Response:
    sought = await find_attachment(desk.database, hash_token(_token(request)), _own(request, "Attachment"))
    if not sought.known:
        raise _NOBODY
    found = sought.attachment
    if found is None:
        raise _NOT_THERE
    if found["state"] == "PENDING":
        raise Refusal("PENDING", "It is still to be scanned; try again soon.")
    if found["state"] != "CLEAN":
        raise Refusal("REFUSED", found["refusal"] or "It was refused.")
    try:
        file = await asyncio.to_thread(desk.shelf.open, found["sha256"])
    except Damaged:
        log.error("attachment damaged", attachment=found["id"])  # noqa: TRY400 - there is nothing more to tell
        raise Refusal("INTERNAL", "Something went wrong on our side. It has been logged.") from None
    media = Media(found["mediaType"])
    headers = {
        **_HEADERS,
        "content-length": str(found["size"]),
        "content-disposition": f'attachment; filename="{file_name(media)}"',
    }
    kind = f"{media.value}; charset=utf-8" if media is Media.TEXT else media.value
    return StreamingResponse(pieces(file), headers={**headers, "content-type": kind})


def _token(request: Request) -> str:
    """The bearer token; an address or a cookie is never looked at. Raises Refusal without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _NOBODY
    return token.strip()


def _own(request: Request, type_name: str) -> str:
    """Our own id in the address; one of no shape of ours is as unknown as any other."""
    found = plain_id(request.path_params["id"])
    return found[1] if found is not None and found[0] == type_name else ""


def _too_large() -> Refusal:
    return Refusal("TOO_LARGE", f"A file has at most {LARGEST} bytes.")


def _told(found: Mapping[str, Any]) -> Response:
    """An attachment as its uploader is told of it."""
    attachment = {
        **{name: found[name] for name in ("title", "mediaType", "size", "state", "refusal")},
        "id": global_id(f"Attachment:{found['id']}"),
        "at": instant(found["at"]).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return Response(orjson.dumps({"attachment": attachment}), 201, _HEADERS, "application/json")


def _problem(refusal: Refusal) -> Response:
    status = _STATUS.get(refusal.code, 400)
    body = orjson.dumps({"errors": [{"message": refusal.message, "extensions": {"code": refusal.code}}]})
    # A body that was not read to its end leaves a connection that cannot be used again.
    closing = {"connection": "close"} if refusal.code in {"TOO_LARGE", "TIMEOUT"} else {}
    return Response(body, status, {**_HEADERS, **_EXTRA.get(status, {}), **closing}, "application/json")
