"""The table of the referral machine: every legal move, who may make it, under which guards.

- One row, one move: adding a move is adding a row, nothing else in this package changes.
- A recipient is whoever the current attempt is addressed to: a therapist, or the physician a patient is referred
  back to. An author is whoever sent the referral.
- Guards are written in the order in which they are looked at; the first that fails is the answer.
- It does not decide anything; `verification.referrals` reads it.
"""

from dataclasses import dataclass
from enum import Enum

from verification.access import Action, Relation
from verification.referral_guards import (
    ACCEPTING,
    ADVICE,
    ANSWER,
    AUTO_ADVANCE,
    BOOKED,
    COMMENT,
    CONSENTED,
    DEADLINE_PASSED,
    FITTING_RECIPIENT,
    HAS_CANDIDATE,
    IN_FUTURE,
    KNOWN,
    LOST_OR_OVERDUE,
    NO_DUPLICATE,
    NO_STOP,
    NOT_SELF,
    PROVEN,
    QUESTION,
    REASON,
    REPORT,
    REPORT_OR_NO_CONTACT,
    STANDING_LOST,
    STARTED,
    UNDER_REVIEW,
    VISIT_BEGUN,
    WORKED_UP,
    Guard,
)
from verification.referral_states import (
    BEFORE_START,
    CLOSED_STATES,
    UNANSWERED,
    UNDER_WAY,
    WAITING_FOR_AUTHOR,
    State,
)


class Remembered(Enum):
    """A target that is the state a hold, or a cancellation request, came from."""

    HELD_FROM = "held_from"
    CANCEL_FROM = "cancel_from"


class OnAttempt(Enum):
    """What a move does to the referral's attempts.

    NONE: there is no attempt yet. MOVES: the current one goes along. KEEPS: it has ended and stays as it ended.
    OPENS: a new one begins. REPLACES: the open one is taken back (RECALLED, redirected) and a new one begins.
    """

    NONE = "none"
    MOVES = "moves"
    KEEPS = "keeps"
    OPENS = "opens"
    REPLACES = "replaces"


class Only(Enum):
    """Which of several moves of one name is meant; the acting person's words say it."""

    ANY = "any"
    INTERIM = "interim"
    FINAL = "final"
    WITH_HOLD = "with hold"
    WITHOUT_HOLD = "without hold"


@dataclass(frozen=True, slots=True)
class Move:
    """One row: `action` by one of `actors` takes any of `sources` to `target`, if every guard holds."""

    action: Action
    sources: frozenset[State]
    target: State | Remembered
    actors: frozenset[Relation]
    event: str
    guards: tuple[Guard, ...]
    attempt: OnAttempt
    only: Only


_S = State
_AUTHOR, _RECIPIENT, _SYSTEM = Relation.AUTHOR, Relation.RECIPIENT, Relation.SYSTEM


def _row(
    action: Action,
    sources: frozenset[State] | set[State],
    target: State | Remembered,
    actors: Relation | set[Relation],
    event: str,
    *guards: Guard,
    attempt: OnAttempt = OnAttempt.MOVES,
    only: Only = Only.ANY,
) -> Move:
    who = frozenset({actors}) if isinstance(actors, Relation) else frozenset(actors)
    return Move(action, frozenset(sources), target, who, event, guards, attempt, only)


_SENDABLE = (HAS_CANDIDATE, NOT_SELF, FITTING_RECIPIENT, CONSENTED, NO_STOP, WORKED_UP, PROVEN, KNOWN, ACCEPTING)
_CODED = (REASON, COMMENT)
_LICENSED = (PROVEN, KNOWN)
_BACK = (REASON, NOT_SELF, FITTING_RECIPIENT)

_SENDING = (
    _row(Action.ANSWER_RED_FLAGS, {_S.DRAFT}, _S.DRAFT, _AUTHOR, "RedFlagsAnswered", attempt=OnAttempt.NONE),
    _row(
        Action.SEND_REFERRAL,
        {_S.DRAFT},
        _S.SENT,
        _AUTHOR,
        "ReferralSent",
        *_SENDABLE,
        NO_DUPLICATE,
        attempt=OnAttempt.OPENS,
    ),
    _row(
        Action.REDIRECT_REFERRAL,
        WAITING_FOR_AUTHOR,
        _S.SENT,
        _AUTHOR,
        "ReferralRedirected",
        *_SENDABLE,
        attempt=OnAttempt.OPENS,
    ),
    _row(
        Action.REDIRECT_REFERRAL,
        UNANSWERED | {_S.WAITLISTED},
        _S.SENT,
        _AUTHOR,
        "ReferralRedirected",
        *_SENDABLE,
        attempt=OnAttempt.REPLACES,
    ),
    _row(
        Action.ADVANCE_REFERRAL,
        WAITING_FOR_AUTHOR,
        _S.SENT,
        _SYSTEM,
        "ReferralAdvanced",
        AUTO_ADVANCE,
        *_SENDABLE,
        attempt=OnAttempt.OPENS,
    ),
)

