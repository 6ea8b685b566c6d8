"""Simulated time: the mark of a store whose history is replayed, and the latest instant it was moved to.

Rules:
- The mark is for good: nothing here takes it away, and a store that holds data of real time never gets it.
- The clock of a marked store only moves forward. Whoever moves it locks it first, so that of two who move it at once
  the later instant stays.
- Nothing that was recorded lies ahead of it, also when it is set for the first time.
- In a store without the mark nobody moves a clock.

Does not know what is done at a simulated instant.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.database import Database, Statements
from graph.instants import instant, millis, optional_instant
from verification.errors import Refusal

_READ: Final = "OPTIONAL MATCH (s:Simulation {name: 'simulation'}) RETURN s IS NOT NULL, s.now"

# What only the ordinary commands write; bodies, concerns and languages are there from the start.
_INHABITED: Final = """
RETURN EXISTS { (:Simulation) }, EXISTS { (:Practitioner) } OR EXISTS { (:Evidence) } OR EXISTS { (:Account) }
  OR EXISTS { (:Credential) } OR EXISTS { (:ExclusionEdition) } OR EXISTS { (:DeactivatedNpi) }
"""
_MARK: Final = "MERGE (s:Simulation {name: 'simulation'}) SET s._lock = timestamp()"

_MOVE: Final = """
MATCH (s:Simulation {name: 'simulation'})
SET s._lock = timestamp()
WITH s, CASE WHEN s.now IS NOT NULL THEN s.now
  ELSE head(COLLECT { MATCH (e:Evidence) RETURN max(e.recordedAt) }) END AS before
SET s.now = CASE WHEN before IS NULL OR before <= $now THEN $now ELSE before END
RETURN before
"""


@dataclass(frozen=True, slots=True)
class Simulation:
    """The clock of a marked store: the latest instant it was moved to, None before the first."""

    now: datetime | None


async def read_simulation(database: Database) -> Simulation | None:
    """The mark and clock of this store; None for a store in real time."""
    ((marked, now),) = await database.read(_READ, leader=True)
    return Simulation(optional_instant(now)) if marked else None


async def mark_simulated(database: Database) -> None:
    """Mark the store for good. Raises Refusal STORE_NOT_EMPTY when it holds data of real time."""

    async def work(statements: Statements) -> None:
        ((marked, inhabited),) = await statements.run(_INHABITED)
        if inhabited and not marked:
            raise Refusal(
                "STORE_NOT_EMPTY",
                "This store holds data of real time, and no simulated time can get among it; name another folder with "
                "--data.",
            )
        await statements.run(_MARK)

    await database.transact(work)


async def move_clock(database: Database, now: datetime) -> None:
    """Move the clock of a marked store forward to `now`, or leave it there.

    Raises Refusal NOT_SIMULATED for a store without the mark, CLOCK_BACKWARDS for an instant before the latest one.
    """
    rows = await database.write(_MOVE, {"now": millis(now)})
    if not rows:
        raise Refusal(
            "NOT_SIMULATED",
            "This store is in real time, and its clock cannot be set. Only a store made with "
            "`bonafide init --simulation` has a clock to set.",
        )
    before = rows[0][0]
    if before is not None and millis(now) < before:
        raise Refusal(
            "CLOCK_BACKWARDS",
            f"The clock of this store stands at {_written(instant(before))} and only moves forward.",
            ("now",),
        )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
