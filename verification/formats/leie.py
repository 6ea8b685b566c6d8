"""Read a row of the LEIE, the list of those whom the Office of Inspector General keeps from federal health programmes.

Rules:
- Only the full list (UPDATED.csv) says who is excluded today; monthly supplements are recognised and refused, by name
  and by their reinstatement dates: rows of the full list have none.
- NPI 0000000000 and date 00000000 mean none. A surname may be the word NULL.
- A value that cannot be read is left out and told of, and the row still counts: who is on the list stays on it.
- A generation (JR, SR, II …) stands in the surname, and tells father from son.
- A row has no id of its own: `fingerprint` is one over what decides whether it is somebody, so that an edited address
  does not bring a decided pair back.
- A business is not a person; only one that carries an NPI is of use here.

Does not know who is meant.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from verification.formats.columns import Layout
from verification.formats.dates import COMPACT
from verification.formats.rows import CellRefused, Refused, Row, parse_row, refuse

COLUMNS: Final = (
    "LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "GENERAL", "SPECIALTY", "UPIN", "NPI", "DOB", "ADDRESS", "CITY",
    "STATE", "ZIP", "EXCLTYPE", "EXCLDATE", "REINDATE", "WAIVERDATE", "WVRSTATE",
)  # fmt: skip
LAYOUT: Final = Layout("a full LEIE list (UPDATED.csv)", required=COLUMNS, aliases={"WAIVERSTATE": "WVRSTATE"})

Value = TypeVar("Value")

NO_NPI: Final = "0000000000"
NO_DATE: Final = "00000000"
GENERATIONS: Final = frozenset({"JR", "SR", "II", "III", "IV", "V"})
SUPPLEMENT_NAME: Final = re.compile(r"\d{4}(EXCL|REIN)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A row of the list. `unreadable` are the values that were left out; `reinstated` tells a supplement's row."""

    line: int
    fingerprint: str
    npi: str | None
    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    business: str
    birth_date: date | None
    city: str
    state: str
    exclusion_type: str
    excluded_on: date | None
    waiver_date: date | None
    waiver_state: str
    reinstated: bool
    unreadable: tuple[Refused, ...]

    @property
    def is_business(self) -> bool:
        return not (self.family_name or self.given_name)


def is_supplement(file_name: str) -> bool:
    """Whether a file is called like a monthly supplement: 2611EXCL.csv, 2611REIN.csv."""
    return SUPPLEMENT_NAME.match(file_name) is not None


def parse(row: Row) -> Exclusion | Refused:
    """One row of the list."""
    return parse_row(row, _exclusion)


def _exclusion(row: Row) -> Exclusion:
    unreadable: list[Refused] = []
    npi = _or_none(row, unreadable, _npi, "NPI")
    birth, excluded, waived = (_or_none(row, unreadable, _day, name) for name in ("DOB", "EXCLDATE", "WAIVERDATE"))
    family, suffix = _split_generation(row.text("LASTNAME"))
    given, middle, kind = row.text("FIRSTNAME"), row.text("MIDNAME"), row.text("EXCLTYPE")
    if not (family or given or row.text("BUSNAME")):
        refuse("LASTNAME", "", "is missing, and so is every other name")
    deciding = (npi, family, given, middle, suffix, birth, kind, excluded)
    return Exclusion(
        line=row.line,
        fingerprint=hashlib.sha256("|".join(map(str, deciding)).encode()).hexdigest()[:32],
        npi=npi,
        family_name=family,
        given_name=given,
        middle_name=middle,
        suffix=suffix,
        business=row.text("BUSNAME"),
        birth_date=birth,
        city=row.text("CITY"),
        state=row.text("STATE"),
        exclusion_type=kind,
        excluded_on=excluded,
        waiver_date=waived,
        waiver_state=row.text("WVRSTATE"),
        reinstated=row.raw("REINDATE").strip() not in {"", NO_DATE},
        unreadable=tuple(unreadable),
    )


def _npi(row: Row, column: str) -> str | None:
    return None if row.raw(column) == NO_NPI else row.npi(column)


def _day(row: Row, column: str) -> date | None:
    return None if row.raw(column).strip() == NO_DATE else row.day(column, COMPACT)


def _or_none(
    row: Row, unreadable: list[Refused], read: Callable[[Row, str], Value | None], column: str
) -> Value | None:
    try:
        return read(row, column)
    except CellRefused as problem:
        unreadable.append(row.refused(problem))
        return None


def _split_generation(surname: str) -> tuple[str, str]:
    """`SMITH JR.` is SMITH and JR; a surname that is nothing else stays a surname."""
    name, _, last = surname.rpartition(" ")
    generation = last.rstrip(".").upper()
    return (name.rstrip(", "), generation) if name and generation in GENERATIONS else (surname, "")
