"""Reminders before a credential ends: to whoever holds it and to the body that issued it.

Rules:
- Ninety, sixty, thirty and seven days before the printed expiry or the date to verify it again, whichever is first, one
  notice each. Days are those of the calendar in UTC; the credential itself ends by its body's.
- Each is sent once. Whoever was not looked at for a while gets only the latest one that applies.
- What is known to be over is not reminded of; a credential that was renewed begins anew.
- The notice and the mark that it was sent are one transaction, under the lease.

Does not know how a notice is delivered.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from graph.database import Database, Statements
from graph.instants import millis
from graph.leases import Fence, prove
from graph.loading.people import new_id
from graph.outbox import Notice, Topic, post
from verification.credentials import CredentialStatus

DAYS: Final = (7, 30, 60, 90)
BATCH: Final = 1000
DEADLINE: Final = 120.0
# Unknown is among them: a list that is late does not put off the day that is printed.
_IN_FORCE: Final = (
    CredentialStatus.ACTIVE.value,
    CredentialStatus.ACTIVE_WITH_NOTICE.value,
    CredentialStatus.RESTRICTED.value,
    CredentialStatus.UNKNOWN.value,
)

_ENDING: Final = """
MATCH (c:Credential) WHERE c.endsOn >= $today AND c.endsOn <= $last
  AND CASE WHEN c.statusUntil <= $now THEN c.statusAfter ELSE c.status END IN $inForce
WITH c, head([edge IN $edges WHERE c.endsOn <= edge.last | edge.days]) AS days
WHERE coalesce(c.remindedFor, '') <> c.endsOn OR c.remindedDays > days
MATCH (n:Practitioner)-[:HOLDS]->(c)-[:ISSUED_BY]->(b:CertifyingBody)
RETURN c.id, n.id, b.id, c.endsOn, days ORDER BY c.id LIMIT $limit
"""

_REMINDED: Final = """
UNWIND $rows AS row MATCH (c:Credential {id: row.id})
SET c.remindedFor = row.endsOn, c.remindedDays = row.days
"""

_NEXT: Final = """
UNWIND $edges AS edge
CALL (edge) { MATCH (c:Credential) WHERE c.endsOn > edge.last RETURN c.endsOn AS ends ORDER BY c.endsOn LIMIT 1 }
RETURN edge.days, ends
"""


async def remind(database: Database, now: datetime, fence: Fence) -> int:
    """Send what is due; the number of credentials reminded of. Raises LeaseLost when somebody else took the lease."""
    parameters = {
        "today": now.date().isoformat(),
        "last": _day(now, DAYS[-1]),
        "now": millis(now),
        "inForce": list(_IN_FORCE),
        "edges": _edges(now),
        "limit": BATCH,
    }
    reminded = 0
    while rows := await database.read(_ENDING, parameters, deadline=DEADLINE):
        await _send(database, rows, now, fence)
        reminded += len(rows)
    return reminded


async def next_reminder(database: Database, now: datetime) -> datetime | None:
    """The start of the next day on which a reminder could be due."""
    rows = await database.read(_NEXT, {"edges": _edges(now)}, deadline=DEADLINE)
    days = (date.fromisoformat(ends) - timedelta(days) for days, ends in rows)
    return min((datetime.combine(day, time(), UTC) for day in days), default=None)


async def _send(database: Database, rows: Sequence[Sequence[Any]], now: datetime, fence: Fence) -> None:
    notices = [notice for row in rows for notice in _notices(row, now)]
    marks = [{"id": credential, "endsOn": ends, "days": days} for credential, _, _, ends, days in rows]

    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await post(statements, notices)
        await statements.run(_REMINDED, {"rows": marks})

    await database.transact(work, deadline=DEADLINE)


def _notices(row: Sequence[Any], now: datetime) -> Iterable[Notice]:
    credential, holder, body, ends, days = row
    for recipient in (holder, body):
        dedupe = f"{Topic.CREDENTIAL_EXPIRING}|{credential}|{ends}|{days}|{recipient}"
        yield Notice(new_id(), Topic.CREDENTIAL_EXPIRING, credential, recipient, dedupe, now)


def _edges(now: datetime) -> list[dict[str, Any]]:
    return [{"days": days, "last": _day(now, days)} for days in DAYS]


def _day(now: datetime, days: int) -> str:
    return (now.date() + timedelta(days)).isoformat()
