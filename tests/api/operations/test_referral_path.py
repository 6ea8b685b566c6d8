"""The straight path of a referral through its operations, and every refusal on the way with nothing changed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Problems, new_id
from api.operations.referrals import REFERRAL_OPERATIONS
from api.problems import Unauthenticated
from graph.database import Database
from graph.ids import global_id, plain_id
from tests.network import NOW, key, surname
from tests.world import PATIENT, World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def test_the_straight_path(world: World) -> None:
    node = await world.draft()
    assert (node["status"], node["version"], node["attempts"]) == ("DRAFT", 1, [])
    node = await world.did(world.by_physician, Action.SEND_REFERRAL, node)
    (attempt,) = node["attempts"]
    assert (node["status"], attempt["status"], attempt["number"]) == ("SENT", "SENT", 1)
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, node)
    node = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node, expectedBy=date(2026, 12, 10))
    assert node["attempts"][0]["disclosed"] is True
    starts = NOW + timedelta(days=1)
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=starts)
    assert await world.refused(world.by_therapist, Action.START_THERAPY, node) == "VISIT_NOT_YET"
    node = await world.did(world.by_therapist, Action.START_THERAPY, node, now=starts)
    report = {"kind": "INTERIM", "recommendation": "Go on."}
    node = await world.did(world.by_therapist, Action.SEND_REPORT, node, **report)
    assert node["status"] == "IN_THERAPY"
    node = await world.did(world.by_therapist, Action.SEND_REPORT, node, **{**report, "kind": "FINAL"})
    assert node["status"] == "REPORT_SENT"
    node = await world.did(world.by_physician, Action.ACKNOWLEDGE_REPORT, node)
    assert node["status"] == "CLOSED"
    assert node["attempts"][0]["endedAt"] is not None
    assert node["events"] == [
        "ReferralCreated", "ReferralSent", "ReferralOpened", "ReferralAccepted", "VisitScheduled", "TherapyStarted",
        "InterimReportSent", "ReportSent", "ReportAcknowledged",
    ]  # fmt: skip
    for action in (Action.ACCEPT_REFERRAL, Action.OPEN_REFERRAL):
        assert await world.refused(world.by_therapist, action, node) == "ILLEGAL_TRANSITION"


async def test_sending_and_accepting_freeze_their_proof(world: World) -> None:
    node = await world.accepted()
    rows = await world.database.read(
        """
        MATCH (:Referral {id: $id})<-[:OF]-(:Attempt)-[p:PROVEN_BY]->(d:Decision)-[:CONCERNS]->(t)
        RETURN p.when, d.verdict, d.goodUntil, t.id, COUNT { (d)-[:RESTS_ON]->(:Evidence) }, d.checks ORDER BY d.id
        """,
        {"id": node["id"]},
    )
    assert [row[0] for row in rows] == ["send", "accept"]
    for _, verdict, good_until, therapist, evidence, checks in rows:
        assert verdict == "REFERABLE"
        assert good_until is not None
        assert therapist == world.therapist.id
        assert evidence >= 4
        assert "confirmed by CA-BBS" in checks


async def test_a_decline_needs_its_reason_and_leaves_the_referral_open_to_redirecting(world: World) -> None:
    node = await world.sent()
    assert await world.refused(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="OTHER") == "COMMENT_REQUIRED"
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY")
    assert node["status"] == "DECLINED"
    assert node["attempts"][0]["endReason"] == "AT_CAPACITY"
    assert await world.refused(world.by_second, Action.ACCEPT_REFERRAL, node) == "NOT_FOUND"
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node)
    assert [a["status"] for a in node["attempts"]] == ["DECLINED", "SENT"]
    assert await world.refused(world.by_therapist, Action.ACCEPT_REFERRAL, node) == "ILLEGAL_TRANSITION"
    node = await world.did(world.by_second, Action.ACCEPT_REFERRAL, node)
    assert [a["status"] for a in node["attempts"]] == ["DECLINED", "ACCEPTED"]
    assert await world.refused(world.by_physician, Action.REDIRECT_REFERRAL, node) == "ILLEGAL_TRANSITION"


async def test_redirecting_an_open_attempt_takes_it_back(world: World) -> None:
    node = await world.sent()
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node, candidate=world.second.opaque)
    assert [(a["status"], a.get("endReason")) for a in node["attempts"]] == [("RECALLED", "REDIRECTED"), ("SENT", None)]
    assert node["events"][-2:] == ["ReferralRecalled", "ReferralRedirected"]
    assert await world.refused(world.by_physician, Action.REDIRECT_REFERRAL, node) == "NO_CANDIDATE"


async def test_returning_with_advice(world: World) -> None:
    node = await world.sent()
    assert await world.refused(world.by_therapist, Action.RETURN_REFERRAL, node, advice="  ") == "TEXT_REQUIRED"
    node = await world.did(world.by_therapist, Action.RETURN_REFERRAL, node, advice="Check testosterone first.")
    assert node["status"] == "RETURNED"
    assert node["attempts"][0]["comment"] == "Check testosterone first."
    node = await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="MEDICAL_REASON")
    assert node["status"] == "CANCELLED"
    assert node["attempts"][0]["status"] == "RETURNED"


async def test_cancelling_before_a_booking_is_the_authors_and_after_it_a_question(world: World) -> None:
    node = await world.accepted()
    early = await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED")
    assert early["status"] == early["attempts"][0]["status"] == "CANCELLED"
    node = await world.accepted()
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(days=1))
    asked = await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED")
    assert asked["status"] == "CANCEL_REQUESTED"
    node = await world.did(world.by_therapist, Action.REFUSE_CANCELLATION, asked, reason="The patient wants to come.")
    assert node["status"] == "SCHEDULED"
    node = await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="PATIENT_DECLINED")
    node = await world.did(world.by_therapist, Action.CONFIRM_CANCELLATION, node)
    assert node["status"] == "CANCELLED"


async def test_a_patient_is_referred_back_to_the_sender(world: World) -> None:
    node = await world.accepted()
    child = await world.did(
        world.by_therapist, Action.REFER_BACK, node, request="INVESTIGATE", comment="Morning testosterone?", hold=True
    )
    assert child["basedOn"] == node["id"]
    assert (child["status"], child["version"], child["events"]) == ("SENT", 1, ["ReferralSent"])
    [[status, hold, requisition, parents]] = await world.database.read(
        """
        MATCH (p:Referral {id: $parent})<-[:OF]-(a:Attempt) MATCH (c:Referral {id: $child})
        RETURN p.status, a.hold, c.requisition, p.requisition
        """,
        {"parent": node["id"], "child": child["id"]},
    )
    assert (status, hold) == ("HELD_BEFORE_START", "MEDICAL_REVIEW_PENDING")
    assert requisition == parents
    child = await world.did(world.by_physician, Action.ACCEPT_REFERRAL, child)
    assert child["status"] == "ACCEPTED"
    parent = {"id": node["id"], "version": node["version"] + 1}
    parent = await world.did(world.by_physician, Action.CLEAR_MEDICAL_REVIEW, parent)
    assert parent["status"] == "ACCEPTED"


async def test_holds_no_shows_and_early_ends(world: World) -> None:
    starts = NOW + timedelta(hours=1)
    node = await world.accepted()
    node = await world.did(world.by_therapist, Action.HOLD_REFERRAL, node, reason="PATIENT_PAUSE")
    node = await world.did(world.by_therapist, Action.RESUME_REFERRAL, node)
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=starts)
    node = await world.did(world.by_therapist, Action.RECORD_NO_SHOW, node, now=starts)
    later = {"startsAt": starts + timedelta(days=1), "zone": "America/Los_Angeles"}
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, now=starts, **later)
    node = await world.did(world.by_therapist, Action.CANCEL_VISIT, node)
    ended = {"reason": "DISENGAGED", "noContact": True}
    node = await world.did(world.by_therapist, Action.END_REFERRAL, node, **ended)
    assert node["status"] == "ENDED_EARLY"


async def test_only_those_with_a_part_in_it_learn_that_it_exists(world: World) -> None:
    node = await world.sent()
    stranger = await world.network.account("physician", (await world.network.person("Physician")).id)
    missing = {**node, "id": new_id()}
    for action in (Action.CANCEL_REFERRAL, Action.ACKNOWLEDGE_REPORT):
        assert await world.refused(stranger, action, node, reason="OTHER") == "NOT_FOUND"
        assert await world.refused(stranger, action, missing, reason="OTHER") == "NOT_FOUND"
    assert await world.refused(world.by_second, Action.ACCEPT_REFERRAL, node) == "NOT_FOUND"
    assert await world.refused(world.by_physician, Action.ACCEPT_REFERRAL, node) == "FORBIDDEN"
    assert await world.refused(world.by_therapist, Action.CANCEL_REFERRAL, node, reason="OTHER") == "FORBIDDEN"
    officer = await world.network.account("officer", "CA-BBS")
    assert await world.refused(officer, Action.ACCEPT_REFERRAL, node) == "FORBIDDEN"
    with pytest.raises(Unauthenticated):
        await world.act("no such token", Action.ACCEPT_REFERRAL, node)
    words = {"idempotencyKey": key(), "referral": "not an id", "expectedVersion": 1}
    outcome = await REFERRAL_OPERATIONS[Action.ACCEPT_REFERRAL](world.context(world.by_therapist), words)
    assert isinstance(outcome, Problems)
    assert outcome.problems[0].code == "NOT_FOUND"


async def test_a_stale_version_is_refused_before_the_rules(world: World) -> None:
    node = await world.sent()
    stale = {**node, "version": node["version"] - 1}
    assert await world.refused(world.by_therapist, Action.ACCEPT_REFERRAL, stale) == "STALE_VERSION"
    assert await world.refused(world.by_physician, Action.ACCEPT_REFERRAL, stale) == "STALE_VERSION"


async def test_nobody_without_standing_is_sent_to_or_accepts(world: World) -> None:
    unproven = await world.network.person("Therapist", acceptsNew=True)
    node = await world.draft(unproven)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "STANDING_UNKNOWN"
    full = await world.network.therapist(acceptsNew=False)
    node = await world.draft(full)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "RECIPIENT_NOT_ACCEPTING"
    node = await world.sent()
    later = NOW + timedelta(days=40)
    assert await world.refused(world.by_therapist, Action.ACCEPT_REFERRAL, node, now=later) == "STANDING_UNKNOWN"
    node = await world.draft(jurisdiction="NV")
    refusal = await world.refused(world.by_physician, Action.SEND_REFERRAL, node)
    assert refusal in {"STANDING_UNKNOWN", "RECIPIENT_NOT_REFERABLE"}
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, await world.draft(candidates=[])) == (
        "NO_CANDIDATE"
    )


async def test_a_second_open_referral_for_the_same_patient_has_to_be_meant(world: World) -> None:
    patient = {**PATIENT, "familyName": f"O'{surname()}"}
    again = {**patient, "familyName": str(patient["familyName"]).upper()}
    first = await world.draft(patient=patient)
    second = await world.draft(patient=again)
    await world.did(world.by_physician, Action.SEND_REFERRAL, first)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, second) == "DUPLICATE_REFERRAL"
    await world.did(world.by_physician, Action.SEND_REFERRAL, second, confirmDuplicate=True)


@pytest.mark.parametrize(
    ("said", "code", "path"),
    [
        ({"consent": {"given": False}}, "CONSENT_REQUIRED", ("consent", "given")),
        ({"concern": "no-such-concern"}, "NOT_FOUND", ("concern",)),
        ({"candidates": ["x"]}, "NOT_FOUND", ("candidates", 0)),
        ({"patient": {**PATIENT, "givenName": " "}}, "BAD_INPUT", ("patient", "givenName")),
        ({"patient": {**PATIENT, "birthDate": date(2027, 1, 1)}}, "BAD_INPUT", ("patient", "birthDate")),
        ({"idempotencyKey": ""}, "BAD_INPUT", ("idempotencyKey",)),
        ({"reason": "x" * 10_001}, "BAD_INPUT", ("reason",)),
        (
            {"patient": {**PATIENT, "safeContact": {"note": "x" * 10_001}}},
            "BAD_INPUT",
            ("patient", "safeContact", "note"),
        ),
    ],
)
async def test_drafts_that_are_not_written(
    world: World, said: dict[str, Any], code: str, path: tuple[Any, ...]
) -> None:
    outcome = await create_referral_draft(world.context(world.by_physician), world.words(**said))
    assert isinstance(outcome, Problems)
    assert (outcome.problems[0].code, outcome.problems[0].path) == (code, path)


async def test_a_physician_is_no_candidate_and_a_therapist_writes_no_referral(world: World) -> None:
    other = await world.network.person("Physician")
    therapist_id = plain_id(other.opaque)
    assert therapist_id is not None
    disguised = replace(other, opaque=global_id(f"Therapist:{therapist_id[1]}"))
    outcome = await create_referral_draft(world.context(world.by_physician), world.words(disguised))
    assert isinstance(outcome, Problems)
    assert outcome.problems[0].code == "NOT_FOUND"
    outcome = await create_referral_draft(world.context(world.by_therapist), world.words())
    assert isinstance(outcome, Problems)
    assert outcome.problems[0].code == "FORBIDDEN"
    delegate = await world.network.account("delegate", world.therapist.id)
    outcome = await create_referral_draft(world.context(delegate), world.words())
    assert isinstance(outcome, Problems)
    assert outcome.problems[0].code == "FORBIDDEN"
    delegate = await world.network.account("delegate", world.physician.id)
    assert isinstance(await create_referral_draft(world.context(delegate), world.words()), Done)
