"""What a body's officer has to look at: why a credential waits to be confirmed, and how urgent that is.

- What contradicts itself comes first, then what nobody could read, who is missing from a complete roster, what has
  grown stale, new claims, and at last what is about to expire.
- What speaks for itself does not wait: a credential that is suspended, lapsed or ended is as its body said.
- It does not know whose list it is.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from verification.credentials import CredentialStatus
from verification.histories import Basis, Reading

MISSING_WORD: Final = "missing from the complete roster"
"""The word under which it is recorded that a complete roster did not mention a credential."""

HORIZONS: Final = (30, 60, 90)
"""How many days ahead an expiry is announced; the last is the farthest."""


class Waiting(StrEnum):
    """Why a credential waits, most urgent first."""

    CONFLICT = "CONFLICT"
    UNKNOWN_WORD = "UNKNOWN_WORD"
    MISSING = "MISSING"
    STALE = "STALE"
    NEW_CLAIM = "NEW_CLAIM"
    EXPIRING = "EXPIRING"


FILTERS: Final[Mapping[str, frozenset[Waiting]]] = {
    "ALL": frozenset(Waiting),
    "NEW_CLAIMS": frozenset({Waiting.NEW_CLAIM}),
    **{f"EXPIRING_{days}": frozenset({Waiting.EXPIRING}) for days in HORIZONS},
    "CONFLICTS": frozenset({Waiting.CONFLICT}),
    "UNKNOWN_WORDS": frozenset({Waiting.UNKNOWN_WORD}),
    "MISSING": frozenset({Waiting.MISSING}),
    "STALE": frozenset({Waiting.STALE}),
}
"""What each filter of the list lets through; those for an expiry look at its day besides."""


class Waits(NamedTuple):
    """Why, and the day it is about: what was said that day, or what counted until then."""

    why: Waiting
    day: date | None


def waits(reading: Reading) -> Waits | None:
    """Why a credential of which this is known waits for its body; None when it does not. Expiry is not looked at."""
    day = max((statement.dated for statement in reading.rests_on), default=None)
    if reading.basis is Basis.CONFLICT:
        return Waits(Waiting.CONFLICT, day)
    if reading.basis is Basis.UNREADABLE:
        missing = all(statement.said.word == MISSING_WORD for statement in reading.rests_on)
        return Waits(Waiting.MISSING if missing else Waiting.UNKNOWN_WORD, day)
    if reading.basis in (Basis.STALE, Basis.REVERIFY):
        return Waits(Waiting.STALE, _last_good(reading))
    if reading.basis in (Basis.NOTHING_SAID, Basis.NOT_PRIMARY) or reading.status is CredentialStatus.PENDING:
        return Waits(Waiting.NEW_CLAIM, day)
    return None


def _last_good(reading: Reading) -> date | None:
    """The day it was to be asked for again, or of the last answer that counted."""
    if reading.basis is Basis.REVERIFY and reading.governing is not None:
        return reading.governing.said.reverify_by
    return reading.carrier.answered.date() if reading.carrier else None
