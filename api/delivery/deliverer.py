"""The deliverer: takes what is due out of the graph, sends it, and writes down what came of it.

- At least once: what was sent and not marked is sent again, under the same id. Receivers know it by that id.
- Every endpoint has its own turn, so one that is slow or dead holds up no other; within a turn it is told one notice
  after another, and the turn ends with the first that is not taken. Order is kept as far as nothing is refused.
- An endpoint that fails is left alone for longer each time, and after five days given up; the stewards are told.
- Any number of processes may deliver at once. While a turn goes on its claim is kept, so that claims can be short and
  the endpoints of a process that was killed wait for seconds only.
- Whatever goes wrong, delivering goes on: a mistake is logged by its kind, and it is tried again. When it is stopped,
  what is being sent is finished, and no more is begun.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog
from uuid_utils import uuid7

from api.delivery.retries import gives_up, next_try, rest_after
from api.delivery.sending import Came, Sent, not_taken
from graph.database import Database
from graph.deliveries import (
    CLAIM_LASTS,
    Claim,
    ClaimLost,
    EndpointKind,
    Waiting,
    claim,
    disable,
    hand_out,
    keep_claims,
    let_go,
    mark_delivered,
    mark_failed,
)
from graph.errors import DeadlineExceeded, OutcomeUnknown, Unavailable

AT_ONCE: Final = 16
"""Endpoints being sent to at the same time by one process."""
IDLE: Final = 1.0
"""Seconds between looks while nothing is due."""
TOGETHER: Final = 0.05
"""Seconds in which turns that end one after the other are waited for together."""
AFTER_A_MISTAKE: Final = 5.0
OURS_RESTS: Final = 4.0
OURS_RESTS_MOST: Final = 60.0
"""Seconds for which a way of telling is not used whose own server is away, at first and at most."""

log = structlog.get_logger(__name__)


class Channel(Protocol):
    """A way of telling an endpoint."""

    async def send(self, endpoint: Claim, notice: Waiting) -> Sent:
        """Tell it; never raises but for cancellation."""


@dataclass(slots=True)
class Tally:
    """What a deliverer has done so far."""

    handed_out: int = 0
    delivered: int = 0
    failed: int = 0
    disabled: int = 0


@dataclass(slots=True)
class _Away:
    """Until when, by the machine's own clock, a way of telling is not used, and how long that pause is."""

    until: float = 0.0
    length: float = 0.0


