"""Read a row about a right to practise under a compact: a privilege, an authority, a multistate licence.

Rules:
- Columns `npi, compact, kind, homeJurisdiction, jurisdiction, number, status, effective, expires`, dates YYYY-MM-DD.
- An APIT, a TAP and a multistate licence reach every member state: the place may be empty. A privilege is for one.
- The status is the compact's own word; one nobody has mapped is unknown.

Does not know the licence at home that it rests on.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from verification.compacts import COMPACTS
from verification.credentials import CredentialStatus, canonical_status
from verification.formats.columns import Layout
from verification.formats.memberships import read_compact
from verification.formats.rows import Refused, Row, parse_row, refuse
from verification.formats.statements import in_order, read_jurisdiction

LAYOUT: Final = Layout(
    "a file of privileges",
    required=("npi", "compact", "kind", "homeJurisdiction", "jurisdiction", "status"),
    optional=("number", "effective", "expires"),
)

KINDS: Final = {
    "PSYPACT": ("APIT", "TAP"),
    "COUNSELING": ("PRIVILEGE",),
    "SOCIAL-WORK": ("MULTISTATE",),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What is said of one person's right; `jurisdiction` is empty where it reaches every member state."""

    line: int
    npi: str
    compact: str
    kind: str
    home: str
    jurisdiction: str
    number: str
    status: CredentialStatus
    word: str
    effective: date | None
    expires: date | None


def parse(row: Row) -> Grant | Refused:
    """One row of the file."""
    return parse_row(row, _grant)


def _grant(row: Row) -> Grant:
    compact, word = read_compact(row, "compact"), row.required("status")
    found = Grant(
        line=row.line,
        npi=row.npi("npi") or refuse("npi", "", "is missing"),
        compact=compact,
        kind=_kind(row, compact),
        home=read_jurisdiction(row, "homeJurisdiction"),
        jurisdiction=_place(row, compact),
        number=row.text("number"),
        status=canonical_status(word),
        word=word,
        effective=row.day("effective"),
        expires=row.day("expires"),
    )
    in_order(row, ("effective", found.effective), ("expires", found.expires))
    return found


def _kind(row: Row, compact: str) -> str:
    text = row.required("kind")
    kinds = KINDS[compact]
    return text.upper() if text.upper() in kinds else refuse("kind", text, f"is not of {compact}: {', '.join(kinds)}")


def _place(row: Row, compact: str) -> str:
    if COMPACTS[compact].everywhere and not row.text("jurisdiction"):
        return ""
    return read_jurisdiction(row, "jurisdiction")
