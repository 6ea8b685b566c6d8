"""Old notices go, what waits stays, and what could not be told stays longer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from graph.database import Database
from graph.instants import millis
from graph.leases import Fence, LeaseLost, give_back, take_lease
from graph.old_notices import BATCH, Kept, forget_notices
from tests.network import key

pytestmark = pytest.mark.neo4j

DAY = timedelta(days=1)
NOW = datetime(2002, 1, 1, tzinfo=UTC)
"""Long before anything that other tests write."""
KEPT = Kept(90 * DAY, 365 * DAY)

_WRITE = """
UNWIND $rows AS row
CREATE (o:Outbox {dedupe: row.key, id: row.key, topic: 'referral.sent', object: 'o', recipient: 'r', at: row.at,
  nextAt: row.queued})
CREATE (e:Endpoint {id: row.key, kind: row.kind, createdAt: row.created, removedAt: row.removed})
FOREACH (_ IN CASE WHEN row.made THEN [1] ELSE [] END |
  CREATE (d:Delivery {key: row.key, endpoint: row.key, nextAt: row.next, deadAt: row.dead})-[:OF]->(o)
  CREATE (d)-[:TO]->(e))
"""


@pytest.fixture
async def fence(database: Database) -> AsyncIterator[Fence]:
    await database.write("MATCH (o:Outbox) WHERE o.at < $now DETACH DELETE o", {"now": millis(NOW)})
    held = await take_lease(database, f"old {key()}", key())
    assert held is not None
    yield held
    await give_back(database, held)


async def left(database: Database, name: str) -> list[str]:
    rows = await database.read(
        """
        MATCH (n:Outbox|Delivery|Endpoint) WHERE $key IN [n.dedupe, n.key, n.id]
        RETURN DISTINCT labels(n)[0] AS label ORDER BY label
        """,
        {"key": name},
    )
    return [label for (label,) in rows]


def row(name: str, days: int, **given: object) -> dict[str, object]:
    at = millis(NOW - days * DAY)
    return {
        "key": name, "at": at, "queued": None, "made": True, "next": None, "dead": None, "kind": "WEBHOOK",
        "created": at, "removed": None, **given,
    }  # fmt: skip


async def test_what_goes_and_what_stays(database: Database, fence: Fence) -> None:
    names = {
        name: key() for name in ("old", "young", "waits", "queued", "dead", "long dead", "nobody", "gone", "address")
    }
    long_ago = millis(NOW - 366 * DAY)
    rows = [
        row(names["old"], 91),
        row(names["young"], 89),
        row(names["waits"], 400, next=1),
        row(names["queued"], 400, queued=1, made=False),
        row(names["dead"], 400, dead=millis(NOW - 364 * DAY)),
        row(names["long dead"], 400, dead=long_ago),
        row(names["nobody"], 91, made=False),
        row(names["gone"], 91, removed=long_ago),
        row(names["address"], 91, kind="EMAIL"),
    ]
    await database.write(_WRITE, {"rows": rows})
    assert await forget_notices(database, NOW, fence, KEPT) == 5
    assert await forget_notices(database, NOW, fence, KEPT) == 0
    found = {name: await left(database, own) for name, own in names.items()}
    whole = ["Delivery", "Endpoint", "Outbox"]
    assert found == {
        "old": ["Endpoint"],
        "young": whole,
        "waits": whole,
        "queued": ["Endpoint", "Outbox"],
        "dead": whole,
        "long dead": ["Endpoint"],
        "nobody": ["Endpoint"],
        "gone": [],
        "address": [],
    }
    await database.write("MATCH (n) WHERE n.dedupe IN $all OR n.key IN $all OR n.id IN $all DETACH DELETE n",
                         {"all": list(names.values())})  # fmt: skip


async def test_many_go_in_batches_past_what_stays(database: Database, fence: Fence) -> None:
    mark = key()
    rows = [row(f"{mark}{number}", 400, next=1 if number % 2 else None) for number in range(2 * BATCH + 40)]
    for number, each in enumerate(rows):
        each["at"] = millis(NOW - 400 * DAY) + number // 3
    await database.write(_WRITE, {"rows": rows}, deadline=60)
    assert await forget_notices(database, NOW, fence, KEPT) == BATCH + 20
    await give_back(database, fence)
    with pytest.raises(LeaseLost):
        await forget_notices(database, NOW, fence, KEPT)
    await database.write(
        "MATCH (o:Outbox) WHERE o.dedupe STARTS WITH $mark OPTIONAL MATCH (o)<-[:OF]-(d) DETACH DELETE d, o",
        {"mark": mark},
    )
    await database.write("MATCH (e:Endpoint) WHERE e.id STARTS WITH $mark DETACH DELETE e", {"mark": mark})
