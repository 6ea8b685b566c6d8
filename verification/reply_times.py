"""How long a therapist takes to answer a referral, and until a first visit: the middle one of many, fair to everybody.

- A first answer is taking the patient on, putting them on a list, declining, or returning with advice. It is counted in
  business time at the therapist's place, from sending.
- While the sender is asked for information the therapist's time stands still. What the sender took back, what ran out
  because the sender gave no information, and an answer that only says what the patient or the sender did, count
  against nobody.
- No answer at all counts as the time until it expired: who never answers is not the quickest.
- A first visit is counted in days of the calendar, as the patient waits them. One the patient missed counts as if it
  had taken place. A pause that the patient or a physician needed, and waiting for information, are left out.
- Of fewer than ten nothing is said.
- It does not know the clock, nor where the past is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from verification.clocks import BUSINESS_DAY, Place, business_time_between
from verification.referral_reasons import DeclineReason, ExpiryReason, HoldReason
from verification.referral_states import UNANSWERED, State

LEAST: Final = 10
"""How many there must be before anything is said."""
LOOKS_BACK: Final = timedelta(days=180)

_ANSWERS: Final = frozenset({State.ACCEPTED, State.WAITLISTED, State.DECLINED, State.RETURNED})
_RESTING: Final = frozenset({State.HELD_BEFORE_START, State.ON_HOLD})
_SAYS_NOTHING: Final = frozenset({DeclineReason.PATIENT_DECLINED, DeclineReason.DUPLICATE})
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an attempt: when, from which state to which, and why."""

    at: datetime
    before: State | None
    after: State
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """An attempt's past: when it was sent, its steps in order, and the starts of visits held or missed."""

    sent_at: datetime
    steps: Sequence[Step]
    visits: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """The middle one of `n` times, in days."""

    days: float
    n: int


def response_time(past: Past, place: Place) -> timedelta | None:
    """Business time there from sending to the first answer; None when there is none that counts."""
    answer = next((step for step in past.steps if step.before in UNANSWERED and step.after not in UNANSWERED), None)
    if answer is None or not _counts(answer):
        return None
    waited = sum(
        (business_time_between(start, end, place) for start, end in _informing(past, answer.at)), start=timedelta()
    )
    return max(business_time_between(past.sent_at, answer.at, place) - waited, timedelta())


def first_visit_time(past: Past) -> timedelta | None:
    """Time from sending to the first visit that was held or missed; None when there was none."""
    visit = min((start for start in past.visits if start >= past.sent_at), default=None)
    if visit is None:
        return None
    pauses = [*_informing(past, visit), *_resting(past, visit)]
    return max(visit - past.sent_at - sum((end - start for start, end in pauses), start=timedelta()), timedelta())


def response_figure(pasts: Sequence[Past], place: Place) -> Figure | None:
    """The middle response time in business days; None of too few."""
    return _figure([time / BUSINESS_DAY for past in pasts if (time := response_time(past, place)) is not None])


def first_visit_figure(pasts: Sequence[Past]) -> Figure | None:
    """The middle time to a first visit in days; None of too few."""
    return _figure([time / _DAY for past in pasts if (time := first_visit_time(past)) is not None])


def _figure(days: Sequence[float]) -> Figure | None:
    return Figure(round(median(days), 1), len(days)) if len(days) >= LEAST else None


def _counts(answer: Step) -> bool:
    if answer.after is State.EXPIRED:
        return answer.reason == ExpiryReason.NO_RESPONSE
    return answer.after in _ANSWERS and answer.reason not in _SAYS_NOTHING


def _informing(past: Past, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When the sender's answer was waited for, up to `until`."""
    asked: datetime | None = None
    for step in past.steps:
        if step.after is State.INFO_REQUESTED:
            asked = step.at
        elif asked is not None:
            yield from _within(asked, step.at, until)
            asked = None
    if asked is not None:
        yield from _within(asked, until, until)


def _resting(past: Past, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When it rested for somebody else's sake, up to `until`."""
    since: datetime | None = None
    for step in past.steps:
        if step.after in _RESTING and step.before not in _RESTING and step.reason != HoldReason.CREDENTIAL_REVIEW:
            since = step.at
        elif since is not None and step.after not in _RESTING:
            yield from _within(since, step.at, until)
            since = None
    if since is not None:
        yield from _within(since, until, until)


def _within(start: datetime, end: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    if start < min(end, until):
        yield start, min(end, until)
