"""Sheets over HTTP: `/referrals/{id}/letter.pdf`, `/handout.pdf` and `/report.pdf` with a bearer token.

- Content is what the asker's token gets from `execute` for the named document beside this file; unknown, forbidden and
  not yet there look alike (404).
- Addresses and file names hold opaque ids and plain words alone, and nothing is kept in a cache.
- It does not know what stands on a sheet, nor how it is set.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.execute import Answer, Executor
from api.execute import Request as Asked
from api.letters import handout, letter, report
from api.letters.press import Press, Unprintable
from api.letters.sheets import Sheet
from api.letters.words import Setting
from graph.ids import global_id

CHECK_PATH: Final = "/check"
_FOLDER: Final = Path(__file__).parent
log = structlog.get_logger(__name__)

Writer = Callable[[Mapping[str, Any], Setting], Sheet | None]


@dataclass(frozen=True, slots=True)
class _Noun:
    """One kind of sheet: who writes it, and the file name it is offered under."""

    write: Writer
    file_name: str


_NOUNS: Final = {
    "letter": _Noun(letter.letter, letter.FILE_NAME),
    "handout": _Noun(handout.handout, handout.FILE_NAME),
    "report": _Noun(report.report, report.FILE_NAME),
}
_DOCUMENTS: Final = {name: (_FOLDER / f"{name}.graphql").read_text(encoding="utf-8") for name in _NOUNS}
LETTER_QUESTIONS: Final = tuple((document, {"id": global_id("Referral:none")}) for document in _DOCUMENTS.values())
_STATUS: Final = {"UNAUTHENTICATED": 401, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504, "INTERNAL": 500}
_EXTRA: Final = {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "2"}}


def letter_routes(executor: Executor, public_url: str) -> list[BaseRoute]:
    """The routes of all sheets. `public_url` is where people reach this network, without a slash at the end."""
    press, check_page = Press(), f"{public_url.rstrip('/')}{CHECK_PATH}"

    def route(name: str, noun: _Noun) -> Route:

        async def answer(request: Request) -> Response:
            asked = Asked(_DOCUMENTS[name], {"id": request.path_params["id"]}, None, _token(request))
            return await _sheet(await executor.run(asked), noun, Setting(executor.now(), check_page), press)

        return Route(f"/referrals/{{id}}/{name}.pdf", answer, methods=["GET"])

    return [route(name, noun) for name, noun in _NOUNS.items()]


async def _sheet(answer: Answer, noun: _Noun, setting: Setting, press: Press) -> Response:
    result = answer.result
    if "errors" in result:
        return _refused(result["errors"][0]["extensions"]["code"])
    found = result["data"]["referral"]
    sheet = noun.write(found, setting) if found is not None else None
    if sheet is None:
        return _problem(404, "NOT_FOUND", "There is nothing here for you.")
    try:
        pdf = await press.print(sheet)
    except TimeoutError:
        return _problem(503, "UNAVAILABLE", "Too much is being printed just now.")
    except Unprintable:
        log.error("unprintable", sheet=noun.file_name)  # noqa: TRY400 - a trace could hold what people wrote
        return _problem(500, "INTERNAL", "Something went wrong on our side. It has been logged.")
    return Response(
        pdf,
        media_type="application/pdf",
        headers={**_HEADERS, "content-disposition": f'inline; filename="{noun.file_name}"'},
    )


def _refused(code: str) -> Response:
    """What `execute` refused. An id of no shape of ours is as unknown as any other."""
    messages = {401: "Send an account's token as Authorization: Bearer.", 404: "There is nothing here for you."}
    status = _STATUS.get(code, 404)
    return _problem(status, code if status != 404 else "NOT_FOUND", messages.get(status, "No answer just now."))  # noqa: PLR2004 - not found


def _token(request: Request) -> str | None:
    """The bearer token; None without one, so that a stranger is told apart from nobody's token by no one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _problem(status: int, code: str, message: str) -> Response:
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return Response(body, status, {**_HEADERS, **_EXTRA.get(status, {})}, "application/json")


_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; sandbox",
}
