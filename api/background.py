"""Work that nobody asks for, done beside serving: each duty when it is due, by one process at a time.

- A duty is a name, how often it is to be done, and what to do. It may know the next instant at which time alone makes
  work for it; then it is done at that instant too.
- A duty runs under a lease of its name, which is kept while it runs, and every batch it writes proves the lease in its
  own transaction.
- An error is logged by its kind and place, never by its words, and tried again later, each time after a longer pause.
  It never ends serving.
- In a store of simulated time the clock is moved from one due instant to the next, and everything due is done on the
  way, before whoever moved it gets an answer.
- It does not know what any duty does.
"""

import asyncio
import os
import secrets
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from api.clock import Clock, SimulatedClock
from graph.database import Database
from graph.errors import DeadlineExceeded, OutcomeUnknown, Unavailable
from graph.leases import LASTS, Fence, LeaseLost, give_back, keep, take_lease, work_done
from graph.simulation import move_clock, read_simulation

LOOKS_EVERY: Final = 5.0
FOLLOWS_EVERY: Final = 0.5
"""Seconds between two looks: at what is due, and at a simulated clock that another process may have moved."""
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
LEAST_APART: Final = timedelta(minutes=1)
MOST_STOPS: Final = 300
"""Stops on the way of a simulated clock; a longer way has coarser ones."""
WAITS_FOR_LEASE: Final = 90.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of work. `run` gets the database, the instant and the lease's fence, and gives how many things it did.

    `due` gives the first instant after the given one at which the passing of time makes work, None for never.
    """

    name: str
    every: timedelta
    run: Callable[[Database, datetime, Fence], Awaitable[int]]
    due: Callable[[Database, datetime], Awaitable[datetime | None]] | None = None


@dataclass(slots=True)
class _Pause:
    """How long a duty that failed is left alone, in seconds of the machine's own clock."""

    until: float = 0.0
    length: float = 0.0


@dataclass(slots=True)
class Moved:
    """What was done while a simulated clock moved: how many things by duty, and the duties that failed."""

    now: datetime
    stops: int = 0
    done: dict[str, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)


