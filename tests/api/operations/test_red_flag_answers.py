"""Intake and red flags on the way of a referral: found when written, answered, frozen when sent; and couples."""

import asyncio
from typing import Any

import orjson
import pytest

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Outcome, Problems
from graph.database import Database
from graph.instants import millis
from tests.network import NOW, surname
from tests.world import PATIENT, World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j

STOPPED = {"answers": [{"question": "erection-over-four-hours", "answer": "YES"}]}
WORKED = {"answers": [{"question": "diabetes", "answer": "YES"}]}
VIOLENT = {"answers": [{"question": "partner-violence", "answer": "YES"}]}


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def kept(world: World, node: Any) -> dict[str, Any]:
    """The referral's own properties, with what is kept as text read."""
    rows = await world.database.read("MATCH (r:Referral {id: $id}) RETURN properties(r)", {"id": node["id"]})
    found: dict[str, Any] = rows[0][0]
    return {**found, "intake": orjson.loads(found["intake"]), "redFlags": orjson.loads(found["redFlags"])}


async def written(world: World, **said: Any) -> Outcome:
    return await create_referral_draft(world.context(world.by_physician), world.words(world.therapist, **said))


def problems(outcome: Outcome) -> list[tuple[str, tuple[str | int, ...]]]:
    assert isinstance(outcome, Problems), outcome
    return [(problem.code, problem.path) for problem in outcome.problems]


async def answer(world: World, node: Any, **said: Any) -> Any:
    return await world.did(world.by_physician, Action.ANSWER_RED_FLAGS, node, **said)


async def test_a_draft_keeps_its_intake_and_what_was_found(world: World) -> None:
    said = {
        **STOPPED,
        "anatomy": ["PENIS"],
        "scores": [{"instrument": "IIEF_5", "total": 9.0, "administeredOn": NOW.date(), "version": "1998"}],
    }
    node = await world.draft(world.therapist, intake=said)
    found = await kept(world, node)
    assert found["intake"]["anatomy"] == ["PENIS"]
    assert found["intake"]["scores"][0]["band"] == "moderate"
    assert [row["rule"] for row in found["redFlags"]["findings"]] == ["RF01"]
    assert found["redFlags"]["signedBy"] == ""
    assert found["redFlags"]["frozenAt"] is None


async def test_a_bad_intake_writes_nothing_and_names_the_field(world: World) -> None:
    bad = {"answers": [{"question": "no-such-question", "answer": "YES"}]}
    assert problems(await written(world, intake=bad)) == [("BAD_INPUT", ("intake", "answers", 0, "question"))]
    final = {"answers": [{"question": "conversion-requested", "answer": "YES"}]}
    outcome = await written(world, intake=final, redFlagAnswers=[{"rule": "RF32", "reason": "Please."}])
    assert problems(outcome) == [("RED_FLAG_FINAL", ("redFlagAnswers", 0, "rule"))]


async def test_a_stop_is_answered_before_it_is_sent_and_frozen_then(world: World) -> None:
    node = await world.draft(intake=STOPPED)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "RED_FLAG"
    assert await world.refused(world.by_physician, Action.ANSWER_RED_FLAGS, node, answers=[{"rule": "RF01"}]) == (
        "REASON_REQUIRED"
    )
    assert await world.refused(world.by_therapist, Action.ANSWER_RED_FLAGS, node, answers=[]) == "FORBIDDEN"
    node = await answer(world, node, answers=[{"rule": "RF01", "reason": "Treated last night."}])
    assert node["status"] == "DRAFT"
    assert node["events"][-1] == "RedFlagsAnswered"
    node = await world.did(world.by_physician, Action.SEND_REFERRAL, node)
    frozen = (await kept(world, node))["redFlags"]
    assert (frozen["ruleSet"], frozen["version"], frozen["frozenAt"]) == ("us-1", "1", millis(NOW))
    assert (frozen["frozenBy"], frozen["frozenRole"]) == (world.physician.id, "physician")
    assert frozen["findings"][0]["answer"]["reason"] == "Treated last night."
    assert await world.refused(world.by_physician, Action.ANSWER_RED_FLAGS, node, answers=[]) == "ILLEGAL_TRANSITION"
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY")
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node)
    assert (await kept(world, node))["redFlags"] == frozen


async def test_a_work_up_is_answered_for_before_it_is_sent(world: World) -> None:
    node = await world.draft(intake=WORKED)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "WORK_UP_UNANSWERED"
    node = await answer(world, node, answers=[{"rule": "RF29", "workUp": "ORDERED"}])
    assert (await world.did(world.by_physician, Action.SEND_REFERRAL, node))["status"] == "SENT"


async def test_a_completed_intake_keeps_the_answers_that_still_fit(world: World) -> None:
    node = await world.draft(intake=WORKED, redFlagAnswers=[{"rule": "RF29", "workUp": "DONE"}])
    both = {"answers": [*WORKED["answers"], *STOPPED["answers"]]}
    node = await answer(world, node, intake=both)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "RED_FLAG"
    node = await answer(world, node, intake=WORKED)
    assert (await world.did(world.by_physician, Action.SEND_REFERRAL, node))["status"] == "SENT"


