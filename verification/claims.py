"""Whether somebody else is said to hold one of her credentials, or she one of somebody else's.

- While nobody has decided whose it is, both of them are unknown: one of two has the wrong licence.
- What was recorded later counts for no earlier day, and what was decided counts from then on.
- It does not know how persons are told apart: that is identities.py.
"""

from datetime import datetime

from verification.evidence import Claim
from verification.findings import Finding, Group, Question
from verification.verdicts import Outcome


def open_claims(claims: tuple[Claim, ...], known_at: datetime) -> tuple[Claim, ...]:
    """The claims on record by an instant that nobody had decided by then, the earliest first."""
    found = [
        claim
        for claim in claims
        if claim.recorded_at <= known_at and (claim.decided_at is None or claim.decided_at > known_at)
    ]
    return tuple(sorted(found, key=lambda claim: (claim.recorded_at, claim.id)))


def claims_group(question: Question) -> Group:
    """The check identity, which appears only where there is a claim to be decided."""
    found = open_claims(question.facts.claims, question.known_at)
    if not found:
        return Group((), lambda _: ())
    evidence = tuple(dict.fromkeys(claim.evidence for claim in found))
    finding = Finding("identity", Outcome.UNKNOWN, "IDENTITY_CLAIMED_TWICE", evidence, about=found)
    return Group((), lambda _: (finding,))
