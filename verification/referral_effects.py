"""What a move leaves behind: how the referral, its current attempt and the record of events change with it.

- Names are those of the stored properties; instants are datetimes, states and reasons their own enums.
- An attempt that has ended never changes again; identity opens with the first acceptance and not before.
- A hold and a request to cancel keep in mind where they came from, and forget it when they are over.
- It does not decide whether a move may be made, makes no ids and stores nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from verification.access import ASKS_A_PHYSICIAN, Action, Relation
from verification.clock_settings import Clocks
from verification.errors import Refusal
from verification.referral_clocks import (
    AnswerClock,
    Course,
    Timing,
    advances,
    course,
    keeps_its_clock,
    resumed,
    started,
    stopped,
)
from verification.referral_guards import Facts, Words
from verification.referral_reasons import HoldReason, Priority, RecallReason
from verification.referral_rows import OnAttempt
from verification.referral_states import ATTEMPT_ENDED, State
from verification.referrals import Transition, decide

Changes = Mapping[str, object]

TAKEN_ON = frozenset({State.ACCEPTED, State.WAITLISTED})
_RESTING = frozenset({State.HELD_BEFORE_START, State.ON_HOLD})


def attempt_changes(
    transition: Transition, now: datetime, *, accepted: bool, begun: bool, reason: str | None, comment: str | None
) -> Changes:
    """How the current attempt goes along with a move.

    `accepted`: its recipient has taken the patient on before; `begun`: a first session was attended.
    """
    before, after = transition.before, transition.after
    if transition.attempt is OnAttempt.REPLACES:
        return {"status": State.RECALLED, "endedAt": now, "endReason": RecallReason.REDIRECTED}
    changes: dict[str, object] = {"status": after}
    if after is State.RECEIVED and before is State.SENT:
        changes["openedAt"] = now
    if after in TAKEN_ON and not accepted:
        changes |= {"acceptedAt": now, "disclosed": True}
    if after is State.IN_THERAPY and not begun:
        changes["startedAt"] = now
    if after in ATTEMPT_ENDED:
        changes |= {"endedAt": now, "endReason": reason, "comment": comment}
    return changes | _remembered(before, after, reason)


def _remembered(before: State, after: State, reason: str | None) -> dict[str, object]:
    if before is after:
        return {}
    if after is State.CANCEL_REQUESTED:
        return {"cancelFrom": before}
    if before is State.CANCEL_REQUESTED:
        return {"cancelFrom": None}
    if after in _RESTING and before not in _RESTING:
        return {"heldFrom": before, "hold": reason}
    if before in _RESTING and after not in _RESTING:
        return {"heldFrom": None, "hold": None}
    return {}


@dataclass(frozen=True, slots=True)
class Timed:
    """How a move changes the clocks: of the referral, and of the attempt that is current after it."""

    referral: Changes
    attempt: Changes


def timed(transition: Transition, timing: Timing, now: datetime, reason: str | None, clocks: Clocks) -> Timed:
    """The clocks after a move made now; of one that opens an attempt, `timing.recipient` is whom it is sent to."""
    before, after = transition.before, transition.after
    if keeps_its_clock(transition.action, before, after):
        return Timed({}, {})
    since = {"since": now} if before is not after or transition.attempt is OnAttempt.REPLACES else {}
    timing, attempt = _answer_clock(transition, timing, now, clocks)
    if transition.action in ASKS_A_PHYSICIAN:
        timing = replace(timing, hold=HoldReason.MEDICAL_REVIEW_PENDING)
    if transition.action is Action.HOLD_REFERRAL and reason:
        timing = replace(timing, hold=HoldReason(reason))
    timing = replace(timing, goes_on=advances(after, reason, auto_advance=timing.goes_on))
    return Timed({**course_changes(course(after, timing, now, clocks)), **since}, attempt)


def first_clocks(timing: Timing, now: datetime, clocks: Clocks) -> Timed:
    """The clocks of a referral that begins by being sent, to `timing.recipient`."""
    clock = started(now, timing.priority, timing.recipient, clocks)
    found = course(State.SENT, replace(timing, clock=clock), now, clocks)
    return Timed({**course_changes(found), "since": now}, _running(clock))


def draft_clocks(priority: Priority, now: datetime, clocks: Clocks) -> Changes:
    """The clocks of a draft that is written now."""
    return {**course_changes(course(State.DRAFT, Timing(priority), now, clocks)), "since": now}


def course_changes(found: Course) -> Changes:
    """A referral's course as it is stored: whose turn, by when, and when the network has to look at it again."""
    return {
        "turn": found.turn,
        "dueAt": found.due_at,
        "remindAt": found.reminders,
        "remindEvery": found.again,
        "expiresAt": found.acts_at,
        "overdueAt": found.late_at,
        "wakeAt": found.wakes_at,
    }


def _answer_clock(transition: Transition, timing: Timing, now: datetime, clocks: Clocks) -> tuple[Timing, Changes]:
    before, after, place = transition.before, transition.after, timing.recipient
    if transition.attempt in {OnAttempt.OPENS, OnAttempt.REPLACES}:
        clock = started(now, timing.priority, place, clocks)
        return replace(timing, clock=clock, left=None), _running(clock)
    if after is State.INFO_REQUESTED:
        left = stopped(timing.clock or started(now, timing.priority, place, clocks), now, place)
        still = {"runsFrom": None, "dueAt": None, "expiresAt": None, "dueLeft": left.due, "expiryLeft": left.expiry}
        return replace(timing, clock=None, left=left), still
    if before is State.INFO_REQUESTED and after is State.RECEIVED and timing.left:
        clock = resumed(timing.left, now, place, clocks)
        return replace(timing, clock=clock, left=None), {**_running(clock), "dueLeft": None, "expiryLeft": None}
    return timing, {}


def _running(clock: AnswerClock) -> Changes:
    return {"runsFrom": clock.runs_from, "dueAt": clock.due_at, "expiresAt": clock.expires_at}


def event(
    number: int, at: datetime, actor_role: str, transition: Transition, attempt: str | None, reason: str | None
) -> Changes:
    """The record of a move as the `number`th event of its referral; `attempt` says whose recipient may see it."""
    return {
        "number": number,
        "name": transition.event,
        "at": at,
        "actorRole": actor_role,
        "fromStatus": transition.before,
        "toStatus": transition.after,
        "reason": reason,
        "attempt": attempt,
    }


def on_standing_lost(state: State, now: datetime, *, begun: bool) -> tuple[Transition, str] | None:
    """What the system does to an open attempt whose recipient may no longer see the patient, and the coded reason.

    What has not begun is taken back, a request to cancel is granted, and therapy rests until the credential has been
    reviewed; anything else goes on, because nobody is better off without the report.
    """
    facts = Facts(now=now, proven=False, begun=begun, words=Words(reason=HoldReason.CREDENTIAL_REVIEW))
    for action, reason in (
        (Action.RECALL_REFERRAL, RecallReason.CREDENTIAL_LAPSED),
        (Action.CONFIRM_CANCELLATION, RecallReason.CREDENTIAL_LAPSED),
        (Action.HOLD_REFERRAL, HoldReason.CREDENTIAL_REVIEW),
    ):
        answer = decide(action, state, Relation.SYSTEM, facts)
        if not isinstance(answer, Refusal):
            return answer, reason
    return None
