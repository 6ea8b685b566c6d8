"""What is over stays over: who comes again has a new referral that goes on from it, about the same person."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Problems
from graph.database import Database
from graph.ids import global_id
from tests.network import NOW, surname
from tests.world import PATIENT, World, make_world
from verification.access import Action

pytestmark = pytest.mark.neo4j
CHAIN = """
MATCH (p:Patient)<-[:FOR]-(r:Referral {id: $id})
RETURN p.phone, COLLECT { MATCH (p)<-[:FOR]-(each:Referral) RETURN each.id ORDER BY each.id },
  COUNT { MATCH (p)<-[:FOR]-(each:Referral) WITH DISTINCT each.requisition AS one RETURN one }
"""


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


def person(**said: Any) -> dict[str, Any]:
    return {**PATIENT, "familyName": surname(), "phone": "555-0101", **said}


def on(node: Any) -> str:
    return global_id(f"Referral:{node['id']}")


async def over(world: World, patient: dict[str, Any], **said: Any) -> Any:
    draft = await world.draft(patient=patient, **said)
    return await world.did(world.by_physician, Action.CANCEL_REFERRAL, draft, reason="NO_LONGER_NEEDED")


async def refused(world: World, viewer: str | None = None, **said: Any) -> tuple[str, tuple[str | int, ...]]:
    """The code and path of a refusal that wrote nothing."""
    count = "MATCH (r:Referral) WITH count(r) AS referrals MATCH (p:Patient) RETURN referrals, count(p), sum(p._lock)"
    before = await world.database.read(count)
    outcome = await create_referral_draft(world.context(viewer or world.by_physician), world.words(**said))
    assert isinstance(outcome, Problems), outcome
    assert await world.database.read(count) == before
    return outcome.problems[0].code, outcome.problems[0].path


async def test_one_goes_on_from_what_is_over(world: World) -> None:
    patient = person()
    first = await over(world, patient)
    second = await world.draft(
        patient={**patient, "familyName": patient["familyName"].upper(), "phone": "555-0102"}, basedOn=on(first)
    )
    assert (second["basedOn"], second["status"], second["version"]) == (first["id"], "DRAFT", 1)
    [[phone, links, requisitions]] = await world.database.read(CHAIN, {"id": second["id"]})
    assert (phone, set(links), requisitions) == ("555-0102", {first["id"], second["id"]}, 1)
    sent = await world.did(world.by_physician, Action.SEND_REFERRAL, second)
    assert sent["status"] == "SENT"


async def test_only_from_ones_own_that_is_over_and_of_the_same_person(world: World) -> None:
    patient = person()
    first = await over(world, patient)
    other = await make_world(world.database)
    assert await refused(world, other.by_physician, patient=patient, basedOn=on(first)) == ("NOT_FOUND", ("basedOn",))
    assert await refused(world, patient=patient, basedOn="nothing") == ("NOT_FOUND", ("basedOn",))
    for wrong in ({"familyName": "Somebody"}, {"birthDate": date(1984, 5, 7)}, {"birthDate": None}):
        said = {**patient, **wrong}
        assert await refused(world, patient=said, basedOn=on(first)) == ("OTHER_PATIENT", ("patient",))
    going = await world.draft(patient=patient)
    assert await refused(world, patient=patient, basedOn=on(going)) == ("NOT_OVER", ("basedOn",))
    wrong_one = await world.did(world.by_physician, Action.MARK_ENTERED_IN_ERROR, going, reason="WRONG_PATIENT")
    assert await refused(world, patient=patient, basedOn=on(wrong_one)) == ("NOT_OVER", ("basedOn",))
    partner = {"patient": person(), "consent": {"given": True}}
    assert await refused(world, patient=patient, basedOn=on(first), partner=partner) == ("BAD_INPUT", ("basedOn",))


async def test_consent_is_not_given_in_the_future(world: World) -> None:
    later = {"given": True, "at": NOW + timedelta(hours=1)}
    assert await refused(world, consent=later) == ("BAD_INPUT", ("consent", "at"))
    nearly = {"given": True, "at": NOW + timedelta(minutes=1)}
    assert isinstance(await create_referral_draft(world.context(world.by_physician), world.words(consent=nearly)), Done)
