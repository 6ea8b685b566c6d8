"""Delegates: they do the administrative part for one practitioner, sign nothing clinical, and are named with it."""

from datetime import timedelta
from typing import Any, Final

import pytest

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Problems
from api.operations.table import OPERATIONS
from graph.available import available_expression, available_from
from graph.database import Database
from graph.instants import millis
from tests.network import NOW
from tests.world import World, make_world
from verification.access import CREDENTIAL_ACTIONS, PERMITTED, SIGNED_BY_ONESELF, Action, Role, may

STOPPED: Final = {"answers": [{"question": "erection-over-four-hours", "answer": "YES"}]}
WORKED: Final = {"answers": [{"question": "diabetes", "answer": "YES"}]}
REPORT: Final = {"attendance": "Came.", "recommendation": "Go on."}


def test_what_a_delegate_may_ask_for() -> None:
    """Whatever a practitioner may, but for the signatures; nothing of a body's or a steward's."""
    practitioners = PERMITTED[Role.PHYSICIAN] | PERMITTED[Role.THERAPIST]
    assert PERMITTED[Role.DELEGATE] == practitioners - SIGNED_BY_ONESELF
    assert {action.value for action in SIGNED_BY_ONESELF} == {
        "sendReport", "acknowledgeReport", "clearMedicalReview",
    }  # fmt: skip
    for action in CREDENTIAL_ACTIONS | {Action.DECIDE_MATCH, Action.RECORD_REVIEW}:
        assert not may(Role.DELEGATE, action)


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def offered(world: World, viewer: str, node: Any) -> set[Action]:
    read = f"""
    MATCH (viewer:Account {{tokenHash: $viewer}}) MATCH (r:Referral {{id: $id}}) RETURN {available_expression("r")}
    """
    [[found]] = await world.database.read(read, {"viewer": viewer, "id": node["id"], "now": millis(world.now)})
    return {item.action for item in available_from(found, world.now, OPERATIONS)}


@pytest.mark.neo4j
async def test_two_delegates_go_the_whole_way_but_sign_nothing(world: World) -> None:
    secretary = await world.network.account("delegate", world.physician.id)
    colleague = await world.network.account("delegate", world.physician.id)
    intake = await world.network.account("delegate", world.therapist.id)
    outcome = await create_referral_draft(world.context(secretary), world.words())
    assert isinstance(outcome, Done)
    node = await world.did(colleague, Action.SEND_REFERRAL, outcome.node)
    node = await world.did(intake, Action.ACCEPT_REFERRAL, node)
    node = await world.did(intake, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(hours=1))
    world.now = NOW + timedelta(hours=2)
    node = await world.did(intake, Action.START_THERAPY, node)
    assert Action.SEND_REPORT not in await offered(world, intake, node)
    assert Action.SEND_REPORT in await offered(world, world.by_therapist, node)
    assert await world.refused(intake, Action.SEND_REPORT, node, kind="FINAL", **REPORT) == "FORBIDDEN"
    ending = {"reason": "DISENGAGED", "report": REPORT}
    assert await world.refused(intake, Action.END_REFERRAL, node, **ending) == "FORBIDDEN"
    # Whoever acts for one side is nobody on the other.
    assert await world.refused(secretary, Action.HOLD_REFERRAL, node, reason="PATIENT_PAUSE") == "FORBIDDEN"
    node = await world.did(world.by_therapist, Action.SEND_REPORT, node, kind="FINAL", **REPORT)
    assert await offered(world, secretary, node) & {Action.ACKNOWLEDGE_REPORT} == set()
    assert await world.refused(secretary, Action.ACKNOWLEDGE_REPORT, node) == "FORBIDDEN"
    node = await world.did(world.by_physician, Action.ACKNOWLEDGE_REPORT, node)
    rows = await world.database.read(
        """
        MATCH (e:Event)-[:OF]->(:Referral {id: $id}) MATCH (e)-[:BY]->(a:Account)-[:ACTS_AS]->(p:Practitioner)
        RETURN e.actorRole, a.tokenHash, p.id ORDER BY e.number LIMIT 3
        """,
        {"id": node["id"]},
    )
    assert rows == [
        ["delegate", secretary, world.physician.id],
        ["delegate", colleague, world.physician.id],
        ["delegate", intake, world.therapist.id],
    ]


@pytest.mark.neo4j
async def test_a_medical_review_is_cleared_by_the_physician(world: World) -> None:
    delegate = await world.network.account("delegate", world.physician.id)
    node = await world.accepted()
    held = await world.act(
        world.by_therapist, Action.REFER_BACK, node, request="INVESTIGATE", comment="Please look.", hold=True
    )
    assert isinstance(held, Done)
    parent = {"id": node["id"], "version": node["version"] + 1}
    assert await world.refused(delegate, Action.CLEAR_MEDICAL_REVIEW, parent) == "FORBIDDEN"
    await world.did(world.by_physician, Action.CLEAR_MEDICAL_REVIEW, parent)


@pytest.mark.neo4j
async def test_a_delegate_overrides_no_red_flag(world: World) -> None:
    delegate = await world.network.account("delegate", world.physician.id)
    answers = [{"rule": "RF01", "reason": "Treated last night."}]
    outcome = await create_referral_draft(world.context(delegate), world.words(intake=STOPPED, redFlagAnswers=answers))
    assert isinstance(outcome, Problems)
    assert [(each.code, each.path) for each in outcome.problems] == [("FORBIDDEN", ("redFlagAnswers", 0, "rule"))]
    node = await world.draft(intake=STOPPED)
    assert await world.refused(delegate, Action.ANSWER_RED_FLAGS, node, answers=answers) == "FORBIDDEN"
    node = await world.did(world.by_physician, Action.ANSWER_RED_FLAGS, node, answers=answers)
    await world.did(delegate, Action.SEND_REFERRAL, node)


@pytest.mark.neo4j
async def test_a_delegate_says_that_a_work_up_is_ordered_and_not_that_it_is_needless(world: World) -> None:
    delegate = await world.network.account("delegate", world.physician.id)
    node = await world.draft(intake=WORKED)
    needless = [{"rule": "RF29", "workUp": "NOT_INDICATED", "reason": "No need."}]
    assert await world.refused(delegate, Action.ANSWER_RED_FLAGS, node, answers=needless) == "FORBIDDEN"
    node = await world.did(delegate, Action.ANSWER_RED_FLAGS, node, answers=[{"rule": "RF29", "workUp": "ORDERED"}])
    await world.did(delegate, Action.SEND_REFERRAL, node)