class Deliverer:
    """Delivers for one process; `channels` are the ways it knows, the others wait for a process that knows them."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[EndpointKind, Channel],
        now: Callable[[], datetime],
        *,
        lasts: float = CLAIM_LASTS,
        at_once: int = AT_ONCE,
    ) -> None:
        self.tally = Tally()
        self._database, self._channels, self._now = database, dict(channels), now
        self._lasts, self._at_once = lasts, at_once
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._claims: dict[str, Claim] = {}
        self._away = {kind: _Away() for kind in self._channels}
        self._stopping = False

    async def once(self) -> int:
        """Deliver whatever is due, each endpoint's turn to its end; the number of endpoints that had a turn."""
        begun = await self._begin()
        await self._finish()
        return begun

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set. A database that is away is waited for."""
        over = asyncio.Event()
        keeping = asyncio.create_task(self._keep(over))
        try:
            while not stop.is_set():
                pause = await self._begin_if_possible()
                if pause or len(self._turns) >= self._at_once:
                    await self._rest(stop, pause or IDLE)
        finally:
            self._stopping = True
            await self._finish()
            over.set()
            await keeping

    async def _begin_if_possible(self) -> float:
        """Begin what can be begun; how many seconds there is nothing to do for."""
        try:
            return 0.0 if await self._begin() else IDLE
        except (Unavailable, DeadlineExceeded, OutcomeUnknown):
            # It goes on where it was: what was not committed is still due.
            log.warning("delivery waits for the database")
            return IDLE
        except Exception as problem:  # noqa: BLE001 - a mistake of ours must not end delivering for good
            log.error("delivery", kind=type(problem).__name__)  # noqa: TRY400 - its words may hold an address
            return AFTER_A_MISTAKE

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        """So long, or until a turn is over, after which its endpoint may have more and another has room."""
        if not self._turns:
            await _sleep(stop, seconds)
            return
        await asyncio.wait(self._turns.values(), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        await _sleep(stop, TOGETHER)

    async def _keep(self, over: asyncio.Event) -> None:
        """Keep the claims of the turns that go on, until `over`."""
        while not over.is_set():
            await _sleep(over, self._lasts / 3)
            try:
                await keep_claims(self._database, list(self._claims.values()), self._now(), lasts=self._lasts)
            except Exception as problem:  # noqa: BLE001 - a claim that ends costs a second sending, no more
                log.warning("claims not kept", kind=type(problem).__name__)

    async def _begin(self) -> int:
        """Hand out, and begin the turns there is room for."""
        now = self._now()
        self.tally.handed_out += await hand_out(self._database, now)
        claims = await claim(
            self._database,
            now,
            [kind for kind, away in self._away.items() if away.until <= time.monotonic()],
            limit=self._at_once - len(self._turns),
            busy=list(self._turns),
            lasts=self._lasts,
        )
        for ours in claims:
            self._claims[ours.endpoint] = ours
            turn = self._turns[ours.endpoint] = asyncio.create_task(self._turn(ours), name=ours.endpoint)
            turn.add_done_callback(self._ended)
        return len(claims)

    def _ended(self, turn: asyncio.Task[None]) -> None:
        self._turns.pop(turn.get_name(), None)
        self._claims.pop(turn.get_name(), None)

    async def _finish(self) -> None:
        await asyncio.gather(*self._turns.values(), return_exceptions=True)

    async def _turn(self, ours: Claim) -> None:
        try:
            await self._tell(ours)
        except (ClaimLost, Unavailable, DeadlineExceeded, OutcomeUnknown):
            # Whoever claims the endpoint next finds what is not marked, and sends it again.
            log.warning("delivery to an endpoint was interrupted")
        except Exception as problem:  # noqa: BLE001 - one endpoint's turn must not end all others'
            log.error("delivery", kind=type(problem).__name__)  # noqa: TRY400 - its words may hold an address

    async def _tell(self, ours: Claim) -> None:
        ends = asyncio.get_running_loop().time() + self._lasts / 2
        rests = None
        for notice in ours.waiting:
            sent = await self._send(ours, notice)
            if sent.came is Came.TAKEN:
                await mark_delivered(self._database, ours, notice, self._now())
                self.tally.delivered += 1
                self._away[ours.kind] = _Away()
                ours = replace(ours, failures=0, failing_since=None)
            elif await self._given_up(ours, notice, sent):
                return
            else:
                rests = await self._not_taken(ours, notice, sent)
                break
            if self._stopping or asyncio.get_running_loop().time() > ends:
                break
        await let_go(self._database, ours, self._now(), rests)

    async def _send(self, ours: Claim, notice: Waiting) -> Sent:
        try:
            return await self._channels[ours.kind].send(ours, notice)
        except Exception as problem:  # noqa: BLE001 - it is tried again and then dead, and holds up nothing for ever
            log.error("sending", kind=type(problem).__name__)  # noqa: TRY400 - its words may hold an address
            return not_taken("a mistake of ours")

    async def _not_taken(self, ours: Claim, notice: Waiting, sent: Sent) -> datetime:
        """Write it down; until when the endpoint is left alone."""
        self.tally.failed += 1
        now, counts = self._now(), sent.came is not Came.OURS
        if not counts:
            rests = timedelta(seconds=self._pause(ours.kind))
            await mark_failed(self._database, ours, notice, now, problem=sent.problem, again=now + rests, counts=False)
            return now + rests
        again = next_try(notice.attempts + 1, now, _chance())
        await mark_failed(self._database, ours, notice, now, problem=sent.problem, again=again)
        return now + max(rest_after(ours.failures + 1, _chance()), timedelta(seconds=sent.after))

    def _pause(self, kind: EndpointKind) -> float:
        """Use a way whose own server is away no more for a while, longer each time; the seconds."""
        away = self._away[kind]
        # Several turns find out at once, and that is one time.
        if away.until <= time.monotonic():
            away.length = min(max(away.length * 2, OURS_RESTS), OURS_RESTS_MOST)
            away.until = time.monotonic() + away.length
        return away.length

    async def _given_up(self, ours: Claim, notice: Waiting, sent: Sent) -> bool:
        now = self._now()
        if sent.came is not Came.GONE and not (sent.came is Came.NOT_TAKEN and gives_up(ours.failing_since, now)):
            return False
        await mark_failed(self._database, ours, notice, now, problem=sent.problem, again=None)
        await disable(self._database, ours, now, str(uuid7()), problem=sent.problem)
        self.tally.disabled += 1
        return True


def _chance() -> float:
    return random.random()  # noqa: S311 - it spreads tries, no secret depends on it


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
