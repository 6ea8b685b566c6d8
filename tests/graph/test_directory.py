"""The one door: windows and facets follow whatever they rest on, and the directory's version goes up with them."""

from datetime import timedelta
from pathlib import Path

import pytest

from graph.database import Database, Statements, count_statements
from graph.directory import recompute, refresh, refresh_facets
from graph.standing import facts_expression, facts_from, match_key, read_facts
from tests.imports import NOW, Imports
from tests.published import certificate_row, fresh_npis, member_row, membership_row
from verification.policies import SHIPPED_POLICIES
from verification.standing import Verdict, standing_in_force

pytestmark = pytest.mark.neo4j

WORDS = {
    "concerns": "low-desire",
    "payers": "Aetna",
    "languages": "en",
    "modalities": "telehealth",
    "acceptsNew": "yes",
    "addressPostalCode": "94610",
    "addressState": "CA",
}
ANY, AETNA = "CA|low-desire|", "CA|low-desire|aetna"


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


async def therapist(imports: Imports, **licence: str) -> str:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, **licence)])
    await imports.roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")
    return npi


async def id_of(imports: Imports, npi: str) -> str:
    return str((await imports.person(npi))["id"])


async def test_facets_follow_profile_and_standing(imports: Imports) -> None:
    npi = await therapist(imports)
    assert (await imports.person(npi))["facets"] == []
    await imports.profiles([WORDS | {"npi": npi}])
    assert (await imports.person(npi))["facets"] == [ANY, AETNA]
    edges = await imports.database.read(
        "MATCH (:Practitioner {npi: $npi})-[o:FOUND_UNDER]->(f:Facet {key: $key}) RETURN o {.*}",
        {"npi": npi, "key": ANY},
    )
    [[edge]] = edges
    (window,) = (await imports.person(npi))["windows"]
    assert {name: edge[name] for name in ("from", "until", "notice")} == {
        name: window[name] for name in ("from", "until", "notice")
    }
    assert (edge["acceptsNew"], edge["languages"], edge["modalities"]) == (True, ["en"], ["TELEHEALTH"])
    assert round(edge["location"].latitude) == 38
    await imports.profiles([WORDS | {"npi": npi, "concerns": "menopause", "payers": ""}])
    assert (await imports.person(npi))["facets"] == ["CA|menopause|"]
    later = imports.at(days=1)
    await later.roster([member_row(npi, npi, status="Revoked", statusDate="2026-11-26")])
    assert (await imports.person(npi))["facets"] == []


async def test_one_facet_edge_for_each_place(imports: Imports) -> None:
    npi = await therapist(imports)
    rows = [WORDS | {"npi": npi}, WORDS | {"npi": npi, "addressPostalCode": "95112"}]
    await imports.profiles(rows)
    assert (await imports.person(npi))["facets"] == [ANY, ANY, AETNA, AETNA]


async def test_a_therapist_without_a_place_is_found_by_telehealth(imports: Imports) -> None:
    npi = await therapist(imports)
    await imports.profiles([WORDS | {"npi": npi, "addressPostalCode": ""}])
    assert (await imports.person(npi))["facets"] == [ANY, AETNA]


async def test_a_window_ends_with_the_last_day_of_the_licence_in_its_boards_zone(imports: Imports) -> None:
    npi = await therapist(imports, dateOfExpiration="2026-11-30")
    (window,) = (await imports.person(npi))["windows"]
    assert window["until"] == 1_796_112_000_000  # 2026-12-01 08:00 UTC, midnight in Sacramento


async def test_what_is_up_to_date_is_not_written(imports: Imports) -> None:
    npi = await therapist(imports)
    await imports.profiles([WORDS | {"npi": npi}])
    person, version = await imports.person(npi), await imports.version()
    assert await refresh(imports.database, [person["id"]], NOW + timedelta(hours=1), SHIPPED_POLICIES) == 0
    assert await imports.person(npi) == person
    assert await imports.version() == version


async def test_time_alone_changes_what_is_stored_only_when_it_is_looked_at(imports: Imports) -> None:
    npi = await therapist(imports, dateOfExpiration="2026-11-30")
    person, version = await imports.person(npi), await imports.version()
    (licence,) = [each for each in person["credentials"] if each["kind"] == "LMFT"]
    assert (licence["status"], licence["statusAfter"]) == ("ACTIVE", "LAPSED")
    told: list[int] = []
    assert await refresh(imports.database, [person["id"]], NOW + timedelta(days=7), SHIPPED_POLICIES, told.append) == 1
    assert told == [1]
    person = await imports.person(npi)
    assert person["windows"] == []
    assert await imports.version() == version + 1


