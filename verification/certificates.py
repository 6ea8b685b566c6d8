"""Whether somebody holds a good certificate in sex therapy, with the membership it depends on.

- One active certificate of a kind that the policy counts is enough; a certificate in counselling or education is none.
- A certificate that needs a membership is as good as the worse of the two; both legs are shown.
- A certificate that is itself a grade of a membership needs no word about that, but heeds what was said of it.
- No statement about a certificate, or about the membership it needs, is unknown.
- It does not know licences.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from verification.findings import RANK, Finding, Group, Question, best_of, rank, reading_finding
from verification.histories import Basis, History, boundaries, read
from verification.kinds import KINDS
from verification.verdicts import Outcome


class _Leg(NamedTuple):
    rank: int
    finding: Finding


def certificate_group(question: Question, histories: Sequence[History]) -> Group:
    """The checks certificate and membership."""
    counting = question.policy.certificates
    certificates = [h for h in histories if h.credential.kind in counting]
    needed = {kind for h in certificates for kind in KINDS[h.credential.kind].beside}
    memberships = {kind: [h for h in histories if h.credential.kind == kind] for kind in needed}
    used = (*certificates, *(h for held in memberships.values() for h in held))
    found = [instant for history in used for instant in boundaries(history)]
    others = tuple(h for h in histories if _is_certificate(h) and h.credential.kind not in counting)
    return Group(found, lambda at: _ask(certificates, memberships, others, at))


def _is_certificate(history: History) -> bool:
    return KINDS[history.credential.kind].role == "certificate"


def _ask(
    certificates: Sequence[History],
    memberships: Mapping[str, Sequence[History]],
    others: Sequence[History],
    at: datetime,
) -> tuple[Finding, ...]:
    best: tuple[int, tuple[Finding, ...]] | None = None
    for history in certificates:
        if not history.said:
            continue
        reading = read(history, at)
        membership = _membership(history, memberships, at)
        total = _both(rank(reading), membership.rank)
        if best is None or total < best[0]:
            best = total, (reading_finding("certificate", history.credential, reading), membership.finding)
    if best is not None:
        return best[1]
    credentials = tuple(h.credential for h in others if read(h, at).basis is Basis.YES)
    return (
        Finding("certificate", Outcome.UNKNOWN, "CERTIFICATE_NO_STATEMENT", about=credentials),
        Finding("membership", Outcome.SKIPPED, "MEMBERSHIP_NO_CERTIFICATE"),
    )


def _both(certificate: int, membership: int) -> int:
    """The rank of two legs that are both needed: a known failure of one outweighs hearsay about the other."""
    failed = RANK[Outcome.FAILED]
    return failed if failed in {certificate, membership} else max(certificate, membership)


def _membership(certificate: History, memberships: Mapping[str, Sequence[History]], at: datetime) -> _Leg:
    """The worst of the memberships that a certificate needs, each the best of those held."""
    worst = _Leg(0, Finding("membership", Outcome.SKIPPED, "MEMBERSHIP_NOT_NEEDED", credential=certificate.credential))
    for kind in KINDS[certificate.credential.kind].beside:
        leg = _leg(kind, certificate, memberships[kind], at)
        if worst.finding.outcome is Outcome.SKIPPED or leg.rank > worst.rank:
            worst = leg
    return worst


def _leg(kind: str, certificate: History, held: Sequence[History], at: datetime) -> _Leg:
    best = best_of(held, at)
    if best is None and kind in KINDS[certificate.credential.kind].includes:
        included = Finding("membership", Outcome.SKIPPED, "MEMBERSHIP_INCLUDED", (), certificate.credential, about=kind)
        return _Leg(0, included)
    if best is None:
        missing = Finding(
            "membership",
            Outcome.UNKNOWN,
            "MEMBERSHIP_NO_STATEMENT",
            credential=certificate.credential,
            about=kind,
        )
        return _Leg(RANK[Outcome.UNKNOWN], missing)
    history, reading = best
    return _Leg(rank(reading), reading_finding("membership", history.credential, reading))
