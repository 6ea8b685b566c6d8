"""Who may try what: roles, relations, actions, and the table between them.

- Default deny: a role may do only what its row lists; anonymous viewers may change nothing.
- An action is named as the mutation of the contract that asks for it, so one word serves GraphQL, Python and events.
- A role opens the door only. Whether this viewer stands in the right relation to this object is tested again on the
  facts (`verification.referrals.decide`) and once more after the lock, in the write statement.
- It knows no tokens, no database and no request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account is; an account has exactly one."""

    PHYSICIAN = "physician"
    THERAPIST = "therapist"
    OFFICER = "officer"
    STEWARD = "steward"
    DELEGATE = "delegate"
    ANONYMOUS = "anonymous"


class Relation(StrEnum):
    """How a viewer stands to the object of an action."""

    AUTHOR = "author"
    RECIPIENT = "recipient"
    ISSUER = "issuer"
    HOLDER = "holder"
    STEWARD = "steward"
    SYSTEM = "system"


class Action(StrEnum):
    """Everything that can be done to an object; the value is the mutation's name in the contract."""

    CONFIRM_CREDENTIAL = "confirmCredential"
    SUSPEND_CREDENTIAL = "suspendCredential"
    REVOKE_CREDENTIAL = "revokeCredential"
    REINSTATE_CREDENTIAL = "reinstateCredential"
    APPLY_ROSTER = "applyRoster"

    CREATE_REFERRAL = "createReferral"
    SEND_REFERRAL = "sendReferral"
    ANSWER_INFORMATION = "answerInformation"
    REDIRECT_REFERRAL = "redirectReferral"
    CANCEL_REFERRAL = "cancelReferral"
    ACKNOWLEDGE_REPORT = "acknowledgeReport"

    OPEN_REFERRAL = "openReferral"
    ACCEPT_REFERRAL = "acceptReferral"
    WAITLIST_REFERRAL = "waitlistReferral"
    DECLINE_REFERRAL = "declineReferral"
    RETURN_REFERRAL = "returnReferral"
    REQUEST_INFORMATION = "requestInformation"
    SCHEDULE_VISIT = "scheduleVisit"
    RECORD_NO_SHOW = "recordNoShow"
    CANCEL_VISIT = "cancelVisit"
    START_THERAPY = "startTherapy"
    HOLD_REFERRAL = "holdReferral"
    RESUME_REFERRAL = "resumeReferral"
    SEND_REPORT = "sendReport"
    REFER_BACK = "referBack"
    END_REFERRAL = "endReferral"
    CONFIRM_CANCELLATION = "confirmCancellation"
    REFUSE_CANCELLATION = "refuseCancellation"
    CLEAR_MEDICAL_REVIEW = "clearMedicalReview"
    MARK_ENTERED_IN_ERROR = "markEnteredInError"

    UPDATE_PROFILE = "updateProfile"
    UPDATE_AVAILABILITY = "updateAvailability"
    DECIDE_MATCH = "decideMatch"

    # What only the system's own clocks and a body's word set off; no role may ask for these.
    EXPIRE_REFERRAL = "expireReferral"
    ADVANCE_REFERRAL = "advanceReferral"
    RECALL_REFERRAL = "recallReferral"
    CLOSE_UNACKNOWLEDGED = "closeUnacknowledged"
    WITHDRAW_UNATTENDED = "withdrawUnattended"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The account behind a request; `acts_as` is the id of its practitioner or certifying body."""

    role: Role
    account: str | None = None
    name: str = ""
    acts_as: str | None = None


ANONYMOUS = Viewer(Role.ANONYMOUS)

CREDENTIAL_ACTIONS = frozenset(
    {
        Action.CONFIRM_CREDENTIAL,
        Action.SUSPEND_CREDENTIAL,
        Action.REVOKE_CREDENTIAL,
        Action.REINSTATE_CREDENTIAL,
        Action.APPLY_ROSTER,
    }
)

# A patient referred back makes the therapist an author and the physician a recipient, so both may ask for all of
# these; the relation decides.
_REFERRAL_ACTIONS = frozenset(
    {
        Action.ANSWER_INFORMATION,
        Action.REDIRECT_REFERRAL,
        Action.CANCEL_REFERRAL,
        Action.ACKNOWLEDGE_REPORT,
        Action.OPEN_REFERRAL,
        Action.ACCEPT_REFERRAL,
        Action.WAITLIST_REFERRAL,
        Action.DECLINE_REFERRAL,
        Action.RETURN_REFERRAL,
        Action.REQUEST_INFORMATION,
        Action.SCHEDULE_VISIT,
        Action.RECORD_NO_SHOW,
        Action.CANCEL_VISIT,
        Action.START_THERAPY,
        Action.HOLD_REFERRAL,
        Action.RESUME_REFERRAL,
        Action.SEND_REPORT,
        Action.END_REFERRAL,
        Action.CONFIRM_CANCELLATION,
        Action.REFUSE_CANCELLATION,
        Action.CLEAR_MEDICAL_REVIEW,
        Action.MARK_ENTERED_IN_ERROR,
    }
)
_PHYSICIAN_ACTIONS = _REFERRAL_ACTIONS | {Action.CREATE_REFERRAL, Action.SEND_REFERRAL}
_THERAPIST_ACTIONS = _REFERRAL_ACTIONS | {Action.REFER_BACK, Action.UPDATE_PROFILE, Action.UPDATE_AVAILABILITY}

PERMITTED: Mapping[Role, frozenset[Action]] = {
    Role.PHYSICIAN: _PHYSICIAN_ACTIONS,
    Role.THERAPIST: _THERAPIST_ACTIONS,
    # A delegate acts for the practitioner the account is tied to; events name both.
    Role.DELEGATE: _PHYSICIAN_ACTIONS | _THERAPIST_ACTIONS,
    Role.OFFICER: CREDENTIAL_ACTIONS,
    Role.STEWARD: frozenset({Action.MARK_ENTERED_IN_ERROR, Action.DECIDE_MATCH}),
    Role.ANONYMOUS: frozenset(),
}

SYSTEM_ACTIONS = frozenset(
    {
        Action.EXPIRE_REFERRAL,
        Action.ADVANCE_REFERRAL,
        Action.RECALL_REFERRAL,
        Action.CLOSE_UNACKNOWLEDGED,
        Action.WITHDRAW_UNATTENDED,
    }
)


def may(role: Role, action: Action) -> bool:
    """True when an account of `role` may ask for `action` at all; everything not listed is denied."""
    return action in PERMITTED.get(role, frozenset())
