"""Whose turn it is in every state of a referral, by when, and what the network does when nothing happens.

- Every referral that is not over has somebody whose turn it is and a date by which. The network's own turn is due at
  once. Nobody's turn is a referral that is over.
- The recipient's time for a first answer runs from sending until an answer. While the author is asked for information
  it stands still, and when it goes on at least one business day of it is left.
- The author's time for giving information is the same, counted at the author's place.
- What the one side lets become late, the other is told of once, when it is due; not where the network acts at that
  instant and says so.
- A move that neither changes the state nor brings anything to report on leaves the clock as it runs.
- A draft has a date too: nobody else knows of the patient yet, so only a reminder keeps them from being forgotten. The
  network does nothing else to it, since it may not send or discard what somebody is still writing.
- It does not know how a move is made or stored, nor the clock on the wall: `now` is passed in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from verification.access import ASKS_A_PHYSICIAN, Action
from verification.calendars import end_of
from verification.clock_settings import Allowance, Clocks
from verification.clocks import BUSINESS_DAY, NOWHERE, Place, after_business_time, business_time_between
from verification.referral_reasons import BACK_TO_AUTHOR, ExpiryReason, HoldReason, Priority
from verification.referral_states import CLOSED_STATES, OPEN_ATTEMPT, WAITING_FOR_AUTHOR, State


class Turn(StrEnum):
    """Who has to do something next."""

    AUTHOR = "AUTHOR"
    RECIPIENT = "RECIPIENT"
    NETWORK = "NETWORK"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """The recipient's time for a first answer: since when it runs, when it is due, and when the attempt expires."""

    runs_from: datetime
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """What is left, in business time, of an answer clock that stands still: until due, and until it expires."""

    due: timedelta
    expiry: timedelta