_ANSWERING = (
    _row(Action.OPEN_REFERRAL, {_S.SENT}, _S.RECEIVED, _RECIPIENT, "ReferralOpened"),
    # A recipient who asked for information may also decide without it; the question is then withdrawn.
    _row(Action.ACCEPT_REFERRAL, UNANSWERED | {_S.WAITLISTED}, _S.ACCEPTED, _RECIPIENT, "ReferralAccepted", *_LICENSED),
    _row(
        Action.WAITLIST_REFERRAL,
        UNANSWERED | {_S.ACCEPTED},
        _S.WAITLISTED,
        _RECIPIENT,
        "ReferralWaitlisted",
        *_LICENSED,
    ),
    _row(Action.DECLINE_REFERRAL, UNANSWERED | BEFORE_START, _S.DECLINED, _RECIPIENT, "ReferralDeclined", *_CODED),
    _row(Action.RETURN_REFERRAL, {_S.SENT, _S.RECEIVED}, _S.RETURNED, _RECIPIENT, "ReferralReturned", ADVICE),
    _row(Action.REQUEST_INFORMATION, {_S.RECEIVED}, _S.INFO_REQUESTED, _RECIPIENT, "InformationRequested", QUESTION),
    _row(Action.ANSWER_INFORMATION, {_S.INFO_REQUESTED}, _S.RECEIVED, _AUTHOR, "InformationGiven", ANSWER),
    _row(Action.EXPIRE_REFERRAL, UNANSWERED, _S.EXPIRED, _SYSTEM, "ReferralExpired", DEADLINE_PASSED),
)

_BOOKABLE = {_S.ACCEPTED, _S.WAITLISTED, _S.SCHEDULED, _S.NO_SHOW, _S.APPT_CANCELLED}
_VISITING = (
    _row(Action.SCHEDULE_VISIT, _BOOKABLE, _S.SCHEDULED, _RECIPIENT, "VisitScheduled", IN_FUTURE),
    _row(Action.RECORD_NO_SHOW, {_S.SCHEDULED}, _S.NO_SHOW, _RECIPIENT, "PatientDidNotAttend", BOOKED, VISIT_BEGUN),
    _row(Action.CANCEL_VISIT, {_S.SCHEDULED}, _S.APPT_CANCELLED, _RECIPIENT, "VisitCancelled", BOOKED),
    _row(Action.START_THERAPY, {_S.SCHEDULED}, _S.IN_THERAPY, _RECIPIENT, "TherapyStarted", BOOKED, VISIT_BEGUN),
    # Visits after the first are events and change no state.
    _row(Action.SCHEDULE_VISIT, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "VisitScheduled", IN_FUTURE),
    _row(Action.RECORD_NO_SHOW, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "PatientDidNotAttend", BOOKED, VISIT_BEGUN),
    _row(Action.CANCEL_VISIT, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "VisitCancelled", BOOKED),
)

_REPORTING = (
    _row(
        Action.SEND_REPORT,
        {_S.IN_THERAPY},
        _S.IN_THERAPY,
        _RECIPIENT,
        "InterimReportSent",
        REPORT,
        only=Only.INTERIM,
    ),
    # A report sent again is a new version, and has to be acknowledged again.
    _row(
        Action.SEND_REPORT,
        UNDER_WAY | {_S.REPORT_SENT},
        _S.REPORT_SENT,
        _RECIPIENT,
        "ReportSent",
        REPORT,
        only=Only.FINAL,
    ),
    # A request to cancel that comes after the start may be answered by closing with a report.
    _row(
        Action.SEND_REPORT,
        {_S.CANCEL_REQUESTED},
        _S.REPORT_SENT,
        _RECIPIENT,
        "ReportSent",
        STARTED,
        REPORT,
        only=Only.FINAL,
    ),
    _row(Action.ACKNOWLEDGE_REPORT, {_S.REPORT_SENT}, _S.CLOSED, _AUTHOR, "ReportAcknowledged"),
    _row(
        Action.CLOSE_UNACKNOWLEDGED,
        {_S.REPORT_SENT},
        _S.CLOSED,
        _SYSTEM,
        "ReferralClosedUnacknowledged",
        DEADLINE_PASSED,
    ),
    _row(
        Action.END_REFERRAL,
        UNDER_WAY | {_S.NO_SHOW, _S.APPT_CANCELLED},
        _S.ENDED_EARLY,
        _RECIPIENT,
        "ReferralEndedEarly",
        *_CODED,
        REPORT_OR_NO_CONTACT,
    ),
)

