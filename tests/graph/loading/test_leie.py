"""The exclusion list: one edition in force at a time, switched all at once, and standing with it."""

import asyncio
import shutil
from typing import Any

import pytest

from graph.commands.matches import open_pairs
from graph.loading import leie
from graph.loading.leie import load_leie
from graph.reading import ImportRefused
from tests.imports import Imports, Stopped, stops_after
from tests.network import surname
from tests.published import (
    SAMPLES,
    certificate_row,
    excluded_row,
    fresh_npis,
    leie_file,
    member_row,
    membership_row,
    person_row,
)

pytestmark = pytest.mark.neo4j

SOMEBODY = excluded_row(LASTNAME="ELSEWHERE", FIRSTNAME="QUINCY", DOB="19500101")


async def in_force(imports: Imports) -> list[Any]:
    """Edition and rows in force."""
    rows = await imports.database.read(
        """MATCH (l:ExclusionList {name: 'LEIE'})
        RETURN l.edition, COUNT { MATCH (x:Exclusion) WHERE x.first <= l.edition AND l.edition <= x.last }"""
    )
    return rows[0] if rows else []


async def therapist(imports: Imports, family: str) -> str:
    """Somebody who is referable but for the exclusion list."""
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, familyName=family)])
    rows = [certificate_row(npi, npi, familyName=family), membership_row(npi, npi, familyName=family)]
    await imports.roster(rows, "AASECT")
    return npi


async def test_the_sample(no_list: Imports) -> None:
    report = await load_leie(
        no_list.database, SAMPLES / "leie" / "UPDATED_SYNTHETIC.csv", edition="2026-11", **no_list.details()
    )
    assert (report.read, report.written, report.unchanged, report.refused) == (5, 4, 0, 0)
    assert report.skipped == {"businesses": 1}
    assert await in_force(no_list) == ["2026-11", 4]
    rows = await no_list.database.read("MATCH (x:Exclusion {familyName: 'NULL'}) RETURN x.foldedName, x.birthDate")
    assert rows == [["PAT NULL", None]]
    again = await load_leie(
        no_list.database, SAMPLES / "leie" / "UPDATED_SYNTHETIC.csv", edition="2026-11", **no_list.details()
    )
    assert (again.written, again.unchanged) == (0, 4)
    assert await in_force(no_list) == ["2026-11", 4]


async def test_no_edition_no_window_and_the_first_one_opens_it(no_list: Imports) -> None:
    npi = await therapist(no_list, surname())
    assert (await no_list.person(npi))["windows"] == []
    await no_list.leie([SOMEBODY], "2026-11")
    assert [window["jurisdiction"] for window in (await no_list.person(npi))["windows"]] == ["CA"]


async def test_an_edition_excludes_and_the_next_one_clears(no_list: Imports) -> None:
    npi, other = await therapist(no_list, surname()), await therapist(no_list, surname())
    await no_list.leie([SOMEBODY], "2026-10")
    assert (await no_list.person(npi))["windows"]
    version = await no_list.version()
    await no_list.leie([SOMEBODY, excluded_row(NPI=npi)], "2026-11")
    assert (await no_list.person(npi))["windows"] == []
    assert (await no_list.person(other))["windows"]
    assert await no_list.version() > version
    await no_list.leie([SOMEBODY], "2026-12")
    assert (await no_list.person(npi))["windows"]
    assert await in_force(no_list) == ["2026-12", 1]


async def test_an_equal_name_has_to_be_decided_by_a_person(no_list: Imports) -> None:
    family = surname()
    npi = await therapist(no_list, family)
    await no_list.leie([excluded_row(LASTNAME=family.upper(), FIRSTNAME="ADA")], "2026-11")
    assert (await no_list.person(npi))["windows"] == []
    await no_list.leie([excluded_row(LASTNAME=family.upper(), FIRSTNAME="ADA", DOB="19440404")], "2026-12")
    assert (await no_list.person(npi))["windows"]


