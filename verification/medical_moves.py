"""The moves that concern the medical lane of a request: rows of the referral machine.

- A physician is asked something by the therapist who treats (the patient is referred back), or by the author of the
  referral for therapy (a work-up is ordered). Either way the physician's own referral is new, and sent at once.
- The referral for therapy keeps its state, or rests until the medical review is over if that was asked and it is
  taken on. What is over, or was never sent, has no lane beside it.
- A work-up belongs to a referral for therapy, and none is ordered of a work-up. A therapist refers back only while
  the patient is theirs; an author may order in every open state, also when nobody has the patient: a decline because
  a work-up is needed first is answered with one.
- An author may order from themselves. A therapist does not refer back to themselves.
"""

from collections.abc import Iterator

from verification.access import Action, Relation
from verification.referral_guards import (
    CONSENTED,
    FOR_THERAPY,
    KNOWN,
    NOT_BACK_TO_SELF,
    PHYSICIAN_ASKED,
    PROVEN,
    REASON,
    UNDER_REVIEW,
)
from verification.referral_rows import Move, OnAttempt, Only, Remembered, row
from verification.referral_states import (
    BEFORE_START,
    HOLDABLE,
    OPEN_ATTEMPT,
    UNDER_WAY,
    WAITING_FOR_AUTHOR,
    State,
)

_BACK = (REASON, NOT_BACK_TO_SELF, PHYSICIAN_ASKED)
_ORDER = (FOR_THERAPY, CONSENTED, REASON, PHYSICIAN_ASKED)


def _referring_back() -> Iterator[Move]:
    action, who, event = Action.REFER_BACK, Relation.RECIPIENT, "PatientReferredBack"
    for state in sorted(BEFORE_START | UNDER_WAY | {State.CANCEL_REQUESTED, State.REPORT_SENT}):
        yield row(action, {state}, state, who, event, *_BACK, only=Only.WITHOUT_HOLD)
    yield row(action, HOLDABLE, State.HELD_BEFORE_START, who, event, *_BACK, only=Only.WITH_HOLD)
    yield row(action, {State.IN_THERAPY}, State.ON_HOLD, who, event, *_BACK, only=Only.WITH_HOLD)


def _ordering() -> Iterator[Move]:
    action, who, event = Action.ORDER_WORK_UP, Relation.AUTHOR, "WorkUpOrdered"
    for state in sorted(OPEN_ATTEMPT):
        yield row(action, {state}, state, who, event, *_ORDER, only=Only.WITHOUT_HOLD)
    for state in sorted(WAITING_FOR_AUTHOR):
        yield row(action, {state}, state, who, event, *_ORDER, attempt=OnAttempt.KEEPS, only=Only.WITHOUT_HOLD)
    yield row(action, HOLDABLE, State.HELD_BEFORE_START, who, event, *_ORDER, only=Only.WITH_HOLD)
    yield row(action, {State.IN_THERAPY}, State.ON_HOLD, who, event, *_ORDER, only=Only.WITH_HOLD)


def _clearing() -> Iterator[Move]:
    action, who, event = Action.CLEAR_MEDICAL_REVIEW, Relation.AUTHOR, "MedicalReviewCleared"
    guards = (UNDER_REVIEW, PROVEN, KNOWN)
    yield row(action, {State.HELD_BEFORE_START}, Remembered.HELD_FROM, who, event, *guards)
    yield row(action, {State.ON_HOLD}, State.IN_THERAPY, who, event, *guards)


MEDICAL_MOVES: tuple[Move, ...] = (*_clearing(), *_referring_back(), *_ordering())