@dataclass(frozen=True, slots=True)
class Timing:
    """What the clocks of one referral go by.

    `clock` is the answer clock while it runs, `left` what is left of it while it stands still; `visit` the booked
    visit's start, `expected_by` and `wait_weeks` what the recipient said on taking the patient on. `goes_on`: the
    author wants the next of the shortlist to be asked by the network.
    """

    priority: Priority
    recipient: Place = NOWHERE
    author: Place = NOWHERE
    clock: AnswerClock | None = None
    left: Left | None = None
    visit: datetime | None = None
    expected_by: date | None = None
    wait_weeks: int | None = None
    hold: HoldReason | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What is to come if nobody does anything.

    `reminders` are still to come, the earliest first; `acts_at` is when the network acts by itself; where it never
    does, it reminds every `again` once the reminders are used up. `late_at` is when the other side is told that it is
    late, if there is another side and this is still to come.
    """

    turn: Turn
    due_at: datetime | None
    reminders: tuple[datetime, ...] = ()
    acts_at: datetime | None = None
    again: timedelta | None = None
    late_at: datetime | None = None

    @property
    def wakes_at(self) -> datetime | None:
        """The first instant at which the network has to look at the referral."""
        return min((at for at in (*self.reminders, self.acts_at, self.late_at) if at is not None), default=None)


OVER: Final = Course(Turn.NOBODY, None)


def started(now: datetime, priority: Priority, recipient: Place, clocks: Clocks) -> AnswerClock:
    """The answer clock of what is sent now."""
    target = _target(priority, clocks)
    return AnswerClock(
        now,
        after_business_time(now, target, recipient),
        after_business_time(now, target * clocks.first_answer.expires_after, recipient),
    )


def stopped(clock: AnswerClock, now: datetime, recipient: Place) -> Left:
    """What is left of a clock that stands still from now on."""
    return Left(
        business_time_between(now, clock.due_at, recipient), business_time_between(now, clock.expires_at, recipient)
    )


def resumed(left: Left, now: datetime, recipient: Place, clocks: Clocks) -> AnswerClock:
    """The clock that goes on now, with no less than the least that has to be left."""
    least = BUSINESS_DAY * clocks.first_answer.least_left
    due, expiry = max(left.due, least), max(left.expiry, left.due, least)
    return AnswerClock(
        now, after_business_time(now, due, recipient), after_business_time(now, max(due, expiry), recipient)
    )


def advances(state: State, reason: str | None, *, auto_advance: bool) -> bool:
    """Whether the network asks the next of the shortlist by itself after an attempt ended in `state` for `reason`."""
    return auto_advance and state in WAITING_FOR_AUTHOR and reason not in BACK_TO_AUTHOR


def keeps_its_clock(action: Action, before: State, after: State) -> bool:
    """True of a move after which everything is as due as it was."""
    return before is after and action in ASKS_A_PHYSICIAN


def course(state: State, timing: Timing, now: datetime, clocks: Clocks) -> Course:
    """What is to come for a referral that came into `state` now; total over the states."""
    found = _COURSES[state](timing, now, clocks)
    return replace(found, late_at=found.due_at) if _is_told_of(state, found, now) else found


def _is_told_of(state: State, found: Course, now: datetime) -> bool:
    if state not in OPEN_ATTEMPT or found.due_at is None or found.due_at <= now:
        return False
    return found.acts_at is None or found.acts_at > found.due_at


def _target(priority: Priority, clocks: Clocks) -> timedelta:
    return BUSINESS_DAY * clocks.first_answer.business_days[priority]


def _answering(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    clock = timing.clock or started(now, timing.priority, timing.recipient, clocks)
    reminders = _answer_reminders(clock, timing.priority, timing.recipient, clocks)
    return Course(Turn.RECIPIENT, clock.due_at, _to_come(reminders, now), clock.expires_at)


def _informing(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    clock = started(now, timing.priority, timing.author, clocks)
    reminders = _answer_reminders(clock, timing.priority, timing.author, clocks)
    return Course(Turn.AUTHOR, clock.due_at, _to_come(reminders, now), clock.expires_at)


def _answer_reminders(clock: AnswerClock, priority: Priority, place: Place, clocks: Clocks) -> list[datetime]:
    """At parts of the target, counted back from when it is due, so that a pause moves them along with it."""
    target = _target(priority, clocks)
    whole = business_time_between(clock.runs_from, clock.due_at, place)
    passed = (whole - target * (1 - part) for part in clocks.first_answer.reminders)
    return [after_business_time(clock.runs_from, time, place) for time in passed if time > timedelta()]


def _booking(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    if timing.expected_by is not None:
        named = end_of(timing.expected_by, timing.recipient.zone)
        if named > now:
            return _by(Turn.RECIPIENT, named, now, clocks.booking)
    return _business(Turn.RECIPIENT, timing.recipient, now, clocks.booking)


def _waiting(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    days = timing.wait_weeks * 7 if timing.wait_weeks else clocks.waitlist.days
    return _by(Turn.RECIPIENT, now + timedelta(days=days), now, clocks.waitlist)


def _visiting(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    return _business(Turn.RECIPIENT, timing.recipient, max(now, timing.visit or now), clocks.visit)


def _rebooking(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    return _business(Turn.RECIPIENT, timing.recipient, now, clocks.rebooking)


def _resting(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    """A medical review is for the author to have made; any other rest is for the recipient to end."""
    reason = timing.hold or HoldReason.PATIENT_PAUSE
    turn = Turn.AUTHOR if reason is HoldReason.MEDICAL_REVIEW_PENDING else Turn.RECIPIENT
    allowance = clocks.hold[reason]
    return _by(turn, now + timedelta(days=allowance.days), now, allowance)


def _treating(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    return _business(Turn.RECIPIENT, timing.recipient, max(now, timing.visit or now), clocks.report)


def _cancelling(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    found = _business(Turn.RECIPIENT, timing.recipient, now, clocks.cancellation)
    return replace(found, acts_at=found.due_at)


def _reading(_: Timing, now: datetime, clocks: Clocks) -> Course:
    return _by_days(Turn.AUTHOR, now, clocks.acknowledgement)


def _unattended(timing: Timing, now: datetime, clocks: Clocks) -> Course:
    if timing.goes_on:
        return Course(Turn.NETWORK, now, acts_at=now)
    return _by_days(Turn.AUTHOR, now, clocks.unattended)


def _writing(_: Timing, now: datetime, clocks: Clocks) -> Course:
    return _by_days(Turn.AUTHOR, now, clocks.draft)


def _over(_: Timing, __: datetime, ___: Clocks) -> Course:
    return OVER


def _business(turn: Turn, place: Place, start: datetime, allowance: Allowance) -> Course:
    whole = BUSINESS_DAY * allowance.business_days
    due = after_business_time(start, whole, place)
    reminders = tuple(after_business_time(start, whole * part, place) for part in allowance.reminders)
    return Course(turn, due, _with_due(reminders, due, allowance), again=allowance.again)


def _by(turn: Turn, due: datetime, now: datetime, allowance: Allowance) -> Course:
    reminders = tuple(now + (due - now) * part for part in allowance.reminders)
    return Course(turn, due, _with_due(reminders, due, allowance), again=allowance.again)


def _by_days(turn: Turn, now: datetime, allowance: Allowance) -> Course:
    reminders = tuple(now + timedelta(days=days) for days in allowance.remind_after)
    acts_at = now + timedelta(days=allowance.ends_after) if allowance.ends_after else None
    return Course(turn, now + timedelta(days=allowance.days), reminders, acts_at, allowance.again)


def _with_due(reminders: tuple[datetime, ...], due: datetime, allowance: Allowance) -> tuple[datetime, ...]:
    """Where nothing else happens when it is due, somebody is reminded then."""
    return (*reminders, due) if allowance.again else reminders


def _to_come(reminders: list[datetime], now: datetime) -> tuple[datetime, ...]:
    return tuple(at for at in reminders if at > now)


_COURSES: Final[Mapping[State, Callable[[Timing, datetime, Clocks], Course]]] = {
    State.DRAFT: _writing,
    State.SENT: _answering,
    State.RECEIVED: _answering,
    State.INFO_REQUESTED: _informing,
    State.ACCEPTED: _booking,
    State.WAITLISTED: _waiting,
    State.SCHEDULED: _visiting,
    State.NO_SHOW: _rebooking,
    State.APPT_CANCELLED: _rebooking,
    State.HELD_BEFORE_START: _resting,
    State.IN_THERAPY: _treating,
    State.ON_HOLD: _resting,
    State.CANCEL_REQUESTED: _cancelling,
    State.REPORT_SENT: _reading,
    **dict.fromkeys(WAITING_FOR_AUTHOR, _unattended),
    **dict.fromkeys(CLOSED_STATES, _over),
}

AT_THE_END: Final[Mapping[State, tuple[Action, str | None]]] = {
    State.SENT: (Action.EXPIRE_REFERRAL, ExpiryReason.NO_RESPONSE),
    State.RECEIVED: (Action.EXPIRE_REFERRAL, ExpiryReason.NO_RESPONSE),
    State.INFO_REQUESTED: (Action.EXPIRE_REFERRAL, ExpiryReason.INFORMATION_NOT_GIVEN),
    State.CANCEL_REQUESTED: (Action.CONFIRM_CANCELLATION, "CANCELLATION_UNANSWERED"),
    State.REPORT_SENT: (Action.CLOSE_UNACKNOWLEDGED, None),
    **dict.fromkeys(WAITING_FOR_AUTHOR, (Action.WITHDRAW_UNATTENDED, "UNATTENDED")),
}
"""What the network does when its time has come in a state, and the coded reason. In any other state it only reminds."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """Reminders after some were due: the latest of these, if any was, and those still to come."""

    latest: datetime | None
    to_come: tuple[datetime, ...]


def remind(reminders: tuple[datetime, ...], again: timedelta | None, now: datetime) -> Reminded:
    """Of several reminders that are due at once only the latest is worth sending; what repeats goes on from `now`."""
    due = [at for at in reminders if at <= now]
    to_come = tuple(at for at in reminders if at > now)
    if not to_come and again is not None:
        to_come = (now + again,)
    return Reminded(max(due, default=None), to_come)
