"""THE decision: whether a patient in a place may be referred to somebody, at one instant, as known at another.

- Any check failed: not referable. Else any unknown: unknown. Else any notice: referable with notice. Else referable.
- `good_until` is exact: up to it the verdict is constant given what is known, and at it the verdict differs. It is None
  only when nothing that is known could ever change it. Every instant at which any check could change is visited in
  order until one does.
- Windows are all the spans from now on in which a referral is already known to be possible.
- Only what was on record by `known_at` counts. The clock is an argument.
- Each instant is decided under the policy then in force for the patient's place; one policy alone may be given as well.
- It does not know how a check is made, nor where facts are kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from verification.certificates import certificate_group
from verification.claims import claims_group
from verification.compacts import COMPACTS
from verification.confirmations import waits
from verification.credentials import CredentialStatus
from verification.evidence import Facts, HeldCredential, SourceType
from verification.findings import RANK, VERDICTS, Finding, Group, Question, worst
from verification.histories import History, history_of
from verification.jurisdictions import JURISDICTIONS, PLACES_OF
from verification.kinds import KINDS, is_independent
from verification.parameters import parameters
from verification.places import place_group
from verification.policies import Policies, Span
from verification.policy import CHECKS, Policy
from verification.reasons import FIXERS
from verification.registers import exclusion_group, npi_group
from verification.statements import credible
from verification.verdicts import Check, CredentialProjection, Outcome, Standing, Verdict, Window
from verification.wording import because, words

__all__ = [
    "MOST_WINDOWS",
    "Check",
    "CredentialProjection",
    "Glance",
    "Outcome",
    "Outlook",
    "Standing",
    "Verdict",
    "Window",
    "glance",
    "jurisdictions",
    "outlook",
    "projection",
    "standing",
    "standing_in_force",
    "windows",
]

MOST_WINDOWS: Final = 4
_NOTICE_RANK: Final = RANK[Outcome.NOTICE]


class _Step(NamedTuple):
    """What every group finds from an instant on under a policy, with the worst of it as an index into VERDICTS.

    `asked` are the indexes of the groups that were asked anew.
    """

    start: datetime
    policy: Policy
    findings: tuple[tuple[Finding, ...], ...]
    rank: int
    asked: Sequence[int]


def standing(facts: Facts, jurisdiction: str, at: datetime, known_at: datetime, policy: Policy) -> Standing:
    """The full report on one practitioner for a patient in `jurisdiction`, as if the policy were never to change.

    `at` is the instant asked about, `known_at` the one up to which records count; both aware. Every check of the policy
    appears, in the order of policy.CHECKS. Raises ValueError for an instant without a zone.
    """
    return _standing(facts, jurisdiction, _utc(at), _utc(known_at), ((_utc(at), policy),))


def standing_in_force(
    facts: Facts, jurisdiction: str, at: datetime, known_at: datetime, policies: Policies
) -> Standing:
    """The same under the policy in force at `at`; `good_until` counts with the versions that are known to follow."""
    return _standing(facts, jurisdiction, _utc(at), _utc(known_at), policies.spans(jurisdiction, _utc(at)))


def _standing(facts: Facts, jurisdiction: str, at: datetime, known_at: datetime, spans: Sequence[Span]) -> Standing:
    policy = spans[0][1]
    question = Question(facts, jurisdiction, at, known_at, policy)
    steps = _steps(question, _histories(question), spans)
    first = next(steps)
    good_until, changes = _changes(first, steps)
    return Standing(
        verdict=VERDICTS[first.rank],
        at=at,
        known_at=known_at,
        good_until=good_until,
        policy_id=policy.id,
        policy_version=policy.version,
        checks=tuple(_check(found, changes.get(found.check), policy) for found in _in_order(first)),
    )


class Glance(NamedTuple):
    """A decision without its sentences and without a look ahead: the verdict, and by check its outcome and reason."""

    verdict: Verdict
    found: Mapping[str, tuple[Outcome, str]]


def glance(facts: Facts, jurisdiction: str, at: datetime, known_at: datetime, policy: Policy) -> Glance:
    """What `standing` comes to at the instant itself, at less than half the cost."""
    question = Question(facts, jurisdiction, _utc(at), _utc(known_at), policy)
    found = [finding for group in _groups(question, _histories(question)) for finding in group.ask(question.at)]
    return Glance(VERDICTS[worst(found)], {one.check: (one.outcome, one.reason) for one in found})


def windows(facts: Facts, jurisdiction: str, now: datetime, policies: Policies) -> tuple[Window, ...]:
    """The spans from `now` on in which a referral is possible, as far as is known now; at most four, earliest first.

    Each instant is decided under the policy then in force. Spans that touch and differ only in what they rest on are
    one.
    """
    now = _utc(now)
    spans = policies.spans(jurisdiction, now)
    question = Question(facts, jurisdiction, now, now, spans[0][1])
    return _windows(question, _histories(question), spans)


def _windows(question: Question, histories: Sequence[History], spans: Sequence[Span]) -> tuple[Window, ...]:
    found: list[Window] = []
    open_rank: int | None = None
    for step in _steps(question, histories, spans):
        rank = step.rank if step.rank <= _NOTICE_RANK else None
        if rank == open_rank:
            continue
        if open_rank is not None:
            found[-1] = _closed(found[-1], step.start)
        if rank is not None:
            if len(found) == MOST_WINDOWS:
                break
            found.append(Window(step.start, None, rank == _NOTICE_RANK, _because(step)))
        open_rank = rank
    return tuple(found)


def jurisdictions(facts: Facts, policies: Policies) -> tuple[str, ...]:
    """The places, sorted, in which a window is possible at all under any version of their policy.

    Where a licence is asked for: those of a licence for independent practice, or of a privilege under a compact.
    Elsewhere every place of the country, for whoever holds a certificate that counts there.
    """
    found = {c.jurisdiction for c in facts.credentials if is_independent(c.kind, c.jurisdiction)}
    for privilege in facts.privileges:
        rules = COMPACTS.get(privilege.compact)
        if rules and rules.everywhere:
            found.update(m.jurisdiction for m in facts.compact_members if m.compact == privilege.compact)
        elif rules:
            found.add(privilege.jurisdiction)
    for policy in policies.without_licence:
        if not policy.asks("certificate") or any(c.kind in policy.certificates for c in facts.credentials):
            found |= PLACES_OF[policy.country]
    return tuple(sorted(found & set(JURISDICTIONS)))


class Outlook(NamedTuple):
    """All that the directory keeps of one practitioner: windows by place, and projections by credential id."""

    windows: Mapping[str, tuple[Window, ...]]
    credentials: Mapping[str, CredentialProjection]


def outlook(facts: Facts, now: datetime, policies: Policies) -> Outlook:
    """The windows of every place and the projections of every credential: what `windows` and `projection` give one by
    one, at less cost.
    """
    now = _utc(now)
    read: dict[str, list[History]] = {}

    def histories(policy: Policy) -> list[History]:
        if policy.name not in read:
            read[policy.name] = _histories(Question(facts, "", now, now, policy))
        return read[policy.name]

    found = {}
    for place in jurisdictions(facts, policies):
        spans = policies.spans(place, now)
        found[place] = _windows(Question(facts, place, now, now, spans[0][1]), histories(spans[0][1]), spans)
    shown = dict.fromkeys((c.id for c in facts.credentials), _NOTHING)
    for place in {c.jurisdiction for c in facts.credentials}:
        own = [h for h in histories(policies.in_force(place, now)) if h.credential.jurisdiction == place]
        shown |= {h.credential.id: _projection(h, now) for h in own}
    return Outlook(found, shown)


def projection(credential: HeldCredential, now: datetime, policies: Policies) -> CredentialProjection:
    """What is known of one credential now, until when, and what it is after that if nothing more is heard.

    How long an answer counts is as the policy for the credential's own place says, now.
    """
    now = _utc(now)
    history = _history(credential, now, now, policies.in_force(credential.jurisdiction, now))
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
        waits=waits(reading),
        reverify_by=printed.reverify_by if printed else None,
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
    groups: tuple[Group, ...] = (
        npi_group(question),
        place_group(question, histories),
        certificate_group(question, histories),
        exclusion_group(question),
    )
    if not policy.asks_all:
        groups = (*(_only_asked(group, policy) for group in groups), *(() if policy.governs else (_UNGOVERNED,)))
    return (*groups, claims_group(question)) if question.facts.claims else groups


def _only_asked(group: Group, policy: Policy) -> Group:
    def ask(at: datetime) -> tuple[Finding, ...]:
        return tuple(
            found
            if policy.asks(found.check)
            else Finding(found.check, Outcome.SKIPPED, "NOT_ASKED", about=policy.rules[found.check].why)
            for found in group.ask(at)
        )

    return Group(group.boundaries, ask)


_ASKED: Final = frozenset(CHECKS)
_UNGOVERNED: Final = Group((), lambda _: (Finding("policy", Outcome.UNKNOWN, "POLICY_NONE"),))


def _in_order(step: _Step) -> list[Finding]:
    """What was found, in the order of policy.CHECKS."""
    findings = {finding.check: finding for found in step.findings for finding in found}
    found = [findings[code] for code in CHECKS]
    return found if len(findings) == len(found) else [*found, *(findings[code] for code in findings.keys() - _ASKED)]


def _steps(question: Question, histories: Sequence[History], spans: Sequence[Span]) -> Iterator[_Step]:
    """What every check finds when asked, and again at each later instant at which any finding could change.

    `histories` are read under the first policy of `spans`; under each later one everything is asked anew.
    """
    for index, (start, policy) in enumerate(spans):
        until = spans[index + 1][0] if index + 1 < len(spans) else None
        asking = question
        if index:
            asking = question._replace(at=start, policy=policy)
            histories = _histories(asking)
        yield from _steps_under(policy, _groups(asking, histories), start, until)


def _steps_under(policy: Policy, groups: Sequence[Group], at: datetime, until: datetime | None) -> Iterator[_Step]:
    """The steps of one policy, which is in force from `at` until `until`."""
    due: dict[datetime, list[int]] = {}
    for index, group in enumerate(groups):
        for instant in group.boundaries:
            if instant > at and (until is None or instant < until):
                asked = due.setdefault(instant, [])
                if not asked or asked[-1] != index:
                    asked.append(index)
    findings = [group.ask(at) for group in groups]
    ranks = [worst(found) for found in findings]
    yield _Step(at, policy, tuple(findings), max(ranks), range(len(groups)))
    for instant in sorted(due):
        asked = due[instant]
        for index in asked:
            findings[index] = groups[index].ask(instant)
            ranks[index] = worst(findings[index])
        yield _Step(instant, policy, tuple(findings), max(ranks), asked)


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
    return Check(
        finding.check,
        finding.outcome,
        reason,
        remedy,
        finding.evidence,
        good_until,
        finding.reason,
        parameters(finding, policy),
        FIXERS[finding.reason] if remedy else None,
    )


def _closed(window: Window, until: datetime) -> Window:
    return Window(window.start, until, window.notice, window.because)


def _because(step: _Step) -> tuple[str, ...]:
    """What carries the window, and every notice that is to be shown with it."""
    flat = [finding for found in step.findings for finding in found]
    carrying = [sentence for sentence in map(because, flat) if sentence is not None]
    notices = [words(finding, step.policy)[0] for finding in flat if finding.outcome is Outcome.NOTICE]
    return tuple(dict.fromkeys([*carrying, *notices]))