async def test_a_waiver_holds_in_its_state_alone(no_list: Imports) -> None:
    npi = await therapist(no_list, surname())
    await no_list.leie([excluded_row(NPI=npi, WVRSTATE="CA", WAIVERDATE="20240601")], "2026-11")
    (window,) = (await no_list.person(npi))["windows"]
    assert (window["jurisdiction"], window["notice"]) == ("CA", True)
    await no_list.leie([excluded_row(NPI=npi, WVRSTATE="NY", WAIVERDATE="20240601")], "2026-12")
    assert (await no_list.person(npi))["windows"] == []


async def test_a_renamed_person_is_compared_by_the_new_name(no_list: Imports) -> None:
    excluded, family = surname(), surname()
    npi = await therapist(no_list, family)
    await no_list.leie([excluded_row(LASTNAME=excluded.upper(), FIRSTNAME="ADA")], "2026-11")
    assert (await no_list.person(npi))["windows"]
    await no_list.nppes([person_row(npi, **{"Provider Last Name (Legal Name)": excluded.upper()})])
    assert (await no_list.person(npi))["windows"] == []


async def test_whoever_was_excluded_under_a_former_name_has_to_be_decided(no_list: Imports) -> None:
    maiden, family = surname(), surname()
    npi = await therapist(no_list, family)
    await no_list.leie([excluded_row(LASTNAME=maiden.upper(), FIRSTNAME="ADA")], "2026-11")
    assert (await no_list.person(npi))["windows"]
    row = {"Provider Last Name (Legal Name)": family.upper(), "Provider Other Last Name": maiden.upper()}
    await no_list.nppes([person_row(npi, **row, **{"Provider Other Last Name Type Code": "1"})])
    person = await no_list.person(npi)
    assert (person["windows"], person["otherFoldedName"]) == ([], f"ADA {maiden.upper()}")
    pairs = [pair async for pair in open_pairs(no_list.database, no_list.now)]
    assert [pair.facts.npi for pair in pairs if pair.row.family_name == maiden.upper()] == [npi]
    await no_list.leie([SOMEBODY], "2026-12")
    assert (await no_list.person(npi))["windows"]
    await no_list.leie([excluded_row(LASTNAME=maiden.upper(), FIRSTNAME="ADA")], "2027-01")
    assert (await no_list.person(npi))["windows"] == [], "the new edition finds her by it as well"


async def test_a_name_that_was_is_not_forgotten(no_list: Imports) -> None:
    maiden, family = surname(), surname()
    npi = await therapist(no_list, maiden)
    await no_list.leie([excluded_row(LASTNAME=maiden.upper(), FIRSTNAME="ADA")], "2026-11")
    assert (await no_list.person(npi))["windows"] == []
    row = {"Provider Last Name (Legal Name)": family.upper()}
    await no_list.nppes([person_row(npi, **row)])
    assert (await no_list.person(npi))["windows"] == [], "marrying clears nobody"
    await no_list.nppes([person_row(npi, **row, **{"Last Update Date": "07/02/2026", "Provider Sex Code": "F"})])
    assert (await no_list.person(npi))["otherFoldedName"] == f"ADA {maiden.upper()}"


async def test_an_older_edition_is_refused(no_list: Imports) -> None:
    await no_list.leie([SOMEBODY], "2026-11")
    with pytest.raises(ImportRefused, match="2026-10 is older"):
        await no_list.leie([SOMEBODY, excluded_row()], "2026-10")
    assert await in_force(no_list) == ["2026-11", 1]


async def test_other_bytes_under_the_same_edition_correct_it(no_list: Imports) -> None:
    first = [SOMEBODY, excluded_row(LASTNAME="MISTAKE")]
    await no_list.leie(first, "2026-11")
    await no_list.leie([SOMEBODY], "2026-11")
    assert await in_force(no_list) == ["2026-11.02", 1]
    await no_list.leie(first, "2026-11")
    assert await in_force(no_list) == ["2026-11.03", 2]


