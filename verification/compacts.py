"""The right to practise in a patient's state without a full licence there, through a compact between states.

- Enacted is not effective: both states must be effective members on the day.
- PSYPACT: a doctoral psychologist with an active licence in the home state and an active APIT. A TAP is for thirty
  days in person and is no route for a referral.
- Counseling Compact: an active, unencumbered licence for independent practice in the home state, and an active
  privilege for the patient's.
- Social work: a multistate licence, and the active licence in the home state it rests on.
- Without a privilege on record the route is skipped: most therapists have none.
- It does not know whether the route is needed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from verification.calendars import COMPACT_ZONE, start_of
from verification.credentials import CredentialStatus
from verification.evidence import CompactMember, Facts, HeldCredential, Observation, Privilege, SourceType
from verification.findings import RANK, Finding, Question, outcome_of, rank
from verification.histories import History, Reading, boundaries, read, readings_of
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import KINDS, is_independent
from verification.statements import credible, placed
from verification.verdicts import Outcome

DOCTORAL: Final = "doctoral"


class Compact(NamedTuple):
    """The rules of one compact: which privilege, resting on a licence of which family, and whose day it is."""

    privilege: str
    family: str
    zone: str
    doctoral: bool
    unencumbered: bool
    everywhere: bool


# CompactConnect serves the last two and publishes the day's end as UTC-4; PSYPACT's commission sits in Georgia.
COMPACTS: Final = MappingProxyType(
    {
        "PSYPACT": Compact("APIT", "psychology", "America/New_York", True, False, True),
        "COUNSELING": Compact("PRIVILEGE", "counseling", COMPACT_ZONE, False, True, False),
        "SOCIAL-WORK": Compact("MULTISTATE", "social-work", COMPACT_ZONE, False, False, True),
    },
)


class Route(NamedTuple):
    """One privilege with the licences at home that it could rest on."""

    compact: str
    rules: Compact
    home: str
    privilege: History
    licences: tuple[History, ...]
    degrees: tuple[str | None, ...]


class Membership(NamedTuple):
    """From when until when a state is an effective member of a compact."""

    start: datetime
    end: datetime | None
    evidence: str


Memberships = dict[tuple[str, str], Membership]


def memberships_of(facts: Facts, known_at: datetime) -> Memberships:
    """The effective memberships on record by `known_at`; the newest record of a state in a compact counts."""
    newest: dict[tuple[str, str], CompactMember] = {}
    for row in sorted(facts.compact_members, key=lambda row: (row.recorded_at, row.evidence)):
        if row.recorded_at <= known_at:
            newest[row.compact, row.jurisdiction] = row
    return {key: _membership(row, row.effective) for key, row in newest.items() if row.effective is not None}


def _membership(row: CompactMember, effective: date) -> Membership:
    place = JURISDICTIONS.get(row.jurisdiction)
    zone = place.zone if place else "UTC"
    end = start_of(row.withdrawn, zone) if row.withdrawn else None
    return Membership(start_of(effective, zone), end, row.evidence)


def routes_to(question: Question, licences: Sequence[History]) -> tuple[Route, ...]:
    """Every privilege on record that could open the way to the place asked about."""
    held: dict[tuple[str, str], list[Privilege]] = {}
    for privilege in question.facts.privileges:
        if privilege.recorded_at <= question.known_at and _leads_to(privilege, question.jurisdiction):
            held.setdefault((privilege.compact, privilege.home), []).append(privilege)
    return tuple(_route(question, privileges, licences) for _, privileges in sorted(held.items()))


def _leads_to(privilege: Privilege, jurisdiction: str) -> bool:
    rules = COMPACTS.get(privilege.compact)
    if rules is None or rules.privilege != privilege.kind or privilege.home == jurisdiction:
        return False
    return rules.everywhere or privilege.jurisdiction == jurisdiction


def _route(question: Question, privileges: Sequence[Privilege], licences: Sequence[History]) -> Route:
    """The route that privileges of one compact and one home state open."""
    compact, home = privileges[0].compact, privileges[0].home
    rules = COMPACTS[compact]
    said = tuple(_observation(privilege, compact) for privilege in privileges)
    newest = max(privileges, key=lambda privilege: (privilege.answered_at, privilege.id))
    credential = HeldCredential(newest.id, rules.privilege, "", question.jurisdiction, compact, said)
    readings = readings_of(placed(said, rules.zone, None), question.at, question.policy.freshness["privilege"])
    resting_on = tuple(
        history
        for history in licences
        if history.credential.jurisdiction == home
        and KINDS[history.credential.kind].family == rules.family
        and is_independent(history.credential.kind, home)
    )
    degrees = tuple(_degree(history.credential, question.known_at) for history in resting_on)
    return Route(compact, rules, home, History(credential, readings), resting_on, degrees)


def _degree(licence: HeldCredential, known_at: datetime) -> str | None:
    """The degree by the newest statement of the board that names one."""
    named = [(s.answered_at, s.degree) for s in credible(licence, known_at) if s.degree and s.source_type == "primary"]
    return max(named)[1].strip().lower() if named else None


def _observation(privilege: Privilege, compact: str) -> Observation:
    """A privilege is read like any statement, so that old and new ones are weighed by the same rules."""
    return Observation(
        id=privilege.id,
        status=privilege.status,
        word=privilege.status,
        status_date=privilege.effective,
        issued=None,
        expires=privilege.expires,
        reverify_by=None,
        discipline=None,
        discipline_date=None,
        discipline_lifted=None,
        degree=None,
        answered_at=privilege.answered_at,
        recorded_at=privilege.recorded_at,
        evidence=privilege.evidence,
        source=compact,
        source_type=SourceType.PRIMARY,
    )


def route_boundaries(routes: Sequence[Route], memberships: Memberships) -> list[datetime]:
    """Every instant at which a route could open or close, those of the licences at home left out."""
    found = [instant for route in routes for instant in boundaries(route.privilege)]
    if routes:
        found.extend(m.start for m in memberships.values())
        found.extend(m.end for m in memberships.values() if m.end is not None)
    return found


def best_route(
    routes: Sequence[Route],
    jurisdiction: str,
    memberships: Memberships,
    at: datetime,
) -> tuple[Finding, History | None]:
    """The best of the routes, of which there must be one, at an instant, and the licence at home it rests on."""
    return min((_try(route, jurisdiction, memberships, at) for route in routes), key=lambda pair: RANK[pair[0].outcome])


def _try(
    route: Route,
    jurisdiction: str,
    memberships: Memberships,
    at: datetime,
) -> tuple[Finding, History | None]:
    members = []
    for state in (route.home, jurisdiction):
        member = memberships.get((route.compact, state))
        if member is None or not (member.start <= at and (member.end is None or at < member.end)):
            return Finding("compact", Outcome.FAILED, "COMPACT_NOT_MEMBER", about=(route.compact, state)), None
        members.append(member.evidence)
    licences = zip(route.licences, route.degrees, strict=True)
    said = [(read(history, at), history, degree) for history, degree in licences if history.said]
    if not said:
        return Finding("compact", Outcome.UNKNOWN, "COMPACT_NO_HOME_LICENCE", about=(route.compact, route.home)), None
    privilege = read(route.privilege, at)
    licence, history, degree = min(said, key=lambda found: rank(found[0]))
    outcome, reason = _weigh(route.rules, privilege, licence, degree)
    evidence = [*(s.said.evidence for s in privilege.rests_on), *members]
    about = (route.compact, route.home, jurisdiction, route.rules.privilege, licence.status, privilege.status)
    return Finding("compact", outcome, reason, tuple(evidence), history.credential, licence, about), history


def _weigh(rules: Compact, privilege: Reading, licence: Reading, degree: str | None) -> tuple[Outcome, str]:
    if rules.doctoral and degree is None:
        return Outcome.UNKNOWN, "COMPACT_DEGREE_UNKNOWN"
    if rules.doctoral and degree != DOCTORAL:
        return Outcome.FAILED, "COMPACT_NOT_DOCTORAL"
    if rules.unencumbered and licence.status is CredentialStatus.ACTIVE_WITH_NOTICE:
        return Outcome.FAILED, "COMPACT_ENCUMBERED"
    outcome = max((outcome_of(privilege), outcome_of(licence)), key=RANK.__getitem__)
    return outcome, "COMPACT_OPEN" if RANK[outcome] <= RANK[Outcome.NOTICE] else "COMPACT_NOT_ACTIVE"
