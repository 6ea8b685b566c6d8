"""Two policies over the network: nothing is written, memory does not grow, and the United Kingdom has its own."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph.database import Database, count_statements
from graph.policy_comparison import compare_network
from tests.imports import NOW, Imports
from tests.published import certificate_row, fresh_npis, member_row, membership_row
from tests.verification.test_policies import version
from verification.comparisons import Change, comparison
from verification.policy import US_POLICY, policy_table

pytestmark = pytest.mark.neo4j
STRICT = version("2", date(2027, 1, 1), freshness={**policy_table(US_POLICY)["freshness"], "certificate": 1})


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


def cosrt_row(npi: str, number: str, **values: str) -> dict[str, str]:
    return member_row(npi, number, credentialKind="COSRT-ACCREDITED", jurisdiction="GB", **values)


async def test_an_accreditation_opens_the_united_kingdom_and_california_stays_shut(imports: Imports) -> None:
    british, both = fresh_npis(2)
    await imports.roster([cosrt_row(npi, npi) for npi in (british, both)], "COSRT")
    await imports.roster([member_row(both, both)])
    await imports.roster([certificate_row(both, both), membership_row(both, both)], "AASECT")
    assert [w["jurisdiction"] for w in (await imports.person(british))["windows"]] == ["GB"]
    assert [w["jurisdiction"] for w in (await imports.person(both))["windows"]] == ["CA", "GB"]


async def test_without_an_npi_as_well(imports: Imports) -> None:
    (number,) = fresh_npis(1)
    report = await imports.roster([cosrt_row("", number, familyName=f"Invented{number}")], "COSRT")
    assert (report.written, report.refused) == (1, 0)
    rows = await imports.database.read(
        "MATCH (:Credential {number: $number})<-[:HOLDS]-(n)-[:REFERABLE_IN]->(j) RETURN j.code", {"number": number}
    )
    assert rows == [["GB"]]


async def found(database: Database, npi: str, batch: int) -> Any:
    asked = comparison(US_POLICY, STRICT, NOW, NOW)
    return [one async for one in compare_network(database, asked, batch=batch) if one.npi == npi]


async def test_whoever_loses_is_named_and_nothing_is_written(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.at(days=-3).roster([member_row(npi, npi)])
    await imports.at(days=-3).roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")
    before = (await imports.counts([npi]), await imports.version())
    (one,) = await found(imports.database, npi, 500)
    assert (one.name, one.jurisdiction) == ("Ada Invented", "CA")
    assert one.difference.change is Change.LOSES
    assert [(why.check, why.after) for why in one.difference.why] == [("certificate", "CERTIFICATE_STALE")]
    assert (await imports.counts([npi]), await imports.version()) == before
    assert await found(imports.database, npi, 3) == [one]


async def test_a_batch_is_one_statement(imports: Imports) -> None:
    people: list[int] = []
    asked = comparison(US_POLICY, STRICT, NOW, NOW)
    with count_statements() as counted:
        async for _ in compare_network(imports.database, asked, people.append, batch=5):
            pass
    assert counted.count == len(people)
    assert max(people) <= 5
