"""Whether a row of a body's file is about a person."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.evidence import MatchVerdict
from verification.identities import Identity, identify

NPI, OTHER = "2000000010", "2999999990"
BORN = date(1970, 4, 5)
ADA = Identity(NPI, "O'Brien-Núñez", "Ada", "Jr", BORN)
NAMED = ADA._replace(npi=None)
BARE = NAMED._replace(birth_date=None)
S, D, U = MatchVerdict.SAME, MatchVerdict.DIFFERENT, MatchVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("row", "by_number", "verdict"),
    [
        (ADA, False, S),
        (ADA._replace(birth_date=None, suffix=""), False, S),
        (ADA._replace(family="Nunez", given="Adelaide"), False, S),
        (ADA._replace(family="Smith"), False, S),
        (ADA._replace(family="Smith", given="John"), False, U),
        (ADA._replace(suffix="SR"), False, D),
        (ADA._replace(birth_date=date(1970, 5, 4)), False, D),
        (ADA._replace(npi=OTHER), False, D),
        (ADA._replace(npi=OTHER), True, D),
        (NAMED, True, S),
        (BARE, True, S),
        (BARE._replace(family="OBRIEN NUNEZ", given="ADA"), True, S),
        (BARE._replace(family="Smith"), True, U),
        (NAMED._replace(family="Smith"), True, S),
        (NAMED._replace(family="Smith", given="John"), True, U),
        (NAMED, False, U),
        (BARE, False, U),
        (BARE._replace(suffix="Sr."), True, D),
    ],
)
def test_pair(row: Identity, by_number: bool, verdict: MatchVerdict) -> None:
    assert identify(ADA, row, by_number=by_number).verdict is verdict


def test_fields_that_decided_are_told() -> None:
    found = identify(ADA, ADA._replace(suffix="III", birth_date=None))
    assert (found.agree, found.conflict) == (("npi", "name"), ("suffix",))
    assert identify(ADA, NAMED, by_number=True).agree == ("number", "birth_date", "suffix", "name")


names = st.sampled_from(["Ada", "Ann", "Smith", "O'Brien", "OBRIEN", ""])
days = st.sampled_from([None, BORN, date(1980, 2, 29)])
npis, suffixes = st.sampled_from([None, NPI, OTHER]), st.sampled_from(["", "Jr", "SR"])
identities = st.builds(Identity, npis, names, names, suffixes, days)


@given(identities, identities, st.booleans())
def test_what_holds_for_every_pair(person: Identity, row: Identity, by_number: bool) -> None:
    found = identify(person, row, by_number=by_number)
    assert identify(row, person, by_number=by_number) == found, "it does not matter who is asked about whom"
    if {"npi", "birth_date", "suffix"} & set(found.conflict):
        assert found.verdict is D
    if found.verdict is S:
        assert "name" in found.agree
        assert {"npi", "number"} & set(found.agree)
    if not by_number and "npi" not in found.agree:
        assert found.verdict is not S, "equal names never suffice"
