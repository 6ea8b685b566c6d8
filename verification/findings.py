"""What a check found at an instant, as codes and parameters; sentences are made of it only where somebody reads them.

- Outcomes have an order; a decision takes the worst of its checks, and a known failure outweighs an unknown.
- Among several credentials that would do, the best counts, but hearsay never counts before a known failure.
- A group of checks that share credentials is asked together and names every instant at which an answer may change.
- It does not know how any check is made.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from verification.credentials import CredentialStatus
from verification.evidence import Facts, HeldCredential
from verification.histories import Basis, History, Reading, read
from verification.policy import Policy
from verification.reasons import reason_code
from verification.verdicts import Outcome, Verdict


class Question(NamedTuple):
    """What is asked: may a patient in the jurisdiction be referred at `at`, by what was on record at `known_at`."""

    facts: Facts
    jurisdiction: str
    at: datetime
    known_at: datetime
    policy: Policy


class Finding(NamedTuple):
    """What one check found. `about` is what the reason code needs to be said in words.

    `own_evidence` are ids of evidence that is not about the credential.
    """

    check: str
    outcome: Outcome
    reason: str
    own_evidence: tuple[str, ...] = ()
    credential: HeldCredential | None = None
    reading: Reading | None = None
    about: Any = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all evidence it rests on, each once."""
        if self.reading is None:
            return self.own_evidence
        if len(self.reading.rests_on) == 1 and not self.own_evidence:
            return (self.reading.rests_on[0].said.evidence,)
        return tuple(dict.fromkeys([*(s.said.evidence for s in self.reading.rests_on), *self.own_evidence]))


class Group(NamedTuple):
    """Checks that are asked together: `ask` gives their findings at an instant, always the same checks in one order."""

    boundaries: Sequence[datetime]
    ask: Callable[[datetime], tuple[Finding, ...]]


_RANK: Final = {Outcome.PASSED: 0, Outcome.SKIPPED: 0, Outcome.NOTICE: 1, Outcome.UNKNOWN: 2, Outcome.FAILED: 3}
RANK: Final = MappingProxyType(_RANK)
VERDICTS: Final = (Verdict.REFERABLE, Verdict.REFERABLE_WITH_NOTICE, Verdict.UNKNOWN, Verdict.NOT_REFERABLE)
_OUTCOMES: Final = MappingProxyType(
    dict.fromkeys(CredentialStatus, Outcome.FAILED)
    | {
        CredentialStatus.ACTIVE: Outcome.PASSED,
        CredentialStatus.ACTIVE_WITH_NOTICE: Outcome.NOTICE,
        CredentialStatus.UNKNOWN: Outcome.UNKNOWN,
    },
)
_HEARSAY_RANK: Final = 4


def outcome_of(reading: Reading) -> Outcome:
    """What a credential's state means for a check that needs it."""
    return _OUTCOMES[reading.status]


def rank(reading: Reading) -> int:
    """The order in which credentials that would do are taken: the lowest first."""
    if reading.basis is Basis.NOT_PRIMARY or reading.basis is Basis.NOTHING_SAID:
        return _HEARSAY_RANK
    return RANK[_OUTCOMES[reading.status]]


def worst(findings: Iterable[Finding]) -> int:
    """The index into VERDICTS that some findings lead to."""
    highest = 0
    for finding in findings:
        rank = _RANK[finding.outcome]
        if rank > highest:  # noqa: PLR1730 - asked for every check of everybody, and max() costs as much as the rest
            highest = rank
    return highest


_reason = lru_cache(maxsize=512)(reason_code)


def reading_finding(check: str, credential: HeldCredential, reading: Reading) -> Finding:
    """A credential's state as the finding of the check that needs it; the code is the check's name and the state's."""
    state = reading.status if reading.basis is Basis.YES or reading.basis is Basis.NO else reading.basis
    return Finding(check, _OUTCOMES[reading.status], _reason(check, state), (), credential, reading)


def best_of(histories: Iterable[History], at: datetime) -> tuple[History, Reading] | None:
    """The best of some credentials at an instant, None when nothing at all was said about any."""
    found = [(history, read(history, at)) for history in histories if history.said]
    if len(found) <= 1:
        return found[0] if found else None
    return min(found, key=lambda pair: rank(pair[1]))
