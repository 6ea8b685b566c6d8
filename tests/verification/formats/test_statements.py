"""What bodies state: rosters, and licence uploads to CompactConnect."""

from datetime import date

import pytest

from tests.published import member_row, row_of
from verification.credentials import CredentialStatus
from verification.formats import compact, roster
from verification.formats.compact import Compact
from verification.formats.rows import Refused
from verification.formats.statements import Statement

NPI = "2000000010"
SECRETS = {
    "ssn": "529-31-5408",
    "previousSSN": "529-31-5409",
    "homeAddressStreet1": "123 Hidden Street",
    "homeAddressCity": "Hiddenville",
    "homeAddressState": "oh",
    "homeAddressPostalCode": "35004",
    "emailAddress": "hidden@example.org",
    "phoneNumber": "+12025550123",
}


def stated(**values: str) -> Statement | Refused:
    return roster.parse(row_of(roster.LAYOUT, member_row(NPI, "LMFT-00123") | values))


def uploaded(
    values: dict[str, str] | None = None, *, which: Compact = Compact.COUNSELING, state: str = "KY"
) -> Statement | Refused:
    row = {
        "licenseNumber": "A0608",
        "licenseType": "licensed professional counselor",
        "familyName": "Guðmundsdóttir",
        "givenName": "Björk",
        "licenseStatus": "active",
        "compactEligibility": "eligible",
        "dateOfIssuance": "2024-06-30",
        "dateOfExpiration": "2027-06-30",
        "dateOfBirth": "1984-06-30",
        "npi": NPI,
        **SECRETS,
    }
    return compact.parse(row_of(compact.LAYOUTS[which], row | (values or {})), state, which)


def taken(parsed: Statement | Refused) -> Statement:
    assert isinstance(parsed, Statement), parsed
    return parsed


def refused(parsed: Statement | Refused) -> Refused:
    assert isinstance(parsed, Refused), parsed
    return parsed


def test_a_roster_row_says_everything_it_holds() -> None:
    said = taken(stated(middleName="B", suffix="Jr", reverifyBy="2027-01-01", degree="Doctoral"))
    assert (said.kind, said.number, said.jurisdiction) == ("LMFT", "LMFT-00123", "CA")
    assert (said.status, said.word) == (CredentialStatus.ACTIVE, "Active")
    assert (said.expires, said.reverify_by) == (date(2027, 6, 30), date(2027, 1, 1))
    assert (said.npi, said.birth_date, said.degree) == (NPI, date(1970, 4, 5), "doctoral")


def test_a_word_nobody_mapped_is_unknown_and_kept() -> None:
    said = taken(stated(status="Flumoxed"))
    assert (said.status, said.word) == (CredentialStatus.UNKNOWN, "Flumoxed")


def test_one_name_is_enough() -> None:
    assert taken(stated(givenName="", familyName="Sukarno")).family_name == "Sukarno"


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"credentialKind": "LMFTX"}, "credentialKind"),
        ({"credentialNumber": ""}, "credentialNumber"),
        ({"credentialNumber": "--"}, "credentialNumber"),
        ({"jurisdiction": "California"}, "jurisdiction"),
        ({"familyName": ""}, "familyName"),
        ({"status": ""}, "status"),
        ({"npi": f"{NPI} "}, "npi"),
        ({"npi": "1234567890"}, "npi"),
        ({"dateOfExpiration": "06/30/2027"}, "dateOfExpiration"),
        ({"dateOfExpiration": "2011-01-01"}, "dateOfExpiration"),
        ({"disciplineDate": "2026-02-01", "disciplineLiftedDate": "2026-01-01"}, "disciplineLiftedDate"),
        ({"degree": "bachelor"}, "degree"),
    ],
)
def test_a_roster_row_is_refused_at_the_column(values: dict[str, str], column: str) -> None:
    assert refused(stated(**values)).column == column


def test_a_refused_row_still_mentions_its_credential() -> None:
    row = row_of(roster.LAYOUT, member_row(NPI, "LMFT-00123", dateOfBirth="yesterday"))
    assert isinstance(roster.parse(row), Refused)
    assert roster.mentioned(row) == ("CA", "LMFT", "LMFT00123")
    assert roster.mentioned(row_of(roster.LAYOUT, member_row(NPI, ""))) is None


def test_the_same_words_have_the_same_fingerprint_on_another_line() -> None:
    values = member_row(NPI, "1")
    first = taken(roster.parse(row_of(roster.LAYOUT, values, line=2)))
    again = taken(roster.parse(row_of(roster.LAYOUT, values, line=9)))
    other = taken(roster.parse(row_of(roster.LAYOUT, values | {"status": "Suspended"}, line=9)))
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_profession_becomes_the_states_own_title() -> None:
    assert taken(uploaded(state="KY")).kind == "LPCC"
    assert taken(uploaded(state="VA")).kind == "LPC"
    clinical = {"licenseType": "licensed clinical social worker", "licenseScope": "multi-state"}
    said = taken(uploaded(clinical, which=Compact.SOCIAL_WORK, state="WA"))
    assert said.kind == "LICSW"
    assert "multi-state" in said.note
    master = clinical | {"licenseType": "licensed master social worker"}
    assert taken(uploaded(master, which=Compact.SOCIAL_WORK, state="WA")).kind == "LMSW"


def test_the_boards_own_word_can_only_make_it_worse() -> None:
    assert taken(uploaded()).status is CredentialStatus.ACTIVE
    assert taken(uploaded({"licenseStatusName": "Probation"})).status is CredentialStatus.RESTRICTED
    assert taken(uploaded({"licenseStatusName": "Flumoxed"})).status is CredentialStatus.UNKNOWN
    lapsed = {"licenseStatus": "inactive", "compactEligibility": "ineligible"}
    assert taken(uploaded(lapsed | {"licenseStatusName": "Active"})).status is CredentialStatus.LAPSED
    assert taken(uploaded(lapsed | {"licenseStatusName": "Revoked"})).status is CredentialStatus.REVOKED


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"licenseStatus": "Active"}, "licenseStatus"),
        ({"licenseStatus": "inactive"}, "compactEligibility"),
        ({"licenseType": "audiologist"}, "licenseType"),
        ({"compactEligibility": "maybe"}, "compactEligibility"),
        ({"npi": "0608337260"}, "npi"),
        ({"dateOfExpiration": ""}, "dateOfExpiration"),
    ],
)
def test_an_uploaded_licence_is_refused_at_the_column(values: dict[str, str], column: str) -> None:
    assert refused(uploaded(values)).column == column


@pytest.mark.parametrize("values", [{}, {"licenseStatus": "?"}, {"ssn": "529-31-5408\x00"}, {"familyName": ""}])
def test_what_must_not_be_read_gets_nowhere(values: dict[str, str]) -> None:
    shown = repr(uploaded(values))
    assert not any(secret in shown for secret in SECRETS.values() if len(secret) > 2)
