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
    LIFT_ENCUMBRANCE = "liftEncumbrance"
    CONFIRM_CREDENTIALS = "confirmCredentials"
    APPROVE_PROPOSAL = "approveProposal"
    REFUSE_PROPOSAL = "refuseProposal"
    WITHDRAW_PROPOSAL = "withdrawProposal"
    PREVIEW_ROSTER = "previewRoster"
    APPLY_ROSTER = "applyRoster"

    CREATE_REFERRAL = "createReferral"
    ANSWER_RED_FLAGS = "answerRedFlags"
    SEND_REFERRAL = "sendReferral"
    ANSWER_INFORMATION = "answerInformation"
    REDIRECT_REFERRAL = "redirectReferral"
    CANCEL_REFERRAL = "cancelReferral"
    ACKNOWLEDGE_REPORT = "acknowledgeReport"
    ORDER_WORK_UP = "orderWorkUp"

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
    SEND_MESSAGE = "sendMessage"
    MARK_READ = "markRead"

    UPDATE_PROFILE = "updateProfile"
    UPDATE_AVAILABILITY = "updateAvailability"
    DECIDE_MATCH = "decideMatch"
    ADD_WEBHOOK = "addWebhook"
    REMOVE_WEBHOOK = "removeWebhook"
    TEST_WEBHOOK = "testWebhook"
    ROTATE_WEBHOOK_SECRET = "rotateWebhookSecret"  # noqa: S105 - the name of a mutation
    SET_NOTIFICATION_EMAIL = "setNotificationEmail"
    CONFIRM_ADDRESS = "confirmAddress"
    RECORD_REVIEW = "recordReview"

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
        Action.LIFT_ENCUMBRANCE,
        Action.CONFIRM_CREDENTIALS,
        Action.APPROVE_PROPOSAL,
        Action.REFUSE_PROPOSAL,
        Action.WITHDRAW_PROPOSAL,
        Action.PREVIEW_ROSTER,
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
        Action.SEND_MESSAGE,
        Action.MARK_READ,
    }
)
_PHYSICIAN_ACTIONS = _REFERRAL_ACTIONS | {
    Action.CREATE_REFERRAL,
    Action.ANSWER_RED_FLAGS,
    Action.SEND_REFERRAL,
    Action.ORDER_WORK_UP,
}
_THERAPIST_ACTIONS = _REFERRAL_ACTIONS | {Action.REFER_BACK, Action.UPDATE_PROFILE, Action.UPDATE_AVAILABILITY}
# Each makes a referral of the same patient to a physician.
ASKS_A_PHYSICIAN = frozenset({Action.REFER_BACK, Action.ORDER_WORK_UP})
# Clinical words are signed by whoever answers for them, not by somebody who acts for them.
SIGNED_BY_ONESELF = frozenset({Action.SEND_REPORT, Action.ACKNOWLEDGE_REPORT, Action.CLEAR_MEDICAL_REVIEW})
# Everybody says for oneself where one wants to be told.
_OWN_ACTIONS = frozenset(
    {
        Action.ADD_WEBHOOK,
        Action.REMOVE_WEBHOOK,
        Action.TEST_WEBHOOK,
        Action.ROTATE_WEBHOOK_SECRET,
        Action.SET_NOTIFICATION_EMAIL,
        Action.CONFIRM_ADDRESS,
    }
)

PERMITTED: Mapping[Role, frozenset[Action]] = {
    Role.PHYSICIAN: _PHYSICIAN_ACTIONS | _OWN_ACTIONS,
    Role.THERAPIST: _THERAPIST_ACTIONS | _OWN_ACTIONS,
    # A delegate acts for the practitioners the account is tied to; events name who acted, and for which of them.
    Role.DELEGATE: (_PHYSICIAN_ACTIONS | _THERAPIST_ACTIONS | _OWN_ACTIONS) - SIGNED_BY_ONESELF,
    Role.OFFICER: CREDENTIAL_ACTIONS | _OWN_ACTIONS,
    Role.STEWARD: frozenset({Action.MARK_ENTERED_IN_ERROR, Action.DECIDE_MATCH, Action.RECORD_REVIEW}) | _OWN_ACTIONS,
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
