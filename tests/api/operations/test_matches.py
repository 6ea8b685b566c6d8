"""A steward's decision about a possible exclusion match: effective for search at once, remembered, never lost."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from api.execute import Executor, Request
from api.operations.matches import decide_match
from api.operations.outcomes import Context, Done, Outcome, Problems
from api.tokens import hash_token
from graph.commands.matches import OpenPair, open_pairs
from graph.commands.receipts import Answer
from graph.database import Database, count_statements
from graph.ids import global_id
from graph.standing import read_facts
from tests.graph.loading.conftest import imports, no_list
from tests.imports import NOW, Imports
from tests.network import key, surname
from tests.published import certificate_row, excluded_row, fresh_npis, member_row, membership_row, person_row
from verification.policies import SHIPPED_POLICIES
from verification.standing import standing_in_force

__all__ = ["imports", "no_list"]  # the fixtures, used here too
pytestmark = pytest.mark.neo4j
SHAPE = Answer("{id: node.id, matches: COUNT { (node)<-[:OF]-(:Match) }}", {})
WHY = "OIG's own check by Social Security number finds nobody."
LATER = NOW + timedelta(minutes=1)


@dataclass(slots=True)
class Case:
    """Somebody who would be referable, and whoever may speak about that."""

    imports: Imports
    npi: str
    family: str
    id: str
    steward: str

    @property
    def database(self) -> Database:
        return self.imports.database

    def excluded(self, **values: str) -> dict[str, str]:
        """A row of the list with this person's name."""
        return excluded_row(**{"LASTNAME": self.family.upper(), "FIRSTNAME": "ADA", **values})

    async def pairs(self, page: int = 100) -> list[OpenPair]:
        now = NOW + timedelta(hours=1)
        return [pair async for pair in open_pairs(self.database, now, page) if pair.facts.npi == self.npi]

    async def decide(self, row: str, verdict: str, viewer: str = "", **said: Any) -> Outcome:
        now = said.pop("now", LATER)
        context = Context(self.database, viewer or self.steward, lambda: now, SHIPPED_POLICIES, SHAPE)
        words = {"idempotencyKey": key(), "practitioner": global_id(f"Therapist:{self.id}"), "row": row,
                 "verdict": verdict, "why": WHY, **said}  # fmt: skip
        return await decide_match(context, words)

    async def verdict(self, at: timedelta = timedelta(minutes=1)) -> str:
        facts = (await read_facts(self.database.read, [self.id]))[self.id]
        return standing_in_force(facts, "CA", NOW + at, NOW + at, SHIPPED_POLICIES).verdict.name

    async def found(self) -> bool:
        """Whether search shows this person; windows and facets always agree."""
        person = await self.imports.person(self.npi)
        assert bool(person["windows"]) == bool(person["facets"])
        return bool(person["facets"])

    async def everything(self) -> Any:
        matches = await self.database.read(
            """MATCH (:Practitioner {id: $id})<-[:OF]-(m:Match) WITH m ORDER BY m.id RETURN properties(m)""",
            {"id": self.id},
        )
        return await self.imports.person(self.npi), matches


async def account(database: Database, role: str) -> str:
    token = key()
    await database.write(
        "CREATE (:Account {id: $id, tokenHash: $hash, role: $role, name: 'One', active: true, createdAt: 0})",
        {"id": key(), "hash": hash_token(token), "role": role},
    )
    return token


@pytest.fixture
async def case(no_list: Imports) -> Case:
    (npi,), family = fresh_npis(1), surname()
    await no_list.nppes([person_row(npi, **{"Provider Last Name (Legal Name)": family.upper()})])
    await no_list.roster([member_row(npi, npi, familyName=family)])
    rows = [certificate_row(npi, npi, familyName=family), membership_row(npi, npi, familyName=family)]
    await no_list.roster(rows, "AASECT")
    await no_list.profiles([{"npi": npi, "concerns": "low-desire", "acceptsNew": "yes"}])
    steward = hash_token(await account(no_list.database, "steward"))
    return Case(no_list, npi, family, (await no_list.person(npi))["id"], steward)


