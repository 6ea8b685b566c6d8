"""Postal codes are found with no network."""

import pytest

from graph.places import find_place, printed_postal_code


def test_a_zip_code_has_coordinates_and_a_zone() -> None:
    found = find_place("94610-1234")
    assert found is not None
    assert (found.city, found.state, found.zone) == ("Oakland", "CA", "America/Los_Angeles")
    assert (round(found.latitude), round(found.longitude)) == (38, -122)
    assert find_place("946101234") == find_place(" 94610 ") == found


@pytest.mark.parametrize("code", ["", "SW1A 1AA", "9461", "00000", "94610-12"])
def test_another_code_lies_nowhere_we_know(code: str) -> None:
    assert find_place(code) is None


def test_nine_digits_are_printed_with_a_hyphen() -> None:
    assert [printed_postal_code(code) for code in ("937011234", "93701", "SW1A 1AA")] == [
        "93701-1234",
        "93701",
        "SW1A 1AA",
    ]
