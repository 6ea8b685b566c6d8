"""The bodies' own files of the demo: rosters, and the licence file a compact's member state uploads.

- A roster is CSV in UTF-8 with the header Bonafide asks of a body; dates are YYYY-MM-DD, blank where there is none.
- The compact file has the columns CompactConnect documents for licence uploads; columns about the home stay empty.
- Names are written as the people write them, with their accents; the registry has them without.
"""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from api.demo.statements import Statement

HEADER = (
    "credentialKind", "credentialNumber", "jurisdiction", "familyName", "givenName", "middleName", "suffix", "npi",
    "dateOfBirth", "status", "statusDate", "dateOfIssuance", "dateOfExpiration", "reverifyBy", "disciplineType",
    "disciplineDate", "disciplineLiftedDate", "degree",
)  # fmt: skip
COMPACT_HEADER = (
    "dateOfIssuance", "npi", "licenseNumber", "dateOfBirth", "licenseType", "familyName", "homeAddressCity",
    "middleName", "licenseStatus", "licenseStatusName", "compactEligibility", "ssn", "homeAddressStreet1",
    "homeAddressStreet2", "dateOfExpiration", "homeAddressState", "homeAddressPostalCode", "givenName",
    "dateOfRenewal",
)  # fmt: skip

_ACTIVE_WITH_A_MARK = frozenset({"Accusation Filed", "Probation"})
_COUNSELOR = "licensed professional counselor"


def write_roster(path: Path, statements: Iterable[Statement]) -> int:
    """One body's roster; the number of rows written."""
    return _write(path, HEADER, (_roster_row(statement) for statement in statements))


def write_compact_licenses(path: Path, statements: Iterable[Statement]) -> int:
    """Counselors' licences of one state as it uploads them to the Counseling Compact, without applications.

    Gives the number of rows written.
    """
    return _write(path, COMPACT_HEADER, (_compact_row(statement) for statement in statements))


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for count, row in enumerate(rows, 1):  # noqa: B007 - the count is what is wanted after the loop
            writer.writerow(row)
    return count


def _roster_row(statement: Statement) -> tuple[str, ...]:
    person = statement.person
    return (
        statement.kind,
        statement.number,
        statement.jurisdiction,
        person.family,
        person.given,
        person.middle,
        person.suffix,
        person.npi if statement.npi else "",
        person.born.isoformat(),
        statement.status,
        _day(statement.status_date),
        _day(statement.issued),
        _day(statement.expires),
        "",
        statement.discipline,
        _day(statement.discipline_date),
        _day(statement.discipline_lifted),
        statement.degree,
    )


def _compact_row(statement: Statement) -> tuple[str, ...]:
    person = statement.person
    clear = statement.status in {"Current", "Active"}
    return (
        _day(statement.issued),
        person.npi,
        statement.number,
        person.born.isoformat(),
        _COUNSELOR,
        person.family,
        "",
        person.middle,
        "active" if clear or statement.status in _ACTIVE_WITH_A_MARK else "inactive",
        statement.status,
        "eligible" if clear else "ineligible",
        "",
        "",
        "",
        _day(statement.expires),
        statement.jurisdiction,
        "",
        person.given,
        _day(statement.status_date),
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
