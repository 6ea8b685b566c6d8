"""Read the monthly list of deactivated NPIs: an Excel sheet `DeactivatedNPIs`, or the same cells as CSV.

Rules:
- A title line comes first, then the header `NPI, NPPES Deactivation Date`, then text; dates are MM/DD/YYYY.
- The list does not say whether an NPI was a person's.

Does not know how a sheet is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from verification.formats.columns import Layout, normal_name
from verification.formats.dates import AMERICAN
from verification.formats.rows import Refused, Row, parse_row, refuse

SHEET: Final = "DeactivatedNPIs"
NPI = "NPI"
DEACTIVATED = "NPPES Deactivation Date"

LAYOUT: Final = Layout("an NPPES list of deactivated NPIs", required=(NPI, DEACTIVATED))


@dataclass(frozen=True, slots=True)
class Deactivation:
    """An NPI and the day it was switched off."""

    line: int
    npi: str
    deactivated: date


def is_title(cells: Sequence[str]) -> bool:
    """Whether these cells are the title above the header: text in the first cell alone, and no column's name."""
    return bool(cells) and normal_name(cells[0]) != normal_name(NPI) and not any(cell.strip() for cell in cells[1:])


def parse(row: Row) -> Deactivation | Refused:
    """One row of the list."""
    return parse_row(row, _deactivation)


def _deactivation(row: Row) -> Deactivation:
    npi = row.npi(NPI) or refuse(NPI, "", "is missing")
    return Deactivation(row.line, npi, row.day(DEACTIVATED, AMERICAN) or refuse(DEACTIVATED, "", "is missing"))
