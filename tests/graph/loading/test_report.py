"""Counts, and a file of refused rows that no spreadsheet takes for formulas."""

import csv
from pathlib import Path

import pytest

from graph.loading.report import MOST_LISTED, Listed, Outcome, Tally, harmless
from verification.formats.rows import Refused


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Smith", "a=1", "2000000010"])
def test_other_text_stays(text: str) -> None:
    assert harmless(text) == text


def test_bytes_that_were_no_text_can_be_written() -> None:
    assert harmless("a\udcff") == "a?"


def test_nothing_refused_no_file(tmp_path: Path) -> None:
    with Tally("test", tmp_path / "refused.csv") as tally:
        tally.add(Outcome(written=2, unchanged=1))
    report = tally.report()
    assert (report.written, report.unchanged, report.refused, report.refused_file) == (2, 1, 0, None)
    assert not (tmp_path / "refused.csv").exists()


def test_refused_rows_are_written_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    with Tally("test", path) as tally:
        tally.refuse([Refused(3, "npi", "@1", 'is "odd"')])
        tally.add(Outcome(refused=[Refused(2, "", "", "is cut off")]))
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["line", "column", "value", "reason"],
            ["3", "npi", "'@1", 'is "odd"'],
            ["2", "", "", "is cut off"],
        ]
    assert tally.report().refused == 2
    assert tally.report().refused_file == path


def test_a_long_list_is_counted_and_kept_short() -> None:
    with Tally("test", None) as tally:
        tally.list(Listed(line, "x", "y") for line in range(MOST_LISTED + 5))
    assert (len(tally.report().listed), tally.report().listed_count) == (MOST_LISTED, MOST_LISTED + 5)
