"""Read a row of a state's licence upload to CompactConnect, for the Counseling and the Social Work Compact.

Rules:
- Header names exact and in any order, dates YYYY-MM-DD, empty rather than NULL, as CompactConnect documents them.
- Social security numbers, home addresses, e-mail and telephone are never looked at and get no further than this file.
- `licenseStatus` is active or inactive; `licenseStatusName` is the board's own word for it and can only make it worse:
  one that nobody has mapped is unknown.
- An inactive licence cannot be eligible for a compact.
- The file names a profession, not the state's title for it: it is the title that stands for independent practice there.

Does not know which board of the state uploaded it.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from verification.credentials import YES, CredentialStatus, canonical_status, worse
from verification.formats.columns import Layout
from verification.formats.rows import Refused, Row, parse_row, refuse
from verification.formats.statements import Statement, in_order, read_number
from verification.kinds import KINDS, is_independent, kind_code


class Compact(StrEnum):
    """The compacts whose licence files can be read."""

    COUNSELING = "counseling"
    SOCIAL_WORK = "social-work"


_UNREAD: Final = (
    "ssn", "previousSSN", "homeAddressStreet1", "homeAddressStreet2", "homeAddressCity", "homeAddressState",
    "homeAddressPostalCode", "emailAddress", "phoneNumber",
)  # fmt: skip
_REQUIRED: Final = (
    "licenseNumber", "licenseType", "familyName", "givenName", "licenseStatus", "compactEligibility",
    "dateOfIssuance", "dateOfExpiration", "dateOfBirth",
)  # fmt: skip
_OPTIONAL: Final = ("npi", "middleName", "suffix", "licenseStatusName", "dateOfRenewal")

LAYOUTS: Final = {
    Compact.COUNSELING: Layout("a CompactConnect counseling file", _REQUIRED, _OPTIONAL, _UNREAD),
    Compact.SOCIAL_WORK: Layout("a CompactConnect social work file", (*_REQUIRED, "licenseScope"), _OPTIONAL, _UNREAD),
}

# CompactConnect's licence types. An empty code stands for the state's own title for independent practice.
_TYPES: Final = {
    Compact.COUNSELING: {"licensed professional counselor": ""},
    Compact.SOCIAL_WORK: {
        "licensed clinical social worker": "",
        "licensed master social worker": "LMSW",
        "licensed bachelors social worker": "LSW",
    },
}
_FALL_BACK: Final = {Compact.COUNSELING: "LPC", Compact.SOCIAL_WORK: "LCSW"}

SCOPES: Final = ("single-state", "multi-state")


def parse(row: Row, jurisdiction: str, compact: Compact) -> Statement | Refused:
    """One licence that `jurisdiction` uploaded. A social worker's multistate licence is told by the note."""
    return parse_row(row, lambda row: _statement(row, jurisdiction, compact))


@lru_cache
def independent_title(jurisdiction: str, compact: Compact) -> str:
    """The kind that a state calls its licence for independent practice in the compact's profession."""
    titles = (code for code, kind in KINDS.items() if kind.family == compact.value)
    independent = [code for code in titles if is_independent(code, jurisdiction)]
    fall_back = _FALL_BACK[compact]
    return fall_back if fall_back in independent or not independent else independent[0]


def _statement(row: Row, jurisdiction: str, compact: Compact) -> Statement:
    status, word = _status(row)
    statement = Statement(
        line=row.line,
        kind=_kind(row, jurisdiction, compact),
        number=read_number(row, "licenseNumber"),
        jurisdiction=jurisdiction,
        family_name=row.required("familyName"),
        given_name=row.text("givenName"),
        middle_name=row.text("middleName"),
        suffix=row.text("suffix"),
        npi=row.npi("npi"),
        birth_date=row.day("dateOfBirth"),
        status=status,
        word=word,
        issued=row.day("dateOfIssuance"),
        expires=row.day("dateOfExpiration") or refuse("dateOfExpiration", "", "is missing"),
        note=_note(row, compact),
    )
    in_order(row, ("dateOfIssuance", statement.issued), ("dateOfExpiration", statement.expires))
    return statement


def _kind(row: Row, jurisdiction: str, compact: Compact) -> str:
    text = row.required("licenseType")
    kind = _TYPES[compact].get(text.lower(), kind_code(text))
    if kind is None or (kind and KINDS[kind].family != compact.value):
        refuse("licenseType", text, f"is no licence type of the {compact} compact")
    return kind or independent_title(jurisdiction, compact)


def _status(row: Row) -> tuple[CredentialStatus, str]:
    reported, name = row.required("licenseStatus"), row.text("licenseStatusName")
    if reported not in {"active", "inactive"}:
        refuse("licenseStatus", reported, "is neither active nor inactive")
    status = CredentialStatus.ACTIVE if reported == "active" else CredentialStatus.LAPSED
    return (worse(status, canonical_status(name)), name) if name else (status, reported)


def _note(row: Row, compact: Compact) -> str:
    eligibility = row.required("compactEligibility")
    if eligibility not in {"eligible", "ineligible"}:
        refuse("compactEligibility", eligibility, "is neither eligible nor ineligible")
    if eligibility == "eligible" and row.text("licenseStatus") == "inactive":
        refuse("compactEligibility", eligibility, "cannot be said of an inactive licence")
    if compact is Compact.COUNSELING:
        return f"compact {eligibility}"
    scope = row.required("licenseScope")
    if scope not in SCOPES:
        refuse("licenseScope", scope, "is neither single-state nor multi-state")
    return f"compact {eligibility}, {scope}"


def is_multistate(statement: Statement) -> bool:
    """Whether the licence reaches every member state of the compact, by what the state uploaded."""
    return statement.note == "compact eligible, multi-state" and statement.status in YES
