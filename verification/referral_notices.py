"""Who is told of what happened to a referral: the other side, in one thin word.

- Whoever acted is not told of it; what the network or a steward did is told to both sides.
- A recipient whose attempt had ended before is told nothing more, and nobody learns who else was asked.
- What one side lets become late, the other is told of when it is due; what the network does about it later is another
  notice, and what it does at that very instant is told instead.
- The words are topics of notices. None says anything of the patient, and none is a clinical word.
- It does not know how anybody is told.
"""

from collections.abc import Mapping
from typing import Final

from verification.access import Relation
from verification.referral_rows import OnAttempt
from verification.referrals import Transition

SENT: Final = "referral.sent"
ADVANCED: Final = "referral.advanced"
RECALLED: Final = "referral.recalled"
PASSED_OVER: Final = "referral.passed-over"
UNPLACED: Final = "referral.unplaced"
"""Nobody is left on the shortlist whom the network could ask."""
REMINDER: Final = "referral.reminder"
"""It is the receiver's turn, and time for it."""
OVERDUE: Final = "referral.overdue"
"""It is the other side's turn, and what they were to do is late."""

TOPIC_OF: Final[Mapping[str, str]] = {
    "ReferralSent": SENT,
    "ReferralRedirected": SENT,
    "ReferralAdvanced": ADVANCED,
    "ReferralOpened": "referral.opened",
    "ReferralAccepted": "referral.accepted",
    "ReferralWaitlisted": "referral.waitlisted",
    "ReferralDeclined": "referral.declined",
    "ReferralReturned": "referral.returned",
    "InformationRequested": "referral.information-requested",
    "InformationGiven": "referral.information-given",
    "ReferralExpired": "referral.expired",
    "ReferralRecalled": RECALLED,
    "CandidatePassedOver": PASSED_OVER,
    "VisitScheduled": "referral.visit-scheduled",
    "PatientDidNotAttend": "referral.visit-missed",
    "VisitCancelled": "referral.visit-cancelled",
    "TherapyStarted": "referral.started",
    "InterimReportSent": "referral.report-sent",
    "ReportSent": "referral.report-sent",
    "ReportAcknowledged": "referral.report-acknowledged",
    "ReferralClosedUnacknowledged": "referral.closed",
    "ReferralEndedEarly": "referral.ended",
    "ReferralHeld": "referral.held",
    "ReferralResumed": "referral.resumed",
    "MedicalReviewCleared": "referral.resumed",
    "PatientReferredBack": "referral.referred-back",
    "WorkUpOrdered": "referral.lane-opened",
    "ReferralCancelled": "referral.cancelled",
    "CancellationRequested": "referral.cancellation-requested",
    "CancellationConfirmed": "referral.cancellation-confirmed",
    "CancellationRefused": "referral.cancellation-refused",
    "ReferralWithdrawn": "referral.withdrawn",
    "MarkedEnteredInError": "referral.entered-in-error",
}
"""The topic of each event; an event that is not here, such as the writing of a draft, is told to nobody."""

_OTHER_SIDE: Final[Mapping[Relation, tuple[Relation, ...]]] = {
    Relation.AUTHOR: (Relation.RECIPIENT,),
    Relation.RECIPIENT: (Relation.AUTHOR,),
}
_BOTH: Final = (Relation.AUTHOR, Relation.RECIPIENT)


def told(transition: Transition) -> tuple[Relation, ...]:
    """Which sides are told of a move; of one that opens an attempt, the recipient is the new one."""
    sides = _OTHER_SIDE.get(transition.actor, _BOTH)
    if transition.attempt in {OnAttempt.KEEPS, OnAttempt.NONE}:
        return tuple(side for side in sides if side is Relation.AUTHOR)
    return sides
