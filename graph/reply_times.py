"""How soon therapists answer and see somebody, worked out from what happened and kept beside what they say themselves.

Rules:
- Every therapist with enough referrals in the time looked back at, many in one statement; who has no longer enough
  loses the figure.
- What is kept has the instant it was worked out at. It changes nothing of who is found or referred to.
- Patients sent back to a physician, and what was entered in error, do not count.

Does not know what counts against whom: `verification.reply_times` does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from graph.commands.referral_facts import read_place
from graph.database import Database, Statements
from graph.instants import instant, millis
from graph.leases import Fence, prove
from verification.referral_states import State
from verification.reply_times import (
    LEAST,
    LOOKS_BACK,
    Figure,
    Past,
    Step,
    first_visit_figure,
    response_figure,
)

BATCH: Final = 200
DEADLINE: Final = 120.0

RESPONSE_TIME: Final = (
    "CASE WHEN {n}.responseCount IS NOT NULL "
    "THEN {medianBusinessDays: {n}.responseDays, n: {n}.responseCount, asOf: {n}.repliesAsOf} END"
)
FIRST_VISIT: Final = (
    "CASE WHEN {n}.firstVisitCount IS NOT NULL "
    "THEN {medianDays: {n}.firstVisitDays, n: {n}.firstVisitCount, asOf: {n}.repliesAsOf} END"
)

_WHO: Final = """
MATCH (a:Attempt) WHERE a.sentAt >= $from
MATCH (a)-[:TO]->(t:Therapist)
WITH t, count(a) AS found WHERE found >= $least
RETURN t.id ORDER BY t.id
"""

_PASTS: Final = """
UNWIND $ids AS id
MATCH (t:Practitioner {id: id})
RETURN t.id,
  head([(t)-[:PRACTISES_AT]->(q:Practice) WHERE q.zone IS NOT NULL | q {.zone, .country, .state}]),
  COLLECT {
    MATCH (t)<-[:TO]-(a:Attempt)-[:OF]->(r:Referral)
    WHERE a.sentAt >= $from AND r.backRequest IS NULL AND r.status <> 'ENTERED_IN_ERROR'
    RETURN {
      sentAt: a.sentAt,
      steps: COLLECT {
        MATCH (e:Event)-[:OF]->(r) WHERE e.attempt = a.id
        RETURN [e.at, e.fromStatus, e.toStatus, e.reason] ORDER BY e.number
      },
      visits: COLLECT { MATCH (v:Visit)-[:OF]->(a) WHERE v.status IN ['ATTENDED', 'NO_SHOW'] RETURN v.startsAt }
    }
  }
"""

_KEEP: Final = """
UNWIND $rows AS row
MATCH (t:Practitioner {id: row.id})
SET t += row.figures, t.repliesAsOf = $now
"""

_FORGET: Final = """
MATCH (t:Therapist) WHERE t.repliesAsOf < $now
SET t.responseDays = null, t.responseCount = null, t.firstVisitDays = null, t.firstVisitCount = null,
  t.repliesAsOf = null
"""


async def work_out_reply_times(database: Database, now: datetime, fence: Fence) -> int:
    """Work the figures out anew; of how many therapists. Raises LeaseLost when somebody else took the lease."""
    since = millis(now - LOOKS_BACK)
    ids = [own for (own,) in await database.read(_WHO, {"from": since, "least": LEAST}, deadline=DEADLINE)]
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        rows = await database.read(_PASTS, {"ids": batch, "from": since}, deadline=DEADLINE)
        await _keep(database, [_row(row) for row in rows], now, fence)
    await _forget(database, now, fence)
    return len(ids)


async def _keep(database: Database, rows: Sequence[Mapping[str, Any]], now: datetime, fence: Fence) -> None:
    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run(_KEEP, {"rows": rows, "now": millis(now)})

    await database.transact(work, deadline=DEADLINE)


async def _forget(database: Database, now: datetime, fence: Fence) -> None:
    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run(_FORGET, {"now": millis(now)})

    await database.transact(work, deadline=DEADLINE)


def _row(row: Sequence[Any]) -> dict[str, Any]:
    own, place, found = row
    pasts = [_past(past) for past in found]
    figures = {
        **_stored("response", response_figure(pasts, read_place(place))),
        **_stored("firstVisit", first_visit_figure(pasts)),
    }
    return {"id": own, "figures": figures}


def _stored(name: str, figure: Figure | None) -> dict[str, Any]:
    return {f"{name}Days": figure and figure.days, f"{name}Count": figure and figure.n}


def _past(found: Mapping[str, Any]) -> Past:
    steps = tuple(
        Step(instant(at), State(before) if before else None, State(after), reason)
        for at, before, after, reason in found["steps"]
    )
    return Past(instant(found["sentAt"]), steps, tuple(instant(start) for start in found["visits"]))
