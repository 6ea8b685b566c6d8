"""What a reader of a referral is offered agrees with what happens when it is asked for."""

from datetime import timedelta
from typing import Any

import pytest

from api.operations.outcomes import Done
from api.operations.table import OPERATIONS
from graph.available import available_expression, available_from
from graph.database import Database
from graph.directory import refresh
from graph.instants import millis
from tests.network import NOW
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES
from verification.referrals import AvailableAction

pytestmark = pytest.mark.neo4j

READ = f"""
MATCH (viewer:Account {{tokenHash: $viewer}}) MATCH (r:Referral {{id: $id}}) RETURN {available_expression("r")}
"""


@pytest.fixture
async def world(database: Database) -> World:
    made = await make_world(database)
    await refresh(database, [made.therapist.id, made.second.id], NOW, SHIPPED_POLICIES)
    return made


async def offered(world: World, viewer: str, node: dict[str, Any]) -> dict[Action, AvailableAction]:
    [[found]] = await world.database.read(READ, {"viewer": viewer, "id": node["id"], "now": millis(world.now)})
    return {item.action: item for item in available_from(found, world.now, OPERATIONS)}


async def test_what_is_offered_along_the_way(world: World) -> None:
    node = await world.draft()
    assert set(await offered(world, world.by_physician, node)) == {
        Action.ANSWER_RED_FLAGS,
        Action.SEND_REFERRAL,
        Action.CANCEL_REFERRAL,
        Action.MARK_ENTERED_IN_ERROR,
    }
    assert await offered(world, world.by_therapist, node) == {}
    node = await world.did(world.by_physician, Action.SEND_REFERRAL, node)
    to_physician = await offered(world, world.by_physician, node)
    assert set(to_physician) == {
        Action.REDIRECT_REFERRAL,
        Action.CANCEL_REFERRAL,
        Action.MARK_ENTERED_IN_ERROR,
        Action.ORDER_WORK_UP,
    }
    assert all(item.allowed for item in to_physician.values())
    assert set(await offered(world, world.by_therapist, node)) == {
        Action.OPEN_REFERRAL,
        Action.ACCEPT_REFERRAL,
        Action.WAITLIST_REFERRAL,
        Action.DECLINE_REFERRAL,
        Action.RETURN_REFERRAL,
    }
    assert await offered(world, world.by_second, node) == {}
    node = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node)
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(hours=1))
    start = (await offered(world, world.by_therapist, node))[Action.START_THERAPY]
    assert (start.allowed, start.why) == (False, "The booked visit has not begun yet.")
    world.now = NOW + timedelta(hours=1)
    assert (await offered(world, world.by_therapist, node))[Action.START_THERAPY].allowed


async def test_nothing_is_offered_without_standing(world: World) -> None:
    node = await world.sent()
    world.now = NOW + timedelta(days=40)
    accept = (await offered(world, world.by_therapist, node))[Action.ACCEPT_REFERRAL]
    assert not accept.allowed
    assert accept.why is not None
    assert accept.why.startswith("It cannot be proven today")
    outcome = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node)
    assert not isinstance(outcome, Done)


async def test_a_draft_without_a_shortlist_cannot_be_sent(world: World) -> None:
    node = await world.draft(candidates=[])
    send = (await offered(world, world.by_physician, node))[Action.SEND_REFERRAL]
    assert not send.allowed
