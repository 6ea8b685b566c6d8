"""Asking and answering before deciding, and marking what should never have been written."""

from datetime import timedelta

import pytest

from graph.database import Database
from tests.network import NOW, key
from tests.world import World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j
DAY = timedelta(days=1)


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def test_a_question_and_its_answer(world: World) -> None:
    node = await world.sent()
    assert await world.refused(world.by_therapist, Action.REQUEST_INFORMATION, node, question="?") == (
        "ILLEGAL_TRANSITION"
    )
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, node)
    assert await world.refused(world.by_therapist, Action.REQUEST_INFORMATION, node, question=" ") == "TEXT_REQUIRED"
    assert await world.refused(world.by_physician, Action.REQUEST_INFORMATION, node, question="?") == "FORBIDDEN"
    node = await world.did(world.by_therapist, Action.REQUEST_INFORMATION, node, question="Any medication?")
    assert node["status"] == "INFO_REQUESTED"
    assert await world.refused(world.by_therapist, Action.ANSWER_INFORMATION, node, answer="Yes.") == "FORBIDDEN"
    node = await world.did(
        world.by_physician, Action.ANSWER_INFORMATION, node, answer="Sertraline.", now=NOW + 20 * DAY
    )
    assert node["status"] == "RECEIVED"
    rows = await world.database.read(
        """
        MATCH (:Referral {id: $id})<-[:OF]-(a:Attempt)<-[:OF]-(m:Message)-[:BY]->(by:Account)
        RETURN m.kind, m.text, by.role, m.at ORDER BY m.at
        """,
        {"id": node["id"]},
    )
    assert [row[:3] for row in rows] == [
        ["question", "Any medication?", "therapist"],
        ["answer", "Sertraline.", "physician"],
    ]
    assert (await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node))["status"] == "ACCEPTED"


async def test_it_can_be_accepted_without_waiting_for_the_answer(world: World) -> None:
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, await world.sent())
    node = await world.did(world.by_therapist, Action.REQUEST_INFORMATION, node, question="Any medication?")
    node = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node)
    assert await world.refused(world.by_physician, Action.ANSWER_INFORMATION, node, answer="No.") == (
        "ILLEGAL_TRANSITION"
    )


async def test_the_author_marks_an_error_in_any_open_state(world: World) -> None:
    draft, sent, accepted = await world.draft(), await world.sent(), await world.accepted()
    declined = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, await world.sent(), reason="OUTSIDE_SCOPE")
    for node in (draft, sent, accepted, declined):
        assert await world.refused(world.by_second, Action.MARK_ENTERED_IN_ERROR, node, reason="TEST") == "NOT_FOUND"
        after = await world.did(world.by_physician, Action.MARK_ENTERED_IN_ERROR, node, reason="WRONG_PATIENT")
        assert (after["status"], after["events"][-1]) == ("ENTERED_IN_ERROR", "MarkedEnteredInError")
        again = await world.refused(world.by_physician, Action.MARK_ENTERED_IN_ERROR, after, reason="TEST")
        assert again == "ILLEGAL_TRANSITION"
    assert await world.refused(world.by_therapist, Action.MARK_ENTERED_IN_ERROR, sent, reason="TEST") in {
        "FORBIDDEN",
        "STALE_VERSION",
    }


async def test_a_steward_marks_an_error_by_its_id_and_is_shown_nothing(world: World) -> None:
    node = await world.accepted()
    steward = await world.network.account("steward", world.physician.id)
    await world.database.write("MATCH (a:Account {tokenHash: $hash})-[acts:ACTS_AS]->() DELETE acts", {"hash": steward})
    words = {"reason": "NO_CONSENT", "idempotencyKey": key()}
    outcome = await world.act(steward, Action.MARK_ENTERED_IN_ERROR, node, **words)
    assert outcome.node is None  # type: ignore[union-attr] # it is done
    assert await world.act(steward, Action.MARK_ENTERED_IN_ERROR, node, **words) == outcome
    [[status, told]] = await world.database.read(
        """
        MATCH (r:Referral {id: $id})
        RETURN r.status, COLLECT { MATCH (o:Outbox {object: $id, topic: 'referral.entered-in-error'})
          RETURN o.recipient }
        """,
        {"id": node["id"]},
    )
    assert status == "ENTERED_IN_ERROR"
    assert set(told) == {world.physician.id, world.therapist.id}
    assert await world.refused(steward, Action.CANCEL_REFERRAL, node, reason="OTHER", comment="x") == "FORBIDDEN"
