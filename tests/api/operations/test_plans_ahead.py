"""What is planned lies within two years: a slip of the pen is refused, and changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from graph.database import Database
from tests.network import NOW
from tests.world import World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Action.ACCEPT_REFERRAL, {"expectedBy": date(9999, 12, 31)}),
        (Action.ACCEPT_REFERRAL, {"expectedBy": (NOW + timedelta(days=730)).date()}),
        (Action.WAITLIST_REFERRAL, {"waitWeeks": 2**31 - 1}),
        (Action.WAITLIST_REFERRAL, {"waitWeeks": 105}),
        (Action.WAITLIST_REFERRAL, {"waitWeeks": -1}),
    ],
)
async def test_a_first_visit_and_a_wait(world: World, action: Action, said: dict[str, Any]) -> None:
    node = await world.sent()
    assert await world.refused(world.by_therapist, action, node, **said) == "BAD_INPUT"


@pytest.mark.parametrize("starts", [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), NOW + timedelta(days=729)])
async def test_a_visit(world: World, starts: datetime) -> None:
    node = await world.accepted()
    assert await world.refused(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=starts) == "BAD_INPUT"
    await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(days=728))


async def test_the_longest_wait(world: World) -> None:
    node = await world.sent()
    await world.did(world.by_therapist, Action.WAITLIST_REFERRAL, node, waitWeeks=104)
