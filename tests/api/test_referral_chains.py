"""Chains: both lanes of a request see that the other is there, and nothing of what it says."""

import secrets
from datetime import timedelta
from typing import Any, Final

import pytest

from api.execute import Executor, Request
from api.operations.outcomes import Done
from graph.database import Database, count_statements
from graph.ids import global_id
from tests.network import CONCERN, NOW
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

CHAIN: Final = """query C($id: ID!) { referral(id: $id) { status chain {
  referral mine lane sentBy to status since sentAt basedOn concern } } }"""
WORDS: Final = "Canaryword, in confidence."


def opaque(node: Any) -> str:
    return global_id(f"Referral:{node['id']}")


class Lanes:
    """A request in therapy, sent back to another physician, and everybody who looks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens: dict[str, str] = {}
        self.executor = Executor(world.database, SHIPPED_POLICIES, lambda: NOW + timedelta(hours=3), deadline=60)

    async def token(self, who: str, role: str, acts_as: str) -> str:
        self.tokens[who] = secrets.token_urlsafe(24)
        return await self.world.network.account(role, acts_as, self.tokens[who])

    async def chain(self, who: str, node: Any) -> Any:
        """The chain of one referral by this viewer; None where the referral is not there for them."""
        with count_statements() as counted:
            answer = await self.executor.run(Request(CHAIN, {"id": opaque(node)}, None, self.tokens[who]))
        assert counted.count == 1
        assert "errors" not in answer.result, answer.result
        assert b"Canary" not in answer.body
        found = answer.result["data"]["referral"]
        return found and found["chain"]


@pytest.fixture
async def lanes(database: Database) -> Lanes:
    world = await make_world(database)
    found = Lanes(world)
    await found.token("author", "physician", world.physician.id)
    await found.token("therapist", "therapist", world.therapist.id)
    await found.token("second", "therapist", world.second.id)
    return found


async def test_two_lanes_see_each_other(lanes: Lanes) -> None:
    world = lanes.world
    urologist = await world.network.person("Physician")
    by_urologist = await lanes.token("urologist", "physician", urologist.id)
    parent = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, await world.sent())
    back = await world.act(
        world.by_therapist, Action.REFER_BACK, parent,
        physician=urologist.opaque, request="INVESTIGATE", comment=WORDS, hold=True, now=NOW + timedelta(hours=1),
    )  # fmt: skip
    assert isinstance(back, Done), back
    child = back.node
    therapy = {
        "referral": opaque(parent), "lane": "THERAPY", "sentBy": "PHYSICIAN", "to": "THERAPIST",
        "status": "HELD_BEFORE_START", "since": "2026-11-25T19:00:00.000Z", "sentAt": "2026-11-25T18:00:00.000Z",
        "basedOn": None,
    }  # fmt: skip
    work_up = {
        "referral": opaque(child), "lane": "MEDICAL_WORK_UP", "sentBy": "THERAPIST", "to": "PHYSICIAN",
        "status": "SENT", "since": "2026-11-25T19:00:00.000Z", "sentAt": "2026-11-25T19:00:00.000Z",
        "basedOn": opaque(parent),
    }  # fmt: skip
    mine, others = {"mine": True, "concern": CONCERN}, {"mine": False, "concern": None}
    for node in (parent, child):
        assert await lanes.chain("therapist", node) == [{**therapy, **mine}, {**work_up, **mine}]
        assert await lanes.chain("second", node) is None
    assert await lanes.chain("author", parent) == [{**therapy, **mine}, {**work_up, **others}]
    assert await lanes.chain("author", child) is None
    assert await lanes.chain("urologist", child) == [{**therapy, **others}, {**work_up, **mine}]
    assert await lanes.chain("urologist", parent) is None
    # The physician's part ends: what comes after is not theirs to know.
    await world.did(by_urologist, Action.DECLINE_REFERRAL, child, reason="OUTSIDE_SCOPE", now=NOW + timedelta(hours=2))
    assert await lanes.chain("urologist", child) == [
        {**work_up, **mine, "status": "DECLINED", "since": "2026-11-25T20:00:00.000Z"}
    ]


async def test_whoever_was_asked_before_sees_how_the_own_part_ended(lanes: Lanes) -> None:
    world = lanes.world
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, await world.sent(), reason="AT_CAPACITY")
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node, now=NOW + timedelta(hours=1))
    node = await world.did(world.by_second, Action.ACCEPT_REFERRAL, node, now=NOW + timedelta(hours=2))
    [mine] = await lanes.chain("therapist", node)
    assert (mine["status"], mine["since"]) == ("DECLINED", "2026-11-25T18:00:00.000Z")
    [theirs] = await lanes.chain("second", node)
    assert (theirs["status"], theirs["since"]) == ("ACCEPTED", "2026-11-25T20:00:00.000Z")


async def test_a_partner_is_no_link(lanes: Lanes) -> None:
    world = lanes.world
    words = {"givenName": "Kim", "familyName": "Canaryfield"}
    draft = await world.draft(partner={"patient": words, "consent": {"given": True}, "reason": WORDS})
    sent = await world.did(world.by_physician, Action.SEND_REFERRAL, draft)
    for who in ("author", "therapist"):
        assert [link["referral"] for link in await lanes.chain(who, sent)] == [opaque(sent)]
    assert await lanes.chain("second", sent) is None


async def test_events_say_who_did_it_and_for_whom(lanes: Lanes) -> None:
    world = lanes.world
    delegate = await lanes.token("delegate", "delegate", world.physician.id)
    node = await world.did(delegate, Action.SEND_REFERRAL, await world.draft())
    query = """query E($id: ID!) { referral(id: $id) { events(first: 9) { edges { node {
      name by { name role actsFor } } } } } }"""
    answer = await lanes.executor.run(Request(query, {"id": opaque(node)}, None, lanes.tokens["therapist"]))
    [edge] = answer.result["data"]["referral"]["events"]["edges"]
    assert edge["node"] == {
        "name": "ReferralSent",
        "by": {"name": "A delegate", "role": "DELEGATE", "actsFor": world.physician.name},
    }
    answer = await lanes.executor.run(Request(query, {"id": opaque(node)}, None, lanes.tokens["author"]))
    by = [edge["node"]["by"] for edge in answer.result["data"]["referral"]["events"]["edges"]]
    assert by[0] == {"name": "A physician", "role": "PHYSICIAN", "actsFor": None}
