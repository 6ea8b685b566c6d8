"""A row is taken whole or refused with its place, its value and a reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.formats.columns import Columns
from verification.formats.dates import AMERICAN, COMPACT, ISO, read_date
from verification.formats.rows import Refused, Row, parse_row, refuse

COLUMNS = Columns(("name", "npi", "secret"), {"name": 0, "npi": 1}, ())


def row(*cells: str) -> Row:
    return Row(7, list(cells), COLUMNS)


def name(of: Row) -> str:
    return of.text("name")


def test_blanks_are_collapsed() -> None:
    assert parse_row(row("  Ada\t de \n la  Cruz ", "", ""), name) == "Ada de la Cruz"


def test_text_is_kept_composed() -> None:
    assert parse_row(row("Nu\u0301n\u0303ez", "", ""), name) == "Núñez"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("Ada", ""), "has 2 values and the header 3 columns: it is cut off"),
        (("Ada", "", "", ""), "has 4 values and the header 3 columns"),
        (("x" * 10_001, "", ""), "longer than 10,000"),
        (("Ada\x00", "", ""), "NUL"),
        (("Ad\udcff", "", ""), "not UTF-8"),
        (("Ada\u202e", "", ""), "control character"),
        (("Ada\x07", "", ""), "control character"),
    ],
)
def test_what_is_no_row_is_refused(cells: tuple[str, ...], reason: str) -> None:
    refused = parse_row(row(*cells), name)
    assert isinstance(refused, Refused)
    assert refused.line == 7
    assert reason in refused.reason


def test_a_cell_that_must_not_be_read_is_not_repeated() -> None:
    for secret in ("123-45-6789\x00", "1" * 10_001):
        refused = parse_row(row("Ada", "", secret), name)
        assert isinstance(refused, Refused)
        assert (refused.column, refused.value) == ("secret", "")


def test_a_long_value_is_shown_short() -> None:
    refused = parse_row(row("x" * 500, "", ""), lambda of: refuse("name", of.raw("name"), "is long"))
    assert isinstance(refused, Refused)
    assert len(refused.value) == 100


@pytest.mark.parametrize("npi", [" 2000000010", "2000000010 ", "2000000010\n", "\u00a02000000010", "\uff12000000010"])
def test_blanks_and_other_characters_around_an_npi_are_refused(npi: str) -> None:
    assert isinstance(parse_row(row("", npi, ""), lambda of: of.npi("npi")), Refused)


def test_an_npi_is_kept_digit_for_digit() -> None:
    assert parse_row(row("", "2000000010", ""), lambda of: of.npi("npi")) == "2000000010"
    assert parse_row(row("", "", ""), lambda of: of.npi("npi")) is None


@given(st.dates(date(1900, 1, 1)))
def test_a_printed_date_is_read_back(day: date) -> None:
    assert read_date(day.isoformat(), ISO) == day
    assert read_date(f"{day.month:02}/{day.day:02}/{day.year:04}", AMERICAN) == day
    assert read_date(f"{day.year:04}{day.month:02}{day.day:02}", COMPACT) == day


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13-01", "0019-01-01", "26-01-01", "2026-1-1", "\uff12026-01-01", ""]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        read_date(text, ISO)


@given(st.lists(st.text(), max_size=5))
def test_whatever_stands_in_it_a_row_is_taken_or_refused(cells: list[str]) -> None:
    parsed = parse_row(row(*cells), name)
    assert isinstance(parsed, str | Refused)
