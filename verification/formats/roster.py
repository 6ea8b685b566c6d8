"""Read a row of a certifying body's roster: who holds which credential, and how it stands.

Rules:
- UTF-8 CSV, column names exact and in any order, dates YYYY-MM-DD, an empty value for none.
- The kind must be one that is known; the status word is the body's own. A word that nobody has mapped is unknown, never
  active, and is kept beside it.
- A person may have one name only; it stands in `familyName`.

Does not know which body the roster is from.
"""

from typing import Final

from verification.credentials import canonical_status
from verification.formats.columns import Layout
from verification.formats.rows import CellRefused, Refused, Row, parse_row, refuse
from verification.formats.statements import Statement, in_order, read_jurisdiction, read_number
from verification.kinds import kind_code, normal_number

LAYOUT: Final = Layout(
    "a roster",
    required=("credentialKind", "credentialNumber", "jurisdiction", "familyName", "givenName", "status"),
    optional=(
        "middleName", "suffix", "npi", "dateOfBirth", "statusDate", "dateOfIssuance", "dateOfExpiration", "reverifyBy",
        "disciplineType", "disciplineDate", "disciplineLiftedDate", "degree",
    ),
)  # fmt: skip

DEGREES: Final = frozenset({"doctoral", "masters"})


def parse(row: Row, body: str = "") -> Statement | Refused:
    """One row of a roster of the body with that code, whose own words go before everybody's."""
    return parse_row(row, lambda row: _statement(row, body))


def mentioned(row: Row) -> tuple[str, str, str] | None:
    """Jurisdiction, kind and normal number of a row that was refused for something else; None if it cannot be told.

    A member whose row could not be taken is still not missing from the roster.
    """
    try:
        return read_jurisdiction(row, "jurisdiction"), _kind(row), normal_number(read_number(row, "credentialNumber"))
    except (CellRefused, IndexError):
        return None


def _statement(row: Row, body: str) -> Statement:
    word = row.required("status")
    statement = Statement(
        line=row.line,
        kind=_kind(row),
        number=read_number(row, "credentialNumber"),
        jurisdiction=read_jurisdiction(row, "jurisdiction"),
        family_name=row.required("familyName"),
        given_name=row.text("givenName"),
        middle_name=row.text("middleName"),
        suffix=row.text("suffix"),
        npi=row.npi("npi"),
        birth_date=row.day("dateOfBirth"),
        status=canonical_status(word, body),
        word=word,
        status_date=row.day("statusDate"),
        issued=row.day("dateOfIssuance"),
        expires=row.day("dateOfExpiration"),
        reverify_by=row.day("reverifyBy"),
        discipline_type=row.text("disciplineType"),
        discipline_date=row.day("disciplineDate"),
        discipline_lifted=row.day("disciplineLiftedDate"),
        degree=_degree(row),
    )
    in_order(row, ("dateOfIssuance", statement.issued), ("dateOfExpiration", statement.expires))
    in_order(row, ("disciplineDate", statement.discipline_date), ("disciplineLiftedDate", statement.discipline_lifted))
    return statement


def _kind(row: Row) -> str:
    text = row.required("credentialKind")
    return kind_code(text) or refuse("credentialKind", text, "is no known kind of credential")


def _degree(row: Row) -> str:
    text = row.text("degree").lower()
    return text if not text or text in DEGREES else refuse("degree", text, "is neither doctoral nor masters")
