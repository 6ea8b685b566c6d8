"""Therapists' own words fill the directory and touch no standing."""

import pytest

from graph.loading import profiles
from tests.imports import Imports, Stopped, stops_after
from tests.published import fresh_npis, person_row

pytestmark = pytest.mark.neo4j

WORDS = {
    "concerns": "low-desire;vaginismus",
    "approaches": "CBT",
    "languages": "en;Spanish",
    "payers": "Aetna",
    "modalities": "telehealth",
    "formats": "couple",
    "acceptsNew": "true",
    "waitWeeks": "3",
    "placeName": "Quiet Room",
    "addressLine1": "2 Invented Way",
    "addressCity": "Oakland",
    "addressState": "CA",
    "addressPostalCode": "94610",
    "phone": "+15105550100",
}


async def test_a_profile_makes_a_therapist_with_a_place(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    report = await imports.profiles([WORDS | {"npi": npi}])
    assert (report.read, report.written, report.refused) == (1, 1, 0)
    person = await imports.person(npi)
    assert "Therapist" in person["labels"]
    assert (person["acceptsNew"], person["waitWeeks"]) == (True, 3)
    assert (person["approaches"], person["formats"]) == (["cognitive-behavioural"], ["COUPLE"])
    (place,) = person["places"]
    assert (place["placeName"], place["zone"], place["source"]) == ("Quiet Room", "America/Los_Angeles", "PROFILE")
    assert (person["windows"], person["facets"], person["revision"]) == ([], [], 0)
    words = await imports.database.read(
        """MATCH (n:Practitioner {npi: $npi}) RETURN
        COLLECT { MATCH (n)-[:TREATS]->(c) RETURN c.code ORDER BY c.code },
        COLLECT { MATCH (n)-[:SPEAKS]->(l) RETURN l.name ORDER BY l.name },
        COLLECT { MATCH (n)-[:ACCEPTS]->(p) RETURN p.name },
        COLLECT { MATCH (n)-[:OFFERS]->(m) RETURN m.code }""",
        {"npi": npi},
    )
    assert words == [[["low-desire", "vaginismus"], ["English", "Spanish"], ["Aetna"], ["TELEHEALTH"]]]


async def test_the_same_words_again_change_nothing(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    await imports.profiles([WORDS | {"npi": npi}])
    before, version = await imports.person(npi), await imports.version()
    again = await imports.at(days=1).profiles([WORDS | {"npi": npi}])
    assert (again.written, again.unchanged) == (0, 1)
    assert await imports.person(npi) == before
    assert await imports.version() == version


async def test_new_words_replace_and_further_rows_add_places(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    await imports.profiles([WORDS | {"npi": npi}])
    rows = [
        WORDS | {"npi": npi, "concerns": "menopause", "acceptsNew": "no"},
        WORDS | {"npi": npi, "concerns": "", "addressCity": "San Jose", "addressPostalCode": "95112"},
    ]
    assert (await imports.profiles(rows)).written == 2
    person = await imports.person(npi)
    assert [place["city"] for place in person["places"]] == ["Oakland", "San Jose"]
    assert person["acceptsNew"] is False
    concerns = await imports.database.read(
        "MATCH (:Practitioner {npi: $npi})-[:TREATS]->(c) RETURN c.code", {"npi": npi}
    )
    assert concerns == [["menopause"]]


async def test_the_registry_does_not_take_back_her_own_place(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    await imports.profiles([WORDS | {"npi": npi}])
    await imports.nppes([person_row(npi, **{"Last Update Date": "10/10/2026"})])
    assert [place["city"] for place in (await imports.person(npi))["places"]] == ["Oakland"]


async def test_a_profile_without_a_place_keeps_the_registrys(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    await imports.profiles([{"npi": npi, "concerns": "low-desire"}])
    person = await imports.person(npi)
    assert [place["city"] for place in person["places"]] == ["Fresno"]
    assert "acceptsNew" not in person


async def test_a_profile_of_nobody_is_refused_and_odd_words_are_listed(imports: Imports) -> None:
    known, unknown = fresh_npis(2)
    await imports.nppes([person_row(known)])
    rows = [{"npi": known, "concerns": "low-desire;flat tyres"}, {"npi": unknown, "concerns": "low-desire"}]
    report = await imports.profiles(rows)
    assert (report.written, report.refused, report.listed_count) == (1, 1, 1)
    assert report.listed[0].subject == "flat tyres"
    assert await imports.person(unknown) == {}


async def test_stopped_in_the_middle_and_run_again_is_one_clean_run(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    npis = fresh_npis(40)
    await imports.nppes([person_row(npi) for npi in npis])
    monkeypatch.setattr(profiles, "BATCH", 10)
    rows = [WORDS | {"npi": npi} for npi in npis]
    with pytest.raises(Stopped):
        await imports.profiles(rows, clock=stops_after(2))
    report = await imports.profiles(rows)
    assert (report.written, report.unchanged) == (20, 20)
    once = await imports.counts(npis)
    await imports.profiles(rows)
    assert await imports.counts(npis) == once
