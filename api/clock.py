"""What time it is for this process: the machine's clock, or in a store with simulated time the store's.

- A simulated clock stands still until it is moved, and only moves forward.
- A simulated store whose clock was never set goes by the machine's until it is.
- It does not know what happens at which time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from graph.database import Database
from graph.simulation import move_clock, read_simulation

Clock = Callable[[], datetime]


class SimulatedClock:
    """A clock that stands still until it is moved forward; one that is not `settled` may be moved anywhere once."""

    __slots__ = ("_now", "_settled")

    def __init__(self, now: datetime, *, settled: bool = True) -> None:
        self._now, self._settled = now, settled

    def __call__(self) -> datetime:
        return self._now

    def move(self, now: datetime) -> None:
        """Stand at `now` from here on, unless it is past that already."""
        self._now = max(self._now, now) if self._settled else now
        self._settled = True


def machine_now() -> datetime:
    """The machine's clock, in whole milliseconds."""
    return whole_milliseconds(datetime.now(UTC))


def whole_milliseconds(at: datetime) -> datetime:
    """An instant rounded down, since the graph keeps no more."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


_clock: ContextVar[Clock] = ContextVar("clock", default=machine_now)


def utc_now() -> datetime:
    """What time it is where this runs, in whole milliseconds."""
    return _clock.get()()


@contextmanager
def going_by(clock: Clock) -> Iterator[None]:
    """Let `utc_now` tell the time of this clock inside."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


async def clock_for(database: Database, wanted: datetime | None, *, moves: bool = True) -> Clock:
    """The clock of this store, moved to `wanted` first where that is given; with `moves` off only in this process.

    Raises Refusal for an instant in a store of real time, or for one that is past in a simulated one.
    """
    simulation = await read_simulation(database)
    if wanted is not None and (moves or simulation is None):
        await move_clock(database, wanted)
    if simulation is None:
        return machine_now
    latest = max(filter(None, (wanted, simulation.now)), default=None)
    return SimulatedClock(machine_now(), settled=False) if latest is None else SimulatedClock(latest)
