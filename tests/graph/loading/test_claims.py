"""Rows of which it is not certain whose they are: both persons stand still, and what is decided is remembered."""

from typing import Any

import pytest

from api.operations.matches import decide_match
from api.operations.outcomes import Context, Done, Problems
from graph.commands.claims import OpenClaim, open_claims
from graph.commands.receipts import Answer
from graph.ids import global_id
from tests.imports import Imports
from tests.network import Network, key, surname
from tests.published import certificate_row, fresh_npis, member_row, membership_row, person_row
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j


async def therapist(imports: Imports, **values: str) -> str:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, **values)])
    await imports.roster([certificate_row(npi, npi, **values), membership_row(npi, npi, **values)], "AASECT")
    return npi


async def claims(imports: Imports, number: str) -> list[OpenClaim]:
    return [claim async for claim in open_claims(imports.database) if claim.number == number]


async def decide(imports: Imports, npi: str, row: str, verdict: str) -> Any:
    found = await imports.person(npi)
    viewer = await Network(imports.database).account("steward", found["id"])
    kind = next((label for label in ("Therapist", "Physician") if label in found["labels"]), "OtherPractitioner")
    said = {"idempotencyKey": key(), "practitioner": global_id(f"{kind}:{found['id']}"), "row": row}
    context = Context(imports.database, viewer, lambda: imports.now, SHIPPED_POLICIES, Answer("{npi: node.npi}", {}))
    return await decide_match(context, {**said, "verdict": verdict, "why": "The board told me on the telephone."})


async def notices(imports: Imports, claim: str) -> list[str]:
    rows = await imports.database.read(
        "MATCH (o:Outbox {topic: 'credential.claimed-twice'}) WHERE o.dedupe CONTAINS $claim RETURN o.recipient",
        {"claim": claim},
    )
    return sorted(recipient for (recipient,) in rows)


async def test_two_persons_of_one_credential_stand_still_until_a_person_decides(imports: Imports) -> None:
    holder, claimant = await therapist(imports), await therapist(imports)
    for npi in (holder, claimant):
        assert (await imports.person(npi))["windows"]
    later = imports.at(days=1)
    report = await later.roster([member_row(claimant, holder)])
    assert (report.written, report.refused) == (0, 1)
    for npi in (holder, claimant):
        assert (await imports.person(npi))["windows"] == []
    (claim,) = await claims(imports, holder)
    assert claim.claimed_twice
    assert claim.holder is not None
    assert (claim.npi, claim.holder.npi) == (claimant, holder)
    ids = [(await imports.person(npi))["id"] for npi in (holder, claimant)]
    assert await notices(imports, claim.id) == sorted([*ids, "stewards"])
    again = await imports.at(days=2).roster([member_row(claimant, holder)])
    assert again.refused == 1
    assert await notices(imports, claim.id) == sorted([*ids, "stewards"])
    assert len(await claims(imports, holder)) == 1
    refused = await decide(later, claimant, claim.id, "SAME")
    assert isinstance(refused, Problems)
    assert refused.problems[0].code == "NOT_TRANSFERABLE"
    assert isinstance(await decide(later, claimant, claim.id, "DIFFERENT"), Done)
    for npi in (holder, claimant):
        assert (await imports.person(npi))["windows"]
    await imports.at(days=3).roster([member_row(claimant, holder)])
    assert await claims(imports, holder) == [], "what was decided is not asked again"
    assert (await imports.person(holder))["windows"]
    late = await decide(later, holder, claim.id, "SAME")
    assert isinstance(late, Problems)
    assert late.problems[0].code == "NOTHING_TO_DECIDE"


async def test_the_holder_is_confirmed_also_against_somebody_unknown(imports: Imports) -> None:
    holder, (unknown,) = await therapist(imports), fresh_npis(1)
    await imports.at(days=1).roster([member_row(unknown, holder)])
    assert (await imports.person(holder))["windows"] == []
    (claim,) = await claims(imports, holder)
    assert claim.candidates == ()
    assert isinstance(await decide(imports, holder, claim.id, "SAME"), Done)
    assert (await imports.person(holder))["windows"]


async def test_a_row_without_an_npi_waits_with_candidates_and_is_remembered(imports: Imports) -> None:
    family, (npi, number, other) = surname(), fresh_npis(3)
    rows = [person_row(n, **{"Provider Last Name (Legal Name)": family.upper()}) for n in (npi, other)]
    await imports.nppes(rows)
    row = member_row("", number, familyName=family)
    report = await imports.roster([row])
    assert (report.written, report.refused) == (0, 1)
    (claim,) = await claims(imports, number)
    assert {one.npi for one in claim.candidates} == {npi, other}
    assert not claim.claimed_twice
    assert isinstance(await decide(imports, other, claim.id, "DIFFERENT"), Done)
    (claim,) = await claims(imports, number)
    assert [one.npi for one in claim.candidates] == [npi]
    assert isinstance(await decide(imports, npi, claim.id, "SAME"), Done)
    again = await imports.at(days=1).roster([row])
    assert (again.written, again.refused) == (1, 0)
    assert [c["number"] for c in (await imports.person(npi))["credentials"]] == [number]
    assert await claims(imports, number) == []


async def test_an_npi_with_quite_another_name_waits(imports: Imports) -> None:
    npi = await therapist(imports)
    (number,) = fresh_npis(1)
    row = member_row(npi, number, familyName="Quillfeather", givenName="Bo", dateOfBirth="")
    assert (await imports.roster([row])).refused == 1
    (claim,) = await claims(imports, number)
    assert [one.npi for one in claim.candidates] == [npi]
    assert (await imports.person(npi))["windows"], "one typing error takes nobody out of the directory"
    assert isinstance(await decide(imports, npi, claim.id, "DIFFERENT"), Done)
    assert (await imports.at(days=1).roster([row])).refused == 1
    assert await claims(imports, number) == [], "SolutionGuidance/psm#789: what was cleared does not come back"
    married = row | {"givenName": "Beatrix"}
    await imports.at(days=2).roster([married])
    assert len(await claims(imports, number)) == 1, "somebody else is named now"


async def test_whoever_is_named_by_nobody_we_know_is_only_refused(imports: Imports) -> None:
    (number,) = fresh_npis(1)
    row = member_row("", number, familyName=surname(), givenName="Zebedee", dateOfBirth="1901-01-01")
    assert (await imports.roster([row])).refused == 1
    assert await claims(imports, number) == []


async def test_a_suffix_is_a_veto_and_no_question(imports: Imports) -> None:
    npi = await therapist(imports, suffix="Jr")
    report = await imports.at(days=1).roster([member_row(npi, npi, suffix="Sr")])
    assert report.refused == 1
    (entry,) = report.listed
    assert "SR" in entry.note


async def test_the_same_number_of_another_class_and_a_zero_in_front_are_other_credentials(imports: Imports) -> None:
    """ApexaCorp#146: the second licence class was refused. bcgov/entity#11956: 002345 is not 2345."""
    one, two = fresh_npis(2)
    tail = one[-6:]
    rows = [
        member_row(one, f"1{tail}"),
        member_row(one, f"1{tail}", credentialKind="LCSW"),
        member_row(two, f"001{tail}"),
    ]
    report = await imports.roster(rows)
    assert (report.written, report.refused) == (3, 0)
    assert len((await imports.person(one))["credentials"]) == 2
    assert [c["number"] for c in (await imports.person(two))["credentials"]] == [f"001{tail}"]
