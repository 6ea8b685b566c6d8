"""The thread of a referral: who writes when, who has read what, and that the other side is told once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.operations.outcomes import Done, Outcome, Problems
from api.operations.threads import THREAD_OPERATIONS
from graph.database import Database, count_statements
from graph.ids import global_id
from tests.network import NOW, key
from tests.world import World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def say(world: World, viewer: str, node: Mapping[str, Any], **said: Any) -> Outcome:
    words = {"idempotencyKey": key(), "referral": global_id(f"Referral:{node['id']}"), "text": "Words.", **said}
    now = words.pop("now", None)
    with count_statements() as counted:
        outcome = await THREAD_OPERATIONS[Action.SEND_MESSAGE](world.context(viewer, now), words)
    assert counted.count <= 2
    return outcome


async def mark(world: World, viewer: str, node: Mapping[str, Any], **said: Any) -> Outcome:
    words = {"idempotencyKey": key(), "referral": global_id(f"Referral:{node['id']}"), **said}
    return await THREAD_OPERATIONS[Action.MARK_READ](world.context(viewer), words)


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Problems), outcome
    return outcome.problems[0].code


async def texts(world: World, node: Mapping[str, Any]) -> list[list[Any]]:
    return await world.database.read(
        """
        MATCH (:Referral {id: $id})<-[:OF]-(a:Attempt)<-[:OF]-(m:Message)-[:BY]->(w:Account)
        RETURN m.text, m.kind, w.role, m.at, m.id ORDER BY m.at, m.id
        """,
        {"id": node["id"]},
    )


async def notices(world: World, node: Mapping[str, Any]) -> list[str]:
    rows = await world.database.read(
        "MATCH (o:Outbox {object: $id, topic: 'referral.message-sent'}) RETURN o.recipient ORDER BY o.at, o.id",
        {"id": node["id"]},
    )
    return [recipient for (recipient,) in rows]


async def test_a_thread_opens_with_the_acceptance(world: World) -> None:
    draft, node = await world.draft(), await world.sent()
    assert code(await say(world, world.by_physician, draft)) == "ILLEGAL_TRANSITION"
    assert code(await say(world, world.by_physician, node)) == "ILLEGAL_TRANSITION"
    assert code(await say(world, world.by_therapist, node)) == "ILLEGAL_TRANSITION"
    assert code(await say(world, world.by_second, node)) == "NOT_FOUND"
    node = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node)
    done = await say(world, world.by_physician, node, text="First.")
    assert isinstance(done, Done)
    assert done.node["version"] == node["version"]
    assert isinstance(await say(world, world.by_therapist, node, text="Second."), Done)
    assert code(await say(world, world.by_second, node)) == "NOT_FOUND"
    assert [row[:3] for row in await texts(world, node)] == [
        ["First.", "note", "physician"],
        ["Second.", "note", "therapist"],
    ]


async def test_an_open_question_lets_both_write(world: World) -> None:
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, await world.sent())
    node = await world.did(world.by_therapist, Action.REQUEST_INFORMATION, node, question="Any medication?")
    assert isinstance(await say(world, world.by_therapist, node, text="Since when?"), Done)
    assert isinstance(await say(world, world.by_physician, node, text="I will ask."), Done)
    node = await world.did(world.by_physician, Action.ANSWER_INFORMATION, node, answer="Sertraline.")
    assert code(await say(world, world.by_physician, node)) == "ILLEGAL_TRANSITION"
    assert [row[1] for row in await texts(world, node)] == ["question", "note", "note", "answer"]


async def test_nothing_is_written_once_it_is_over(world: World) -> None:
    node = await world.accepted()
    await say(world, world.by_therapist, node)
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="OUTSIDE_SCOPE")
    for viewer in (world.by_therapist, world.by_physician):
        assert code(await say(world, viewer, node)) == "ILLEGAL_TRANSITION"
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node)
    assert code(await say(world, world.by_therapist, node)) == "ILLEGAL_TRANSITION"
    assert len(await texts(world, node)) == 1


async def test_words_that_are_none_and_words_that_are_too_many(world: World) -> None:
    node = await world.accepted()
    assert code(await say(world, world.by_physician, node, text=" \n")) == "TEXT_REQUIRED"
    assert code(await say(world, world.by_physician, node, text="a" * 4_001)) == "BAD_INPUT"
    assert isinstance(await say(world, world.by_physician, node, text="a" * 4_000), Done)


async def test_a_key_sends_once(world: World) -> None:
    node = await world.accepted()
    said = {"idempotencyKey": key(), "text": "Once."}
    outcomes = await asyncio.gather(*(say_patiently(world, node, **said) for _ in range(5)))
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert len(await texts(world, node)) == 1
    assert code(await say(world, world.by_physician, node, **{**said, "text": "Twice."})) == "IDEMPOTENCY_CONFLICT"


async def say_patiently(world: World, node: Mapping[str, Any], **said: Any) -> Outcome:
    words = {"referral": global_id(f"Referral:{node['id']}"), **said}
    return await THREAD_OPERATIONS[Action.SEND_MESSAGE](world.context(world.by_physician), words)


async def test_the_other_side_is_told_once_until_it_has_looked(world: World) -> None:
    node = await world.accepted()
    for _ in range(3):
        await say(world, world.by_physician, node)
    assert await notices(world, node) == [world.therapist.id]
    await mark(world, world.by_therapist, node)
    await say(world, world.by_physician, node)
    await say(world, world.by_physician, node)
    assert await notices(world, node) == [world.therapist.id] * 2
    await say(world, world.by_therapist, node)
    await say(world, world.by_physician, node)
    assert sorted(await notices(world, node)) == sorted([world.therapist.id] * 3 + [world.physician.id])


async def marks(world: World, node: Mapping[str, Any]) -> list[str]:
    rows = await world.database.read(
        "MATCH (:Account)-[h:HAS_READ]->(:Attempt)-[:OF]->(:Referral {id: $id}) RETURN h.message", {"id": node["id"]}
    )
    return [message for (message,) in rows]


async def test_a_mark_only_moves_forward(world: World) -> None:
    """Many marks at once, in any order, while more is written: the newest that was named stands, and no other."""
    node = await world.accepted()
    for number in range(4):
        await say(world, world.by_physician, node, now=NOW + number * MINUTE)
    ids = [row[4] for row in await texts(world, node)]
    await asyncio.gather(
        *(mark(world, world.by_therapist, node, through=global_id(f"Message:{own}")) for own in (ids[2], *ids[:3])),
        say(world, world.by_physician, node, now=NOW + 9 * MINUTE),
    )
    assert await marks(world, node) == [ids[2]]
    await mark(world, world.by_therapist, node)
    assert await marks(world, node) == [(await texts(world, node))[-1][4]]


async def test_a_message_is_never_older_than_the_one_before(world: World) -> None:
    """A clock that goes back must not put words behind a read mark."""
    node = await world.accepted()
    await say(world, world.by_physician, node, text="Late.", now=NOW + MINUTE)
    await mark(world, world.by_therapist, node)
    await say(world, world.by_physician, node, text="Early.", now=NOW)
    assert [row[0] for row in await texts(world, node)] == ["Late.", "Early."]


async def test_marks_are_for_who_can_read(world: World) -> None:
    node, other = await world.accepted(), await world.accepted()
    await say(world, world.by_physician, node)
    await say(world, world.by_physician, other)
    foreign = global_id(f"Message:{(await texts(world, other))[0][4]}")
    assert code(await mark(world, world.by_second, node)) == "NOT_FOUND"
    assert code(await mark(world, world.by_therapist, node, through=foreign)) == "NOT_FOUND"
    assert code(await mark(world, world.by_therapist, node, through="no id")) == "NOT_FOUND"
    assert await marks(world, node) == []
