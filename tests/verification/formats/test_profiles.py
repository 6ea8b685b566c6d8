"""What a therapist says of herself."""

import pytest

from tests.published import row_of
from verification.concerns import Term
from verification.formats.profiles import LAYOUT, Profile, parse
from verification.formats.rows import Refused


def said(**values: str) -> Profile | Refused:
    return parse(row_of(LAYOUT, {"npi": "2000000010", "concerns": "low-desire", **values}))


def taken(**values: str) -> Profile:
    profile = said(**values)
    assert isinstance(profile, Profile), profile
    return profile


def test_lists_are_split_sorted_and_normal() -> None:
    profile = taken(
        concerns="Vaginismus; low-desire ;low-desire;",
        approaches="CBT;sensate focus",
        languages="Spanish;en",
        payers="Blue  Cross;aetna;Blue Cross",
        modalities="telehealth;in person",
        formats="couple",
    )
    assert profile.concerns == ("low-desire", "vaginismus")
    assert profile.approaches == ("cognitive-behavioural", "sensate-focus")
    assert {term.code for term in profile.languages} == {"en", "es"}
    assert set(profile.payers) == {Term("aetna", "aetna"), Term("blue-cross", "Blue Cross")}
    assert profile.modalities == ("IN_PERSON", "TELEHEALTH")
    assert profile.formats == ("COUPLE",)
    assert profile.unknown == ()


def test_a_word_that_is_not_on_the_list_is_told_of_and_left_out() -> None:
    profile = taken(concerns="low-desire;flat tyres")
    assert profile.concerns == ("low-desire",)
    assert [(word.column, word.value) for word in profile.unknown] == [("concerns", "flat tyres")]


def test_nothing_said_of_capacity_is_no_yes() -> None:
    assert taken().accepts_new is None
    assert taken(acceptsNew="TRUE").accepts_new is True
    assert taken(acceptsNew="no").accepts_new is False


def test_a_place_needs_a_city_or_a_postal_code() -> None:
    assert taken(placeName="Room", addressState="CA").address is None
    address = taken(addressPostalCode="94610", addressState="ca").address
    assert address is not None
    assert (address.state, address.country) == ("CA", "US")


@pytest.mark.parametrize(
    "values",
    [{"npi": ""}, {"npi": "2000000011"}, {"acceptsNew": "perhaps"}, {"waitWeeks": "-1"}, {"waitWeeks": "999"}],
)
def test_a_profile_that_cannot_be_right_is_refused(values: dict[str, str]) -> None:
    assert isinstance(said(**values), Refused)
