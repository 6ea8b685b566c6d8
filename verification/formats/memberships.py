"""Read a row about a state's membership of a compact: enacted, effective, withdrawn.

Rules:
- Columns `compact, jurisdiction, enacted, effective, withdrawn`, dates YYYY-MM-DD. Enacted is not yet effective.
- A state that is not effective yet has no date there.

Does not know what a membership is good for.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from verification.compacts import COMPACTS
from verification.formats.columns import Layout
from verification.formats.rows import Refused, Row, parse_row, refuse
from verification.formats.statements import in_order, read_jurisdiction

LAYOUT: Final = Layout(
    "a file of compact memberships",
    required=("compact", "jurisdiction", "enacted", "effective"),
    optional=("withdrawn",),
)


@dataclass(frozen=True, slots=True)
class Membership:
    """What is said of one state in one compact."""

    line: int
    compact: str
    jurisdiction: str
    enacted: date | None
    effective: date | None
    withdrawn: date | None


def read_compact(row: Row, column: str) -> str:
    """A compact's code, in any case. Raises CellRefused."""
    text = row.required(column)
    code = text.upper().replace(" ", "-")
    return code if code in COMPACTS else refuse(column, text, f"is none of {', '.join(COMPACTS)}")


def parse(row: Row) -> Membership | Refused:
    """One row of the file."""
    return parse_row(row, _membership)


def _membership(row: Row) -> Membership:
    found = Membership(
        line=row.line,
        compact=read_compact(row, "compact"),
        jurisdiction=read_jurisdiction(row, "jurisdiction"),
        enacted=row.day("enacted"),
        effective=row.day("effective"),
        withdrawn=row.day("withdrawn"),
    )
    in_order(row, ("enacted", found.enacted), ("effective", found.effective))
    in_order(row, ("effective", found.effective), ("withdrawn", found.withdrawn))
    return found
