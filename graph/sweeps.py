"""The sweep: find out whose standing is no longer what is stored, over the whole network, and decide it anew.

Rules:
- Windows are stored with all that is known of the future. Somebody is due only when evidence came since, when what
  counts for everybody changed (a policy, an edition of the exclusion list, the members of a compact), or when an
  instant has passed at which what is stored says something else.
- Who is due is asked of the database in large batches, by credential; deciding is done ahead of the transaction, which
  then only writes, and only for whom nothing changed meanwhile. So traffic never waits for a decision.
- Only the holder of the lease writes, so two sweeps never do the same work twice. Whoever is up to date is not due, so
  a sweep that was stopped goes on by being started again; one over everybody remembers how far it has come.

Does not know how standing is decided, nor who starts a sweep.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import DEADLINE, decide_ahead, decided_under, record_ahead
from graph.instants import instant, millis
from graph.leases import Fence, keep, prove
from graph.standing import SHARED_FACTS, shared_facts
from verification.policies import Policies

LEASE: Final = "reverify"
LOOKED_AT: Final = 50_000
"""Credentials asked about in one statement."""
DECIDED: Final = 250
"""People decided in one transaction."""
AT_ONCE: Final = 2
GOES_ON: Final = timedelta(days=1)
"""How long a stopped sweep over everybody can be gone on with."""

_SHARED: Final = f"RETURN {SHARED_FACTS}"

_LOOK: Final = """
CALL () { MATCH (c:Credential) WHERE c.id > $after RETURN c ORDER BY c.id LIMIT $limit }
OPTIONAL MATCH (c)<-[:HOLDS]-(n:Practitioner)
RETURN max(c.id), count(c), collect(DISTINCT CASE WHEN $everybody OR coalesce(n.decidedUnder, '') <> $under
  OR coalesce(n.decidedRevision, -1) <> coalesce(n.revision, 0) OR coalesce(n.decidedUntil, 0) <= $now
  OR c.statusUntil <= $now THEN n.id END)
