"""Figures are worked out of what happened, kept with their date, and go when there is too little."""

from datetime import timedelta
from typing import Any, Final

import pytest

from graph.database import Database, count_statements
from graph.instants import millis
from graph.leases import Fence, take_lease
from graph.reply_times import work_out_reply_times
from tests.network import NOW, own
from tests.world import World, make_world
from verification.reply_times import LEAST, LOOKS_BACK

pytestmark = pytest.mark.neo4j

DAY: Final = timedelta(days=1)
_PAST: Final = """
MATCH (t:Practitioner {id: $therapist})
UNWIND $rows AS row
CREATE (r:Referral {id: row.id, status: 'IN_THERAPY', backRequest: row.back})
CREATE (a:Attempt {id: row.id, number: 1, status: 'IN_THERAPY', sentAt: row.sentAt})-[:OF]->(r)
CREATE (a)-[:TO]->(t)
CREATE (:Event {id: row.id + 'a', number: 2, at: row.answeredAt, fromStatus: 'SENT', toStatus: 'ACCEPTED',
  attempt: row.id})-[:OF]->(r)
CREATE (:Event {id: row.id + 'b', number: 3, at: row.answeredAt, fromStatus: 'SENT', toStatus: 'DECLINED',
  attempt: 'of somebody else'})-[:OF]->(r)
CREATE (:Visit {id: row.id, startsAt: row.sentAt + 14 * 86400000, status: 'ATTENDED'})-[:OF]->(a)
CREATE (:Visit {id: row.id + 'b', startsAt: row.sentAt + 86400000, status: 'MOVED'})-[:OF]->(a)
"""


async def asked(world: World, therapist: str, count: int, *, days: int, ago: int = 30, back: str | None = None) -> None:
    """`count` referrals, each answered after so many business days from a Tuesday on."""
    sent = NOW - ago * DAY - timedelta(days=(NOW - ago * DAY).weekday() - 1)
    rows: list[dict[str, Any]] = [
        {"id": own(), "sentAt": millis(sent), "answeredAt": millis(sent + days * DAY), "back": back}
        for _ in range(count)
    ]
    await world.database.write(_PAST, {"therapist": therapist, "rows": rows})


async def figures(world: World, therapist: str) -> list[Any]:
    [row] = await world.database.read(
        "MATCH (t:Practitioner {id: $id}) "
        "RETURN t.responseDays, t.responseCount, t.firstVisitDays, t.firstVisitCount, t.repliesAsOf",
        {"id": therapist},
    )
    return row


@pytest.fixture
async def fence(database: Database) -> Fence:
    taken = await take_lease(database, own(), own())
    assert taken is not None
    return taken


async def test_figures_come_and_go(database: Database, fence: Fence) -> None:
    world = await make_world(database)
    await asked(world, world.therapist.id, 6, days=1)
    await asked(world, world.therapist.id, 5, days=3)
    await asked(world, world.therapist.id, 20, days=3, ago=400)
    await asked(world, world.therapist.id, 20, days=3, back="INVESTIGATE")
    await asked(world, world.second.id, LEAST - 1, days=1)
    with count_statements() as counted:
        assert await work_out_reply_times(database, NOW, fence) >= 1
    assert counted.count <= 6
    assert await figures(world, world.therapist.id) == [1.0, 11, 14.0, 11, millis(NOW)]
    assert await figures(world, world.second.id) == [None] * 5
    later = NOW + LOOKS_BACK
    await work_out_reply_times(database, later, fence)
    assert await figures(world, world.therapist.id) == [None] * 5