def code(outcome: Outcome) -> str:
    return outcome.problems[0].code if isinstance(outcome, Problems) else "DONE"


async def test_decided_different_is_referable_in_the_same_transaction_and_stays_so(case: Case) -> None:
    rows = [case.excluded(CITY="RENO", STATE="NV")]
    await case.imports.leie(rows, "2026-11")
    assert (await case.verdict(), await case.found()) == ("UNKNOWN", False)
    (pair,) = await case.pairs()
    assert (pair.row.family_name, pair.listed, pair.places) == (
        case.family.upper(),
        ("RENO", "NV"),
        (("Fresno", "CA"),),
    )
    revision, version = (await case.imports.person(case.npi))["revision"], await case.imports.version()
    with count_statements() as counted:
        outcome = await case.decide(pair.row.id, "DIFFERENT")
    assert isinstance(outcome, Done)
    assert (outcome.node, counted.count) == ({"id": case.id, "matches": 1}, 3)
    assert (await case.verdict(), await case.found(), await case.pairs()) == ("REFERABLE", True, [])
    assert (await case.imports.person(case.npi))["revision"] == revision + 1
    assert await case.imports.version() == version + 1
    assert await case.verdict(timedelta()) == "UNKNOWN"  # a verdict of before is told as it was
    await case.imports.at(minutes=2).leie(rows, "2026-11")
    assert await case.found()
    await case.imports.at(minutes=3).leie([case.excluded(CITY="ELKO", STATE="NV")], "2026-12")
    assert (await case.verdict(timedelta(minutes=4)), await case.found(), await case.pairs()) == ("REFERABLE", True, [])


async def test_what_is_remembered(case: Case) -> None:
    await case.imports.leie([case.excluded(DOB="19700405")], "2026-11")
    (pair,) = await case.pairs()
    assert code(await case.decide(pair.row.id, "DIFFERENT", why=f"  {WHY} ")) == "DONE"
    [[match, by]] = await case.database.read(
        """MATCH (:Practitioner {id: $id})<-[:OF]-(m:Match) MATCH (a:Account {id: m.decidedBy})
        RETURN m {.*, key: null, id: null}, a.tokenHash""",
        {"id": case.id},
    )
    assert match == {
        "id": None, "key": None, "row": pair.row.id, "verdict": "different", "fields": ["name", "birth_date"],
        "decidedBy": match["decidedBy"], "decidedAt": round(LATER.timestamp() * 1000), "why": WHY,
    }  # fmt: skip
    assert by == case.steward


async def test_decided_same_is_not_referable(case: Case) -> None:
    await case.imports.leie([case.excluded()], "2026-11")
    (pair,) = await case.pairs()
    assert code(await case.decide(pair.row.id, "SAME")) == "DONE"
    assert (await case.verdict(), await case.found(), await case.pairs()) == ("NOT_REFERABLE", False, [])


async def test_a_later_decision_replaces_an_earlier_one_and_both_are_kept(case: Case) -> None:
    await case.imports.leie([case.excluded()], "2026-11")
    (pair,) = await case.pairs()
    assert code(await case.decide(pair.row.id, "SAME")) == "DONE"
    later = timedelta(minutes=5)
    assert code(await case.decide(pair.row.id, "DIFFERENT", now=NOW + later)) == "DONE"
    assert (await case.verdict(later), await case.found()) == ("REFERABLE", True)
    _person, matches = await case.everything()
    assert [(match["verdict"], "replacedAt" in match) for (match,) in matches] == [("same", True), ("different", False)]


async def test_two_rows_of_one_name_are_decided_each_for_itself(case: Case) -> None:
    await case.imports.leie([case.excluded(), case.excluded(EXCLDATE="20230101")], "2026-11")
    first, second = await case.pairs(page=1)
    assert first.row.id < second.row.id
    assert code(await case.decide(first.row.id, "DIFFERENT")) == "DONE"
    assert (await case.verdict(), await case.found()) == ("UNKNOWN", False)
    assert [pair.row.id for pair in await case.pairs()] == [second.row.id]
    assert code(await case.decide(second.row.id, "DIFFERENT")) == "DONE"
    assert (await case.verdict(), await case.found()) == ("REFERABLE", True)