async def test_a_batch_costs_as_many_statements_as_one_person(imports: Imports) -> None:
    npis = [await therapist(imports) for _ in range(3)]
    ids = [await id_of(imports, npi) for npi in npis]

    async def work(run: Statements) -> int:
        return await recompute(run, ids, NOW + timedelta(days=400), SHIPPED_POLICIES)

    with count_statements() as counted:
        assert await imports.database.transact(work) == 3
    assert counted.count == 4


async def test_facets_alone_can_be_brought_up_to_date(imports: Imports) -> None:
    npi = await therapist(imports)
    await imports.profiles([WORDS | {"npi": npi}])
    practitioner = await id_of(imports, npi)
    await imports.database.write("MATCH (:Practitioner {id: $id})-[r:ACCEPTS]->() DELETE r", {"id": practitioner})
    version = await imports.version()
    await imports.database.transact(lambda run: refresh_facets(run, [practitioner]))
    assert (await imports.person(npi))["facets"] == [ANY]
    assert await imports.version() == version + 1


async def test_the_facts_say_what_was_recorded(imports: Imports) -> None:
    npi = await therapist(imports)
    practitioner = await id_of(imports, npi)
    with count_statements() as counted:
        facts = (await read_facts(imports.database.read, [practitioner, "nobody"]))[practitioner]
    assert counted.count == 1
    assert (facts.npi, facts.given_name, facts.family_name) == (npi, "Ada", "Invented")
    assert sorted(held.kind for held in facts.credentials) == ["AASECT-MEMBER", "CST", "LMFT"]
    assert [len(held.observations) for held in facts.credentials] == [1, 1, 1]
    assert facts.revision == 3
    assert any(edition.edition == "2026-11" for edition in facts.exclusion_editions)
    decided = standing_in_force(facts, "CA", NOW, NOW, SHIPPED_POLICIES)
    assert decided.verdict is Verdict.REFERABLE
    [[alone]] = await imports.database.read(
        f"MATCH (somebody:Practitioner {{id: $id}}) RETURN {facts_expression('somebody')}", {"id": practitioner}
    )
    assert standing_in_force(facts_from(alone), "CA", NOW, NOW, SHIPPED_POLICIES).verdict is Verdict.REFERABLE


async def test_a_decided_pair_is_remembered_until_a_deciding_field_changes(imports: Imports) -> None:
    npi = await therapist(imports)
    practitioner = await id_of(imports, npi)
    await imports.database.write(
        """CREATE (:Exclusion {id: $row, content: $row, row: $row, familyName: 'INVENTED', givenName: 'ADA',
        foldedName: 'ADA INVENTED', first: '2026-11', last: '2026-11', exclusionType: '1128b4'})""",
        {"row": npi},
    )
    try:
        facts = (await read_facts(imports.database.read, [practitioner]))[practitioner]
        assert standing_in_force(facts, "CA", NOW, NOW, SHIPPED_POLICIES).verdict is Verdict.UNKNOWN
        (row,) = facts.exclusions
        await imports.database.write(
            """MATCH (n:Practitioner {id: $id}) CREATE (m:Match {id: $key, key: $key, verdict: 'different',
            decidedAt: $now})-[:OF]->(n)""",
            {"id": practitioner, "key": match_key(facts, row), "now": 1_795_600_000_000},
        )
        facts = (await read_facts(imports.database.read, [practitioner]))[practitioner]
        assert standing_in_force(facts, "CA", NOW, NOW, SHIPPED_POLICIES).verdict is Verdict.REFERABLE
        await imports.database.write("MATCH (x:Exclusion {id: $row}) SET x.middleName = 'Q'", {"row": npi})
        facts = (await read_facts(imports.database.read, [practitioner]))[practitioner]
        assert standing_in_force(facts, "CA", NOW, NOW, SHIPPED_POLICIES).verdict is Verdict.UNKNOWN
    finally:
        await imports.database.write("MATCH (x:Exclusion {id: $row}) DETACH DELETE x", {"row": npi})
