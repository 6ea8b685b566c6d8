"""Two officers must agree before discipline is taken off a credential: what counts as that, and when they agree.

- Weight is what is worse than a notice: restricted, suspended, surrendered, revoked, what has ended, and an action
  whose kind nobody has mapped. It is lifted when at any instant from now on something of it would no longer stand, or
  would be called by a lighter name.
- What stands is what counts, not what is shown: a suspension dated tomorrow, or one that a contradiction hides behind
  "unknown", cannot be taken away by one officer either, however many small steps it takes.
- To agree is to say the same again: the same about the same credential, by another officer of the same body, in time,
  while what is said against the credential is as it was.
- Putting weight on needs nobody else: what protects patients is never late.
- It does not know who is an officer of which body, nor what a roster is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from verification.canonical import digest
from verification.credentials import SEVERITY, CredentialStatus, OfficerAction
from verification.errors import Refusal
from verification.evidence import HeldCredential
from verification.histories import History, Reading, boundaries, history_of, read
from verification.statements import Statement

LASTS: Final = timedelta(days=7)
"""How long a proposal waits for a second officer."""

_S = CredentialStatus
_DISCIPLINE: Final = frozenset({_S.RESTRICTED, _S.SUSPENDED, _S.SURRENDERED, _S.REVOKED})
WEIGHTY: Final = _DISCIPLINE | {_S.DENIED, _S.CANCELLED, _S.DECEASED}
"""The states that an officer alone cannot take a credential out of."""

# What is said against a credential stands however old the answer is, so the age that is asked for does not matter.
_ANY_AGE: Final = timedelta(days=3650)


class ProposalKind(StrEnum):
    """What is proposed."""

    CONFIRM = "CONFIRM"
    REINSTATE = "REINSTATE"
    LIFT_ENCUMBRANCE = "LIFT_ENCUMBRANCE"
    ROSTER = "ROSTER"


class ProposalStatus(StrEnum):
    """What became of a proposal."""

    OPEN = "OPEN"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one officer said and another has to say too.

    `by` is the account that made it and `active` whether that account may still speak; `words` hashes what was said,
    `ground` what it was said on.
    """

    id: str
    kind: ProposalKind
    status: ProposalStatus
    by: str
    active: bool
    words: str
    ground: str
    expires_at: datetime
    said: Mapping[str, Any]


def lifts(before: HeldCredential, after: HeldCredential, now: datetime) -> bool:
    """Whether the credential as it would be known afterwards lacks, at `now` or later, any weight it has before."""
    old, new = (history_of(held, now, now, _ANY_AGE) for held in (before, after))
    instants = {now, *boundaries(old), *boundaries(new)}
    return any(_eased(read(old, instant), read(new, instant)) for instant in instants)


def needs_second(
    action: OfficerAction | None, shown: CredentialStatus, before: HeldCredential, after: HeldCredential, now: datetime
) -> bool:
    """Whether an officer's word needs a second officer: it lifts, or it is meant to, as a reinstatement is."""
    meant = action is OfficerAction.REINSTATE and shown in WEIGHTY
    return meant or lifts(before, after, now)


def ground_of(credential: HeldCredential, now: datetime) -> str:
    """A hash of what is said against the credential from now on; a nightly repetition does not change it."""
    history = history_of(credential, now, now, _ANY_AGE)
    return digest(sorted({_event(s) for s in _weights(history)}))


def words_of(kind: ProposalKind, about: str, said: Mapping[str, Any]) -> str:
    """A hash of what is said, by which two officers are found to say the same."""
    return digest({"kind": kind.value, "about": about, "said": dict(said)})


def is_open(proposal: Proposal, ground: str, now: datetime) -> bool:
    """Whether it still waits: in time, on the ground it was made on, and its officer an officer still."""
    return (
        proposal.status is ProposalStatus.OPEN
        and now < proposal.expires_at
        and proposal.ground == ground
        and proposal.active
    )


def check_agreement(proposal: Proposal, account: str, ground: str, now: datetime) -> None:
    """Raises Refusal: SAME_OFFICER, PROPOSAL_CLOSED, PROPOSAL_EXPIRED or PROPOSAL_VOID when `account` cannot agree."""
    if proposal.status is not ProposalStatus.OPEN:
        raise Refusal("PROPOSAL_CLOSED", f"This proposal is {proposal.status.value.lower()} already.", ("proposal",))
    if now >= proposal.expires_at:
        raise Refusal("PROPOSAL_EXPIRED", "Nobody agreed in time; propose it again.", ("proposal",))
    if not proposal.active:
        raise Refusal("PROPOSAL_VOID", "Whoever proposed it is an officer no more; propose it again.", ("proposal",))
    if proposal.by == account:
        raise Refusal("SAME_OFFICER", "You proposed this; another officer of your body has to agree.")
    if proposal.ground != ground:
        raise Refusal("PROPOSAL_VOID", "What it rests on has changed since; propose it again.", ("proposal",))


def _eased(old: Reading, new: Reading) -> bool:
    stands = {(s.said.id, s.action) for s in new.against}
    if any((s.said.id, s.action) not in stands for s in old.against if _weighty(s)):
        return True
    return old.status in _DISCIPLINE and SEVERITY[new.status] < SEVERITY[old.status]


def _weighty(statement: Statement) -> bool:
    return statement.status in WEIGHTY or (statement.action and statement.status is _S.UNKNOWN)


def _weights(history: History) -> Iterator[Statement]:
    for _, reading in history.readings:
        yield from (s for s in reading.against if _weighty(s))


def _event(statement: Statement) -> str:
    action = statement.said.discipline or "" if statement.action else ""
    return f"{statement.source}|{statement.status}|{statement.dated}|{action}|{statement.end}"
