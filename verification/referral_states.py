"""The states of a referral and of its attempts, and what they are in FHIR R4.

- A referral has one or more attempts, at most one of them open. `Referral.status` is the current attempt's state;
  after a withdrawal it is CANCELLED (or ENTERED_IN_ERROR) while the attempt keeps its own.
- A decline ends the attempt, not the referral: DECLINED, RETURNED, EXPIRED and RECALLED wait for the author.
- Every state maps to Task.status, Task.businessStatus and ServiceRequest.status, from the start and for good.
  Nothing needs a step from in-progress to cancelled, which FHIR's Task machine does not have.
- It does not know who may move a referral or when; that is `verification.referrals`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a referral, or one attempt of it, stands."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    RECEIVED = "RECEIVED"
    INFO_REQUESTED = "INFO_REQUESTED"
    ACCEPTED = "ACCEPTED"
    WAITLISTED = "WAITLISTED"
    SCHEDULED = "SCHEDULED"
    NO_SHOW = "NO_SHOW"
    APPT_CANCELLED = "APPT_CANCELLED"
    HELD_BEFORE_START = "HELD_BEFORE_START"
    IN_THERAPY = "IN_THERAPY"
    ON_HOLD = "ON_HOLD"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    REPORT_SENT = "REPORT_SENT"
    CLOSED = "CLOSED"
    DECLINED = "DECLINED"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    RECALLED = "RECALLED"
    CANCELLED = "CANCELLED"
    ENDED_EARLY = "ENDED_EARLY"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"


UNANSWERED = frozenset({State.SENT, State.RECEIVED, State.INFO_REQUESTED})
"""Sent, and the recipient has not decided."""

BEFORE_START = frozenset(
    {
        State.ACCEPTED,
        State.WAITLISTED,
        State.SCHEDULED,
        State.NO_SHOW,
        State.APPT_CANCELLED,
        State.HELD_BEFORE_START,
    }
)
"""Taken on, and no session attended yet."""

UNDER_WAY = frozenset({State.IN_THERAPY, State.ON_HOLD})
"""A first session was attended and no final report is out."""

HOLDABLE = frozenset({State.ACCEPTED, State.WAITLISTED, State.SCHEDULED})
"""Taken on, and able to rest before a first session."""

WAITING_FOR_AUTHOR = frozenset({State.DECLINED, State.RETURNED, State.EXPIRED, State.RECALLED})
"""The attempt has ended; the referral is open and its author must redirect or withdraw."""

CLOSED_STATES = frozenset({State.CLOSED, State.CANCELLED, State.ENDED_EARLY, State.ENTERED_IN_ERROR})
"""The referral itself is over. Going on is a new referral that names this one."""

ATTEMPT_ENDED = WAITING_FOR_AUTHOR | CLOSED_STATES
"""An attempt in one of these never changes again."""

OPEN_ATTEMPT = frozenset(State) - ATTEMPT_ENDED - {State.DRAFT}
"""An attempt that somebody has to do something about."""


@dataclass(frozen=True, slots=True)
class FhirStatus:
    """The three status elements a FHIR client sees for one referral and its current attempt."""

    task: str
    business: str
    service_request: str


FHIR: Mapping[State, FhirStatus] = {
    State.DRAFT: FhirStatus("draft", "draft", "draft"),
    State.SENT: FhirStatus("requested", "sent", "active"),
    State.RECEIVED: FhirStatus("received", "under-review", "active"),
    State.INFO_REQUESTED: FhirStatus("received", "awaiting-information", "active"),
    State.ACCEPTED: FhirStatus("accepted", "accepted", "active"),
    State.WAITLISTED: FhirStatus("accepted", "waitlisted", "active"),
    State.SCHEDULED: FhirStatus("accepted", "visit-scheduled", "active"),
    State.NO_SHOW: FhirStatus("accepted", "no-show", "active"),
    State.APPT_CANCELLED: FhirStatus("accepted", "appointment-cancelled", "active"),
    State.HELD_BEFORE_START: FhirStatus("accepted", "on-hold", "active"),
    State.IN_THERAPY: FhirStatus("in-progress", "visit-complete", "active"),
    State.ON_HOLD: FhirStatus("on-hold", "on-hold", "active"),
    State.CANCEL_REQUESTED: FhirStatus("accepted", "cancellation-requested", "active"),
    State.REPORT_SENT: FhirStatus("completed", "report-sent", "active"),
    State.CLOSED: FhirStatus("completed", "report-acknowledged", "completed"),
    State.DECLINED: FhirStatus("rejected", "declined", "active"),
    State.RETURNED: FhirStatus("rejected", "returned-with-advice", "active"),
    State.EXPIRED: FhirStatus("cancelled", "no-response", "active"),
    State.RECALLED: FhirStatus("cancelled", "recalled", "active"),
    State.CANCELLED: FhirStatus("cancelled", "cancelled", "revoked"),
    State.ENDED_EARLY: FhirStatus("failed", "ended-early", "revoked"),
    State.ENTERED_IN_ERROR: FhirStatus("entered-in-error", "entered-in-error", "entered-in-error"),
}
"""Every state, as it maps when nothing more is known about the attempt."""

# In these states the reason says more than the state does, so it becomes the business status.
_REASON_IS_BUSINESS_STATUS = frozenset({State.HELD_BEFORE_START, State.ON_HOLD, State.RECALLED, State.ENDED_EARLY})


def fhir_status(
    state: State,
    *,
    begun: bool = False,
    cancel_from: State | None = None,
    reason: str | None = None,
    report_attached: bool = False,
) -> FhirStatus:
    """The FHIR view of one attempt, total over every state.

    `begun`: a first session was attended; `cancel_from`: the state a cancellation request remembers; `reason`: the
    coded reason of a hold or an end; `report_attached`: an early end came with a report.
    """
    found = FHIR[state]
    task, business, service_request = found.task, found.business, found.service_request
    if state is State.CANCEL_REQUESTED and cancel_from is not None:
        # The Task stays what it was; a second Task with code abort carries the request.
        task = FHIR[cancel_from].task
    if state is State.CANCELLED and begun:
        # FHIR has no step from in-progress to cancelled: work that had begun has failed.
        task = "failed"
    if state in _REASON_IS_BUSINESS_STATUS and reason:
        business = code_of(reason)
    if state is State.ENDED_EARLY and report_attached:
        service_request = "completed"
    return FhirStatus(task, business, service_request)


def code_of(name: str) -> str:
    """An enum name as the hyphenated lower-case code that FHIR systems exchange: AT_CAPACITY is at-capacity."""
    return name.lower().replace("_", "-")
