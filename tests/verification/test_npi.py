"""The check digit, and everything that looks like an NPI and is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.npi import check_digit, npi_problem, valid_npi


@pytest.mark.parametrize("npi", ["1234567893", "2000000010", "2999999990", "1710983663"])
def test_well_formed(npi: str) -> None:
    assert valid_npi(npi)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1234567890", "has a wrong check digit"),
        ("3234567890", "does not begin with 1 or 2"),
        ("0608337260", "does not begin with 1 or 2"),
        ("123456789", "has 9 digits instead of 10"),
        ("12345678931", "has 11 digits instead of 10"),
        ("", "has 0 digits instead of 10"),
        (" 1234567893", "has blanks around it"),
        ("1234567893\n", "has blanks around it"),
        ("12345 67893", "has other characters than the digits 0 to 9"),
        ("１２３４５６７８９３", "has other characters than the digits 0 to 9"),  # noqa: RUF001 - full-width on purpose
        ("١٢٣٤٥٦٧٨٩٣", "has other characters than the digits 0 to 9"),
        ("-234567893", "has other characters than the digits 0 to 9"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    assert npi_problem(text) == problem
    assert not valid_npi(text)


@given(st.from_regex("[12][0-9]{8}", fullmatch=True))
def test_every_body_has_exactly_one_check_digit(nine: str) -> None:
    assert [digit for digit in "0123456789" if valid_npi(nine + digit)] == [check_digit(nine)]


@given(st.from_regex("[12][0-9]{8}", fullmatch=True), st.integers(1, 8), st.integers(1, 9))
def test_one_wrong_digit_is_caught(nine: str, place: int, shift: int) -> None:
    npi = nine + check_digit(nine)
    wrong = npi[:place] + str((int(npi[place]) + shift) % 10) + npi[place + 1 :]
    assert not valid_npi(wrong)


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert valid_npi(text) == (npi_problem(text) is None)
