"""The demo's files are in the published formats, the same for the same seed, and as varied as a real state."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zipcodes
from openpyxl import load_workbook

from api.demo.exclusions import HEADER as LEIE_HEADER
from api.demo.exclusions import LIKENESSES, NO_NPI
from api.demo.names import registry_form
from api.demo.network import Network, write_network
from api.demo.nppes import HEADER as NPPES_HEADER
from api.demo.people import npi_number
from api.demo.statements import month_end
from verification.concerns import APPROACHES, CONCERNS, FORMATS, language_code, modality_code
from verification.credentials import CredentialStatus, canonical_status, is_known_word
from verification.kinds import BODIES, is_independent
from verification.names import fold, full_name_key
from verification.npi import valid_npi

TODAY = date(2026, 11, 25)
SIZE = 6_000
# SHA-256 of the header line of the NPPES V.2 data file, as CMS publishes it, with its line end.
PUBLISHED_NPPES_HEADER = "1f781040d7dae44496be1729250e79114b6dd03f17c10d7d8965486052177679"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return write_network(tmp_path_factory.mktemp("network"), today=TODAY, size=SIZE)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def roster_rows(network: Network) -> Iterator[tuple[str, dict[str, str]]]:
    for roster in network.rosters:
        for row in rows_of(roster.path):
            yield roster.body, row


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_network(tmp_path / "a", today=TODAY, size=400, seed=7)
    second = write_network(tmp_path / "b", today=TODAY, size=400, seed=7)
    other = write_network(tmp_path / "c", today=TODAY, size=400, seed=8)
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert len(files) > 6
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert first.registry.read_bytes() != other.registry.read_bytes()
    assert first.planted == second.planted


def test_a_tiny_network_can_be_made(tmp_path: Path) -> None:
    network = write_network(tmp_path, today=TODAY, size=60)
    assert len(network.therapists) == 3
    assert len(rows_of(network.profiles)) <= 3


@pytest.mark.parametrize("today", [date(2027, 1, 1), date(2028, 2, 29), date(2026, 12, 31), date(2027, 4, 1)])
def test_any_day_will_do(tmp_path: Path, today: date) -> None:
    network = write_network(tmp_path, today=today, size=300)
    dates = [date.fromisoformat(row["statusDate"]) for _, row in roster_rows(network)]
    assert max(dates) <= today


def test_registry_has_the_published_header_and_nothing_else(network: Network) -> None:
    lines = network.registry.read_bytes().splitlines(keepends=True)
    assert sha256(lines[0]).hexdigest() == PUBLISHED_NPPES_HEADER
    assert len(NPPES_HEADER) == 330
    parsed = list(csv.reader(line.decode() for line in lines))
    assert {len(row) for row in parsed} == {330}
    assert all(line.startswith(b'"') and line.endswith(b'"\n') for line in lines)


def test_registry_holds_people_organisations_and_dark_rows(network: Network) -> None:
    rows = rows_of(network.registry)
    kinds = Counter(row["Entity Type Code"] for row in rows)
    assert kinds == {"1": SIZE, "2": SIZE // 100, "": SIZE // 120}
    for row in rows:
        assert row["NPI"].startswith("2")
        assert valid_npi(row["NPI"])
    assert len({row["NPI"] for row in rows}) == len(rows)
    dark = [row for row in rows if not row["Entity Type Code"]]
    assert all({name for name, value in row.items() if value} == {"NPI", "NPI Deactivation Date"} for row in dark)
    assert any(row["NPI Reactivation Date"] for row in rows)


def test_registry_prints_names_in_upper_case_ascii(network: Network) -> None:
    for row in rows_of(network.registry):
        for value in row.values():
            assert value.isascii()
        name = row["Provider Last Name (Legal Name)"] + row["Provider First Name"]
        assert name == name.upper()
        assert len(row["Provider Last Name (Legal Name)"]) <= 35
        assert len(row["Provider Name Suffix Text"]) <= 5


def test_therapists_practise_at_real_postal_codes(network: Network) -> None:
    rows = rows_of(network.registry)[: len(network.therapists)]
    codes = {row["Provider Business Practice Location Address Postal Code"] for row in rows}
    postal_areas: Any = zipcodes
    known = {area["zip_code"] for area in postal_areas.filter_by(state="CA")}
    assert codes <= known
    cities = Counter(row["Provider Business Practice Location Address City Name"] for row in rows)
    assert cities.most_common(1)[0][0] == "LOS ANGELES"
    assert len(cities) > 60


def test_npi_numbers_carry_the_check_digit() -> None:
    assert all(valid_npi(npi_number(sequence)) for sequence in range(200))


def test_deactivations_are_a_sheet_with_title_header_and_text(network: Network) -> None:
    sheet = load_workbook(network.deactivations)["DeactivatedNPIs"]
    title, header, *rows = [tuple(cell or "" for cell in row) for row in sheet.iter_rows(values_only=True)]
    assert title == ("NPPES Deactivated Records as of Nov 25 2026", "")
    assert header == ("NPI", "NPPES Deactivation Date")
    assert all(isinstance(value, str) for row in rows for value in row)
    assert set(network.deactivated) <= {row[0] for row in rows}
    assert set(network.deactivated) <= set(network.therapists)


def test_exclusion_list_is_in_the_format_of_the_full_file(network: Network) -> None:
    content = network.exclusions.read_bytes()
    assert content.endswith(b'"\r\n')
    assert content.count(b"\r\n") == content.count(b"\n")
    rows = rows_of(network.exclusions)
    assert tuple(rows[0]) == LEIE_HEADER
    assert len(LEIE_HEADER) == 18
    assert all(len(row["EXCLDATE"]) == 8 and row["REINDATE"] == "00000000" for row in rows)
    assert sum(row["NPI"] == NO_NPI for row in rows) > 0.75 * len(rows)


def test_exclusion_list_resembles_the_therapists_it_was_planted_for(network: Network) -> None:
    rows = rows_of(network.exclusions)
    people = {row["NPI"]: row for row in rows_of(network.registry)}
    assert set(network.planted) == set(LIKENESSES)
    by_npi = {row["NPI"]: row for row in rows}
    assert all(npi in by_npi for npi in network.planted["the same NPI"])
    assert all(by_npi[npi]["WVRSTATE"] == "CA" for npi in network.planted["the same NPI, waived here"])
    names = {(row["LASTNAME"].removesuffix(" JR").removesuffix(" SR"), row["FIRSTNAME"]) for row in rows}
    for npis in network.planted.values():
        for npi in npis:
            person = people[npi]
            assert (person["Provider Last Name (Legal Name)"], person["Provider First Name"]) in names
    planted = sum(map(len, network.planted.values()))
    therapists = {
        (people[npi]["Provider Last Name (Legal Name)"], people[npi]["Provider First Name"])
        for npi in network.therapists
    }
    alike = [
        row for row in rows if (row["LASTNAME"].removesuffix(" JR").removesuffix(" SR"), row["FIRSTNAME"]) in therapists
    ]
    assert len(alike) == planted


def test_bodies_speak_only_for_what_is_theirs(network: Network) -> None:
    for body, row in roster_rows(network):
        assert BODIES[body].speaks_for(row["credentialKind"], row["jurisdiction"], TODAY), row


def test_rosters_name_the_people_the_registry_has(network: Network) -> None:
    people = {row["NPI"]: row for row in rows_of(network.registry)}
    for _, row in roster_rows(network):
        if row["npi"]:
            person = people[row["npi"]]
            assert full_name_key(row["familyName"], row["givenName"]) == full_name_key(
                person["Provider Last Name (Legal Name)"], person["Provider First Name"]
            ), row


def test_most_licences_are_active_and_every_other_word_occurs(network: Network) -> None:
    licences = [row for body, row in roster_rows(network) if body in {"CA-BBS", "CA-PSY"}]
    states = Counter(canonical_status(row["status"]) for row in licences)
    assert 0.78 < states[CredentialStatus.ACTIVE] / len(licences) < 0.92
    words = {row["status"] for _, row in roster_rows(network)}
    assert {canonical_status(word) for word in words} > {
        CredentialStatus.RESTRICTED,
        CredentialStatus.SUSPENDED,
        CredentialStatus.LAPSED,
        CredentialStatus.PENDING,
        CredentialStatus.SURRENDERED,
        CredentialStatus.ACTIVE_WITH_NOTICE,
    }
    assert {word for word in words if not is_known_word(word)} == {"See Remarks", "Held 14-B"}


def test_expiries_are_month_ends_and_some_are_near(network: Network) -> None:
    ends = [
        date.fromisoformat(row["dateOfExpiration"])
        for body, row in roster_rows(network)
        if body.startswith("CA-") and row["dateOfExpiration"]
    ]
    assert all(day == month_end(day) for day in ends)
    assert any(TODAY <= day <= TODAY + timedelta(31) for day in ends)
    assert sum(day < TODAY for day in ends) > 0.03 * len(ends)


def test_enough_therapists_hold_all_that_a_referral_needs(network: Network) -> None:
    licensed, certified, members = set(), set(), set()
    for _, row in roster_rows(network):
        if canonical_status(row["status"]) is not CredentialStatus.ACTIVE or row["dateOfExpiration"] < str(TODAY):
            continue
        if row["jurisdiction"] == "CA" and is_independent(row["credentialKind"], "CA"):
            licensed.add(row["npi"])
        if row["credentialKind"] == "CST":
            certified.add(row["npi"])
        if row["credentialKind"] == "AASECT-MEMBER":
            members.add(row["npi"])
    whole = licensed & certified & members
    assert 0.4 < len(whole) / len(network.therapists) < 0.8


def test_some_hold_a_licence_elsewhere(network: Network) -> None:
    places = Counter(row["jurisdiction"] for _, row in roster_rows(network))
    assert min(places[code] for code in ("NV", "OR", "AZ")) > 0
    assert network.compact is not None
    compact = rows_of(network.compact)
    assert len(compact) > 0
    assert all(row["ssn"] == "" and row["homeAddressStreet1"] == "" for row in compact)


def test_hard_names_and_homonyms_are_there(network: Network) -> None:
    rows = rows_of(network.registry)
    surnames = {row["Provider Last Name (Legal Name)"] for row in rows}
    assert {"NULL", "OBRIEN-NUNEZ", "GUDMUNDSDOTTIR", "SUHARTO"} <= surnames
    printed = {row["familyName"] for _, row in roster_rows(network)}
    assert any(not name.isascii() for name in printed)
    names = Counter(
        (row["Provider Last Name (Legal Name)"], row["Provider First Name"]) for row in rows[: len(network.therapists)]
    )
    assert sum(count > 1 for count in names.values()) >= 5
    assert {"JR", "SR"} <= {row["Provider Name Suffix Text"] for row in rows}


def test_registry_form_folds_as_the_matching_does() -> None:
    for name in ("O'Brien-Núñez", "Guðmundsdóttir", "Weiß", "Øvergård", "Łukasz"):
        assert fold(registry_form(name)) == fold(name)


def test_profiles_speak_of_everything_in_known_words(network: Network) -> None:
    rows = rows_of(network.profiles)
    assert 0.85 < len(rows) / len(network.therapists) <= 1
    concerns = [row["concerns"].split(";") for row in rows]
    assert {len(each) for each in concerns} == {2, 3, 4, 5, 6, 7}
    spoken = Counter(code for each in concerns for code in each)
    assert set(spoken) == set(CONCERNS)
    assert min(spoken.values()) > 0.04 * len(rows)
    assert {code for row in rows for code in row["approaches"].split(";")} == set(APPROACHES)
    assert {code for row in rows for code in row["formats"].split(";")} == set(FORMATS)
    languages = {code for row in rows for code in row["languages"].split(";")}
    assert {"en", "es", "zh", "ko", "tl", "vi"} <= languages
    assert all(language_code(code) for code in languages)
    assert 6 <= len({payer for row in rows for payer in row["payers"].split(";")}) <= 10
    assert all(modality_code(code) for row in rows for code in row["modalities"].split(";"))
    assert 0.6 < sum(row["acceptsNew"] == "true" for row in rows) / len(rows) < 0.85
