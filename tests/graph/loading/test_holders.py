"""Whose credential a statement is about."""

import pytest

from graph.loading.holders import Doubt, Person, Register, disagreement
from tests.published import member_row, row_of
from verification.formats import roster
from verification.formats.statements import Statement

ADA = Person("ada", "2000000010", "O'Brien-Núñez", "Ada", "Jr", "1970-04-05")


def stated(npi: str = "2000000010", **values: str) -> Statement:
    parsed = roster.parse(row_of(roster.LAYOUT, member_row(npi, "1") | {"familyName": "OBRIEN NUNEZ"} | values))
    assert isinstance(parsed, Statement), parsed
    return parsed


def register(*, foreign: bool = False) -> Register:
    return Register({"2000000010": ADA}, {"key": ADA}, foreign)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"familyName": "Nunez", "givenName": "Adelaide"},
        {"familyName": "Smith", "givenName": "ada"},
        {"suffix": "junior"},
        {"dateOfBirth": ""},
    ],
)
def test_the_same_person_by_another_spelling(values: dict[str, str]) -> None:
    assert disagreement(ADA, stated(**values)) is None


@pytest.mark.parametrize(
    "values",
    [{"familyName": "Smith", "givenName": "John"}, {"suffix": "Sr."}, {"dateOfBirth": "1970-05-04"}],
)
def test_somebody_else_by_that_number(values: dict[str, str]) -> None:
    assert isinstance(disagreement(ADA, stated(**values)), Doubt)


def test_known_persons_are_found_by_npi_and_by_credential() -> None:
    assert register().holder(stated(), "other", "new") is ADA
    assert register().holder(stated(npi=""), "key", "new") is ADA


def test_a_second_claim_is_a_conflict_also_within_one_file() -> None:
    known = register()
    other = stated(npi="2000000028")
    found = known.holder(other, "key", "new")
    assert isinstance(found, Doubt)
    assert found.claimed_twice
    assert isinstance(known.holder(other, "fresh key", "new"), Person)
    assert isinstance(known.holder(stated(), "fresh key", "newer"), Doubt)


def test_somebody_new_is_made_once() -> None:
    known = register()
    first = known.holder(stated(npi="2000000028"), "a", "new")
    assert isinstance(first, Person)
    assert first.id == "new"
    assert known.holder(stated(npi="2000000028"), "b", "newer") is first
    assert [person for person, _ in known.new] == [first]


def test_without_an_npi_only_a_body_abroad_names_somebody_new() -> None:
    assert isinstance(register().holder(stated(npi=""), "other", "new"), Doubt)
    assert isinstance(register(foreign=True).holder(stated(npi=""), "other", "new"), Person)
