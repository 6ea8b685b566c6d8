"""The table of the referral machine: every legal move, who may make it, under which guards.

- One row, one move: adding a move is adding a row, nothing else in this package changes.
- What concerns the medical lane of a request stands in `verification.medical_moves`.
- A recipient is whoever the current attempt is addressed to: a therapist, or a physician who is asked something. An
  author is whoever sent the referral.
- Guards are written in the order in which they are looked at; the first that fails is the answer.
- It does not decide anything; `verification.referrals` reads it.
"""

from verification.access import Action, Relation
from verification.medical_moves import MEDICAL_MOVES
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
    KEPT_TOGETHER,
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
    VISIT_BEGUN,
    WORKED_UP,
)
from verification.referral_rows import Move, OnAttempt, Only, Remembered, row
from verification.referral_states import (
    BEFORE_START,
    CLOSED_STATES,
    HOLDABLE,
    UNANSWERED,
    UNDER_WAY,
    WAITING_FOR_AUTHOR,
    State,
)

_S = State
_AUTHOR, _RECIPIENT, _SYSTEM = Relation.AUTHOR, Relation.RECIPIENT, Relation.SYSTEM


_ABLE = (HAS_CANDIDATE, NOT_SELF, FITTING_RECIPIENT, CONSENTED, NO_STOP, WORKED_UP, PROVEN, KNOWN, ACCEPTING)
_SENDABLE = (*_ABLE, KEPT_TOGETHER)
_CODED = (REASON, COMMENT)
_LICENSED = (PROVEN, KNOWN)

