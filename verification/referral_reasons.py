"""The coded reasons people and clocks give, as data.

- A code is never reused for another meaning; `other` always needs words.
- Reasons that need a comment say so here, and nowhere else.
- Which declines go back to the author instead of to the next candidate is said here too.
- It does not know states or actors.
"""

from enum import StrEnum


class DeclineReason(StrEnum):
    """Why a recipient does not take the patient."""

    AT_CAPACITY = "AT_CAPACITY"
    OUTSIDE_SCOPE = "OUTSIDE_SCOPE"
    INSUFFICIENT_INFORMATION = "INSUFFICIENT_INFORMATION"
    MEDICAL_WORK_UP_NEEDED_FIRST = "MEDICAL_WORK_UP_NEEDED_FIRST"
    JURISDICTION_NOT_LICENSED = "JURISDICTION_NOT_LICENSED"
    MODALITY_OR_LANGUAGE_MISMATCH = "MODALITY_OR_LANGUAGE_MISMATCH"
    INSURANCE_NOT_ACCEPTED = "INSURANCE_NOT_ACCEPTED"
    CONFLICT_OF_INTEREST_OR_DUAL_RELATIONSHIP = "CONFLICT_OF_INTEREST_OR_DUAL_RELATIONSHIP"
    SAFETY_NEEDS_HIGHER_LEVEL_OF_CARE = "SAFETY_NEEDS_HIGHER_LEVEL_OF_CARE"
    AGE_OUTSIDE_RANGE = "AGE_OUTSIDE_RANGE"
    PATIENT_DECLINED = "PATIENT_DECLINED"
    DUPLICATE = "DUPLICATE"
    OTHER = "OTHER"


class CancelReason(StrEnum):
    """Why an author withdraws a referral."""

    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    PATIENT_DECLINED = "PATIENT_DECLINED"
    PATIENT_DIED = "PATIENT_DIED"
    PATIENT_MOVED = "PATIENT_MOVED"
    TREATED_ELSEWHERE = "TREATED_ELSEWHERE"
    MEDICAL_REASON = "MEDICAL_REASON"
    DUPLICATE = "DUPLICATE"
    RAISED_IN_ERROR = "RAISED_IN_ERROR"
    OTHER = "OTHER"


class EndReason(StrEnum):
    """Why therapy, or the wait for it, ends without a final report."""

    DISENGAGED = "DISENGAGED"
    TRANSFERRED = "TRANSFERRED"
    NOT_SUITABLE = "NOT_SUITABLE"
    PATIENT_DIED = "PATIENT_DIED"
    OTHER = "OTHER"


class ErrorReason(StrEnum):
    """Why a referral should never have been."""

    WRONG_PATIENT = "WRONG_PATIENT"
    DUPLICATE = "DUPLICATE"
    NO_CONSENT = "NO_CONSENT"
    TEST = "TEST"
    OTHER = "OTHER"


class HoldReason(StrEnum):
    """Why a referral rests."""

    MEDICAL_REVIEW_PENDING = "MEDICAL_REVIEW_PENDING"
    PATIENT_PAUSE = "PATIENT_PAUSE"
    CREDENTIAL_REVIEW = "CREDENTIAL_REVIEW"


class BackRequest(StrEnum):
    """What a therapist asks of the physician a patient is referred back to."""

    INVESTIGATE = "INVESTIGATE"
    PRESCRIBE_OR_DEPRESCRIBE = "PRESCRIBE_OR_DEPRESCRIBE"
    URGENT_REVIEW = "URGENT_REVIEW"
    SHARE_RESULT = "SHARE_RESULT"


class ReportKind(StrEnum):
    """An interim report leaves therapy going on; a final one closes the loop."""

    INTERIM = "INTERIM"
    FINAL = "FINAL"


class Priority(StrEnum):
    """How soon the author needs a first answer."""

    URGENT = "URGENT"
    SOON = "SOON"
    ROUTINE = "ROUTINE"


class ExpiryReason(StrEnum):
    """Why an attempt ran out of time: nobody answered, or the author did not give what was asked for.

    The second counts against nobody's reply time.
    """

    NO_RESPONSE = "NO_RESPONSE"
    INFORMATION_NOT_GIVEN = "INFORMATION_NOT_GIVEN"


class RecallReason(StrEnum):
    """Why an attempt was taken back from its recipient."""

    CREDENTIAL_LAPSED = "CREDENTIAL_LAPSED"
    REDIRECTED = "REDIRECTED"


COMMENT_REQUIRED: frozenset[str] = frozenset({DeclineReason.OTHER, CancelReason.OTHER, EndReason.OTHER})
"""Reasons that say nothing without words."""

BACK_TO_AUTHOR = frozenset(
    {
        DeclineReason.PATIENT_DECLINED,
        DeclineReason.MEDICAL_WORK_UP_NEEDED_FIRST,
        DeclineReason.SAFETY_NEEDS_HIGHER_LEVEL_OF_CARE,
        DeclineReason.DUPLICATE,
    }
)
"""Declines after which the next candidate would only meet the same obstacle: the author decides first."""


def comment_required(reason: str) -> bool:
    """True when `reason` must come with a comment."""
    return reason in COMMENT_REQUIRED
