"""Many at once on one referral: one winner, clean refusals, one event; and the same key never acts twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Outcome, Problems, refused, tried
from graph.database import Database
from tests.network import NOW, key
from tests.world import World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j
CROWD = 16


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


def codes(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(outcome.problems[0].code if isinstance(outcome, Problems) else "DONE" for outcome in outcomes)


async def events(world: World, referral: str) -> list[str]:
    rows = await world.database.read(
        "MATCH (:Referral {id: $id})<-[:OF]-(e:Event) RETURN e.name ORDER BY e.number", {"id": referral}
    )
    return [name for (name,) in rows]


async def test_sixteen_accepts_have_one_winner_and_leave_one_event(world: World) -> None:
    for _ in range(3):
        node = await world.sent()
        outcomes = await asyncio.gather(
            *(world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node) for _ in range(CROWD))
        )
        assert codes(list(outcomes)) == {"DONE": 1, "STALE_VERSION": CROWD - 1}
        assert (await events(world, node["id"])).count("ReferralAccepted") == 1
        [[version, proofs]] = await world.database.read(
            """
            MATCH (r:Referral {id: $id})
            RETURN r.version, COUNT { (r)<-[:OF]-(:Attempt)-[:PROVEN_BY {when: 'accept'}]->(:Decision) }
            """,
            {"id": node["id"]},
        )
        assert (version, proofs) == (node["version"] + 1, 1)


async def test_accept_against_cancel_has_one_winner(world: World) -> None:
    seen: Counter[str] = Counter()
    for _ in range(8):
        node = await world.sent()
        accepted, cancelled = await asyncio.gather(
            world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node),
            world.act(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED"),
        )
        assert codes([accepted, cancelled]) == {"DONE": 1, "STALE_VERSION": 1}
        seen["accepted" if isinstance(accepted, Done) else "cancelled"] += 1
        assert len(await events(world, node["id"])) == node["version"] + 1
    assert sum(seen.values()) == 8


async def test_two_redirects_open_one_attempt(world: World) -> None:
    node = await world.sent()
    outcomes = await asyncio.gather(*(world.act(world.by_physician, Action.REDIRECT_REFERRAL, node) for _ in range(6)))
    assert codes(list(outcomes)) == {"DONE": 1, "STALE_VERSION": 5}
    [[open_attempts]] = await world.database.read(
        "MATCH (:Referral {id: $id})<-[:OF]-(a:Attempt) WHERE a.endedAt IS NULL RETURN count(a)", {"id": node["id"]}
    )
    assert open_attempts == 1


async def test_many_referrals_to_one_therapist_are_all_accepted(world: World) -> None:
    nodes = [await world.sent() for _ in range(6)]
    outcomes = await asyncio.gather(*(world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node) for node in nodes))
    assert codes(list(outcomes)) == {"DONE": 6}


async def test_the_same_key_answers_again_and_does_nothing_again(world: World) -> None:
    node = await world.sent()
    words = {"idempotencyKey": key()}
    first = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node, **words)
    before = await world.network.snapshot(node["id"])
    again = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node, **words)
    assert isinstance(first, Done)
    assert again == first
    assert await world.network.snapshot(node["id"]) == before
    other = await world.act(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="DUPLICATE", **words)
    assert codes([other]) == {"IDEMPOTENCY_CONFLICT": 1}
    changed = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, {**node, "version": 9}, **words)
    assert codes([changed]) == {"IDEMPOTENCY_CONFLICT": 1}
    somebody_else = await world.act(
        world.by_physician,
        Action.CANCEL_REFERRAL,
        {**node, "version": node["version"] + 1},
        reason="DUPLICATE",
        **words,
    )
    assert codes([somebody_else]) == {"DONE": 1}


async def test_a_refusal_leaves_its_key_free(world: World) -> None:
    node = await world.sent()
    words = {"idempotencyKey": key()}
    refused = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, {**node, "version": 99}, **words)
    assert codes([refused]) == {"STALE_VERSION": 1}
    assert codes([await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node, **words)]) == {"DONE": 1}


async def test_one_key_sent_many_times_at_once_acts_once(world: World) -> None:
    words = world.words()
    drafts = await asyncio.gather(
        *(create_referral_draft(world.context(world.by_physician), words) for _ in range(CROWD))
    )
    assert {outcome.node["id"] for outcome in drafts if isinstance(outcome, Done)} == {_id(drafts[0])}
    [[written]] = await world.database.read(
        "MATCH (p:Patient {familyName: $name}) RETURN count(p)", {"name": words["patient"]["familyName"]}
    )
    assert written == 1
    node = await world.sent()
    said: dict[str, Any] = {"idempotencyKey": key()}
    outcomes = await asyncio.gather(
        *(world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node, **said) for _ in range(CROWD))
    )
    assert codes(list(outcomes)) == {"DONE": CROWD}
    assert (await events(world, node["id"])).count("ReferralAccepted") == 1


async def test_a_refusal_is_not_said_once_the_key_has_left_a_receipt(world: World) -> None:
    """What a try read between another's commit and its own answer looks stale, and is not."""
    node = await world.sent()
    used, fresh = key(), key()
    done = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node, idempotencyKey=used)
    context = world.context(world.by_therapist)
    stale = refused("STALE_VERSION", "The referral is at another version by now.")
    for said, last, asked in ((used, done, 2), (fresh, stale, 1)):
        answers = [stale, done]

        async def once(answers: list[Outcome] = answers) -> Outcome:
            return answers.pop(0)

        assert await tried(context, {"idempotencyKey": said}, once) == last
        assert len(answers) == 2 - asked


async def test_what_was_decided_at_another_revision_is_decided_again(world: World) -> None:
    """Evidence that arrives between facts and record is looked at before anything is written."""
    node = await world.sent()

    async def bump() -> None:
        for _ in range(5):
            await world.database.write(
                "MATCH (p:Practitioner {id: $id}) SET p._lock = 1, p.revision = p.revision + 1",
                {"id": world.therapist.id},
            )

    outcome, _ = await asyncio.gather(world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node), bump())
    assert codes([outcome]) == {"DONE": 1}


async def test_a_visit_booked_twice_at_once_is_booked_once(world: World) -> None:
    node = await world.accepted()
    starts = NOW + timedelta(days=2)
    outcomes = await asyncio.gather(
        *(world.act(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=starts) for _ in range(4))
    )
    assert codes(list(outcomes)) == {"DONE": 1, "STALE_VERSION": 3}


def _id(outcome: Outcome) -> str:
    assert isinstance(outcome, Done)
    return str(outcome.node["id"])
