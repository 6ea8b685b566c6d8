"""The registry: the newest row wins, dark rows switch off, and running again changes nothing."""

import asyncio
import shutil
import zipfile
from datetime import datetime

import pytest

from graph.loading import nppes
from graph.loading.deactivations import load_deactivations
from graph.loading.nppes import load_nppes
from tests.imports import NOW, Imports, Stopped, stops_after
from tests.published import SAMPLES, certificate_row, fresh_npis, member_row, membership_row, person_row

pytestmark = pytest.mark.neo4j

FAMILY = "Provider Last Name (Legal Name)"
UPDATED = "Last Update Date"
OFF = "NPI Deactivation Date"
ON = "NPI Reactivation Date"
SAMPLE = SAMPLES / "nppes" / "npidata_pfile_SYNTHETIC.csv"
SAMPLE_NPIS = [f"20000000{n}" for n in ("10", "28", "36", "44", "51", "69", "77", "85", "93")]


async def forget(imports: Imports) -> None:
    await imports.database.write(
        "MATCH (n:Practitioner|DeactivatedNpi) WHERE n.npi IN $npis DETACH DELETE n", {"npis": SAMPLE_NPIS}
    )


def dark(npi: str, on: str) -> dict[str, str]:
    return {"NPI": npi, OFF: on}


async def test_the_sample(imports: Imports) -> None:
    await forget(imports)
    report = await load_nppes(imports.database, SAMPLE, **imports.details())
    assert (report.read, report.written, report.unchanged, report.refused) == (8, 7, 0, 0)
    assert report.skipped == {"organisations": 1}
    assert report.refused_file is None
    zoe = await imports.person("2000000010")
    assert (zoe["name"], zoe["foldedName"]) == ("Zoe Obrien-Nunez", "ZOE OBRIENNUNEZ")
    assert zoe["labels"] == ["Practitioner"]
    patel = await imports.person("2000000051")
    assert set(patel["labels"]) == {"Practitioner", "Physician"}
    diaz = await imports.person("2000000077")
    assert (diaz["npiDeactivatedOn"], diaz["npiReactivatedOn"]) == ("2024-01-05", "2024-03-01")
    assert await imports.person("2000000069") == {}
    again = await load_nppes(imports.database, SAMPLE, **imports.details())
    assert (again.read, again.written, again.unchanged) == (8, 0, 7)


async def test_the_archive_it_comes_in(imports: Imports) -> None:
    await forget(imports)
    archive = imports.folder / "NPPES_Data_Dissemination_November_2026_V2.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.write(SAMPLE, "npidata_pfile_20050523-20261108.csv")
        writing.writestr("npidata_pfile_20050523-20261108_fileheader.csv", "NPI\n")
        writing.writestr("othername_pfile_20050523-20261108.csv", "NPI\n")
    report = await load_nppes(imports.database, archive, **imports.details())
    assert report.written == 7
    rows = await imports.database.read(
        "MATCH (n:Practitioner {npi: '2000000010'}) MATCH (e:Evidence {id: n.npiEvidence}) RETURN e.edition, e.source"
    )
    assert rows == [["2026-11-08", "NPPES"]]


async def test_the_newest_row_wins_in_any_order(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    old = person_row(npi, **{FAMILY: "OLD", UPDATED: "01/01/2025"})
    new = person_row(npi, **{FAMILY: "NEW", UPDATED: "02/01/2026"})
    await imports.nppes([new, old])
    assert (await imports.person(npi))["familyName"] == "NEW"
    assert (await imports.nppes([old])).unchanged == 1
    assert (await imports.person(npi))["familyName"] == "NEW"
    newer = person_row(npi, **{FAMILY: "NEWER", UPDATED: "03/01/2026"})
    report = await imports.nppes([newer])
    assert report.written == 1
    person = await imports.person(npi)
    assert (person["familyName"], person["searchName"]) == ("NEWER", "ADA NEWER")
    assert len(person["places"]) == 1


async def test_a_place_has_coordinates_and_a_zone(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi)])
    (place,) = (await imports.person(npi))["places"]
    assert (place["city"], place["postalCode"], place["zone"]) == ("Fresno", "93701-1234", "America/Los_Angeles")
    assert round(place["location"].latitude) == 37


