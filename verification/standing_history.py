"""The life of a verdict: every span in which it was the same, as known at one instant, and why it then became another.

- Spans touch, and each ends exactly where the verdict differs: they are the steps of `good_until`, one after another.
- Each instant is decided under the policy then in force.
- What was known is one instant for the whole history: the same span of time told as known then and as known now shows
  what was learnt in between.
- It does not know how a verdict is reached: that is standing.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from verification.evidence import Facts
from verification.policies import Policies
from verification.standing import standing_in_force
from verification.verdicts import Check, Standing

MOST_SPANS: Final = 1000
"""More changes than any life has; a history of more is cut off there."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `start` until just before `until` (None: nothing known ends it) in which the verdict is one.

    `standing` is the decision at its start. `changed` are the checks that then came out otherwise, or for another
    reason, than in the span before; in the first span, all that were asked.
    """

    start: datetime
    until: datetime | None
    standing: Standing
    changed: tuple[Check, ...]


def history(
    facts: Facts,
    jurisdiction: str,
    since: datetime,
    until: datetime | None,
    known_at: datetime,
    policies: Policies,
) -> tuple[Span, ...]:
    """The spans of the verdict from `since` until just before `until` (None: as far as anything is known), in order.

    Instants are aware. None at all when `until` is not after `since`. Raises ValueError for an instant without a zone.
    """
    spans: list[Span] = []
    for decided in _decisions(facts, jurisdiction, since, until, known_at, policies):
        end = decided.good_until
        ends = end if until is None or (end is not None and end < until) else until.astimezone(UTC)
        before = spans[-1].standing.checks if spans else ()
        spans.append(Span(decided.at, ends, decided, _changed(before, decided.checks)))
        if len(spans) == MOST_SPANS:
            break
    return tuple(spans)


def _decisions(
    facts: Facts,
    jurisdiction: str,
    since: datetime,
    until: datetime | None,
    known_at: datetime,
    policies: Policies,
) -> Iterator[Standing]:
    at: datetime | None = since
    while at is not None and (until is None or at < until):
        decided = standing_in_force(facts, jurisdiction, at, known_at, policies)
        yield decided
        at = decided.good_until


def _changed(before: tuple[Check, ...], after: tuple[Check, ...]) -> tuple[Check, ...]:
    told = {check.code: (check.outcome, check.reason_code) for check in before}
    return tuple(check for check in after if told.get(check.code) != (check.outcome, check.reason_code))


def first_answer(facts: Facts) -> datetime | None:
    """When anybody first answered anything about this person; None when nobody ever did."""
    answers = [said.answered_at for held in facts.credentials for said in held.observations]
    answers += [privilege.answered_at for privilege in facts.privileges]
    return min(answers, default=facts.npi_recorded_at)


def learnt(then: Standing, now: Standing) -> tuple[Check, ...]:
    """The checks of the same instant that come out otherwise, for another reason or on other evidence by what is known
    now.
    """
    known = {check.code: (check.outcome, check.reason_code, check.evidence) for check in then.checks}
    return tuple(
        check for check in now.checks if known.get(check.code) != (check.outcome, check.reason_code, check.evidence)
    )
