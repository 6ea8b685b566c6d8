"""THE decision: whether a patient in a place may be referred to somebody, at one instant, as known at another.

- Any check failed: not referable. Else any unknown: unknown. Else any notice: referable with notice. Else referable.
- `good_until` is exact: up to it the verdict is constant given what is known, and at it the verdict differs. It is None
  only when nothing that is known could ever change it. Every instant at which any check could change is visited in
  order until one does.
- Windows are all the spans from now on in which a referral is already known to be possible.
- Only what was on record by `known_at` counts. The clock is an argument.
- It does not know how a check is made, nor where facts are kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from verification.certificates import certificate_group
from verification.compacts import COMPACTS
from verification.credentials import CredentialStatus
from verification.evidence import Facts, HeldCredential, SourceType
from verification.findings import RANK, VERDICTS, Finding, Group, Question, worst
from verification.histories import History, history_of
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import KINDS, is_independent
from verification.places import place_group
from verification.policy import CHECKS, Policy
from verification.registers import exclusion_group, npi_group
from verification.statements import credible
from verification.verdicts import Check, CredentialProjection, Outcome, Standing, Verdict, Window
from verification.wording import because, words

__all__ = [
    "MOST_WINDOWS",
    "Check",
    "CredentialProjection",
    "Outcome",
    "Outlook",
    "Standing",
    "Verdict",
    "Window",
    "jurisdictions",
    "outlook",
    "projection",
    "standing",
    "windows",
]

MOST_WINDOWS: Final = 4
_NOTICE_RANK: Final = RANK[Outcome.NOTICE]


class _Step(NamedTuple):
    """What every group finds from an instant on, with the worst of it as an index into VERDICTS.

    `asked` are the indexes of the groups that were asked anew.
    """

    start: datetime
    findings: tuple[tuple[Finding, ...], ...]
    rank: int
    asked: Sequence[int]


def standing(facts: Facts, jurisdiction: str, at: datetime, known_at: datetime, policy: Policy) -> Standing:
    """The full report on one practitioner for a patient in `jurisdiction`.

    `at` is the instant asked about, `known_at` the one up to which records count; both aware. Every check of the policy
    appears, in the order of policy.CHECKS. Raises ValueError for an instant without a zone.
    """
    at, known_at = _utc(at), _utc(known_at)
    question = Question(facts, jurisdiction, at, known_at, policy)
    steps = _steps(_groups(question, _histories(question)), at)
    first = next(steps)
    findings = {finding.check: finding for found in first.findings for finding in found}
    good_until, changes = _changes(first, steps)
    return Standing(
        verdict=VERDICTS[first.rank],
        at=at,
        known_at=known_at,
        good_until=good_until,
        policy_id=policy.id,
        policy_version=policy.version,
        checks=tuple(_check(findings[code], changes.get(code), policy) for code in CHECKS),
    )


def windows(facts: Facts, jurisdiction: str, now: datetime, policy: Policy) -> tuple[Window, ...]:
    """The spans from `now` on in which a referral is possible, as far as is known now; at most four, earliest first.

    Spans that touch and differ only in what they rest on are one.
    """
    now = _utc(now)
    question = Question(facts, jurisdiction, now, now, policy)
    return _windows(question, _histories(question))


def _windows(question: Question, histories: Sequence[History]) -> tuple[Window, ...]:
    found: list[Window] = []
    open_rank: int | None = None
    for step in _steps(_groups(question, histories), question.at):
        rank = step.rank if step.rank <= _NOTICE_RANK else None
        if rank == open_rank:
            continue
        if open_rank is not None:
            found[-1] = _closed(found[-1], step.start)
        if rank is not None:
            if len(found) == MOST_WINDOWS:
                break
            found.append(Window(step.start, None, rank == _NOTICE_RANK, _because(step, question.policy)))
        open_rank = rank
    return tuple(found)


def jurisdictions(facts: Facts) -> tuple[str, ...]:
    """The places, sorted, in which a window is possible at all: where there is a licence for independent practice, or
    a privilege under a compact.
    """
    found = {c.jurisdiction for c in facts.credentials if is_independent(c.kind, c.jurisdiction)}
    for privilege in facts.privileges:
        rules = COMPACTS.get(privilege.compact)
        if rules and rules.everywhere:
            found.update(m.jurisdiction for m in facts.compact_members if m.compact == privilege.compact)
        elif rules:
            found.add(privilege.jurisdiction)
    return tuple(sorted(found & set(JURISDICTIONS)))


class Outlook(NamedTuple):
    """All that the directory keeps of one practitioner: windows by place, and projections by credential id."""

    windows: Mapping[str, tuple[Window, ...]]
    credentials: Mapping[str, CredentialProjection]


def outlook(facts: Facts, now: datetime, policy: Policy) -> Outlook:
    """The windows of every place and the projections of every credential: what `windows` and `projection` give one by
    one, at less cost.
    """
    now = _utc(now)
    nowhere = Question(facts, "", now, now, policy)
    histories = _histories(nowhere)
    projected = {h.credential.id: _projection(h, now) for h in histories}
    return Outlook(
        {place: _windows(nowhere._replace(jurisdiction=place), histories) for place in jurisdictions(facts)},
        projected | {c.id: _NOTHING for c in facts.credentials if c.id not in projected},
    )


def projection(credential: HeldCredential, now: datetime, policy: Policy) -> CredentialProjection:
    """What is known of one credential now, until when, and what it is after that if nothing more is heard."""
    now = _utc(now)
    history = _history(credential, now, now, policy)
    return _projection(history, now) if history else _NOTHING


_NOTHING: Final = CredentialProjection(CredentialStatus.UNKNOWN, None, None, None, None, None)


def _projection(history: History, now: datetime) -> CredentialProjection:
    reading = history.readings[0][1]
    primary = [s for s in credible(history.credential, now) if s.source_type is SourceType.PRIMARY]
    newest = max(primary, key=lambda s: (s.answered_at, s.id), default=None)
    printed = reading.governing.said if reading.governing else newest
    later = ((start, after.status) for start, after in history.readings[1:] if after.status is not reading.status)
    until, after = next(later, (None, None))
    return CredentialProjection(
        status=reading.status,
        status_until=until,
        status_after=after,
        issued=printed.issued if printed else None,
        expires=printed.expires if printed else None,
        confirmed_at=newest.answered_at if newest else None,
    )


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _history(credential: HeldCredential, known_at: datetime, at: datetime, policy: Policy) -> History | None:
    if credential.kind not in KINDS:
        return None
    return history_of(credential, known_at, at, policy.longest_age(credential.kind))


def _histories(question: Question) -> list[History]:
    held = sorted(question.facts.credentials, key=lambda c: (c.kind, c.jurisdiction, c.number, c.id))
    found = (_history(credential, question.known_at, question.at, question.policy) for credential in held)
    return [history for history in found if history is not None]


def _groups(question: Question, histories: Sequence[History]) -> tuple[Group, ...]:
    policy = question.policy
    groups = (
        npi_group(question),
        place_group(question, histories),
        certificate_group(histories),
        exclusion_group(question),
    )
    return groups if policy.asks_all else tuple(_only_asked(group, policy) for group in groups)


def _only_asked(group: Group, policy: Policy) -> Group:
    def ask(at: datetime) -> tuple[Finding, ...]:
        return tuple(
            found if policy.asks(found.check) else Finding(found.check, Outcome.SKIPPED, "NOT_ASKED")
            for found in group.ask(at)
        )

    return Group(group.boundaries, ask)


def _steps(groups: Sequence[Group], at: datetime) -> Iterator[_Step]:
    """What every check finds at `at`, and again at each later instant at which any finding could change."""
    due: dict[datetime, list[int]] = {}
    for index, group in enumerate(groups):
        for instant in group.boundaries:
            if instant > at:
                asked = due.setdefault(instant, [])
                if not asked or asked[-1] != index:
                    asked.append(index)
    findings = [group.ask(at) for group in groups]
    ranks = [worst(found) for found in findings]
    yield _Step(at, tuple(findings), max(ranks), range(len(groups)))
    for instant in sorted(due):
        asked = due[instant]
        for index in asked:
            findings[index] = groups[index].ask(instant)
            ranks[index] = worst(findings[index])
        yield _Step(instant, tuple(findings), max(ranks), asked)


def _changes(first: _Step, later: Iterator[_Step]) -> tuple[datetime | None, dict[str, datetime]]:
    """When the verdict first differs, and when each check's outcome first does."""
    good_until = None
    changes: dict[str, datetime] = {}
    for step in later:
        if good_until is None and step.rank != first.rank:
            good_until = step.start
        for index in step.asked:
            for old, new in zip(first.findings[index], step.findings[index], strict=True):
                if old.outcome is not new.outcome:
                    changes.setdefault(old.check, step.start)
    return good_until, changes


def _check(finding: Finding, good_until: datetime | None, policy: Policy) -> Check:
    reason, remedy = words(finding, policy)
    return Check(finding.check, finding.outcome, reason, remedy, finding.evidence, good_until, finding.reason)


def _closed(window: Window, until: datetime) -> Window:
    return Window(window.start, until, window.notice, window.because)


def _because(step: _Step, policy: Policy) -> tuple[str, ...]:
    """What carries the window, and every notice that is to be shown with it."""
    flat = [finding for found in step.findings for finding in found]
    carrying = [sentence for sentence in map(because, flat) if sentence is not None]
    notices = [words(finding, policy)[0] for finding in flat if finding.outcome is Outcome.NOTICE]
    return tuple(dict.fromkeys([*carrying, *notices]))
