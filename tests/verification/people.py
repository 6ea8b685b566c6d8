"""Invented practitioners for the tests of decisions: everything good unless a test says otherwise.

- Every instant hangs on NOW; every fact can be changed by name.
- NPIs begin with 2, a block not in use, so that nobody is real.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from verification.credentials import CredentialStatus
from verification.evidence import (
    ExclusionEdition,
    ExclusionRow,
    Facts,
    HeldCredential,
    Observation,
    SourceType,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MS = timedelta(milliseconds=1)
NPI = "2000000010"

S = CredentialStatus
_ids = count(1)


def new_id(prefix: str = "id") -> str:
    return f"{prefix}-{next(_ids):06d}"


def observed(
    status: CredentialStatus = S.ACTIVE,
    on: date | None = date(2024, 5, 1),
    answered: datetime = NOW - 2 * DAY,
    source: str = "CA-BBS",
    **changes: Any,
) -> Observation:
    """One observation, on record from the moment it was answered; `on` is its status date."""
    values: dict[str, Any] = {
        "id": new_id("observation"),
        "status": status,
        "word": status.value,
        "status_date": on,
        "issued": None,
        "expires": None,
        "reverify_by": None,
        "discipline": None,
        "discipline_date": None,
        "discipline_lifted": None,
        "degree": None,
        "answered_at": answered,
        "recorded_at": answered,
        "evidence": new_id("evidence"),
        "source": source,
        "source_type": SourceType.PRIMARY,
    }
    return Observation(**(values | changes))


def held(kind: str, body: str, place: str, *observations: Observation, **changes: Any) -> HeldCredential:
    """A credential with what was said of it."""
    values: dict[str, Any] = {
        "id": new_id("credential"),
        "kind": kind,
        "number": "12345",
        "jurisdiction": place,
        "body": body,
        "observations": observations,
    }
    return HeldCredential(**(values | changes))


def licence(*observations: Observation, kind: str = "LMFT", place: str = "CA", body: str = "CA-BBS") -> HeldCredential:
    """A licence, active without an end unless observations are given."""
    return held(kind, body, place, *(observations or (observed(source=body),)))


def certificate(
    *observations: Observation, kind: str = "CST", body: str = "AASECT", place: str = "US"
) -> HeldCredential:
    """A certificate in sex therapy, active without an end unless observations are given."""
    return held(kind, body, place, *(observations or (observed(source=body),)))


def membership(*observations: Observation) -> HeldCredential:
    """A membership of AASECT, active without an end unless observations are given."""
    return held("AASECT-MEMBER", "AASECT", "US", *(observations or (observed(source="AASECT"),)))


def edition(name: str = "2026-11", fetched: datetime = NOW - 3 * DAY, **changes: Any) -> ExclusionEdition:
    """An edition of the exclusion list, on record since it was fetched."""
    return replace(ExclusionEdition(name, fetched, fetched, f"leie-{name}"), **changes)


def row(**changes: Any) -> ExclusionRow:
    """A row of the exclusion list with the person's name and nothing else."""
    values: dict[str, Any] = {
        "id": new_id("row"),
        "npi": None,
        "family_name": "ACHTERBERG",
        "given_name": "DELPHINE",
        "middle_name": "",
        "suffix": "",
        "birth_date": None,
        "exclusion_type": "1128b4",
        "excluded_on": date(2020, 1, 20),
        "waiver_state": None,
    }
    return ExclusionRow(**(values | changes))


def person(*credentials: HeldCredential, **changes: Any) -> Facts:
    """A therapist in good standing in California, or with exactly the credentials that are given."""
    values: dict[str, Any] = {
        "practitioner": "practitioner-1",
        "npi": NPI,
        "family_name": "Achterberg",
        "given_name": "Delphine",
        "middle_name": "",
        "suffix": "",
        "birth_date": date(1980, 2, 29),
        "npi_deactivated": None,
        "npi_reactivated": None,
        "credentials": credentials or (licence(), certificate(), membership()),
        "exclusion_editions": (edition(),),
        "exclusions": (),
    }
    return Facts(**(values | changes))