_SENDING = (
    row(Action.ANSWER_RED_FLAGS, {_S.DRAFT}, _S.DRAFT, _AUTHOR, "RedFlagsAnswered", attempt=OnAttempt.NONE),
    row(
        Action.SEND_REFERRAL,
        {_S.DRAFT},
        _S.SENT,
        _AUTHOR,
        "ReferralSent",
        *_SENDABLE,
        NO_DUPLICATE,
        attempt=OnAttempt.OPENS,
    ),
    row(
        Action.REDIRECT_REFERRAL,
        WAITING_FOR_AUTHOR,
        _S.SENT,
        _AUTHOR,
        "ReferralRedirected",
        *_SENDABLE,
        attempt=OnAttempt.OPENS,
    ),
    row(
        Action.REDIRECT_REFERRAL,
        UNANSWERED | {_S.WAITLISTED},
        _S.SENT,
        _AUTHOR,
        "ReferralRedirected",
        *_SENDABLE,
        attempt=OnAttempt.REPLACES,
    ),
    row(
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
    row(Action.OPEN_REFERRAL, {_S.SENT}, _S.RECEIVED, _RECIPIENT, "ReferralOpened"),
    # A recipient who asked for information may also decide without it; the question is then withdrawn.
    row(Action.ACCEPT_REFERRAL, UNANSWERED | {_S.WAITLISTED}, _S.ACCEPTED, _RECIPIENT, "ReferralAccepted", *_LICENSED),
    row(
        Action.WAITLIST_REFERRAL,
        UNANSWERED | {_S.ACCEPTED},
        _S.WAITLISTED,
        _RECIPIENT,
        "ReferralWaitlisted",
        *_LICENSED,
    ),
    row(Action.DECLINE_REFERRAL, UNANSWERED | BEFORE_START, _S.DECLINED, _RECIPIENT, "ReferralDeclined", *_CODED),
    row(Action.RETURN_REFERRAL, {_S.SENT, _S.RECEIVED}, _S.RETURNED, _RECIPIENT, "ReferralReturned", ADVICE),
    row(Action.REQUEST_INFORMATION, {_S.RECEIVED}, _S.INFO_REQUESTED, _RECIPIENT, "InformationRequested", QUESTION),
    row(Action.ANSWER_INFORMATION, {_S.INFO_REQUESTED}, _S.RECEIVED, _AUTHOR, "InformationGiven", ANSWER),
    row(Action.EXPIRE_REFERRAL, UNANSWERED, _S.EXPIRED, _SYSTEM, "ReferralExpired", DEADLINE_PASSED),
)

_BOOKABLE = {_S.ACCEPTED, _S.WAITLISTED, _S.SCHEDULED, _S.NO_SHOW, _S.APPT_CANCELLED}
_VISITING = (
    row(Action.SCHEDULE_VISIT, _BOOKABLE, _S.SCHEDULED, _RECIPIENT, "VisitScheduled", IN_FUTURE),
    row(Action.RECORD_NO_SHOW, {_S.SCHEDULED}, _S.NO_SHOW, _RECIPIENT, "PatientDidNotAttend", BOOKED, VISIT_BEGUN),
    row(Action.CANCEL_VISIT, {_S.SCHEDULED}, _S.APPT_CANCELLED, _RECIPIENT, "VisitCancelled", BOOKED),
    row(Action.START_THERAPY, {_S.SCHEDULED}, _S.IN_THERAPY, _RECIPIENT, "TherapyStarted", BOOKED, VISIT_BEGUN),
    # Visits after the first are events and change no state.
    row(Action.SCHEDULE_VISIT, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "VisitScheduled", IN_FUTURE),
    row(Action.RECORD_NO_SHOW, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "PatientDidNotAttend", BOOKED, VISIT_BEGUN),
    row(Action.CANCEL_VISIT, {_S.IN_THERAPY}, _S.IN_THERAPY, _RECIPIENT, "VisitCancelled", BOOKED),
)

_REPORTING = (
    row(
        Action.SEND_REPORT,
        {_S.IN_THERAPY},
        _S.IN_THERAPY,
        _RECIPIENT,
        "InterimReportSent",
        REPORT,
        only=Only.INTERIM,
    ),
    # A report sent again is a new version, and has to be acknowledged again.
    row(
        Action.SEND_REPORT,
        UNDER_WAY | {_S.REPORT_SENT},
        _S.REPORT_SENT,
        _RECIPIENT,
        "ReportSent",
        REPORT,
        only=Only.FINAL,
    ),
    # A request to cancel that comes after the start may be answered by closing with a report.
    row(
        Action.SEND_REPORT,
        {_S.CANCEL_REQUESTED},
        _S.REPORT_SENT,
        _RECIPIENT,
        "ReportSent",
        STARTED,
        REPORT,
        only=Only.FINAL,
    ),
    row(Action.ACKNOWLEDGE_REPORT, {_S.REPORT_SENT}, _S.CLOSED, _AUTHOR, "ReportAcknowledged"),
    row(
        Action.CLOSE_UNACKNOWLEDGED,
        {_S.REPORT_SENT},
        _S.CLOSED,
        _SYSTEM,
        "ReferralClosedUnacknowledged",
        DEADLINE_PASSED,
    ),
    row(
        Action.END_REFERRAL,
        UNDER_WAY | {_S.NO_SHOW, _S.APPT_CANCELLED},
        _S.ENDED_EARLY,
        _RECIPIENT,
        "ReferralEndedEarly",
        *_CODED,
        REPORT_OR_NO_CONTACT,
    ),
)

_RESTING = (
    row(Action.HOLD_REFERRAL, HOLDABLE, _S.HELD_BEFORE_START, {_RECIPIENT, _SYSTEM}, "ReferralHeld", REASON),
    row(Action.HOLD_REFERRAL, {_S.IN_THERAPY}, _S.ON_HOLD, {_RECIPIENT, _SYSTEM}, "ReferralHeld", REASON),
    row(
        Action.RESUME_REFERRAL,
        {_S.HELD_BEFORE_START},
        Remembered.HELD_FROM,
        _RECIPIENT,
        "ReferralResumed",
        *_LICENSED,
    ),
    row(Action.RESUME_REFERRAL, {_S.ON_HOLD}, _S.IN_THERAPY, _RECIPIENT, "ReferralResumed", *_LICENSED),
)

_CANCELLING = (
    # An author withdraws alone while nothing is booked, and asks once something is.
    row(
        Action.CANCEL_REFERRAL,
        {_S.DRAFT},
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
        attempt=OnAttempt.NONE,
    ),
    row(
        Action.CANCEL_REFERRAL,
        UNANSWERED | {_S.ACCEPTED, _S.WAITLISTED},
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
    ),
    row(
        Action.CANCEL_REFERRAL,
        WAITING_FOR_AUTHOR,
        _S.CANCELLED,
        _AUTHOR,
        "ReferralCancelled",
        *_CODED,
        attempt=OnAttempt.KEEPS,
    ),
    row(
        Action.CANCEL_REFERRAL,
        UNDER_WAY | {_S.SCHEDULED, _S.NO_SHOW, _S.APPT_CANCELLED, _S.HELD_BEFORE_START},
        _S.CANCEL_REQUESTED,
        _AUTHOR,
        "CancellationRequested",
        *_CODED,
    ),
    row(Action.CONFIRM_CANCELLATION, {_S.CANCEL_REQUESTED}, _S.CANCELLED, _RECIPIENT, "CancellationConfirmed"),
    row(
        Action.CONFIRM_CANCELLATION,
        {_S.CANCEL_REQUESTED},
        _S.CANCELLED,
        _SYSTEM,
        "CancellationConfirmed",
        LOST_OR_OVERDUE,
    ),
    # While standing is lost a cancellation cannot be refused back into an unproven booking.
    row(
        Action.REFUSE_CANCELLATION,
        {_S.CANCEL_REQUESTED},
        Remembered.CANCEL_FROM,
        _RECIPIENT,
        "CancellationRefused",
        REASON,
        *_LICENSED,
    ),
    row(
        Action.WITHDRAW_UNATTENDED,
        WAITING_FOR_AUTHOR,
        _S.CANCELLED,
        _SYSTEM,
        "ReferralWithdrawn",
        DEADLINE_PASSED,
        attempt=OnAttempt.KEEPS,
    ),
    # A credential that ends takes back everything that has not begun.
    row(Action.RECALL_REFERRAL, UNANSWERED | BEFORE_START, _S.RECALLED, _SYSTEM, "ReferralRecalled", STANDING_LOST),
)

_ERASERS = {Relation.AUTHOR, Relation.STEWARD}
_ERRING = tuple(
    row(
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
    *MEDICAL_MOVES,
    *_CANCELLING,
    *_ERRING,
)