class Background:
    """The duties of one process."""

    def __init__(self, database: Database, clock: Clock, duties: Sequence[Duty]) -> None:
        self.database, self.clock, self.duties = database, clock, tuple(duties)
        # A process id alone comes again on another machine, and after a restart on the same one.
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._pauses = {duty.name: _Pause() for duty in duties}
        self._busy = asyncio.Lock()

    async def work(self) -> None:
        """Do what is due, again and again, until cancelled."""
        while True:
            try:
                async with self._busy:
                    await self._look()
            except (Unavailable, DeadlineExceeded):
                log.warning("background waits for the database")
            except Exception as problem:  # noqa: BLE001 - a mistake of ours must not end serving
                _log_failure("background", problem)
            await asyncio.sleep(FOLLOWS_EVERY if isinstance(self.clock, SimulatedClock) else LOOKS_EVERY)

    async def follow(self) -> None:
        """Let this process's simulated clock stand where the store's does, whoever moves that; until cancelled."""
        while isinstance(self.clock, SimulatedClock):
            await asyncio.sleep(FOLLOWS_EVERY)
            try:
                simulation = await read_simulation(self.database)
            except (Unavailable, DeadlineExceeded):
                continue
            if simulation is not None and simulation.now is not None:
                self.clock.move(simulation.now)

    async def move_to(self, wanted: datetime) -> Moved:
        """Move a simulated clock to `wanted`, doing on the way what falls due.

        Raises Refusal for an instant that is past, and in a store of real time.
        """
        async with self._busy:
            if not isinstance(self.clock, SimulatedClock) or wanted <= self.clock():
                await move_clock(self.database, wanted)
                self._moved(wanted)
            moved = Moved(self.clock())
            least = max((wanted - self.clock()) / MOST_STOPS, LEAST_APART)
            while True:
                stop, due = await self._next_stop(wanted, least)
                await move_clock(self.database, stop)
                self._moved(stop)
                moved.now, moved.stops = stop, moved.stops + 1
                await self._do_each(due, stop, moved)
                if stop >= wanted:
                    return moved

    def _moved(self, now: datetime) -> None:
        if isinstance(self.clock, SimulatedClock):
            self.clock.move(now)

    async def _next_stop(self, wanted: datetime, least: timedelta) -> tuple[datetime, Sequence[Duty]]:
        """The next instant at which anything is due, or the next midnight, and the duties to be done then.

        It is at least so far on and at most `wanted`. At midnight and at the end everything is done; on the way only
        what knows itself to be due.
        """
        now = self.clock()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        knows = {duty.name: await duty.due(self.database, now) for duty in self.duties if duty.due is not None}
        soonest = min([midnight, *(at for at in knows.values() if at is not None)])
        stop = min(wanted, max(soonest, now + least))
        if stop >= min(midnight, wanted):
            return stop, self.duties
        return stop, [duty for duty in self.duties if (at := knows.get(duty.name)) is not None and at <= stop]

    async def _do_each(self, due: Sequence[Duty], now: datetime, moved: Moved) -> None:
        for duty in due:
            done = await self._do(duty, now, patience=WAITS_FOR_LEASE)
            if done is None:
                moved.failed.add(duty.name)
            else:
                moved.done[duty.name] = moved.done.get(duty.name, 0) + done

    async def _look(self) -> None:
        done, now = await work_done(self.database), self.clock()
        for duty in self.duties:
            if self._pauses[duty.name].until <= time.monotonic() and await self._is_due(duty, done, now):
                await self._do(duty, now)

    async def _is_due(self, duty: Duty, done: Mapping[str, datetime], now: datetime) -> bool:
        before = done.get(duty.name)
        # Done in the future it was by another clock, before the store got its own.
        if before is None or now < before or now >= before + duty.every:
            return True
        if duty.due is None or now < before + LEAST_APART:
            return False
        at = await duty.due(self.database, before)
        return at is not None and at <= now

    async def _do(self, duty: Duty, now: datetime, *, patience: float = 0.0) -> int | None:
        """Do one duty; how many things it did, or None when it could not be done. `patience` in seconds."""
        try:
            fence = await self._take(duty.name, patience)
            if fence is None:
                return None
            count = await self._under(fence, duty, now)
        except LeaseLost:
            log.warning("duty taken over", duty=duty.name)
            return None
        except Exception as problem:  # noqa: BLE001 - a mistake in one duty must not keep the others from being done
            self._pause(duty.name)
            _log_failure(duty.name, problem)
            return None
        self._pauses[duty.name] = _Pause()
        if count:
            log.info("duty done", duty=duty.name, count=count)
        return count

    async def _under(self, fence: Fence, duty: Duty, now: datetime) -> int:
        """Run the duty and give the lease back, also when it fails or is stopped in the middle."""
        over = asyncio.Event()
        keeping = asyncio.create_task(self._keep(fence, over))
        try:
            count = await duty.run(self.database, now, fence)
            over.set()
            await keeping
        except BaseException:
            over.set()
            with suppress(Exception):
                await give_back(self.database, fence)
            raise
        await give_back(self.database, fence, now)
        return count

    async def _keep(self, fence: Fence, over: asyncio.Event) -> None:
        """Keep the lease while its duty is at something long, until `over`."""
        while not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), LASTS / 3)
                return
            # Whether it is still ours is asked by every batch, whose lock this may have to wait for.
            with suppress(LeaseLost, Unavailable, DeadlineExceeded, OutcomeUnknown):
                await keep(self.database, fence)

    async def _take(self, name: str, patience: float) -> Fence | None:
        give_up = time.monotonic() + patience
        while True:
            fence = await take_lease(self.database, name, self.owner)
            if fence is not None or time.monotonic() >= give_up:
                return fence
            await asyncio.sleep(0.2)

    def _pause(self, name: str) -> None:
        pause = self._pauses[name]
        pause.length = min(max(pause.length * 2, FIRST_PAUSE), LONGEST_PAUSE)
        pause.until = time.monotonic() + pause.length


def _log_failure(name: str, problem: BaseException) -> None:
    """What went wrong and where, without its words: they can hold what people wrote."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(problem.__traceback__)]
    log.error("duty failed", duty=name, kind=type(problem).__name__, frames=frames[-4:])
