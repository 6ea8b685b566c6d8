"""`POST /simulation/clock`: a steward moves the clock of a store with simulated time.

- The work that falls due on the way is done before the answer.
- In a store of real time, and for whoever is no steward, there is nothing here.
"""

from typing import Final

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.background import Background
from api.clock import SimulatedClock, whole_milliseconds
from api.tokens import hash_token
from graph.accounts import role_of
from graph.errors import DeadlineExceeded, OutcomeUnknown, Unavailable
from verification.access import Role
from verification.errors import Refusal

LARGEST_BODY: Final = 1_000
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class _Wanted(BaseModel):
    """What is sent."""

    model_config = ConfigDict(extra="forbid", strict=False)

    now: AwareDatetime


class SimulationClock:
    """The endpoint over one process's background work."""

    def __init__(self, background: Background) -> None:
        self._background = background

    async def answer(self, request: Request) -> Response:
        """What a request comes to."""
        if not isinstance(self._background.clock, SimulatedClock):
            return _problem(404, "NOT_FOUND", "There is nothing here.")
        try:
            return await self._answer(request)
        except Refusal as refusal:
            return _problem(409, refusal.code, refusal.message)
        except (Unavailable, DeadlineExceeded, OutcomeUnknown) as problem:
            return _problem(503, "UNAVAILABLE", str(problem))

    async def _answer(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        role = await role_of(self._background.database, hash_token(token.strip()))
        if scheme.lower() != "bearer" or role is None:
            return _problem(401, "UNAUTHENTICATED", "A token is needed.", {"www-authenticate": "Bearer"})
        if role is not Role.STEWARD:
            return _problem(404, "NOT_FOUND", "There is nothing here.")
        try:
            wanted = _Wanted.model_validate(orjson.loads((await request.body())[:LARGEST_BODY]))
        except (ValidationError, ValueError):
            return _problem(400, "BAD_INPUT", 'Send {"now": "2026-01-05T09:00:00Z"}: an instant with its offset.')
        moved = await self._background.move_to(whole_milliseconds(wanted.now))
        return JSONResponse(
            {
                "now": moved.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "simulated": True,
                "stops": moved.stops,
                "done": moved.done,
                "failed": sorted(moved.failed),
            },
            headers=_HEADERS,
        )


def _problem(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"code": code, "message": message}, status, headers={**_HEADERS, **(headers or {})})
