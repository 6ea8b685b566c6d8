"""Discipline elsewhere that a steward has to look into before the holder can be referred to again.

- A licence that was suspended, revoked or surrendered holds referrals back wherever its holder has another one that is
  good, until a review is on record that is newer than it.
- A review is asked for where it would change something: somebody with no other good licence waits for none.
- It does not know what the review says; that is for people.
"""

from datetime import datetime, timedelta
from typing import Final

from verification.credentials import YES
from verification.errors import Refusal
from verification.evidence import Facts, HeldCredential
from verification.histories import Reading, history_of
from verification.kinds import KINDS, CredentialRole
from verification.places import newest_review
from verification.policies import Policies
from verification.policy import Policy

# What is said against a licence stands however old the answer is.
_ANY_AGE: Final = timedelta(days=3650)


def waiting_for_review(facts: Facts, now: datetime, policies: Policies) -> frozenset[str]:
    """The ids of the licences whose discipline waits for a steward's review."""
    licences = [held for held in facts.credentials if _is_licence(held)]
    if not any(_maybe_grave(held) for held in licences):
        return frozenset()
    read = {held.id: _reading(held, now, policies) for held in facts.credentials if _carries(held, policies)}
    good = {own for own, reading in read.items() if reading.status in YES}
    return frozenset(
        held.id
        for held in licences
        if good - {held.id} and _unreviewed(held, read[held.id], now, policies.in_force(held.jurisdiction, now))
    )


def check_reviewable(held: HeldCredential, now: datetime, policies: Policies) -> None:
    """Raises Refusal NOTHING_TO_REVIEW when nothing is said against the credential that a review would answer."""
    policy = policies.in_force(held.jurisdiction, now)
    grave = _is_licence(held) and [s for s in _reading(held, now, policies).against if _counts(s.status, policy)]
    if not grave:
        raise Refusal(
            "NOTHING_TO_REVIEW",
            "Nothing is on record against this licence that a review is needed for.",
            ("credential",),
        )


def _is_licence(held: HeldCredential) -> bool:
    return held.kind in KINDS and KINDS[held.kind].role is CredentialRole.LICENCE


def _carries(held: HeldCredential, policies: Policies) -> bool:
    """Whether somebody can be referred to on it: a licence, or a certificate where no licence is asked for."""
    return _is_licence(held) or any(held.kind in policy.certificates for policy in policies.without_licence)


def _maybe_grave(held: HeldCredential) -> bool:
    """A quick look, so that by far the most people cost nothing."""
    return any(said.discipline or said.status not in YES for said in held.observations)


def _reading(held: HeldCredential, now: datetime, policies: Policies) -> Reading:
    age = policies.in_force(held.jurisdiction, now).longest_age(held.kind) if held.kind in KINDS else _ANY_AGE
    return history_of(held, now, now, age).readings[0][1]


def _unreviewed(held: HeldCredential, reading: Reading, now: datetime, policy: Policy) -> bool:
    grave = [statement for statement in reading.against if _counts(statement.status, policy)]
    return bool(grave) and newest_review(held, grave, now) is None


def _counts(status: object, policy: Policy) -> bool:
    return status in policy.elsewhere_unknown