"""

_OVERDUE: Final = """
MATCH (n:Practitioner) WHERE n.decidedUntil <= $now RETURN n.id ORDER BY n.decidedUntil LIMIT $limit
"""
_NEXT: Final = """
MATCH (n:Practitioner) WHERE n.decidedUntil > $now RETURN n.decidedUntil ORDER BY n.decidedUntil LIMIT 1
"""

_GO_ON: Final = """
MATCH (s:Sweep {name: 'everybody'}) WHERE s.under = $under AND s.startedAt >= $since AND s.startedAt <= $now
RETURN s.after, s.checked, s.changed, s.startedAt
"""
_REMEMBER: Final = """
MERGE (s:Sweep {name: 'everybody'})
SET s.under = $under, s.startedAt = $startedAt, s.after = $after, s.checked = $checked, s.changed = $changed
"""
_FORGET: Final = "MATCH (s:Sweep {name: 'everybody'}) DELETE s"


@dataclass(slots=True)
class Swept:
    """How far a sweep has come: credentials looked at, people decided anew, and people for whom that changed something.

    `resumed` says that it went on where another was stopped, whose counts are in these.
    """

    checked: int = 0
    decided: int = 0
    changed: int = 0
    resumed: bool = False


Advance = Callable[[Swept], None]


async def sweep(
    database: Database, now: datetime, policies: Policies, fence: Fence, advance: Advance = lambda _: None
) -> Swept:
    """Decide anew on everybody who is due. Raises LeaseLost when somebody else took the lease."""
    swept = Swept()
    under = await _under(database, policies, now)

    async def decide(ids: Sequence[str]) -> int:
        return await _decide(database, ids, now, policies, fence)

    async for _, count, due in _looked_at(database, "", under, now, everybody=False):
        await _decide_all(due, decide, swept, advance)
        swept.checked += count
        advance(swept)
        await keep(database, fence)
    return swept


async def sweep_overdue(database: Database, now: datetime, policies: Policies, fence: Fence) -> Swept:
    """Decide anew on those for whom time alone has changed something, found by the index. Raises LeaseLost."""
    swept = Swept()

    async def decide(ids: Sequence[str]) -> int:
        return await _decide(database, ids, now, policies, fence)

    while rows := await database.read(_OVERDUE, {"now": millis(now), "limit": LOOKED_AT // 10}, deadline=DEADLINE):
        await _decide_all(sorted(own for (own,) in rows), decide, swept, lambda _: None)
    return swept


async def sweep_everybody(
    database: Database, now: datetime, policies: Policies, fence: Fence, advance: Advance = lambda _: None
) -> Swept:
    """Decide anew on everybody, due or not; goes on where one that was stopped within a day had come to.

    Raises LeaseLost when somebody else took the lease.
    """
    under = await _under(database, policies, now)
    after, started, swept = await _begun(database, under, now)

    async def decide(ids: Sequence[str]) -> int:
        return await _decide(database, ids, now, policies, fence)

    async for last, count, ids in _looked_at(database, after, under, now, everybody=True):
        await _decide_all(ids, decide, swept, advance)
        swept.checked += count
        advance(swept)
        await _remember(database, fence, swept, {"after": last, "under": under, "startedAt": started})
    await _forget(database, fence)
    return swept


async def next_due(database: Database, now: datetime) -> datetime | None:
    """The first instant after `now` at which somebody falls due by the passing of time alone."""
    rows = await database.read(_NEXT, {"now": millis(now)}, deadline=DEADLINE)
    return instant(rows[0][0]) if rows else None


async def _under(database: Database, policies: Policies, now: datetime) -> str:
    ((shared,),) = await database.read(_SHARED, deadline=DEADLINE)
    return decided_under(shared_facts(shared), policies, now)


async def _looked_at(
    database: Database, after: str, under: str, now: datetime, *, everybody: bool
) -> AsyncIterator[tuple[str, int, Sequence[str]]]:
    """A batch of credentials after another, by id: the last id, how many, and the people to be decided anew, by id."""
    limit = LOOKED_AT // 10 if everybody else LOOKED_AT
    while True:
        parameters = {"after": after, "limit": limit, "under": under, "now": millis(now), "everybody": everybody}
        ((last, count, due),) = await database.read(_LOOK, parameters, deadline=DEADLINE)
        if not count:
            return
        yield last, count, sorted(due)
        after = last


async def _decide_all(
    ids: Sequence[str], decide: Callable[[Sequence[str]], Awaitable[int]], swept: Swept, advance: Advance
) -> None:
    """Decide on all of them in batches, two at a time: one waits for the database while the other is decided."""
    batches = iter([ids[start : start + DECIDED] for start in range(0, len(ids), DECIDED)])

    async def work() -> None:
        for batch in batches:
            changed = await decide(batch)
            swept.changed += changed
            swept.decided += len(batch)
            advance(swept)

    workers = [asyncio.create_task(work()) for _ in range(AT_ONCE)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _decide(database: Database, ids: Sequence[str], now: datetime, policies: Policies, fence: Fence) -> int:
    decided = await decide_ahead(database, ids, now, policies)

    async def work(statements: Statements) -> int:
        await prove(statements, fence)
        return await record_ahead(statements, decided, now, policies)

    return await database.transact(work, deadline=DEADLINE)


async def _begun(database: Database, under: str, now: datetime) -> tuple[str, int, Swept]:
    """Where a stopped sweep over everybody had come to and when it began; the beginning where there is none."""
    parameters = {"under": under, "since": millis(now - GOES_ON), "now": millis(now)}
    for after, checked, changed, started in await database.read(_GO_ON, parameters):
        return after, started, Swept(checked=checked, changed=changed, resumed=True)
    return "", millis(now), Swept()


async def _remember(database: Database, fence: Fence, swept: Swept, reached: Mapping[str, Any]) -> None:
    parameters = {**reached, "checked": swept.checked, "changed": swept.changed}

    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run(_REMEMBER, parameters)

    await database.transact(work)


async def _forget(database: Database, fence: Fence) -> None:
    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run(_FORGET)

    await database.transact(work)
