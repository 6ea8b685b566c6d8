"""What a body states about one credential, whichever file the statement came in.

Rules:
- A number is kept as printed; its normal form is for comparing.
- A date that ends something does not come before the date that begins it.

Does not know whether the body may speak for that credential, nor what the statement is worth.
"""

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Final

from verification.credentials import CredentialStatus
from verification.formats.rows import CellRefused, Row, refuse
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import normal_number

LONGEST_NUMBER: Final = 100


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of a body's file. Empty text and None mean that the body does not say."""

    line: int
    kind: str
    number: str
    jurisdiction: str
    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    npi: str | None
    birth_date: date | None
    status: CredentialStatus
    word: str
    status_date: date | None = None
    issued: date | None = None
    expires: date | None = None
    reverify_by: date | None = None
    discipline_type: str = ""
    discipline_date: date | None = None
    discipline_lifted: date | None = None
    degree: str = ""
    note: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for two rows that say the same, wherever they stand in a file."""
        return hashlib.sha256(repr(_SAID(self)).encode()).hexdigest()[:32]


_SAID: Final = attrgetter(*(part.name for part in fields(Statement) if part.name != "line"))


def read_number(row: Row, column: str) -> str:
    """A credential's number as printed. Raises CellRefused."""
    number = row.required(column)
    if not normal_number(number):
        refuse(column, number, "has no letter and no digit")
    if len(number) > LONGEST_NUMBER:
        refuse(column, number, f"is longer than {LONGEST_NUMBER} characters")
    return number


def read_jurisdiction(row: Row, column: str) -> str:
    """A US postal code or an ISO 3166 country code, in upper case. Raises CellRefused."""
    text = row.required(column)
    code = text.upper()
    if code not in JURISDICTIONS:
        refuse(column, text, "is no known two-letter code of a state or country")
    return code


def in_order(row: Row, earlier: tuple[str, date | None], later: tuple[str, date | None]) -> None:
    """Raises CellRefused where a date that ends something comes before the one that begins it."""
    (first_column, first), (column, last) = earlier, later
    if first and last and last < first:
        raise CellRefused(column, row.text(column), f"comes before {first_column} {first}")
