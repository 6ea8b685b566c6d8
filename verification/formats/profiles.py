"""Read a row of a profiles file: what a therapist says of herself. It fills the directory and never touches standing.

Rules:
- Lists are split by semicolons. Concerns, approaches, languages, formats and modalities are words of fixed lists; one
  that is not on its list is left out and told of, and the row still counts.
- Payers are open: whatever is named is one.
- Nothing said about capacity is None, and is not a yes.
- One row holds one place; further rows with the same NPI add further places.

Does not know whose words they are but by the NPI.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from verification.concerns import (
    Term,
    approach_code,
    concern_code,
    format_code,
    language,
    modality_code,
    payer_code,
    payer_name,
)
from verification.formats.columns import Layout
from verification.formats.nppes import Address
from verification.formats.rows import Refused, Row, parse_row, refuse, shown
from verification.jurisdictions import STATES

Word = TypeVar("Word", str, Term)

LAYOUT: Final = Layout(
    "a profiles file",
    required=("npi", "concerns"),
    optional=(
        "approaches", "languages", "payers", "modalities", "formats", "acceptsNew", "waitWeeks", "placeName",
        "addressLine1", "addressLine2", "addressCity", "addressState", "addressPostalCode", "phone",
    ),
)  # fmt: skip

YES: Final = frozenset({"true", "yes", "1", "y"})
NO: Final = frozenset({"false", "no", "0", "n"})
LONGEST_WAIT: Final = 520
WEEKS: Final = re.compile("[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A therapist's own words; lists are sorted codes. `unknown` are the words that were left out."""

    line: int
    npi: str
    concerns: tuple[str, ...]
    approaches: tuple[str, ...]
    languages: tuple[Term, ...]
    payers: tuple[Term, ...]
    modalities: tuple[str, ...]
    formats: tuple[str, ...]
    accepts_new: bool | None
    wait_weeks: int | None
    place_name: str
    address: Address | None
    unknown: tuple[Refused, ...]


def parse(row: Row) -> Profile | Refused:
    """One row of a profiles file."""
    return parse_row(row, _profile)


def _profile(row: Row) -> Profile:
    unknown: list[Refused] = []
    return Profile(
        line=row.line,
        npi=row.npi("npi") or refuse("npi", "", "is missing"),
        concerns=_listed(row, "concerns", concern_code, unknown),
        approaches=_listed(row, "approaches", approach_code, unknown),
        languages=_listed(row, "languages", language, unknown),
        payers=_listed(row, "payers", _payer, unknown),
        modalities=_listed(row, "modalities", modality_code, unknown),
        formats=_listed(row, "formats", format_code, unknown),
        accepts_new=_yes_or_no(row, "acceptsNew"),
        wait_weeks=_weeks(row, "waitWeeks"),
        place_name=row.text("placeName"),
        address=_address(row),
        unknown=tuple(unknown),
    )


def _listed(row: Row, column: str, read: Callable[[str], Word | None], unknown: list[Refused]) -> tuple[Word, ...]:
    """The words of a list in the form `read` gives them, each once; what it does not know joins `unknown`."""
    found: dict[Word, None] = {}
    for word in map(str.strip, row.text(column).split(";")):
        if not word:
            continue
        known = read(word)
        if known is None:
            unknown.append(Refused(row.line, column, shown(word), "is not on the list and was left out"))
        else:
            found[known] = None
    return tuple(sorted(found, key=str))


def _payer(word: str) -> Term | None:
    code = payer_code(word)
    return Term(code, payer_name(word)) if code else None


def _yes_or_no(row: Row, column: str) -> bool | None:
    text = row.text(column).lower()
    if text in YES or text in NO:
        return text in YES
    return refuse(column, text, "is neither true nor false") if text else None


def _weeks(row: Row, column: str) -> int | None:
    text = row.text(column)
    if not text:
        return None
    if not WEEKS.fullmatch(text) or int(text) > LONGEST_WAIT:
        refuse(column, text, f"is not a number of weeks from 0 to {LONGEST_WAIT}")
    return int(text)


def _address(row: Row) -> Address | None:
    state = row.text("addressState").upper()
    address = Address(
        line1=row.text("addressLine1"),
        line2=row.text("addressLine2"),
        city=row.text("addressCity"),
        state=state,
        postal_code=row.text("addressPostalCode"),
        country="US" if state in STATES else "",
        phone=row.text("phone"),
    )
    return address if address.city or address.postal_code else None
