"""What a roster would change before it is applied: each row's effect, and whether one officer may do that alone.

- An effect compares what is known of a credential now with what would be known: what the roster says is weighed like
  any other statement, so a row that is older than what is known changes nothing.
- A roster that lifts anything needs a second officer, as a single word would. So does a mass change: more than 25
  credentials made worse, or more than one in ten of the body's good ones where that is five or more. A body whose
  account was taken over can thus not empty the directory alone.
- A cool-off, an hour between the agreement and its effect, would be the next step; it needs somebody to run the clock.
- It does not know how the credentials were found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from verification.canonical import digest
from verification.credentials import SEVERITY, YES, CredentialStatus

MASS_CHANGE: Final = 25
"""So many credentials made worse are still one officer's to say."""
MASS_SHARE: Final = 10
"""One in so many of a body's good credentials is a mass change as well …"""
MASS_LEAST: Final = 5
"""… where that is so many or more."""

_S = CredentialStatus


class Effect(StrEnum):
    """What a row does to a credential."""

    NEW = "NEW"
    LIFTS = "LIFTS"
    SUSPENDS = "SUSPENDS"
    RESTRICTS = "RESTRICTS"
    ENDS = "ENDS"
    LAPSES = "LAPSES"
    UNKNOWN = "UNKNOWN"
    MISSING = "MISSING"
    NOTICE = "NOTICE"
    IMPROVES = "IMPROVES"
    RENEWS = "RENEWS"
    UNCHANGED = "UNCHANGED"


_BY_STATUS: Final = {
    _S.SUSPENDED: Effect.SUSPENDS,
    _S.RESTRICTED: Effect.RESTRICTS,
    _S.LAPSED: Effect.LAPSES,
    _S.UNKNOWN: Effect.UNKNOWN,
    _S.ACTIVE_WITH_NOTICE: Effect.NOTICE,
    **dict.fromkeys((_S.REVOKED, _S.SURRENDERED, _S.DENIED, _S.CANCELLED, _S.DECEASED), Effect.ENDS),
}


@dataclass(frozen=True, slots=True)
class Known:
    """As much of what is known of a credential as is compared."""

    status: CredentialStatus
    expires: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """One credential and what becomes of it. `line` is that of the file, 0 for one that is missing from it.

    `before` is None for a credential that is not here yet; `word` is the status as the file words it.
    """

    line: int
    key: str
    kind: str
    number: str
    jurisdiction: str
    holder: str
    word: str
    before: Known | None
    after: Known
    effect: Effect

    @property
    def worse(self) -> bool:
        return self.before is not None and SEVERITY[self.after.status] > SEVERITY[self.before.status]


def effect_of(before: Known | None, after: Known, *, lifted: bool) -> Effect:
    """What it is called when a credential goes from one to the other."""
    if before is None:
        return Effect.NEW
    if lifted:
        return Effect.LIFTS
    if before.status is after.status:
        return Effect.RENEWS if after.expires != before.expires and after.status in YES else Effect.UNCHANGED
    if SEVERITY[after.status] > SEVERITY[before.status] or after.status not in YES:
        return _BY_STATUS.get(after.status, Effect.UNCHANGED)
    return Effect.IMPROVES


def totals(changes: Iterable[Change]) -> dict[Effect, int]:
    """How many credentials each effect has; every effect is there."""
    counted = Counter(change.effect for change in changes)
    return {effect: counted[effect] for effect in Effect}


def why_second(changes: Sequence[Change], good: int) -> str | None:
    """Why one officer may not apply this alone, as a sentence; None when one may.

    `good` is how many credentials of the body are in good standing now.
    """
    lifted = sum(change.effect is Effect.LIFTS for change in changes)
    worse = sum(change.worse and change.before is not None and change.before.status in YES for change in changes)
    if lifted:
        return f"It lifts what stands against {_some(lifted)}."
    share = worse * MASS_SHARE > good and worse >= MASS_LEAST
    if worse > MASS_CHANGE or share:
        return f"It makes {_some(worse)} worse, of {good} in good standing."
    return None


def _some(count: int) -> str:
    return f"{count} credential{'s' if count != 1 else ''}"


def changes_digest(file: str, changes: Iterable[Change], *, complete: bool) -> str:
    """A hash of a file (its SHA-256) and of all it would change: the same as long as both are."""
    rows = [
        [change.line, change.key, _plain(change.before), _plain(change.after), change.effect.value]
        for change in changes
    ]
    return digest({"file": file, "complete": complete, "changes": rows})


def _plain(known: Known | None) -> list[str | None] | None:
    if known is None:
        return None
    return [known.status.value, None if known.expires is None else known.expires.isoformat()]
