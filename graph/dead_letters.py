"""The state of the outbox, for whoever looks after the network: what waits, what failed for good, and trying again.

- A recipient's name does not come out of here; an address is shown by its host alone.
- Trying again is asked for by the notice's id or for all; it turns an endpoint that was given up on again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from graph.database import Database
from graph.deliveries import message_id, opaque_object
from graph.instants import instant, millis, optional_instant

DEADLINE: Final = 60.0

_COUNTS: Final = """
RETURN COUNT { MATCH (o:Outbox) WHERE o.nextAt > 0 },
  COUNT { MATCH (e:Endpoint) WHERE e.nextAt > 0 MATCH (d:Delivery {endpoint: e.id}) WHERE d.nextAt > 0 },
  COUNT { MATCH (d:Delivery) WHERE d.deadAt > 0 },
  COUNT { MATCH (e:Endpoint) WHERE e.disabledAt IS NOT NULL AND e.removedAt IS NULL }
"""

_SHAPE: Final = """
MATCH (d)-[:OF]->(o:Outbox)
MATCH (d)-[:TO]->(e:Endpoint)
OPTIONAL MATCH (e)-[:OF]->(a:Account)
RETURN d {.key, .attempts, .problem, .at, .nextAt, .deadAt, .deliveredAt}, o {.dedupe, .topic, .object, .at},
  e {.id, .kind, .address, .disabledAt}, a.id
"""

_DEAD: Final = f"""
MATCH (d:Delivery) WHERE d.deadAt > 0
WITH d ORDER BY d.deadAt, d.key LIMIT $limit
{_SHAPE}
ORDER BY d.deadAt, d.key
"""
_WAITING: Final = f"""
MATCH (e:Endpoint) WHERE e.nextAt > 0
MATCH (d:Delivery {{endpoint: e.id}}) WHERE d.nextAt > 0
WITH d ORDER BY d.nextAt, d.key LIMIT $limit
{_SHAPE}
ORDER BY d.nextAt, d.key
"""
_ONE: Final = f"""
MATCH (d:Delivery {{key: $key}})
{_SHAPE}
"""

_RETRY: Final = """
MATCH (d:Delivery) WHERE d.deadAt > 0 AND ($key IS NULL OR d.key = $key)
WITH d ORDER BY d.key LIMIT $limit
MATCH (d)-[:TO]->(e:Endpoint) WHERE e.removedAt IS NULL
SET e._lock = $now, d._lock = $now
WITH d, e WHERE d.deadAt IS NOT NULL
SET d.nextAt = $now, d.attempts = 0, e.nextAt = $now, e.failures = 0
REMOVE d.deadAt, e.disabledAt, e.failingSince
RETURN count(d)
"""
AT_ONCE: Final = 1_000


class Which(StrEnum):
    """Which deliveries to list."""

    DEAD = "dead"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """Notices not handed out yet, deliveries that wait, deliveries nobody tries any more, endpoints given up."""

    queued: int
    waiting: int
    dead: int
    disabled_endpoints: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery: `message` is what receivers know it by, `key` what it is asked for by here."""

    key: str
    message: str
    topic: str
    object: str
    notice_at: datetime
    kind: str
    host: str
    account: str | None
    attempts: int
    problem: str | None
    next_at: datetime | None
    dead_at: datetime | None
    delivered_at: datetime | None
    disabled_at: datetime | None


async def read_outbox(database: Database) -> OutboxCounts:
    """How much is under way."""
    [counts] = await database.read(_COUNTS, deadline=DEADLINE)
    return OutboxCounts(*counts)


async def list_letters(database: Database, which: Which, limit: int) -> list[Letter]:
    """Up to `limit` deliveries, the longest dead or soonest due first."""
    text = _DEAD if which is Which.DEAD else _WAITING
    return [_letter(row) for row in await database.read(text, {"limit": limit}, deadline=DEADLINE)]


async def read_letter(database: Database, key: str) -> Letter | None:
    """One delivery by its key."""
    rows = await database.read(_ONE, {"key": key}, deadline=DEADLINE)
    return _letter(rows[0]) if rows else None


async def retry(database: Database, key: str | None, now: datetime) -> int:
    """Have one dead delivery tried again, or all without a `key`; how many."""
    retried = 0
    while True:
        rows = await database.write(_RETRY, {"key": key, "now": millis(now), "limit": AT_ONCE}, deadline=DEADLINE)
        found = int(rows[0][0])
        retried += found
        if key is not None or found < AT_ONCE:
            return retried


def _letter(row: Sequence[Any]) -> Letter:
    delivery, notice, endpoint, account = row
    return Letter(
        key=delivery["key"],
        message=message_id(notice["dedupe"]),
        topic=notice["topic"],
        object=opaque_object(notice["topic"], notice["object"]),
        notice_at=instant(notice["at"]),
        kind=endpoint["kind"],
        host=_host(endpoint["address"] or ""),
        account=account,
        attempts=delivery["attempts"],
        problem=delivery["problem"],
        next_at=optional_instant(delivery["nextAt"]),
        dead_at=optional_instant(delivery["deadAt"]),
        delivered_at=optional_instant(delivery["deliveredAt"]),
        disabled_at=optional_instant(endpoint["disabledAt"]),
    )


def _host(address: str) -> str:
    """The host of a webhook's or e-mail's address, which is all an operator needs to see a pattern."""
    if "://" in address:
        return address.partition("://")[2].partition("/")[0]
    return address.rpartition("@")[2]
