"""Mutations through GraphQL: the payload is what the statement wrote, in the shape that was asked for."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.execute import Executor, Request
from api.operations.table import OPERATIONS
from api.schema.mutations import ROWS
from graph.database import Database, count_statements
from tests.network import CONCERN, key, npi, surname
from tests.world import World, make_world
from verification.access import SYSTEM_ACTIONS, Action, Role, may
from verification.policies import SHIPPED_POLICIES

CREATE = """
mutation ($input: CreateReferralInput!) {
  createReferral(input: $input) {
    made: referral {
      id version status patient { familyName ageBand } candidates { name } attempts(first: 5) { totalCount }
    }
    problems { code message path }
  }
}
"""
MOVE = """
mutation ($input: %sInput!) {
  %s(input: $input) {
    referral {
      id version status
      again: status
      currentAttempt { number status recipient { name } proofs { verdict checks { code outcome } } }
      events(first: 20) { totalCount edges { node { name toStatus } } }
    }
    problems { code path }
  }
}
"""


class Client:
    """Somebody with a token."""

    def __init__(self, executor: Executor, token: str) -> None:
        self.executor, self.token = executor, token

    async def ask(self, query: str, said: Mapping[str, Any]) -> Any:
        with count_statements() as counted:
            answer = await self.executor.run(Request(query, {"input": said}, token=self.token))
        assert "errors" not in answer.result, answer.result
        self.statements = counted.count
        return next(iter(answer.result["data"].values()))

    async def move(self, name: str, node: Mapping[str, Any], **said: Any) -> Any:
        words = {"idempotencyKey": key(), "referral": node["id"], "expectedVersion": node["version"], **said}
        return await self.ask(MOVE % (name[0].upper() + name[1:], name), words)


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


async def client(world: World, role: str, acts_as: str) -> Client:
    token = secrets.token_urlsafe(32)
    await world.network.account(role, acts_as, token)
    return Client(Executor(world.database, SHIPPED_POLICIES, lambda: world.now), token)


def referral(world: World) -> dict[str, Any]:
    return {
        "idempotencyKey": key(),
        "patient": {"familyName": surname(), "givenName": "Alex", "birthDate": "1984-05-06"},
        "concern": CONCERN,
        "jurisdiction": "CA",
        "priority": "SOON",
        "candidates": [world.therapist.opaque],
        "consent": {"given": True},
    }


@pytest.mark.neo4j
async def test_a_referral_is_written_sent_and_accepted(world: World) -> None:
    physician = await client(world, "physician", world.physician.id)
    therapist = await client(world, "therapist", world.therapist.id)
    said = referral(world)
    written = await physician.ask(CREATE, said)
    assert physician.statements == 2
    assert written["problems"] == []
    made = written["made"]
    assert (made["version"], made["status"]) == (1, "DRAFT")
    assert made["patient"] == {"familyName": said["patient"]["familyName"], "ageBand": "40-49"}
    assert made["candidates"] == [{"name": world.therapist.name}]
    assert await physician.ask(CREATE, said) == written
    sent = (await physician.move("sendReferral", made))["referral"]
    assert physician.statements == 2
    assert sent["status"] == sent["again"] == sent["currentAttempt"]["status"] == "SENT"
    assert [proof["verdict"] for proof in sent["currentAttempt"]["proofs"]] == ["REFERABLE"]
    accepted = (await therapist.move("acceptReferral", sent))["referral"]
    assert therapist.statements == 2
    assert (accepted["status"], accepted["version"]) == ("ACCEPTED", 3)
    assert [edge["node"]["name"] for edge in accepted["events"]["edges"]][-1] == "ReferralAccepted"
    refused = await therapist.move("acceptReferral", sent)
    assert refused == {"referral": None, "problems": [{"code": "STALE_VERSION", "path": ["expectedVersion"]}]}
    starts = (world.now + timedelta(days=1)).isoformat()
    booked = (await therapist.move("scheduleVisit", accepted, startsAt=starts))["referral"]
    assert booked["status"] == "SCHEDULED"


@pytest.mark.neo4j
async def test_only_problems_may_be_asked_for(world: World) -> None:
    physician = await client(world, "physician", world.physician.id)
    query = "mutation ($input: CreateReferralInput!) { createReferral(input: $input) { problems { code } __typename } }"
    answer = await physician.ask(query, {**referral(world), "consent": {"given": False}})
    assert answer == {"problems": [{"code": "CONSENT_REQUIRED"}], "__typename": "CreateReferralPayload"}


@pytest.mark.neo4j
async def test_a_profile_moves_a_therapist_in_the_directory(world: World) -> None:
    therapist = await client(world, "therapist", world.therapist.id)
    query = """
      mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { problems { code path }
        therapist { acceptsNew waitWeeks approaches concerns { code } languages { code } payers { name } modalities
          practices { city zone } } } }
    """
    said: dict[str, Any] = {
        "idempotencyKey": key(),
        "concerns": [CONCERN],
        "approaches": ["CBT"],
        "languages": ["Spanish", "en"],
        "payers": ["Blue  Cross"],
        "modalities": ["TELEHEALTH"],
        "acceptsNew": True,
        "waitWeeks": 3,
        "places": [{"addressPostalCode": "90012", "addressCity": "Los Angeles", "addressState": "CA"}],
    }
    shown = (await therapist.ask(query, said))["therapist"]
    assert therapist.statements == 2
    assert shown == {
        "acceptsNew": True, "waitWeeks": 3, "approaches": ["cognitive-behavioural"], "concerns": [{"code": CONCERN}],
        "languages": [{"code": "en"}, {"code": "es"}], "payers": [{"name": "Blue Cross"}],
        "modalities": ["TELEHEALTH"], "practices": [{"city": "Los Angeles", "zone": "America/Los_Angeles"}],
    }  # fmt: skip
    kept = (await therapist.ask(query, {"idempotencyKey": key(), "waitWeeks": 1}))["therapist"]
    assert kept == {**shown, "waitWeeks": 1}
    bad = await therapist.ask(query, {"idempotencyKey": key(), "languages": ["English", "Klingon"]})
    assert bad == {"therapist": None, "problems": [{"code": "BAD_INPUT", "path": ["languages", "1"]}]}
    availability = (
        "mutation ($input: UpdateAvailabilityInput!) { updateAvailability(input: $input) { therapist { acceptsNew } } }"
    )
    closed = await therapist.ask(availability, {"idempotencyKey": key(), "acceptsNew": False})
    assert closed == {"therapist": {"acceptsNew": False}}


@pytest.mark.neo4j
async def test_a_roster_is_applied_by_its_officer(world: World) -> None:
    officer = await client(world, "officer", "CA-BBS")
    query = """
      mutation ($input: ApplyRosterInput!) { applyRoster(input: $input) {
        certifyingBody { code } read written refused problems { code path } } }
    """
    number = secrets.token_hex(4).upper()
    roster = (
        "credentialKind,credentialNumber,jurisdiction,familyName,givenName,npi,status\n"
        f"LMFT,{number},CA,{surname()},Robin,{npi()},active\n"
        f"LMFT,{number}1,CA,{surname()},Robin,1234567890,active\n"
    )
    said = {"idempotencyKey": key(), "roster": roster}
    told = await officer.ask(query, said)
    assert (told["certifyingBody"], told["read"], told["written"], told["refused"]) == ({"code": "CA-BBS"}, 2, 1, 1)
    assert told["problems"][0]["code"] == "ROW_REFUSED"
    assert told["problems"][0]["path"][:2] == ["roster", "3"]
    assert await officer.ask(query, said) == told
    empty = await officer.ask(query, {"idempotencyKey": key(), "roster": "nonsense"})
    assert (empty["certifyingBody"], empty["problems"][0]["code"]) == (None, "BAD_INPUT")


def test_every_row_has_an_operation_and_every_operation_a_row() -> None:
    assert {row.action for row in ROWS} == set(OPERATIONS)
    assert not set(OPERATIONS) & SYSTEM_ACTIONS


def test_every_mutation_is_somebodys() -> None:
    for action in OPERATIONS:
        assert any(may(role, action) for role in Role)


def test_every_action_of_people_has_a_mutation() -> None:
    assert set(Action) - SYSTEM_ACTIONS == set(OPERATIONS)
