"""A served network: the whole application on the test graph, with a clock that stands still.

- Six therapists of different places, languages and payers, a physician, an officer of the licence board and a steward.
- What therapists say of themselves, and a referral, come in through GraphQL like everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from api.execute import Executor, Request
from api.tokens import hash_token
from graph.database import Database
from graph.directory import refresh
from graph.seeding import seed
from tests.network import CONCERN, NOW, Network, Person, key
from verification.policies import SHIPPED_POLICIES

PLACES = ("94110", "94610", "90210", "92101", "95814", "93701")


@dataclass(slots=True)
class Served:
    """The application, everybody's token, and who they are."""

    executor: Executor
    network: Network
    physician: str
    therapist: str
    second: str
    officer: str
    steward: str
    therapists: tuple[Person, ...]
    doctor: Person
    referral: str = ""
    delegate: str = ""

    async def ask(self, token: str | None, query: str, core: bool = False, **variables: Any) -> dict[str, Any]:
        answer = await self.executor.run(Request(query, variables, None, token, core))
        result: dict[str, Any] = answer.result
        return result

    async def data(self, token: str, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        result = await self.ask(token, query, **variables)
        assert "errors" not in result, result
        return result["data"]

    async def change(self, token: str, name: str, said: Mapping[str, Any], shape: str) -> Any:
        """One mutation's payload, asked for with `problems` and `shape`."""
        kind = name[0].upper() + name[1:] + "Input"
        query = f"mutation M($input: {kind}!) {{ done: {name}(input: $input) {{ problems {{ code path }} {shape} }} }}"
        return (await self.data(token, query, input={"idempotencyKey": key(), **said}))["done"]

    async def moved(self, token: str, name: str, referral: Mapping[str, Any], **said: Any) -> Any:
        """A referral after a move that succeeded: its id, version and status."""
        given = {"referral": referral["id"], "expectedVersion": referral["version"], **said}
        done = await self.change(token, name, given, "referral { id version status }")
        assert done["problems"] == [], done
        return done["referral"]

    def patient(self) -> dict[str, Any]:
        return {
            "familyName": "Canarywood",
            "givenName": "Quillon",
            "birthDate": "1984-05-06",
            "phone": "555-0177",
            "email": "quillon@example.invalid",
            "postalCode": "94610",
            "payer": "Aetna",
        }

    async def draft(self, *candidates: Person) -> Any:
        done = await self.change(
            self.physician,
            "createReferral",
            {
                "patient": {**self.patient(), "familyName": "Canarywood" + key()[:6].translate(LETTERS)},
                "concern": CONCERN,
                "jurisdiction": "CA",
                "priority": "ROUTINE",
                "candidates": [candidate.opaque for candidate in candidates or self.therapists[:2]],
                "reason": "Canaryreason, for six months.",
                "consent": {"given": True, "method": "spoken"},
            },
            "referral { id version status }",
        )
        assert done["problems"] == [], done
        return done["referral"]


LETTERS = str.maketrans("0123456789", "ghijklmnop")


@pytest.fixture(scope="session")
async def served(database: Database) -> Served:
    """The application with its network."""
    await seed(database)
    network = await Network(database).prepare()
    therapists = tuple([await network.therapist() for _ in PLACES])
    doctor = await network.person("Physician")
    tokens = {
        name: f"bona_{key()}"
        for name in ("physician", "therapist", "officer", "steward", "delegate", *therapists_names())
    }
    await network.account("physician", doctor.id, tokens["physician"])
    for number, therapist in enumerate(therapists):
        await network.account("therapist", therapist.id, tokens[f"therapist{number}"])
    await network.account("officer", "CA-BBS", tokens["officer"])
    await network.account("delegate", doctor.id, tokens["delegate"])
    await database.write(
        "CREATE (:Account {id: $id, tokenHash: $hash, role: 'steward', name: 'A steward', active: true, createdAt: 0})",
        {"id": key(), "hash": hash_token(tokens["steward"])},
    )
    await refresh(database, [therapist.id for therapist in therapists], NOW, SHIPPED_POLICIES)
    served = Served(
        Executor(database, SHIPPED_POLICIES, lambda: NOW),
        network,
        tokens["physician"],
        tokens["therapist0"],
        tokens["therapist1"],
        tokens["officer"],
        tokens["steward"],
        therapists,
        doctor,
        delegate=tokens["delegate"],
    )
    for number, place in enumerate(PLACES):
        said = {
            "concerns": [CONCERN, "low-desire"][: 1 + number % 2],
            "languages": ["en", "es"][: 1 + number % 2],
            "payers": ["Aetna"] if number % 3 else ["Aetna", "Blue Cross"],
            "modalities": ["IN_PERSON", "TELEHEALTH"][: 1 + number % 2],
            "formats": ["INDIVIDUAL", "COUPLE"],
            "acceptsNew": number != 5,
            "waitWeeks": number,
            "places": [{"placeName": "Practice", "addressPostalCode": place, "addressCity": "Somewhere"}],
        }
        done = await served.change(tokens[f"therapist{number}"], "updateProfile", said, "therapist { id }")
        assert done["problems"] == [], done
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "openReferral", referral)
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    served.referral = referral["id"]
    return served


def therapists_names() -> list[str]:
    return [f"therapist{number}" for number in range(len(PLACES))]
