"""A lease: work that one process at a time may do, proven again in every transaction that writes for it.

Rules:
- A lease has a fence, a number that goes up each time somebody else takes it. Whoever writes for the lease holds the
  lease's lock and shows its fence in the same transaction, so that nobody takes it over in between.
- A lease ends by itself, by the database's clock, which is one for everybody. Each proof puts the end off.
- Whoever slept past its end writes nothing more, whether somebody else has taken it or not.
- The lease is locked before anything else.

Does not know what the work is. Simulated time does not matter here: processes die in real time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.database import Database, Statements
from graph.instants import instant, millis

LASTS: Final = 30.0
"""Seconds from the last proof, after which the work of a process that was killed is somebody else's."""

_TAKE: Final = """
MERGE (l:Lease {name: $name}) ON CREATE SET l.fence = 0, l.until = 0
SET l._lock = timestamp()
WITH l, datetime.realtime().epochMillis AS now
WHERE l.until <= now OR l.owner = $owner
SET l.fence = CASE WHEN l.until <= now THEN l.fence + 1 ELSE l.fence END, l.owner = $owner, l.until = now + $lasts
RETURN l.fence
"""

_PROVE: Final = """
MATCH (l:Lease {name: $name})
SET l._lock = timestamp()
WITH l, datetime.realtime().epochMillis AS now
WHERE l.fence = $fence AND l.owner = $owner AND l.until > now
SET l.until = now + $lasts
RETURN l.fence
"""

_GIVE_BACK: Final = """
MATCH (l:Lease {name: $name})
SET l._lock = timestamp()
WITH l WHERE l.fence = $fence AND l.owner = $owner
SET l.until = 0, l.doneAt = coalesce($done, l.doneAt)
"""

_DONE: Final = "MATCH (l:Lease) WHERE l.doneAt IS NOT NULL RETURN l.name, l.doneAt"


class LeaseLost(Exception):  # noqa: N818 - says what happened
    """Somebody else does the work now, or may; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The lease on {name} is no longer ours.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Fence:
    """The proof of a lease: its name, who took it, and the number it was given."""

    name: str
    owner: str
    number: int


async def take_lease(database: Database, name: str, owner: str, *, lasts: float = LASTS) -> Fence | None:
    """Take the lease for `lasts` seconds; None while somebody else has it. `owner` names one process, not a machine.

    Taking one's own lease again keeps its number while it has not ended.
    """
    rows = await database.write(_TAKE, {"name": name, "owner": owner, "lasts": int(lasts * 1000)})
    return Fence(name, owner, rows[0][0]) if rows else None


async def prove(statements: Statements, fence: Fence, *, lasts: float = LASTS) -> None:
    """The first statement of a transaction that writes for the lease. Raises LeaseLost, which undoes it."""
    rows = await statements.run(_PROVE, {**_named(fence), "lasts": int(lasts * 1000)})
    if not rows:
        raise LeaseLost(fence.name)


async def keep(database: Database, fence: Fence, *, lasts: float = LASTS) -> None:
    """Put the end of the lease off while nothing is to be written. Raises LeaseLost."""

    async def work(statements: Statements) -> None:
        await prove(statements, fence, lasts=lasts)

    await database.transact(work)


async def give_back(database: Database, fence: Fence, done: datetime | None = None) -> None:
    """Let somebody else take the lease at once; `done` is the instant up to which its work is done, if it is.

    A lease that is no longer ours is left alone.
    """
    await database.write(_GIVE_BACK, {**_named(fence), "done": None if done is None else millis(done)})


async def work_done(database: Database) -> dict[str, datetime]:
    """Up to which instant the work of each lease was done, by whomever; leases whose work never was are left out."""
    rows = await database.read(_DONE, leader=True)
    return {name: instant(done) for name, done in rows}


def _named(fence: Fence) -> dict[str, str | int]:
    return {"name": fence.name, "owner": fence.owner, "fence": fence.number}
