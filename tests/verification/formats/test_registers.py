"""The registries' own files: NPPES, its deactivations, and the LEIE."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.published import SAMPLES, excluded_row, person_row, row_of
from verification.formats import deactivations, leie, nppes
from verification.formats.columns import Layout, find_columns
from verification.formats.rows import Refused, Row


def table(path: Path, layout: Layout, skip: int = 0) -> list[Row]:
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))[skip:]
    columns = find_columns(layout, header)
    return [Row(line, cells, columns) for line, cells in enumerate(rows, skip + 2)]


def registry(**values: str) -> nppes.Entry | Refused:
    return nppes.parse(row_of(nppes.LAYOUT, person_row("2000000010", **values)))


def excluded(**values: str) -> leie.Exclusion:
    parsed = leie.parse(row_of(leie.LAYOUT, excluded_row(**values)))
    assert isinstance(parsed, leie.Exclusion)
    return parsed


def test_the_registry_sample_has_six_persons_a_dark_row_and_an_organisation() -> None:
    parsed = [nppes.parse(row) for row in table(SAMPLES / "nppes" / "npidata_pfile_SYNTHETIC.csv", nppes.LAYOUT)]
    assert Counter(type(entry).__name__ for entry in parsed) == {"Individual": 6, "Dark": 1, "Organisation": 1}
    diaz = next(entry for entry in parsed if entry_named(entry, "DIAZ"))
    assert isinstance(diaz, nppes.Individual)
    assert (diaz.deactivated, diaz.reactivated) == (date(2024, 1, 5), date(2024, 3, 1))
    urologist = next(entry for entry in parsed if entry_named(entry, "PATEL"))
    assert isinstance(urologist, nppes.Individual)
    assert urologist.callings == {nppes.Calling.PHYSICIAN}
    assert urologist.address is None


def entry_named(entry: nppes.Entry | Refused, family: str) -> bool:
    return isinstance(entry, nppes.Individual) and entry.family_name == family


def test_an_address_is_read_from_the_practice_location() -> None:
    person = registry()
    assert isinstance(person, nppes.Individual)
    assert person.address is not None
    assert (person.address.city, person.address.postal_code) == ("FRESNO", "937011234")


def test_a_masked_licence_number_is_nothing_to_anybody() -> None:
    assert "License" not in "".join((*nppes.LAYOUT.required, *nppes.LAYOUT.optional))


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"NPI": ""}, "NPI"),
        ({"NPI": "2000000011"}, "NPI"),
        ({"Entity Type Code": "3"}, "Entity Type Code"),
        ({"Entity Type Code": ""}, "Entity Type Code"),
        ({"Provider Last Name (Legal Name)": ""}, "Provider Last Name (Legal Name)"),
        ({"Last Update Date": "2026-06-02"}, "Last Update Date"),
        ({"NPI Deactivation Date": "02/30/2026"}, "NPI Deactivation Date"),
    ],
)
def test_a_registry_row_that_cannot_be_right_is_refused(values: dict[str, str], column: str) -> None:
    refused = registry(**values)
    assert isinstance(refused, Refused)
    assert refused.column == column


def test_no_taxonomy_code_stands_for_both_callings() -> None:
    assert set(nppes.CALLINGS.values()) == set(nppes.Calling)
    assert nppes.CALLINGS["106H00000X"] is nppes.Calling.THERAPIST
    assert nppes.CALLINGS["208800000X"] is nppes.Calling.PHYSICIAN


def test_the_deactivation_sample_has_a_title_and_two_numbers() -> None:
    path = SAMPLES / "nppes" / "deactivated_npi_SYNTHETIC.csv"
    assert deactivations.is_title(path.read_text().splitlines()[0].split(","))
    parsed = [deactivations.parse(row) for row in table(path, deactivations.LAYOUT, skip=1)]
    assert [(row.npi, row.deactivated) for row in parsed if isinstance(row, deactivations.Deactivation)] == [
        ("2000000069", date(2025, 2, 11)),
        ("2000000093", date(2026, 10, 30)),
    ]


def test_a_header_is_no_title() -> None:
    assert not deactivations.is_title(["NPI", "NPPES Deactivation Date"])


def test_the_exclusion_sample_has_four_persons_and_a_business() -> None:
    rows = [leie.parse(row) for row in table(SAMPLES / "leie" / "UPDATED_SYNTHETIC.csv", leie.LAYOUT)]
    parsed = [row for row in rows if isinstance(row, leie.Exclusion)]
    assert len(parsed) == len(rows) == 5
    assert [row.is_business for row in parsed] == [False, False, False, False, True]
    assert [row.npi for row in parsed] == [None, "2000000036", None, None, None]
    assert parsed[2].family_name == "NULL"
    assert parsed[3].waiver_state == "CA"
    assert parsed[3].waiver_date == date(2024, 6, 1)
    assert not any(row.reinstated or row.unreadable for row in parsed)


def test_a_supplement_is_known_by_its_rows_and_by_its_name() -> None:
    path = SAMPLES / "leie" / "2611rein_SYNTHETIC.csv"
    (row,) = [leie.parse(row) for row in table(path, leie.LAYOUT)]
    assert isinstance(row, leie.Exclusion)
    assert row.reinstated
    assert leie.is_supplement("2611REIN.csv")
    assert leie.is_supplement("2611excl.csv")
    assert not leie.is_supplement("UPDATED.csv")


@pytest.mark.parametrize("values", [{"NPI": "1234567890"}, {"NPI": " 2000000036"}, {"DOB": "19701332"}])
def test_a_value_nobody_can_read_does_not_clear_the_person(values: dict[str, str]) -> None:
    row = excluded(**values)
    assert (row.npi, row.birth_date) == (None, None)
    (odd,) = row.unreadable
    assert odd.column in values


def test_a_generation_is_told_from_the_surname() -> None:
    assert (excluded(LASTNAME="SMITH JR.").family_name, excluded(LASTNAME="SMITH JR.").suffix) == ("SMITH", "JR")
    assert (excluded(LASTNAME="IV").family_name, excluded(LASTNAME="IV").suffix) == ("IV", "")
    assert excluded(LASTNAME="DE LA CRUZ").suffix == ""


def test_an_edited_address_keeps_the_fingerprint_and_another_birth_date_does_not() -> None:
    row = excluded(ADDRESS="1 OLD WAY", CITY="TROY", DOB="19700101")
    assert excluded(ADDRESS="2 NEW WAY", CITY="ALBANY", DOB="19700101").fingerprint == row.fingerprint
    assert excluded(ADDRESS="1 OLD WAY", CITY="TROY", DOB="19700102").fingerprint != row.fingerprint


def test_a_row_without_any_name_is_refused() -> None:
    assert isinstance(leie.parse(row_of(leie.LAYOUT, excluded_row(LASTNAME="", FIRSTNAME=""))), Refused)


def test_a_misspelt_waiver_column_is_read() -> None:
    header = ["WAIVERSTATE" if name == "WVRSTATE" else name for name in leie.COLUMNS]
    assert "WVRSTATE" in find_columns(leie.LAYOUT, header).places
