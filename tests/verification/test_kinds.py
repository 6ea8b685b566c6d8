"""Kinds of credentials, bodies and their authority."""

from datetime import date

import pytest

from verification.jurisdictions import JURISDICTIONS, STATES, jurisdiction_code, place_name
from verification.kinds import (
    BODIES,
    KINDS,
    Authority,
    Body,
    CredentialRole,
    always_speaks_for,
    body_code,
    credential_key,
    is_independent,
    kind_code,
    normal_number,
    primary_bodies,
)

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("LMFT", "CA NY FL TX WA MN"),
        ("LCMFT", "KS MD"),
        ("IMFT", "OH"),
        ("LCSW", "CA NY FL TX"),
        ("LICSW", "AL DC MA MN NE NH RI VT WA WV"),
        ("LISW", "IA OH"),
        ("LPC", "TX PA GA VA"),
        ("LMHC", "FL HI IN IA MA NY RI WA"),
        ("LPCC", "CA KY MN NM ND OH"),
        ("LCPC", "ID IL KS ME MD MT"),
        ("LCMHC", "NH NC VT"),
        ("CMHC", "UT"),
        ("PSYCHOLOGIST", "CA NY KS VT"),
        ("MD", "CA TX"),
        ("DO", "CA TX"),
        ("PMHNP", "WA OR AZ"),
        ("HCPC-PSYCHOLOGIST", "GB"),
    ],
)
def test_independent(kind: str, places: str) -> None:
    assert all(is_independent(kind, place) for place in places.split())


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("AMFT", "CA"),
        ("ASW", "CA"),
        ("APCC", "CA"),
        ("LMSW", "NY"),
        ("LGSW", "MD"),
        ("RN", "CA"),
        ("LPC", "OH"),
        ("LCSW", "MA"),
        ("LMFT", "KS"),
        ("CST", "CA"),
        ("AASECT-MEMBER", "CA"),
        ("NONSENSE", "CA"),
    ],
)
def test_not_independent(kind: str, place: str) -> None:
    assert not is_independent(kind, place)


@pytest.mark.parametrize("family", ["counseling", "marriage-and-family", "social-work", "psychology", "medicine"])
def test_every_state_has_an_independent_licence(family: str) -> None:
    known_gaps = {
        "marriage-and-family": {"NE", "AS", "MP", "VI"},
        "counseling": {"AS", "MP"},
        "social-work": {"AS", "MP"},
    }
    kinds = [kind.code for kind in KINDS.values() if kind.family == family]
    without = {state for state in STATES if not any(is_independent(kind, state) for kind in kinds)}
    assert without == known_gaps.get(family, set())


def test_every_licence_in_every_place_has_one_primary_source() -> None:
    for kind in KINDS.values():
        places = kind.independent_in if kind.independent_in is not None else STATES
        for place in places:
            assert len(primary_bodies(kind.code, place, TODAY)) == 1, (kind.code, place)


def test_certificates_in_sex_therapy() -> None:
    assert {kind.code for kind in KINDS.values() if kind.sex_therapy} == {"CST", "COSRT-ACCREDITED", "ECPS"}
    assert KINDS["CST"].requires == ("AASECT-MEMBER",)
    for kind in KINDS.values():
        assert all(KINDS[needed].role is CredentialRole.MEMBERSHIP for needed in kind.requires)


def test_authority() -> None:
    assert primary_bodies("LMFT", "CA", TODAY) == ("CA-BBS",)
    assert primary_bodies("CST", "CA", TODAY) == ("AASECT",)
    assert primary_bodies("LMFT", "NY", TODAY) == ("NY-MFT",)
    assert primary_bodies("FL-SEX-THERAPIST", "FL", TODAY) == ("FL-COU", "FL-MFT", "FL-SW")
    assert always_speaks_for("CA-BBS", "LMFT", "CA") is True
    assert always_speaks_for("CA-BBS", "LMFT", "NV") is False
    assert always_speaks_for("AASECT", "LMFT", "CA") is False


def test_authority_has_a_beginning_and_an_end() -> None:
    part = Authority(frozenset({"CST"}), None, date(2020, 1, 1), date(2024, 12, 31))
    body = Body("X", "X", "certifier", "UTC", "US", (part,))
    assert [body.speaks_for("CST", "US", day) for day in map(date.fromisoformat, ("2019-12-31", "2020-01-01"))] == [
        False,
        True,
    ]
    assert [body.speaks_for("CST", "US", day) for day in map(date.fromisoformat, ("2024-12-31", "2025-01-01"))] == [
        True,
        False,
    ]


def test_codes_as_people_write_them() -> None:
    assert kind_code(" lmft ") == "LMFT"
    assert kind_code("LFMT") is None
    assert body_code("ca-bbs") == "CA-BBS"
    assert body_code("CA-XYZ") is None
    assert jurisdiction_code("ca") == jurisdiction_code("California") == "CA"
    assert jurisdiction_code("Narnia") is None
    assert place_name("WA") == "Washington"
    assert not JURISDICTIONS["US"].place


def test_numbers_are_text() -> None:
    assert normal_number(" lmft-002345 ") == "LMFT002345"
    assert normal_number("002345") != normal_number("2345")
    assert credential_key("CA", "CA-BBS", "LMFT", "12 345") == "CA|CA-BBS|LMFT|12345"
    assert credential_key("CA", "CA-BBS", "LMFT", "1") != credential_key("CA", "CA-BBS", "LPCC", "1")


def test_zones_are_known() -> None:
    assert BODIES["CA-BBS"].zone == "America/Los_Angeles"
    assert BODIES["TN-PSY"].zone == "America/Chicago", "the seat is Nashville"
    assert BODIES["COSRT"].zone == "Europe/London"
