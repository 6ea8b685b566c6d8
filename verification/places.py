"""Whether somebody may treat a patient in a place, and whether anything stands against any of her licences.

- An active licence for independent practice in the patient's jurisdiction is enough, confirmed by its board; else a
  compact may open the way, but never around discipline in the patient's own jurisdiction.
- No statement about a licence there is unknown; one that is not for independent practice is a no.
- A licence suspended, revoked or surrendered anywhere else makes the answer unknown until a steward has reviewed it;
  restrictions and notices anywhere else, and what was reviewed, are notices.
- Where a title is protected, a licence of the kinds it names without the qualification is a notice, never a no.
- Where no licence is asked for, whatever stands against any licence still counts.
- It does not know certificates.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from verification.compacts import Memberships, Route, best_route, memberships_of, route_boundaries, routes_to
from verification.credentials import CredentialStatus
from verification.evidence import HeldCredential, Review
from verification.findings import RANK, Finding, Group, Question, best_of, outcome_of, rank, reading_finding
from verification.histories import History, Reading, boundaries, read
from verification.kinds import KINDS, CredentialRole, is_independent
from verification.policy import Policy, TitleRule
from verification.statements import Statement
from verification.verdicts import Outcome

# What in the patient's own jurisdiction a compact leads around: nothing said there, or a licence that has run out.
_PASSABLE = frozenset({"LICENCE_NO_STATEMENT", "LICENCE_EXPIRED", "LICENCE_LAPSED", "LICENCE_NOT_PRIMARY"})
# A licence that is not for independent practice is a "no" only while it is one: an old one that has ended says nothing.
_OVER = frozenset({CredentialStatus.LAPSED, CredentialStatus.CANCELLED, CredentialStatus.UNKNOWN})


class Place(NamedTuple):
    """What bears on one jurisdiction: licences there (independent or not) and anywhere, titles and compact routes."""

    jurisdiction: str
    independent: tuple[History, ...]
    dependent: tuple[History, ...]
    licences: tuple[History, ...]
    titles: tuple[tuple[TitleRule, tuple[History, ...]], ...]
    routes: tuple[Route, ...]
    memberships: Memberships
    policy: Policy
    known_at: datetime


def place_group(question: Question, histories: Sequence[History]) -> Group:
    """The checks licence, licence-elsewhere, compact and title."""
    place = _place(question, histories)
    used = (*place.licences, *(q for _, qualifications in place.titles for q in qualifications))
    found = [instant for history in used for instant in boundaries(history)]
    found.extend(route_boundaries(place.routes, place.memberships))
    return Group(found, lambda instant: _ask(place, instant))


def _place(question: Question, histories: Sequence[History]) -> Place:
    facts, jurisdiction, policy = question.facts, question.jurisdiction, question.policy
    licences = tuple(h for h in histories if KINDS[h.credential.kind].role is CredentialRole.LICENCE)
    here = [h for h in licences if h.credential.jurisdiction == jurisdiction]
    independent = tuple(h for h in here if is_independent(h.credential.kind, jurisdiction))
    titles = tuple(
        (rule, tuple(h for h in histories if h.credential.kind == rule.qualification))
        for rule in policy.titles
        if rule.jurisdiction == jurisdiction
    )
    routes = routes_to(question, licences) if facts.privileges else ()
    return Place(
        jurisdiction,
        independent,
        tuple(h for h in here if h not in independent),
        licences,
        titles,
        routes,
        memberships_of(facts, question.known_at) if routes else {},
        policy,
        question.known_at,
    )


def _ask(place: Place, at: datetime) -> tuple[Finding, ...]:
    licence, title, used = _licence(place, at)
    compact = Finding("compact", Outcome.SKIPPED, "COMPACT_NO_PRIVILEGE", about=place.jurisdiction)
    if RANK[licence.outcome] <= RANK[Outcome.NOTICE]:
        compact = compact._replace(reason="COMPACT_NOT_NEEDED")
    elif place.routes and place.policy.asks("compact"):
        found, home = best_route(place.routes, place.jurisdiction, place.memberships, at)
        compact = found._replace(outcome=Outcome.SKIPPED)
        if licence.reason in _PASSABLE and RANK[found.outcome] < RANK[licence.outcome]:
            licence = licence._replace(outcome=Outcome.SKIPPED, reason="LICENCE_NOT_NEEDED", about=found.about)
            compact, used = found, home
            title = _title(place, home.credential.kind if home else None, at)
    if not place.policy.asks("licence"):
        used = None
    return licence, _elsewhere(place, used, at), compact, title


def _licence(place: Place, at: datetime) -> tuple[Finding, Finding, History | None]:
    """The best licence here with what the title rule says about it."""
    found = []
    for history in place.independent:
        if history.said:
            reading = read(history, at)
            title = _title(place, history.credential.kind, at)
            found.append((max(rank(reading), RANK[title.outcome]), rank(reading), history, reading, title))
    if not found:
        return _no_licence(place, at), _title(place, None, at), None
    _, _, history, reading, title = min(found, key=lambda option: option[:2])
    return reading_finding("licence", history.credential, reading), title, history


def _no_licence(place: Place, at: datetime) -> Finding:
    best = best_of(place.dependent, at)
    if best is not None and best[1].status not in _OVER:
        history, reading = best
        return reading_finding("licence", history.credential, reading)._replace(
            outcome=Outcome.FAILED,
            reason="LICENCE_NOT_INDEPENDENT",
        )
    return Finding("licence", Outcome.UNKNOWN, "LICENCE_NO_STATEMENT", about=place.jurisdiction)


def _title(place: Place, kind: str | None, at: datetime) -> Finding:
    for rule, qualifications in place.titles:
        if kind in rule.licences:
            best = best_of(qualifications, at)
            if best is None:
                return Finding("title", Outcome.NOTICE, "TITLE_NO_STATEMENT", about=rule)
            finding = reading_finding("title", best[0].credential, best[1])
            passed = outcome_of(best[1]) is Outcome.PASSED
            return finding._replace(outcome=Outcome.PASSED if passed else Outcome.NOTICE, about=rule)
    return Finding("title", Outcome.SKIPPED, "TITLE_NOT_PROTECTED", about=place.jurisdiction)


def _elsewhere(place: Place, used: History | None, at: datetime) -> Finding:
    """The worst that is known against any licence but the one that is used."""
    others = [history for history in place.licences if history is not used]
    if not others:
        return Finding("licence-elsewhere", Outcome.SKIPPED, "LICENCE_ELSEWHERE_NONE")
    worst = Finding("licence-elsewhere", Outcome.PASSED, "LICENCE_ELSEWHERE_CLEAR", about=len(others))
    for history in others:
        finding = _against(place, history, read(history, at))
        if finding is not None and RANK[finding.outcome] > RANK[worst.outcome]:
            worst = finding
    return worst


def _against(place: Place, history: History, reading: Reading) -> Finding | None:
    grave = [s for s in reading.against if s.status in place.policy.elsewhere_unknown]
    light = [s for s in reading.against if s.status in place.policy.elsewhere_notice or _unread_action(s)]
    if grave:
        review = _review(place, history, grave)
        if review is None:
            return _other(history, reading, grave, Outcome.UNKNOWN, "LICENCE_ELSEWHERE_DISCIPLINE")
        reviewed = _other(history, reading, grave, Outcome.NOTICE, "LICENCE_ELSEWHERE_REVIEWED")
        return reviewed._replace(about=review[0], own_evidence=(review[1],))
    return _other(history, reading, light, Outcome.NOTICE, "LICENCE_ELSEWHERE_NOTICE") if light else None


def _unread_action(statement: Statement) -> bool:
    """An action whose type nobody has mapped is told of: it may be anything."""
    return statement.action and statement.status is CredentialStatus.UNKNOWN


def _other(history: History, reading: Reading, said: Sequence[Statement], outcome: Outcome, reason: str) -> Finding:
    only = reading._replace(rests_on=tuple(said), status=said[0].status)
    return Finding("licence-elsewhere", outcome, reason, (), history.credential, only)


def _review(place: Place, history: History, grave: Sequence[Statement]) -> tuple[str, str] | None:
    """The steward's reason and its evidence, when the newest review is newer than everything grave.

    A roster says the same thing every night: what counts is when it was first on record, not the last repetition.
    """
    newest = newest_review(history.credential, grave, place.known_at)
    return None if newest is None else (newest.reason, newest.evidence)


def newest_review(credential: HeldCredential, grave: Sequence[Statement], known_at: datetime) -> Review | None:
    """The newest review known at an instant, when it is newer than everything grave; None when it is not."""
    known = [review for review in credential.reviews if review.recorded_at <= known_at]
    newest = max(known, key=lambda review: (review.recorded_at, review.id), default=None)
    if newest is None or any(newest.recorded_at <= _first_known(statement, grave) for statement in grave):
        return None
    return newest


def _first_known(statement: Statement, grave: Sequence[Statement]) -> datetime:
    return min(s.said.recorded_at for s in grave if _same_event(s, statement))


def _same_event(one: Statement, other: Statement) -> bool:
    """Whether two statements tell of one event: with the same printed date, or each without one."""
    return (one.source, one.status, _printed(one)) == (other.source, other.status, _printed(other))


def _printed(statement: Statement) -> object:
    said = statement.said
    return said.discipline_date or said.status_date if statement.action else said.status_date
