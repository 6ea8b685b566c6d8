"""Couples: the two stay with one therapist, whoever moves whom and when, and nothing of one is in the other's copy."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from api.operations.outcomes import Done, Problems
from graph.available import available_expression, available_from
from graph.clock_work import LEASE, Worked, work_clocks
from graph.database import Database
from graph.instants import millis
from graph.leases import Fence
from tests.graphs import held
from tests.network import NOW, Person, surname
from tests.world import PATIENT, World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES
from verification.referral_guards import KEPT_TOGETHER

pytestmark = pytest.mark.neo4j

STOPPED: Final = {"answers": [{"question": "erection-over-four-hours", "answer": "YES"}]}
TREATED: Final = [{"rule": "RF01", "reason": "Treated last night."}]
LATER: Final = NOW + timedelta(minutes=1)


@pytest.fixture
async def world(database: Database) -> World:
    made = await make_world(database)
    await database.write("MATCH (r:Referral) REMOVE r.wakeAt")
    return made


@pytest.fixture
async def fence(database: Database) -> AsyncIterator[Fence]:
    async with held(database, LEASE) as ours:
        yield ours


async def work(world: World, fence: Fence) -> Worked:
    worked = await work_clocks(world.database, LATER, SHIPPED_POLICIES, fence)
    assert not worked.failed
    return worked


async def couple(world: World, *candidates: Person, automatic: bool = True) -> tuple[Any, Any]:
    """The two drafts."""
    other = {"patient": {**PATIENT, "familyName": surname(), "givenName": "Kim"}, "consent": {"given": True}}
    node = await world.draft(*candidates, partner=other, autoAdvance=automatic)
    [[partner]] = await world.database.read(
        "MATCH (:Referral {id: $id})-[:COUPLED_WITH]->(r:Referral) RETURN r {.id, .version}", {"id": node["id"]}
    )
    return node, partner


async def sent(world: World, *candidates: Person, automatic: bool = True) -> list[Any]:
    return [
        await world.did(world.by_physician, Action.SEND_REFERRAL, each)
        for each in await couple(world, *candidates, automatic=automatic)
    ]


async def found(world: World, node: Any) -> Any:
    """Where a referral is: its version, state and turn, who was asked in order, and the names of its events."""
    [[seen]] = await world.database.read(
        """
        MATCH (r:Referral {id: $id})
        RETURN r {.id, .version, .status, .turn,
          asked: COLLECT { MATCH (r)<-[:OF]-(a:Attempt)-[:TO]->(p) RETURN p.id ORDER BY a.number },
          events: COLLECT { MATCH (r)<-[:OF]-(e:Event) RETURN e.name ORDER BY e.number },
          shown: COLLECT { MATCH (r)<-[:OF]-(e:Event) WHERE e.attempt IS NOT NULL RETURN e.name },
          notices: COLLECT { MATCH (o:Outbox {object: r.id}) RETURN o.topic + ' ' + o.recipient }}
        """,
        {"id": node["id"]},
    )
    assert seen["version"] == len(seen["events"])
    return seen


async def declined(world: World, node: Any) -> Any:
    return await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY")


async def test_the_network_does_not_take_them_apart_and_one_follows_the_other(world: World, fence: Fence) -> None:
    first, second = world.therapist.id, world.second.id
    one, other = await sent(world)
    await declined(world, one)
    await work(world, fence)
    kept = await found(world, one)
    assert (kept["status"], kept["turn"], kept["asked"]) == ("DECLINED", "AUTHOR", [first])
    assert kept["events"][-1] == "CoupleKeptTogether"
    assert "CoupleKeptTogether" not in kept["shown"], "an event of no attempt is the author's alone"
    assert f"referral.unplaced {world.physician.id}" in kept["notices"]
    assert (await found(world, other))["events"] == ["ReferralCreated", "ReferralSent"], "nothing of it is told there"
    # The partner is declined too: the network sends both on, to the same therapist.
    await declined(world, other)
    await work(world, fence)
    for each in (one, other):
        moved = await found(world, each)
        assert (moved["status"], moved["asked"], moved["events"][-1]) == ("SENT", [first, second], "ReferralAdvanced")


async def test_both_wait_and_both_are_sent_to_the_same(world: World, fence: Fence) -> None:
    third = await world.network.therapist()
    one, other = await sent(world, world.therapist, world.second, third)
    await declined(world, one)
    await declined(world, other)
    await work(world, fence)
    places = [(await found(world, each))["asked"] for each in (one, other)]
    assert places[0] == places[1] == [world.therapist.id, world.second.id]


async def test_whoever_has_not_taken_the_partner_is_not_asked_by_the_network(world: World, fence: Fence) -> None:
    third = await world.network.therapist()
    one, other = await sent(world, world.therapist, world.second, third)
    # The author sends both on, and the second takes neither: the third is left.
    for each in (one, other):
        await world.database.write("MATCH (r:Referral {id: $id}) SET r.autoAdvance = false", {"id": each["id"]})
    one = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, one, candidate=third.opaque, confirmApart=True)
    by_third = await world.network.account("therapist", third.id)
    one = await world.did(by_third, Action.DECLINE_REFERRAL, one, reason="AT_CAPACITY")
    other = await declined(world, other)
    await world.database.write(
        "MATCH (r:Referral {id: $id}) SET r.autoAdvance = true, r.turn = 'NETWORK', r.wakeAt = $now",
        {"id": other["id"], "now": 0},
    )
    await work(world, fence)
    assert (await found(world, other))["asked"] == [world.therapist.id, world.second.id], "not the third"
    # By default the author sends the partner where the other is.
    one = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, one)
    assert (await found(world, one))["asked"][-1] == world.second.id


async def test_the_author_is_told_before_the_two_come_apart(world: World) -> None:
    one, other = await sent(world, automatic=False)
    assert await world.refused(world.by_physician, Action.REDIRECT_REFERRAL, one) == "COUPLE_APART"
    one = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, one, confirmApart=True)
    # The second one follows without a word, since that brings them together again.
    other = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, other)
    assert [(await found(world, each))["asked"][-1] for each in (one, other)] == [world.second.id] * 2


async def test_what_could_be_done_says_that_it_would_take_them_apart(world: World) -> None:
    one, _ = await sent(world, automatic=False)
    read = f"""
    MATCH (viewer:Account {{tokenHash: $viewer}}) MATCH (r:Referral {{id: $id}}) RETURN {available_expression("r")}
    """
    parameters = {"viewer": world.by_physician, "id": one["id"], "now": millis(NOW)}
    [[seen]] = await world.database.read(read, parameters)
    # Stored windows are another test's matter.
    seen["next"]["proven"] = True
    [redirect] = [
        item for item in available_from(seen, NOW, frozenset(Action)) if item.action is Action.REDIRECT_REFERRAL
    ]
    assert not redirect.allowed
    assert redirect.why == KEPT_TOGETHER.message


async def test_a_draft_follows_the_partner_that_was_sent(world: World) -> None:
    one, other = await couple(world, automatic=False)
    one = await world.did(world.by_physician, Action.SEND_REFERRAL, one)
    one = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, one)
    other = await world.did(world.by_physician, Action.SEND_REFERRAL, other)
    assert (await found(world, other))["asked"] == [world.second.id]


async def test_a_partner_whose_referral_is_over_binds_nobody(world: World, fence: Fence) -> None:
    one, other = await sent(world)
    await world.did(world.by_physician, Action.CANCEL_REFERRAL, other, reason="NO_LONGER_NEEDED")
    await declined(world, one)
    await work(world, fence)
    assert (await found(world, one))["asked"] == [world.therapist.id, world.second.id]


async def test_the_kept_one_follows_the_authors_redirect_of_the_other(world: World, fence: Fence) -> None:
    one, other = await sent(world)
    await declined(world, one)
    await work(world, fence)
    await world.did(world.by_physician, Action.REDIRECT_REFERRAL, other)
    assert (await found(world, one))["turn"] == "NETWORK"
    await work(world, fence)
    followed = await found(world, one)
    assert (followed["status"], followed["asked"][-1]) == ("SENT", world.second.id)


async def test_what_was_moved_since_does_not_follow(world: World, fence: Fence) -> None:
    one, other = await sent(world)
    await declined(world, one)
    await work(world, fence)
    kept = await found(world, one)
    await world.did(world.by_physician, Action.CANCEL_REFERRAL, kept, reason="NO_LONGER_NEEDED")
    await world.did(world.by_physician, Action.REDIRECT_REFERRAL, other)
    await work(world, fence)
    assert (await found(world, one))["status"] == "CANCELLED"


async def test_sent_at_once_to_two_therapists_only_one_comes_first(world: World) -> None:
    """Whoever comes second sees where the partner went, and has to confirm."""
    for _ in range(4):
        one, other = await couple(world, world.therapist, world.second, automatic=False)
        await world.database.write(
            "MATCH (:Referral {id: $id})-[c:CANDIDATE]->() SET c.position = 1 - c.position", {"id": other["id"]}
        )
        both = await asyncio.gather(
            *(world.act(world.by_physician, Action.SEND_REFERRAL, each) for each in (one, other))
        )
        assert all(isinstance(outcome, Done) for outcome in both), both
        places = [(await found(world, each))["asked"] for each in (one, other)]
        assert places[0] == places[1]


async def test_the_network_and_the_author_at_once(world: World, fence: Fence) -> None:
    third = await world.network.therapist()
    for _ in range(4):
        one, other = await sent(world, world.therapist, world.second, third)
        await declined(world, one)
        other = await declined(world, other)
        outcome, _ = await asyncio.gather(
            world.act(world.by_physician, Action.REDIRECT_REFERRAL, other, candidate=third.opaque),
            work(world, fence),
        )
        if isinstance(outcome, Problems):
            assert outcome.problems[0].code in {"COUPLE_APART", "STALE_VERSION", "ILLEGAL_TRANSITION"}
        await work(world, fence)
        places = [(await found(world, each))["asked"][-1] for each in (one, other)]
        assert places[0] == places[1], places


# Red flags that were answered when it was sent.


async def test_a_stop_that_was_overridden_stays_frozen_and_does_not_stop_the_network(
    world: World, fence: Fence
) -> None:
    draft = await world.draft(intake=STOPPED, redFlagAnswers=TREATED, autoAdvance=True)
    node = await declined(world, await world.did(world.by_physician, Action.SEND_REFERRAL, draft))
    read = "MATCH (r:Referral {id: $id}) RETURN r.redFlags"
    [[frozen]] = await world.database.read(read, {"id": node["id"]})
    await work(world, fence)
    moved = await found(world, node)
    assert (moved["status"], moved["asked"][-1]) == ("SENT", world.second.id)
    assert await world.database.read(read, {"id": node["id"]}) == [[frozen]]


async def test_a_stop_that_is_open_is_the_authors_to_answer(world: World, fence: Fence) -> None:
    """Nothing raises one anew once it was sent; were one open all the same, the network sends nobody on."""
    draft = await world.draft(intake=STOPPED, redFlagAnswers=TREATED, autoAdvance=True)
    node = await declined(world, await world.did(world.by_physician, Action.SEND_REFERRAL, draft))
    assert await world.refused(world.by_physician, Action.ANSWER_RED_FLAGS, node, answers=[]) == "ILLEGAL_TRANSITION"
    await world.database.write(
        "MATCH (r:Referral {id: $id}) MATCH (d:Referral {id: $other}) SET r.redFlags = d.redFlags",
        {"id": node["id"], "other": (await world.draft(intake=STOPPED))["id"]},
    )
    await work(world, fence)
    kept = await found(world, node)
    assert (kept["status"], kept["turn"], kept["asked"]) == ("DECLINED", "AUTHOR", [world.therapist.id])
    assert await world.refused(world.by_physician, Action.REDIRECT_REFERRAL, kept) == "RED_FLAG"