async def test_a_dark_row_switches_off_and_a_newer_live_row_on_again(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi, **{UPDATED: "06/02/2026"}), dark(npi, "10/30/2026")])
    assert (await imports.person(npi))["npiDeactivatedOn"] == "2026-10-30"
    # The same live row again is older than what the dark row told of.
    await imports.nppes([person_row(npi, **{UPDATED: "06/03/2026"})])
    assert (await imports.person(npi))["npiDeactivatedOn"] == "2026-10-30"
    back = {UPDATED: "11/10/2026", OFF: "10/30/2026", ON: "11/09/2026"}
    await imports.nppes([person_row(npi, **back)])
    person = await imports.person(npi)
    assert (person["npiDeactivatedOn"], person["npiReactivatedOn"]) == ("2026-10-30", "2026-11-09")
    await imports.nppes([dark(npi, "10/30/2026")])
    assert (await imports.person(npi))["npiReactivatedOn"] == "2026-11-09"


async def test_whoever_appears_under_a_deactivated_npi_starts_switched_off(imports: Imports) -> None:
    first, second = fresh_npis(2)
    await imports.nppes([dark(first, "10/30/2026"), dark(second, "10/30/2026")])
    await imports.nppes([person_row(first)])
    await imports.roster([member_row(second, second)])
    for npi in (first, second):
        person = await imports.person(npi)
        assert person["npiDeactivatedOn"] == "2026-10-30"
        assert person["npiEvidence"]


async def test_deactivation_closes_the_window_and_tells_the_directory(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi)])
    await imports.roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")
    before = await imports.person(npi)
    assert [window["jurisdiction"] for window in before["windows"]] == ["CA"]
    version = await imports.version()
    await imports.nppes([dark(npi, "11/01/2026")])
    after = await imports.person(npi)
    assert after["windows"] == []
    assert after["revision"] == before["revision"] + 1
    assert await imports.version() > version


async def test_the_list_of_deactivations_as_a_workbook_and_as_csv(imports: Imports) -> None:
    await forget(imports)
    await load_nppes(imports.database, SAMPLE, **imports.details())
    listed = imports.folder / "list.csv"
    shutil.copy(SAMPLES / "nppes" / "deactivated_npi_SYNTHETIC.csv", listed)
    report = await load_deactivations(imports.database, listed, **imports.details())
    assert (report.read, report.written, report.unchanged) == (2, 1, 1)
    rows = await imports.database.read(
        "MATCH (d:DeactivatedNpi) WHERE d.npi IN $npis RETURN d.npi, d.deactivatedOn ORDER BY d.npi",
        {"npis": SAMPLE_NPIS},
    )
    assert rows == [["2000000069", "2025-02-11"], ["2000000093", "2026-10-30"]]


async def test_stopped_in_the_middle_and_run_again_is_one_clean_run(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nppes, "BATCH", 20)
    npis = fresh_npis(130)
    rows = [person_row(npi, **{FAMILY: f"FAMILY{chr(65 + n % 26)}"}) for n, npi in enumerate(npis)]
    with pytest.raises(Stopped):
        await imports.nppes(rows, clock=stops_after(4))
    (some, *_) = await imports.counts(npis)
    assert 0 < some < 130
    report = await imports.nppes(rows)
    assert report.written == 130 - some
    once = await imports.counts(npis)
    assert once[:3] == [130, 130, 130]
    await imports.nppes(rows)
    assert await imports.counts(npis) == once


async def test_an_interrupt_leaves_whole_batches(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nppes, "BATCH", 20)
    npis = fresh_npis(130)
    rows = [person_row(npi) for npi in npis]
    looks = 0

    def clock() -> datetime:
        nonlocal looks
        looks += 1
        task = asyncio.current_task()
        if looks == 4 and task is not None:
            task.cancel()
        return NOW

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(imports.nppes(rows, clock=clock))
    (some, *_) = await imports.counts(npis)
    assert 0 < some < 130
    assert some % 20 == 0
    await imports.nppes(rows)
    assert (await imports.counts(npis))[:3] == [130, 130, 130]


async def test_refused_rows_are_written_down(imports: Imports) -> None:
    good, bad = fresh_npis(2)
    report = await imports.nppes([person_row(good), person_row(bad, **{UPDATED: "=cmd|'/c calc'!A0"})])
    assert (report.read, report.written, report.refused) == (2, 1, 1)
    assert report.refused_file is not None
    header, row = report.refused_file.read_text().splitlines()
    assert header == "line,column,value,reason"
    assert row == "3,Last Update Date,'=cmd|'/c calc'!A0,is not a date in the form MM/DD/YYYY"