@pytest.mark.parametrize("edition", ["2026-13", "11/2026", "2026-11.02", ""])
async def test_what_is_no_edition_is_refused(no_list: Imports, edition: str) -> None:
    with pytest.raises(ImportRefused, match="is no edition"):
        await no_list.leie([SOMEBODY], edition)


async def test_a_supplement_is_refused_and_the_list_stays(no_list: Imports) -> None:
    await no_list.leie([SOMEBODY], "2026-10")
    copy = no_list.folder / "2611rein_SYNTHETIC.csv"
    await asyncio.to_thread(shutil.copy, SAMPLES / "leie" / "2611rein_SYNTHETIC.csv", copy)
    with pytest.raises(ImportRefused, match="supplement by its name"):
        await load_leie(no_list.database, copy, edition="2026-11", **no_list.details())
    renamed = await asyncio.to_thread(copy.rename, no_list.folder / "UPDATED.csv")
    with pytest.raises(ImportRefused, match="this is a supplement; load the full UPDATED"):
        await load_leie(no_list.database, renamed, edition="2026-11", **no_list.details())
    assert await in_force(no_list) == ["2026-10", 1]


async def test_a_list_that_breaks_off_clears_nobody(no_list: Imports) -> None:
    npi = await therapist(no_list, surname())
    await no_list.leie([SOMEBODY, excluded_row(NPI=npi)], "2026-10")
    whole = await asyncio.to_thread(leie_file, no_list.folder, [SOMEBODY, excluded_row(NPI=npi)])
    whole.write_bytes(whole.read_bytes()[:-60])
    with pytest.raises(ImportRefused, match=r"line 3: .*breaks off.*Edition 2026-10 stays in force"):
        await load_leie(no_list.database, whole, edition="2026-11", **no_list.details())
    assert await in_force(no_list) == ["2026-10", 2]
    assert (await no_list.person(npi))["windows"] == []


async def test_a_list_that_lost_many_rows_is_refused(no_list: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leie, "SMALL", 3)
    rows = [excluded_row(LASTNAME=surname().upper()) for _ in range(10)]
    await no_list.leie(rows, "2026-10")
    with pytest.raises(ImportRefused, match="cannot be the full list"):
        await no_list.leie(rows[:7], "2026-11")
    assert (await no_list.leie(rows[:9], "2026-11")).refused == 0


async def test_the_old_edition_is_in_force_until_the_new_one_is_in(
    no_list: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leie, "BATCH", 5)
    npi, cleared = await therapist(no_list, surname()), await therapist(no_list, surname())
    await no_list.leie([SOMEBODY, excluded_row(NPI=cleared)], "2026-10")
    rows = [SOMEBODY, excluded_row(NPI=npi), *(excluded_row(LASTNAME=surname().upper()) for _ in range(30))]
    with pytest.raises(Stopped):
        await no_list.leie(rows, "2026-11", clock=stops_after(4))
    assert await in_force(no_list) == ["2026-10", 2]
    assert (await no_list.person(npi))["windows"]
    assert (await no_list.person(cleared))["windows"] == []
    await no_list.leie(rows, "2026-11")
    assert await in_force(no_list) == ["2026-11", 32]
    assert (await no_list.person(npi))["windows"] == []
    assert (await no_list.person(cleared))["windows"]
    counts = await no_list.database.read("MATCH (x:Exclusion) RETURN count(x)")
    await no_list.leie(rows, "2026-11")
    assert await no_list.database.read("MATCH (x:Exclusion) RETURN count(x)") == counts


async def test_a_value_nobody_can_read_is_listed_and_the_row_counts(no_list: Imports) -> None:
    report = await no_list.leie([SOMEBODY, excluded_row(DOB="19701399")], "2026-11")
    assert (report.written, report.refused, report.listed_count) == (2, 0, 1)
    assert report.listed[0].line == 3
    assert "DOB" in report.listed[0].note