async def test_somebody_under_age_needs_a_legal_basis(world: World) -> None:
    patient = {**PATIENT, "familyName": surname(), "birthDate": NOW.date().replace(year=NOW.year - 16)}
    node = await world.draft(patient=patient)
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "RED_FLAG"
    answers = [{"rule": "RF09", "legalBasis": "Minor's consent, state law."}]
    node = await answer(world, node, answers=answers)
    assert (await world.did(world.by_physician, Action.SEND_REFERRAL, node))["status"] == "SENT"


async def test_answering_and_sending_at_once_never_sends_what_is_stopped(world: World) -> None:
    for _ in range(3):
        node = await world.draft()
        sent, told = await asyncio.gather(
            world.act(world.by_physician, Action.SEND_REFERRAL, node),
            world.act(world.by_physician, Action.ANSWER_RED_FLAGS, node, intake=STOPPED),
        )
        assert isinstance(sent, Done) != isinstance(told, Done)


# Couples.


async def couple(world: World, own: Any = None, partner: Any = None) -> tuple[Any, Any]:
    """The two drafts of a couple."""
    other = {
        "patient": {**PATIENT, "familyName": surname(), "givenName": "Kim"},
        "consent": {"given": True},
        "intake": partner,
    }
    node = await world.draft(intake=own, partner=other)
    rows = await world.database.read(
        "MATCH (:Referral {id: $id})-[:COUPLED_WITH]->(r:Referral) RETURN r {.id, .version, .status, .couple, "
        ".requisition, patient: head([(r)-[:FOR]->(p) | p.givenName]), events: COUNT { (:Event)-[:OF]->(r) }, "
        "candidates: COUNT { (r)-[:CANDIDATE]->() }}",
        {"id": node["id"]},
    )
    return node, rows[0][0]


async def test_a_couple_is_two_referrals_written_at_once(world: World) -> None:
    node, partner = await couple(world)
    own = await kept(world, node)
    assert partner["patient"] == "Kim"
    assert (partner["version"], partner["events"], partner["status"]) == (1, 1, "DRAFT")
    assert (partner["couple"], partner["requisition"]) == (own["couple"], own["requisition"])
    assert partner["candidates"] == 2
    for each in (node, partner):
        sent = await world.did(world.by_physician, Action.SEND_REFERRAL, each)
        assert (await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, sent))["status"] == "ACCEPTED"


async def test_each_of_a_couple_consents(world: World) -> None:
    partner = {"patient": {**PATIENT, "givenName": "Kim"}, "consent": {"given": False}}
    outcome = await written(world, partner=partner)
    assert problems(outcome) == [("CONSENT_REQUIRED", ("partner", "consent", "given"))]
    secret = {**PATIENT, "safeContact": {"partnerUnaware": True}}
    outcome = await written(world, patient=secret, partner={**partner, "consent": {"given": True}})
    assert problems(outcome) == [("BAD_INPUT", ("patient", "safeContact", "partnerUnaware"))]


@pytest.mark.parametrize("side", [0, 1])
async def test_violence_stops_both_and_is_told_in_one_copy_only(world: World, side: int) -> None:
    histories = [VIOLENT, None] if side == 0 else [None, VIOLENT]
    pair = await couple(world, *histories)
    for node in pair:
        assert await world.refused(world.by_physician, Action.SEND_REFERRAL, node) == "RED_FLAG"
    other = await kept(world, pair[1 - side])
    assert "RF08" not in [row["rule"] for row in other["redFlags"]["findings"]]
    assert not other.get("coupleStopped")
    outcome = await world.act(world.by_physician, Action.SEND_REFERRAL, pair[1 - side])
    assert isinstance(outcome, Problems)
    assert "RF08" not in outcome.problems[0].message
    told = await answer(world, pair[side], answers=[{"rule": "RF08", "reason": "Ended two years ago; both wish it."}])
    for node in (told, pair[1 - side]):
        assert (await world.did(world.by_physician, Action.SEND_REFERRAL, node))["status"] == "SENT"


async def test_violence_does_not_stop_somebody_alone(world: World) -> None:
    node = await world.draft(intake=VIOLENT)
    assert (await world.did(world.by_physician, Action.SEND_REFERRAL, node))["status"] == "SENT"


async def test_one_is_not_sent_while_the_other_is_being_stopped(world: World) -> None:
    for _ in range(3):
        node, partner = await couple(world)
        sent, told = await asyncio.gather(
            world.act(world.by_physician, Action.SEND_REFERRAL, partner),
            world.act(world.by_physician, Action.ANSWER_RED_FLAGS, node, intake=VIOLENT),
        )
        assert isinstance(told, Done), told
        if isinstance(sent, Problems):
            assert sent.problems[0].code == "RED_FLAG"
        again = await world.act(world.by_physician, Action.SEND_REFERRAL, told.node)
        assert isinstance(again, Problems)


async def test_a_draft_that_was_entered_before_red_flags_is_looked_at_when_sent(world: World) -> None:
    node = await world.draft()
    await world.database.write("MATCH (r:Referral {id: $id}) REMOVE r.intake, r.redFlags RETURN 1", {"id": node["id"]})
    sent = await world.did(world.by_physician, Action.SEND_REFERRAL, node)
    rows = await world.database.read("MATCH (r:Referral {id: $id}) RETURN r.redFlags", {"id": sent["id"]})
    assert orjson.loads(rows[0][0])["frozenAt"] == millis(NOW)