_HOLDABLE = {_S.ACCEPTED, _S.WAITLISTED, _S.SCHEDULED}
_RESTING = (
    _row(Action.HOLD_REFERRAL, _HOLDABLE, _S.HELD_BEFORE_START, {_RECIPIENT, _SYSTEM}, "ReferralHeld", REASON),
    _row(Action.HOLD_REFERRAL, {_S.IN_THERAPY}, _S.ON_HOLD, {_RECIPIENT, _SYSTEM}, "ReferralHeld", REASON),
    _row(
        Action.RESUME_REFERRAL,
        {_S.HELD_BEFORE_START},
        Remembered.HELD_FROM,
        _RECIPIENT,
        "ReferralResumed",
        *_LICENSED,
    ),
    _row(Action.RESUME_REFERRAL, {_S.ON_HOLD}, _S.IN_THERAPY, _RECIPIENT, "ReferralResumed", *_LICENSED),
    _row(
        Action.CLEAR_MEDICAL_REVIEW,
        {_S.HELD_BEFORE_START},
        Remembered.HELD_FROM,
        _AUTHOR,
        "MedicalReviewCleared",
        UNDER_REVIEW,
        *_LICENSED,
    ),
    _row(
        Action.CLEAR_MEDICAL_REVIEW,
        {_S.ON_HOLD},
        _S.IN_THERAPY,
        _AUTHOR,
        "MedicalReviewCleared",
        UNDER_REVIEW,
        *_LICENSED,
    ),
)

_REFERRING_BACK = (
    # The parent keeps its state, or rests if that was asked.
    *(
        _row(Action.REFER_BACK, {state}, state, _RECIPIENT, "PatientReferredBack", *_BACK, only=Only.WITHOUT_HOLD)
        for state in sorted(BEFORE_START | UNDER_WAY | {_S.CANCEL_REQUESTED, _S.REPORT_SENT})
    ),
    _row(
        Action.REFER_BACK,
        _HOLDABLE,
        _S.HELD_BEFORE_START,
        _RECIPIENT,
        "PatientReferredBack",
        *_BACK,
        only=Only.WITH_HOLD,
    ),
    _row(
        Action.REFER_BACK,
        {_S.IN_THERAPY},
        _S.ON_HOLD,
        _RECIPIENT,
        "PatientReferredBack",
        *_BACK,
        only=Only.WITH_HOLD,
    ),
)

_CANCELLING = (
    # An author withdraws alone while nothing is booked, and asks once something is.
    _row(
        Action.CANCEL_REFERRAL,
        {_S.DRAFT},
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
        attempt=OnAttempt.NONE,
    ),
    _row(
        Action.CANCEL_REFERRAL,
        UNANSWERED | {_S.ACCEPTED, _S.WAITLISTED},
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
    ),
    _row(
        Action.CANCEL_REFERRAL,
        WAITING_FOR_AUTHOR,
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
        attempt=OnAttempt.KEEPS,
    ),
    _row(
        Action.CANCEL_REFERRAL,
        UNDER_WAY | {_S.SCHEDULED, _S.NO_SHOW, _S.APPT_CANCELLED, _S.HELD_BEFORE_START},
        _S.CANCEL_REQUESTED,
        _AUTHOR,
        "CancellationRequested",
        *_CODED,
    ),
    _row(Action.CONFIRM_CANCELLATION, {_S.CANCEL_REQUESTED}, _S.CANCELLED, _RECIPIENT, "CancellationConfirmed"),
    _row(
        Action.CONFIRM_CANCELLATION,
        {_S.CANCEL_REQUESTED},
        _S.CANCELLED,
        _SYSTEM,
        "CancellationConfirmed",
        LOST_OR_OVERDUE,
    ),
    # While standing is lost a cancellation cannot be refused back into an unproven booking.
    _row(
        Action.REFUSE_CANCELLATION,
        {_S.CANCEL_REQUESTED},
        Remembered.CANCEL_FROM,
        _RECIPIENT,
        "CancellationRefused",
        REASON,
        *_LICENSED,
    ),
    _row(
        Action.WITHDRAW_UNATTENDED,
        WAITING_FOR_AUTHOR,
        _S.CANCELLED,
        _SYSTEM,
        "ReferralWithdrawn",
        DEADLINE_PASSED,
        attempt=OnAttempt.KEEPS,
    ),
    # A credential that ends takes back everything that has not begun.
    _row(Action.RECALL_REFERRAL, UNANSWERED | BEFORE_START, _S.RECALLED, _SYSTEM, "ReferralRecalled", STANDING_LOST),
)

_ERASERS = {Relation.AUTHOR, Relation.STEWARD}
_ERRING = tuple(
    _row(
        Action.MARK_ENTERED_IN_ERROR,
        sources,
        _S.ENTERED_IN_ERROR,
        _ERASERS,
        "MarkedEnteredInError",
        REASON,
        attempt=attempt,
    )
    for sources, attempt in (
        ({_S.DRAFT}, OnAttempt.NONE),
        (WAITING_FOR_AUTHOR, OnAttempt.KEEPS),
        (frozenset(State) - CLOSED_STATES - WAITING_FOR_AUTHOR - {_S.DRAFT}, OnAttempt.MOVES),
    )
)

MOVES: tuple[Move, ...] = (
    *_SENDING,
    *_ANSWERING,
    *_VISITING,
    *_REPORTING,
    *_RESTING,
    *_REFERRING_BACK,
    *_CANCELLING,
    *_ERRING,
)
