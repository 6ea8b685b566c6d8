"""What a lost standing does to referrals, at once and looking back: nobody stays with somebody who is unfit."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.operations.credentials import CREDENTIAL_OPERATIONS
from api.operations.outcomes import Context, Done
from graph.commands.receipts import Answer
from graph.consequences import take_back
from graph.database import Database
from graph.directory import recompute, refresh
from graph.ids import global_id
from graph.instants import millis
from graph.reconsiderations import affected
from tests.network import NOW, key
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j
SOON = NOW + timedelta(hours=1)
LATER = NOW + timedelta(days=2)


@pytest.fixture
async def world(database: Database) -> World:
    made = await make_world(database)
    await refresh(database, [made.therapist.id], NOW, SHIPPED_POLICIES)
    return made


async def suspended(world: World, now: datetime = LATER, **said: Any) -> None:
    officer = await world.network.account("officer", "CA-BBS")
    context = Context(world.database, officer, lambda: now, SHIPPED_POLICIES, Answer("node {.id}", {}))
    words = {
        "idempotencyKey": key(),
        "credential": global_id(f"Credential:{world.therapist.credentials['LMFT']}"),
        "reason": "EMERGENCY_ORDER",
        **said,
    }
    outcome = await CREDENTIAL_OPERATIONS[Action.SUSPEND_CREDENTIAL](context, words)
    assert isinstance(outcome, Done), outcome


async def state(world: World, referral: str) -> dict[str, Any]:
    [[found]] = await world.database.read(
        """
        MATCH (r:Referral {id: $id})<-[:OF]-(a:Attempt)
        WITH r, a ORDER BY a.number DESC LIMIT 1
        RETURN {referral: r.status, attempt: a.status, endReason: a.endReason, hold: a.hold, ended: a.endedAt,
          due: r.dueAt, turn: r.turn, version: r.version, affected: r.affectedAt,
          events: COLLECT { MATCH (r)<-[:OF]-(e:Event) WITH e ORDER BY e.number
            RETURN [e.number, e.name, e.actorRole] },
          told: COLLECT { MATCH (o:Outbox {object: $id})
            RETURN o.topic + ' ' + o.recipient ORDER BY o.topic, o.recipient }}
        """,
        {"id": referral},
    )
    assert [number for number, *_ in found["events"]] == list(range(1, found["version"] + 1))
    return dict(found)


async def booked(world: World) -> Any:
    node = await world.accepted()
    return await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=SOON)


async def in_therapy(world: World) -> Any:
    return await world.did(
        world.by_therapist, Action.START_THERAPY, await booked(world), now=SOON + timedelta(minutes=5)
    )


async def asked_to_cancel(world: World, node: Any, now: datetime) -> Any:
    return await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED", now=now)


async def stands_again(world: World, at: datetime, day: str) -> None:
    """The board takes a suspension back as of the day it began: a correction by the same primary source."""
    await world.database.write(
        """
        MATCH (p:Practitioner {id: $id})-[:HOLDS]->(c:Credential {kind: 'LMFT'})
        MATCH (c)-[:ISSUED_BY]->(body)
        CREATE (e:Evidence {id: $evidence, source: body.code, sourceType: 'primary', method: 'officer',
          answeredAt: $at, recordedAt: $at})
        CREATE (o:Observation {id: $own, status: 'ACTIVE', word: 'active', statusDate: $day, expires: '2027-12-31',
          answeredAt: $at, recordedAt: $at})-[:FROM]->(e)
        CREATE (o)-[:ABOUT]->(c)
        SET p.revision = p.revision + 1
        """,
        {"id": world.therapist.id, "own": key(), "evidence": key(), "day": day, "at": millis(at)},
    )
    await world.database.transact(lambda statements: recompute(statements, [world.therapist.id], at, SHIPPED_POLICIES))


async def test_what_has_not_begun_is_taken_back(world: World) -> None:
    nodes = [await world.sent(), await world.accepted(), await booked(world)]
    await suspended(world)
    for node in nodes:
        found = await state(world, node["id"])
        assert (found["referral"], found["attempt"]) == ("RECALLED", "RECALLED")
        assert (found["endReason"], found["ended"]) == ("CREDENTIAL_LAPSED", millis(LATER))
        assert (found["turn"], found["due"]) == ("AUTHOR", millis(LATER + timedelta(days=7)))
        assert found["events"][-1][1:] == ["ReferralRecalled", "system"]
        recalled = [each for each in found["told"] if each.startswith("referral.recalled")]
        assert recalled == sorted(f"referral.recalled {who.id}" for who in (world.physician, world.therapist))


async def test_therapy_rests(world: World) -> None:
    node = await in_therapy(world)
    await suspended(world)
    found = await state(world, node["id"])
    assert (found["referral"], found["attempt"], found["hold"]) == ("ON_HOLD", "ON_HOLD", "CREDENTIAL_REVIEW")
    assert found["ended"] is None
    assert f"referral.held {world.physician.id}" in found["told"]
    refused = await world.refused(
        world.by_therapist, Action.RESUME_REFERRAL, {"id": node["id"], "version": found["version"]}, now=LATER
    )
    assert refused == "RECIPIENT_NOT_REFERABLE"


async def test_a_request_to_cancel_is_granted_before_the_first_session_and_waits_after_it(world: World) -> None:
    before = await asked_to_cancel(world, await booked(world), NOW)
    after = await asked_to_cancel(world, await in_therapy(world), SOON + timedelta(hours=1))
    await suspended(world)
    found = await state(world, before["id"])
    assert (found["referral"], found["endReason"]) == ("CANCELLED", "CREDENTIAL_LAPSED")
    assert (await state(world, after["id"]))["referral"] == "CANCEL_REQUESTED"


async def test_who_is_not_concerned_keeps_everything(world: World) -> None:
    """A report that is out, a referral to somebody else, a draft, and a patient who was sent back to a physician."""
    elsewhere = await world.sent(world.second)
    draft = await world.draft()
    back = await world.did(
        world.by_therapist, Action.REFER_BACK, await world.accepted(), request="INVESTIGATE", note="Please look."
    )
    snapshots = [await world.network.snapshot(node["id"]) for node in (elsewhere, draft, back)]
    await suspended(world)
    assert [await world.network.snapshot(node["id"]) for node in (elsewhere, draft, back)] == snapshots


async def test_standing_that_cannot_be_told_takes_nothing_back(world: World) -> None:
    node = await world.sent()
    before = await world.network.snapshot(node["id"])
    stale = NOW + timedelta(days=60)
    await refresh(world.database, [world.therapist.id], stale, SHIPPED_POLICIES)
    assert await world.network.snapshot(node["id"]) == before


async def test_what_ends_by_the_calendar_is_taken_back_when_it_is_looked_at(world: World) -> None:
    node = await world.sent()
    await world.database.write(
        """
        MATCH (:Practitioner {id: $id})-[:HOLDS]->(:Credential {kind: 'LMFT'})<-[:ABOUT]-(o:Observation)
        SET o.expires = '2026-11-26'
        """,
        {"id": world.therapist.id},
    )
    await refresh(world.database, [world.therapist.id], NOW, SHIPPED_POLICIES)
    assert (await state(world, node["id"]))["referral"] == "SENT"
    await refresh(world.database, [world.therapist.id], LATER, SHIPPED_POLICIES)
    assert (await state(world, node["id"]))["referral"] == "RECALLED"
    again = await world.database.transact(
        lambda statements: take_back(statements, [world.therapist.id], LATER, SHIPPED_POLICIES)
    )
    assert again == 0


async def test_a_late_report_of_a_suspension_lists_every_referral_of_the_window(world: World) -> None:
    before = await world.sent()
    world.now = NOW + timedelta(days=2)
    within = await world.did(world.by_physician, Action.SEND_REFERRAL, await world.draft())
    await suspended(world, now=NOW + timedelta(days=5), effective=NOW + timedelta(days=1))
    listed = await affected(world.database, world.therapist.npi)
    assert [(each.referral, each.of, each.was, each.now) for each in listed] == [
        (within["id"], "send", "REFERABLE", "NOT_REFERABLE")
    ]
    assert listed[0].physician == world.physician.npi
    assert listed[0].reasons
    found = await state(world, within["id"])
    assert found["affected"] == millis(NOW + timedelta(days=5))
    assert f"referral.affected {world.physician.id}" in found["told"]
    assert (await state(world, before["id"]))["affected"] is None


async def test_a_correction_clears_the_list_and_keeps_the_record(world: World) -> None:
    world.now = NOW + timedelta(days=2)
    node = await world.sent()
    await suspended(world, now=NOW + timedelta(days=3), effective=NOW + timedelta(days=1))
    assert len(await affected(world.database, world.therapist.npi)) == 1
    await stands_again(world, NOW + timedelta(days=4), "2026-11-26")
    assert await affected(world.database, world.therapist.npi) == []
    assert (await state(world, node["id"]))["affected"] is None
    [[verdicts]] = await world.database.read(
        """
        MATCH (:Referral {id: $id})<-[:OF]-()-[:PROVEN_BY]->(d)<-[:OF]-(r:Reconsideration)
        WITH r ORDER BY r.knownAt RETURN collect(r.verdict)
        """,
        {"id": node["id"]},
    )
    assert verdicts == ["NOT_REFERABLE", "REFERABLE"]


async def test_a_past_decision_is_not_reconsidered_for_good_news(world: World) -> None:
    node = await world.sent()
    await refresh(world.database, [world.therapist.id], LATER, SHIPPED_POLICIES)
    found = await state(world, node["id"])
    assert found["affected"] is None
    assert not [told for told in found["told"] if "affected" in told]


async def test_a_recall_against_accept_and_cancel_leaves_nobody_with_the_unfit(world: World) -> None:
    for number in range(6):
        world.now = NOW + timedelta(days=number)
        node = await world.sent()
        await asyncio.gather(
            world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node),
            world.act(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED"),
            suspended(world, now=world.now + timedelta(seconds=1)),
        )
        found = await state(world, node["id"])
        assert found["referral"] in {"RECALLED", "CANCELLED"}
        assert found["attempt"] == found["referral"]
        assert found["ended"] is not None
        await stands_again(world, world.now + timedelta(minutes=1), world.now.date().isoformat())
