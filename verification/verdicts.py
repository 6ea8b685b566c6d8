"""The words of a decision: verdict, checks, windows, and what is shown of one credential.

- A negative verdict is a value like any other, never an exception.
- A check that was not made appears too, as skipped, with the reason.
- `good_until` is exclusive: the answer holds up to it, and differs at it.
- It does not know how a decision is reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from verification.confirmations import Waits
from verification.credentials import CredentialStatus
from verification.reasons import Fixer


class Verdict(StrEnum):
    """Whether a patient in the place may be referred."""

    REFERABLE = "REFERABLE"
    REFERABLE_WITH_NOTICE = "REFERABLE_WITH_NOTICE"
    NOT_REFERABLE = "NOT_REFERABLE"
    UNKNOWN = "UNKNOWN"


class Outcome(StrEnum):
    """What one check came to."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    NOTICE = "NOTICE"
    SKIPPED = "SKIPPED"


REFERABLE_VERDICTS = frozenset({Verdict.REFERABLE, Verdict.REFERABLE_WITH_NOTICE})


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a decision.

    `reason` is a sentence for people, `reason_code` with the values in `params` the same for programs; `remedy` says
    how it can be put right, where something is to be put right, and `fixable_by` who can; `evidence` are ids;
    `good_until` is when the outcome next changes, as far as is known.
    """

    code: str
    outcome: Outcome
    reason: str
    remedy: str | None
    evidence: tuple[str, ...]
    good_until: datetime | None
    reason_code: str
    params: Mapping[str, str]
    fixable_by: Fixer | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision: verified as of `at`, known at `known_at`, under that policy, good until `good_until`."""

    verdict: Verdict
    at: datetime
    known_at: datetime
    good_until: datetime | None
    policy_id: str
    policy_version: str
    checks: tuple[Check, ...]

    @property
    def referable(self) -> bool:
        return self.verdict in REFERABLE_VERDICTS

    @property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence the checks rest on, each once, in the order of the checks."""
        return tuple(dict.fromkeys(item for check in self.checks for item in check.evidence))


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, `until` excluded, in which a referral is possible; `because` are sentences for people."""

    start: datetime
    until: datetime | None
    notice: bool
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialProjection:
    """What is known of one credential: its state now, until when, and what it is after that if nothing is heard.

    `confirmed_at` is the newest answer of its primary source, whatever the answer was. `waits` says why its body has to
    look at it, None when nothing but time will bring that about.
    """

    status: CredentialStatus
    status_until: datetime | None
    status_after: CredentialStatus | None
    issued: date | None
    expires: date | None
    confirmed_at: datetime | None
    waits: Waits | None = None
    reverify_by: date | None = None
