"""`GET /check`: the public look-up of exactly one named credential, for anybody, without an account.

- Body, kind, number and family name must all be right (and the place, for a body that has several); whatever else is
  asked for gets one and the same answer, so that nothing can be found out by trying.
- A page for people, JSON for programs, by the Accept header. One statement either way.
- A client that asks too often waits.
- The holder is told of a look-up that matched, after the answer has gone out: what was asked for does not change by
  asking, and an answer never waits for the notice or fails with it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.http_accept import accepts
from api.pages import HEADERS, page, page_routes
from api.rate import Buckets, client_of
from graph.database import Database
from graph.errors import Conflict, DeadlineExceeded, OutcomeUnknown, Unavailable
from graph.lookups import LookedUp, look_up, tell_holder
from graph.simulation import read_simulation
from verification.calendars import day_at
from verification.credentials import CredentialStatus
from verification.kinds import BODIES, KINDS, credential_key
from verification.names import fold

log = structlog.get_logger(__name__)
BURST: Final = 10
PER_SECOND: Final = 0.1
LONGEST: Final = 120
FIELDS: Final = ("body", "kind", "number", "familyName", "jurisdiction")
_JSON, _HTML = "application/json", "text/html"
_S = CredentialStatus

NONE_SUCH: Final = {
    "title": "No such credential",
    "text": "We have no credential that agrees in all you gave. Compare every part with what is printed on it; or it "
    "may be that its body does not tell us of it.",
}
TOO_OFTEN: Final = {"title": "Too many questions", "text": "Wait a little, and then ask again."}
HOW: Final = {"text": "Give body, kind, number and familyName, as they are printed."}
NOT_NOW: Final = {"title": "No answer just now", "text": "We cannot look anything up at the moment. Try again soon."}

# Tone and shape of each status, as people see it; a state that is not known is never shown as bad.
_CHIPS: Final[Mapping[CredentialStatus, tuple[str, str, str]]] = {
    _S.ACTIVE: ("Active", "good", "tick"),
    _S.ACTIVE_WITH_NOTICE: ("Active, with a public notice", "notice", "tri"),
    _S.PENDING: ("Pending", "plain", "dash"),
    _S.RESTRICTED: ("Restricted", "notice", "tri"),
    _S.LAPSED: ("Lapsed", "plain", "half"),
    _S.UNKNOWN: ("Not known", "notice", "half"),
}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the look-up needs: the graph, the clock, who asked how often, and whether a proxy is believed."""

    database: Database
    now: Callable[[], datetime]
    buckets: Buckets
    behind_proxy: bool


def lookup_routes(database: Database, now: Callable[[], datetime], *, behind_proxy: bool = False) -> list[BaseRoute]:
    """The page at `/check` and what it needs."""
    desk = _Desk(database, now, Buckets(BURST, PER_SECOND), behind_proxy)

    async def check(request: Request) -> Response:
        return await _check(desk, request)

    return [Route("/check", check), *page_routes()]


async def _check(desk: _Desk, request: Request) -> Response:
    show = partial(_shown, accepts(request.headers.get("accept", ""), (_JSON, _HTML)) != _JSON)
    asked = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FIELDS}
    wait = desk.buckets.take(client_of(request, behind_proxy=desk.behind_proxy), time.monotonic())
    if wait:
        return show(429, asked, problem=TOO_OFTEN, headers={"retry-after": str(wait)})
    try:
        if not any(asked.values()):
            return show(200, asked, simulated=await read_simulation(desk.database) is not None)
        found, simulated = await _found(desk, asked)
    except (Unavailable, DeadlineExceeded):
        return show(503, asked, problem=NOT_NOW, headers={"retry-after": "5"})
    if found is None:
        return show(404, asked, problem=NONE_SUCH, simulated=simulated)
    answer = show(200, asked, found=_told(found, desk.now()), simulated=simulated)
    if request.method == "GET":
        answer.background = BackgroundTask(_tell, desk, found)
    return answer


async def _found(desk: _Desk, asked: Mapping[str, str]) -> tuple[LookedUp | None, bool]:
    """The credential that agrees in everything; one statement whatever was given."""
    body, family = BODIES.get(asked["body"].upper()), fold(asked["familyName"])
    place = asked["jurisdiction"].upper() or (body.jurisdiction if body else "")
    key = credential_key(place, body.code if body else "", asked["kind"].upper(), asked["number"])
    found, simulated = await look_up(desk.database, key, desk.now())
    agrees = found is not None and family and fold(found.family_name) == family
    return (found if agrees else None), simulated


async def _tell(desk: _Desk, found: LookedUp) -> None:
    try:
        await tell_holder(desk.database, found, desk.now())
    except (Conflict, DeadlineExceeded, OutcomeUnknown, Unavailable) as problem:
        log.warning("look-up not told", kind=type(problem).__name__)


def _shown(
    as_page: bool,
    status: int,
    asked: Mapping[str, str],
    *,
    found: Mapping[str, Any] | None = None,
    problem: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    simulated: bool = False,
) -> Response:
    extra = {"vary": "accept", **(headers or {})}
    if not as_page:
        told = {"credential": found} if found else {"message": (problem or HOW)["text"]}
        return JSONResponse({**told, "simulated": simulated}, status, headers={**HEADERS, **extra})
    return page(
        "check.html",
        status,
        extra,
        current="check",
        simulated=simulated,
        asked=asked,
        found=found and {**found, "words": _words(found)},
        problem=problem,
        bodies=sorted(BODIES.values(), key=lambda body: body.name),
        kinds=sorted(KINDS.values(), key=lambda kind: kind.name),
    )


def _told(found: LookedUp, now: datetime) -> dict[str, Any]:
    """What anybody may know, for programs; days as ISO 8601, in the zone of the body's seat."""
    body, kind = BODIES[found.body], KINDS.get(found.kind)
    since = found.since or (found.passed_at and day_at(found.passed_at, body.zone))
    return {
        "name": found.name,
        "kind": found.kind,
        "kindName": kind.name if kind else found.kind,
        "number": found.number,
        "jurisdiction": found.jurisdiction,
        "body": body.code,
        "bodyName": body.name,
        "status": found.status.value,
        "since": _iso(since),
        "expires": _iso(found.expires),
        "confirmedOn": _iso(found.confirmed_at and day_at(found.confirmed_at, body.zone)),
        "discipline": [
            {"action": action.action, "from": _iso(action.begun), "lifted": _iso(action.lifted)}
            for action in found.actions
        ],
        "asOf": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def _words(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same for people."""
    status = CredentialStatus(found["status"])
    word, tone, shape = _CHIPS.get(status, (status.value.capitalize(), "stop", "cross"))
    return {
        "status": word,
        "tone": tone,
        "shape": shape,
        **{name: _day_text(found[name]) for name in ("since", "expires", "confirmedOn")},
        "actions": [_action_text(action) for action in found["discipline"]],
        "asOf": datetime.fromisoformat(found["asOf"]).strftime("%b %-d, %Y, %H:%M UTC"),
    }


def _action_text(action: Mapping[str, str | None]) -> str:
    begun = f", from {_day_text(action['from'])}" if action["from"] else ""
    lifted = f", lifted on {_day_text(action['lifted'])}" if action["lifted"] else ""
    return f"{action['action']}{begun}{lifted}"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_text(day: str | None) -> str:
    return f"{date.fromisoformat(day):%b %-d, %Y}" if day else ""
