"""Notices that are long over: they are taken out of the graph, with their deliveries, in batches.

Rules:
- A notice is over when everybody who was to be told was told, or is told no more. What still waits is never touched.
- What could not be told stays for longer, since somebody may still want to look into it or have it tried again.
- An address that was never confirmed, and what is left of endpoints that were taken away, go as well.
- A notice that is gone could be written again, so it stays for longer than anything looks back that writes notices.
- Each batch proves the lease in its own transaction.

Does not know how long that is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from graph.database import Database, Statements
from graph.instants import millis
from graph.leases import Fence, prove

BATCH: Final = 500
DEADLINE: Final = 60.0

# A page of old ones, whether they can go or not, so that those that stay are passed by.
_OLD: Final = """
MATCH (o:Outbox) WHERE o.at >= $after AND o.at < $delivered
WITH o ORDER BY o.at LIMIT $limit
RETURN max(o.at), count(o)
"""

_DELETE: Final = """
MATCH (o:Outbox) WHERE o.at >= $after AND o.at <= $through AND o.at < $delivered AND o.nextAt IS NULL
  AND NOT EXISTS {
    MATCH (o)<-[:OF]-(d:Delivery) WHERE d.nextAt IS NOT NULL OR (d.deadAt IS NOT NULL AND d.deadAt >= $dead)
  }
OPTIONAL MATCH (o)<-[:OF]-(d:Delivery)
DETACH DELETE d
WITH DISTINCT o
DETACH DELETE o
RETURN count(*)
"""

_ENDPOINTS: Final = """
MATCH (e:Endpoint)
WHERE coalesce(e.removedAt, CASE WHEN e.kind = 'EMAIL' AND e.confirmedAt IS NULL THEN e.createdAt END) < $delivered
  AND NOT EXISTS { (e)<-[:TO]-(:Delivery) }
WITH e LIMIT $limit
DETACH DELETE e
RETURN count(*)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a notice stays: one that is over, and one that could not be told."""

    delivered: timedelta = timedelta(days=90)
    dead: timedelta = timedelta(days=365)


async def forget_notices(database: Database, now: datetime, fence: Fence, kept: Kept) -> int:
    """Delete what is older; how many notices. Raises LeaseLost when somebody else took the lease."""
    given = {
        "delivered": millis(now - kept.delivered),
        "dead": millis(now - max(kept.dead, kept.delivered)),
        "limit": BATCH,
    }
    deleted, after = 0, 0
    while True:
        [[through, found]] = await database.read(_OLD, {**given, "after": after}, deadline=DEADLINE, leader=True)
        if found:
            deleted += await _under(database, fence, _DELETE, {**given, "after": after, "through": through})
        if found < BATCH:
            break
        # Whatever bears the same instant as the last was looked at with it.
        after = through + 1
    while await _under(database, fence, _ENDPOINTS, given) == BATCH:
        pass
    return deleted


async def _under(database: Database, fence: Fence, text: str, given: dict[str, Any]) -> int:
    async def work(statements: Statements) -> int:
        await prove(statements, fence)
        rows = await statements.run(text, given)
        return int(rows[0][0])

    return await database.transact(work, deadline=DEADLINE)