async def test_a_deciding_field_that_changes_brings_the_pair_back(case: Case) -> None:
    await case.imports.leie([case.excluded()], "2026-11")
    (pair,) = await case.pairs()
    assert code(await case.decide(pair.row.id, "DIFFERENT")) == "DONE"
    await case.imports.at(minutes=2).leie([case.excluded(DOB="19700405")], "2026-12")
    assert (await case.verdict(timedelta(minutes=3)), await case.found()) == ("UNKNOWN", False)
    (again,) = await case.pairs()
    assert again.row.id != pair.row.id


async def test_what_is_refused_changes_nothing(case: Case) -> None:
    await case.imports.leie(
        [case.excluded(NPI=case.npi), case.excluded(DOB="19440404"), case.excluded(EXCLDATE="20230101")], "2026-11"
    )
    rows = await case.database.read(
        "MATCH (x:Exclusion {familyName: $family}) RETURN x.row ORDER BY x.npi IS NULL, x.birthDate IS NULL",
        {"family": case.family.upper()},
    )
    npi, stranger, possible = (row for (row,) in rows)
    assert [pair.row.id for pair in await case.pairs()] == [possible]
    before = await case.everything()
    for verdict in ("SAME", "DIFFERENT"):
        assert code(await case.decide(npi, verdict)) == "SAME_NPI"
        assert code(await case.decide(stranger, verdict)) == "NOTHING_TO_DECIDE"
    assert code(await case.decide("no such row", "DIFFERENT")) == "NOT_FOUND"
    assert code(await case.decide(possible, "DIFFERENT", why=" ")) == "BAD_INPUT"
    assert code(await case.decide(possible, "DIFFERENT", practitioner=global_id("Therapist:none"))) == "NOT_FOUND"
    for role in ("officer", "therapist", "physician", "delegate"):
        viewer = hash_token(await account(case.database, role))
        assert code(await case.decide(possible, "DIFFERENT", viewer)) == "FORBIDDEN"
    assert await case.everything() == before


async def test_the_same_key_is_the_same_decision(case: Case) -> None:
    await case.imports.leie([case.excluded()], "2026-11")
    (pair,) = await case.pairs()
    once = key()
    outcomes = await asyncio.gather(
        *(case.decide(pair.row.id, "DIFFERENT", idempotencyKey=once) for _ in range(8)), return_exceptions=False
    )
    assert {code(outcome) for outcome in outcomes} == {"DONE"}
    assert {outcome.node["matches"] for outcome in outcomes if isinstance(outcome, Done)} == {1}
    assert code(await case.decide(pair.row.id, "SAME", idempotencyKey=once)) == "IDEMPOTENCY_CONFLICT"
    assert await case.found()


async def test_through_the_contract(case: Case) -> None:
    await case.imports.leie([case.excluded()], "2026-11")
    (pair,) = await case.pairs()
    query = """mutation D($input: DecideMatchInput!) { decideMatch(input: $input) {
        therapist { npi standing(jurisdiction: "CA") { verdict } } problems { code message path } } }"""
    said = {
        "idempotencyKey": key(), "practitioner": global_id(f"Therapist:{case.id}"), "row": pair.row.id,
        "verdict": "DIFFERENT", "why": WHY,
    }  # fmt: skip
    executor, token = Executor(case.database, SHIPPED_POLICIES, lambda: LATER), await account(case.database, "steward")
    answer = await executor.run(Request(query, {"input": said}, None, token))
    therapist = {"npi": case.npi, "standing": {"verdict": "REFERABLE"}}
    assert answer.result == {"data": {"decideMatch": {"therapist": therapist, "problems": []}}}
    again = await executor.run(Request(query, {"input": said}, None, token))
    assert again.result == answer.result
