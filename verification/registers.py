"""What two federal registers say: the deactivation of an NPI, and the list of excluded individuals (LEIE).

- A deactivated NPI is a no until it is reactivated; without an NPI, outside the United States, the check is skipped.
  How old the record is is told, and changes nothing.
- Days of both registers begin in the zone of the agencies' seats, Washington and Baltimore.
- With no edition of the list loaded, or the latest fetched too long ago, nobody is known to be clear.
- A match is a no from the day of exclusion; a waiver lifts it from its day on, in its own state only.
- A pair that a person has to decide is unknown until then.
- It does not know how a person and a row are compared: that is matches.py.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final, NamedTuple

from verification.calendars import EARLIEST, MILLISECOND, start_of
from verification.evidence import ExclusionEdition, ExclusionRow, Facts, MatchVerdict
from verification.findings import RANK, Finding, Group, Question
from verification.matches import Match, match
from verification.npi import npi_problem
from verification.verdicts import Outcome

AGENCY_ZONE: Final = "America/New_York"


class _Hit(NamedTuple):
    row: ExclusionRow
    match: Match
    start: datetime
    waived: datetime | None


def npi_group(question: Question) -> Group:
    """The check npi."""
    facts, known_at = question.facts, question.known_at
    known = facts.npi_recorded_at is None or facts.npi_recorded_at <= known_at
    dead = _start(facts.npi_deactivated) if known else None
    again = _start(facts.npi_reactivated) if known else None
    evidence = (facts.npi_evidence,) if facts.npi_evidence and known else ()
    problem = npi_problem(facts.npi) if facts.npi else None

    def ask(at: datetime) -> tuple[Finding, ...]:
        if not facts.npi:
            return (Finding("npi", Outcome.SKIPPED, "NPI_NONE"),)
        if problem is not None:
            return (Finding("npi", Outcome.FAILED, "NPI_INVALID", evidence, about=problem),)
        if dead is not None and dead <= at and (again is None or again < dead or at < again):
            return (Finding("npi", Outcome.FAILED, "NPI_DEACTIVATED", evidence, about=facts.npi_deactivated),)
        old = facts.npi_recorded_at is not None and at - facts.npi_recorded_at > question.policy.nppes_age
        return (Finding("npi", Outcome.PASSED, "NPI_IN_USE", evidence, about=facts.npi_recorded_at if old else None),)

    return Group([instant for instant in (dead, again) if instant is not None], ask)


def _start(day: date | None) -> datetime | None:
    return None if day is None else start_of(day, AGENCY_ZONE)


def exclusion_group(question: Question) -> Group:
    """The check exclusion, which a waiver makes different from place to place."""
    facts, jurisdiction, known_at = question.facts, question.jurisdiction, question.known_at
    edition = _edition(facts, known_at)
    if edition is None:
        return Group((), lambda _: (Finding("exclusion", Outcome.UNKNOWN, "EXCLUSION_NO_EDITION"),))
    hits = _hits(facts, edition, jurisdiction, known_at)
    stale = edition.fetched_at + question.policy.freshness["exclusions"] + MILLISECOND
    found = [stale, *(hit.start for hit in hits), *(hit.waived for hit in hits if hit.waived is not None)]
    return Group(found, lambda at: (_exclusion(edition, hits, stale, jurisdiction, at),))


def rows_in_force(facts: Facts, known_at: datetime) -> tuple[ExclusionRow, ...]:
    """The rows of the latest edition on record that could be about this person, each once, by id."""
    edition = _edition(facts, known_at)
    rows = {} if edition is None else {row.id: row for row in _of_edition(facts, edition)}
    return tuple(rows[own] for own in sorted(rows))


def undecided(facts: Facts, known_at: datetime) -> tuple[ExclusionRow, ...]:
    """The rows in force of which a person has yet to say whether they are about this practitioner."""
    return tuple(row for row in rows_in_force(facts, known_at) if match(facts, row).verdict is MatchVerdict.UNKNOWN)


def _edition(facts: Facts, known_at: datetime) -> ExclusionEdition | None:
    """The latest edition on record, as it was fetched last."""
    known = [edition for edition in facts.exclusion_editions if edition.recorded_at <= known_at]
    return max(known, key=lambda edition: (edition.edition, edition.fetched_at, edition.evidence), default=None)


def _hits(facts: Facts, edition: ExclusionEdition, jurisdiction: str, known_at: datetime) -> list[_Hit]:
    hits = (_hit(facts, row, jurisdiction, known_at) for row in _of_edition(facts, edition))
    return sorted((hit for hit in hits if hit.match.verdict is not MatchVerdict.DIFFERENT), key=lambda hit: hit.row.id)


def _of_edition(facts: Facts, edition: ExclusionEdition) -> Iterator[ExclusionRow]:
    for row in facts.exclusions:
        if row.first_edition <= edition.edition and (row.last_edition is None or edition.edition <= row.last_edition):
            yield row


def _hit(facts: Facts, row: ExclusionRow, jurisdiction: str, known_at: datetime) -> _Hit:
    row = _as_known(row, known_at)
    pair = match(facts, row)
    start = EARLIEST if row.excluded_on is None else start_of(row.excluded_on, AGENCY_ZONE)
    waived = None
    if row.waiver_state and row.waiver_state == jurisdiction:
        waived = EARLIEST if row.waiver_date is None else start_of(row.waiver_date, AGENCY_ZONE)
    return _Hit(row, pair, start, waived)


def _as_known(row: ExclusionRow, known_at: datetime) -> ExclusionRow:
    """The row with what a person had decided about it by then."""
    if row.decided_at is None or row.decided_at <= known_at:
        return row
    by_then = [decision for decision in row.earlier if decision.decided_at <= known_at]
    if not by_then:
        return replace(row, decided=None, decided_at=None, decision_evidence=None)
    last = max(by_then, key=lambda decision: (decision.decided_at, decision.evidence))
    return replace(row, decided=last.verdict, decided_at=last.decided_at, decision_evidence=last.evidence)


def _exclusion(
    edition: ExclusionEdition,
    hits: list[_Hit],
    stale: datetime,
    jurisdiction: str,
    at: datetime,
) -> Finding:
    worst = Finding("exclusion", Outcome.PASSED, "EXCLUSION_CLEAR", (edition.evidence,), about=(edition, jurisdiction))
    if stale <= at:
        worst = worst._replace(outcome=Outcome.UNKNOWN, reason="EXCLUSION_STALE")
    for hit in hits:
        if hit.start <= at:
            outcome, reason = _weigh(hit, at)
            if RANK[outcome] > RANK[worst.outcome]:
                decision = (hit.row.decision_evidence,) if hit.match.by_person and hit.row.decision_evidence else ()
                worst = worst._replace(
                    outcome=outcome,
                    reason=reason,
                    own_evidence=(edition.evidence, *decision),
                    about=(edition, jurisdiction, hit),
                )
    return worst


def _weigh(hit: _Hit, at: datetime) -> tuple[Outcome, str]:
    if hit.waived is not None and hit.waived <= at:
        return Outcome.NOTICE, "EXCLUSION_WAIVED"
    if hit.match.verdict is MatchVerdict.SAME:
        return Outcome.FAILED, "EXCLUSION_MATCH"
    return Outcome.UNKNOWN, f"EXCLUSION_{hit.match.likeness}".upper()
