"""One row of a table: its cells by column name, and why it cannot be taken.

Rules:
- A row has as many cells as the header names; fewer means that it was cut off, more that a separator went astray.
- A cell longer than 10,000 characters, a NUL and text that was not UTF-8 refuse the row. What stood in such a cell is
  not repeated: it may be a column that must not be read.
- Runs of blanks are one blank and the ends are trimmed, except in an NPI: blanks around one are refused.
- Control characters and the marks that reverse the direction of writing are refused; other text is kept in NFC.

Does not know any particular format.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NoReturn, TypeVar

from verification.formats.columns import Columns
from verification.formats.dates import ISO, read_date
from verification.npi import npi_problem

R = TypeVar("R")

LONGEST_CELL = 10_000
LONGEST_SHOWN = 100
# Surrogates stand for bytes that were not UTF-8.
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row, or a value of it, was not taken; `line` is that of the file, counted from 1."""

    line: int
    column: str
    value: str
    reason: str


class CellRefused(Exception):  # noqa: N818 - it becomes a Refused, which is a value
    """A cell that keeps its row out; `reason` goes on after "the value"."""

    def __init__(self, column: str, value: str, reason: str) -> None:
        super().__init__(f"{column} {reason}")
        self.column = column
        self.value = value
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and where its columns stand. Raises CellRefused from every reader."""

    line: int
    cells: Sequence[str]
    columns: Columns

    def raw(self, column: str) -> str:
        """Exactly what stands there, empty where the file has no such column."""
        place = self.columns.places.get(column)
        return "" if place is None else self.cells[place]

    def text(self, column: str) -> str:
        """Trimmed text in NFC, empty for none."""
        return clean(self.raw(column), column)

    def required(self, column: str) -> str:
        return self.text(column) or refuse(column, "", "is missing")

    def day(self, column: str, form: re.Pattern[str] = ISO) -> date | None:
        """A date in the given form, None for an empty cell."""
        value = self.raw(column).strip()
        if not value:
            return None
        try:
            return read_date(value, form)
        except ValueError as problem:
            refuse(column, value, str(problem))

    def npi(self, column: str) -> str | None:
        """An NPI, digit for digit as it stands there; None for an empty cell."""
        value = self.raw(column)
        if value and (problem := npi_problem(value)):
            refuse(column, value, problem)
        return value or None

    def refused(self, problem: CellRefused) -> Refused:
        return Refused(self.line, problem.column, shown(problem.value), problem.reason)


def refuse(column: str, value: str, reason: str) -> NoReturn:
    """Raises CellRefused; a function, so that it can end an `or`."""
    raise CellRefused(column, value, reason)


def clean(value: str, column: str) -> str:
    """Text as it is kept: blanks collapsed, NFC, nothing hidden."""
    if not value:
        return ""
    text = " ".join(value.split())
    if text.isascii() and text.isprintable():
        return text
    if HIDDEN.search(text):
        refuse(column, HIDDEN.sub("?", text), "holds a control character")
    return unicodedata.normalize("NFC", text)


def shown(value: str) -> str:
    """A value short enough to print."""
    return value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"


def parse_row(row: Row, build: Callable[[Row], R]) -> R | Refused:
    """What `build` makes of the row, or why it cannot."""
    try:
        check_shape(row)
        return build(row)
    except CellRefused as problem:
        return row.refused(problem)


def check_shape(row: Row) -> None:
    """Raises CellRefused for a row that cannot be a whole row of its table."""
    if len(row.cells) != row.columns.width:
        reason = f"the row has {len(row.cells)} values and the header {row.columns.width} columns"
        raise CellRefused("", "", reason + (": it is cut off" if len(row.cells) < row.columns.width else ""))
    if max(map(len, row.cells)) > LONGEST_CELL:
        raise CellRefused(_column(row, lambda cell: len(cell) > LONGEST_CELL), "", "is longer than 10,000 characters")
    joined = "".join(row.cells)
    if ("\x00" in joined or not joined.isascii()) and NOT_TEXT.search(joined):
        column = _column(row, lambda cell: NOT_TEXT.search(cell) is not None)
        raise CellRefused(column, "", "holds a NUL or bytes that are not UTF-8")


def _column(row: Row, test: Callable[[str], bool]) -> str:
    return next(name for name, cell in zip(row.columns.names, row.cells, strict=True) if test(cell))
