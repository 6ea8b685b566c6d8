"""Whether a row of the exclusion list is the person."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.verification.people import NPI, person, row
from verification.errors import Refusal
from verification.evidence import MatchVerdict, OtherName
from verification.matches import Likeness, check_decidable, compare, match, pair_key

BORN = date(1980, 2, 29)
OTHER_NPI = "2999999990"


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "likeness", "fields"),
    [
        ({}, {"npi": NPI, "family_name": "SMITH"}, "same", "match", ("npi",)),
        ({"npi": None}, {"npi": None, "birth_date": BORN}, "unknown", "probable", ("name", "birth_date")),
        ({}, {"birth_date": BORN}, "unknown", "probable", ("name", "birth_date")),
        ({}, {"birth_date": BORN, "npi": OTHER_NPI}, "unknown", "probable", ("name", "birth_date")),
        ({}, {}, "unknown", "possible", ("name",)),
        ({"birth_date": None}, {"birth_date": BORN}, "unknown", "possible", ("name",)),
        ({}, {"npi": "0000000000"}, "unknown", "possible", ("name",)),
        ({}, {"npi": OTHER_NPI}, "different", "possible", ("name", "npi")),
        ({}, {"birth_date": date(1980, 3, 1)}, "different", "possible", ("name", "birth_date")),
        ({"middle_name": "Ann"}, {"middle_name": "B"}, "different", "possible", ("name", "middle_name")),
        ({"middle_name": "Ann"}, {"middle_name": "A."}, "unknown", "possible", ("name",)),
        ({"middle_name": "Ann"}, {}, "unknown", "possible", ("name",)),
        ({"suffix": "Jr."}, {"suffix": "SR"}, "different", "possible", ("name", "suffix")),
        ({"suffix": "Jr."}, {"suffix": "JUNIOR"}, "unknown", "possible", ("name",)),
        ({}, {"given_name": "DELPHIN"}, "different", "none", ("name",)),
        ({}, {"given_name": "", "birth_date": BORN}, "different", "none", ("name",)),
        ({"given_name": "William"}, {"given_name": "BILL", "birth_date": BORN}, "different", "none", ("name",)),
        (
            {"family_name": "O'Brien-Núñez"},
            {"family_name": "O BRIEN NUNEZ", "birth_date": BORN},
            "unknown",
            "probable",
            ("name", "birth_date"),
        ),
        ({"family_name": "NULL"}, {"family_name": "NULL"}, "unknown", "possible", ("name",)),
        ({"family_name": "", "given_name": ""}, {"family_name": "", "given_name": ""}, "different", "none", ("name",)),
    ],
)
def test_pair(
    ours: dict[str, Any],
    theirs: dict[str, Any],
    verdict: str,
    likeness: str,
    fields: tuple[str, ...],
) -> None:
    found = compare(person(**ours), row(**theirs))
    assert (found.verdict, found.likeness, found.fields) == (verdict, likeness, fields)


MAIDEN = OtherName("Vanderpoel", "Delphine", "", "")


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "likeness", "fields"),
    [
        ({}, {}, "unknown", "possible", ("other_name",)),
        ({}, {"birth_date": BORN}, "unknown", "probable", ("other_name", "birth_date")),
        ({}, {"birth_date": date(1970, 1, 1)}, "different", "possible", ("other_name", "birth_date")),
        ({}, {"npi": OTHER_NPI}, "different", "possible", ("other_name", "npi")),
        ({"middle_name": "Ann"}, {"middle_name": "B"}, "unknown", "possible", ("other_name",)),
        ({}, {"given_name": "MARIE"}, "different", "none", ("name",)),
        ({"other_names": ()}, {}, "different", "none", ("name",)),
    ],
)
def test_whoever_was_excluded_under_a_former_name(
    ours: dict[str, Any], theirs: dict[str, Any], verdict: str, likeness: str, fields: tuple[str, ...]
) -> None:
    found = compare(person(**({"other_names": (MAIDEN,)} | ours)), row(**({"family_name": "VANDERPOEL"} | theirs)))
    assert (found.verdict, found.likeness, found.fields) == (verdict, likeness, fields)


def test_a_former_name_is_a_deciding_field_and_none_changes_no_key() -> None:
    us, them = person(), row()
    assert pair_key(us, them) != pair_key(replace(us, other_names=(MAIDEN,)), them)
    twice = tuple(replace(us, other_names=(replace(MAIDEN, suffix=suffix),)) for suffix in ("", "JR"))
    assert pair_key(twice[0], them) != pair_key(twice[1], them)


def test_a_first_name_that_is_one_letter_off_is_nobody() -> None:
    """18F/piipan#541: a likeness is no match, and nobody is held back by one."""
    assert compare(person(given_name="Delphina"), row(birth_date=BORN)).verdict is MatchVerdict.DIFFERENT


def test_a_suffix_that_changes_asks_again_but_its_spelling_does_not() -> None:
    """opensanctions#2657: with the suffix stripped, every reload asked again."""
    us, them = person(suffix="Jr."), row(suffix="JR")
    assert pair_key(us, them) == pair_key(replace(us, suffix="Junior"), replace(them, suffix="jr"))
    assert pair_key(us, them) != pair_key(us, replace(them, suffix=""))


def test_a_person_decides() -> None:
    decided = match(person(), row(decided=MatchVerdict.DIFFERENT))
    assert (decided.verdict, decided.by_person) == (MatchVerdict.DIFFERENT, True)
    assert match(person(), row(decided=MatchVerdict.SAME)).verdict is MatchVerdict.SAME


def test_the_same_npi_cannot_be_decided_away() -> None:
    found = match(person(), row(npi=NPI, decided=MatchVerdict.DIFFERENT))
    assert (found.verdict, found.likeness) == (MatchVerdict.SAME, Likeness.MATCH)


@pytest.mark.parametrize(
    "change",
    [
        {"npi": OTHER_NPI},
        {"family_name": "Smith"},
        {"given_name": "X"},
        {"middle_name": "Q"},
        {"suffix": "Jr"},
        {"birth_date": None},
    ],
)
def test_a_deciding_field_that_changes_brings_the_pair_back(change: dict[str, Any]) -> None:
    us, them = person(), row(birth_date=BORN)
    assert pair_key(us, them) != pair_key(replace(us, **change), them)
    if change != {"npi": OTHER_NPI}:
        assert pair_key(us, them) != pair_key(us, replace(them, **change))


def test_what_decides_nothing_leaves_the_pair_alone() -> None:
    us, them = person(), row()
    assert pair_key(us, them) == pair_key(replace(us, revision=9), replace(them, exclusion_type="1128a1", id="x"))
    assert pair_key(us, them) == pair_key(replace(us, family_name="ACHTERBERG"), replace(them, npi="0000000000"))


def test_a_person_decides_what_the_fields_leave_open_and_nothing_else() -> None:
    assert check_decidable(person(), row(decided=MatchVerdict.SAME)).fields == ("name",)
    assert check_decidable(person(), row(birth_date=BORN)).likeness is Likeness.PROBABLE
    for found, code in ((row(npi=NPI), "SAME_NPI"), (row(npi=OTHER_NPI), "NOTHING_TO_DECIDE")):
        with pytest.raises(Refusal) as refused:
            check_decidable(person(), found)
        assert (refused.value.code, refused.value.path) == (code, ("row",))
