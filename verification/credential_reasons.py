"""Why a body's officer suspends, revokes or reinstates: coded reasons, and which action each belongs to.

- A reason says what the body will answer for in public; details stay with the body.
- `OTHER` says nothing without a note.
- It does not know which states an action may start from: that is credentials.py.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from verification.credentials import OfficerAction
from verification.errors import Refusal


class CredentialReason(StrEnum):
    """Why an officer acts."""

    DISCIPLINARY_ORDER = "DISCIPLINARY_ORDER"
    EMERGENCY_ORDER = "EMERGENCY_ORDER"
    COURT_ORDER = "COURT_ORDER"
    CONVICTION = "CONVICTION"
    FRAUD = "FRAUD"
    REQUIREMENTS_NOT_MET = "REQUIREMENTS_NOT_MET"
    FEES_UNPAID = "FEES_UNPAID"
    HOLDER_REQUEST = "HOLDER_REQUEST"
    TERM_SERVED = "TERM_SERVED"
    REQUIREMENTS_MET = "REQUIREMENTS_MET"
    APPEAL_UPHELD = "APPEAL_UPHELD"
    CORRECTION = "CORRECTION"
    OTHER = "OTHER"


_R = CredentialReason
_ADVERSE: Final = frozenset(
    {
        _R.DISCIPLINARY_ORDER, _R.EMERGENCY_ORDER, _R.COURT_ORDER, _R.CONVICTION, _R.FRAUD, _R.REQUIREMENTS_NOT_MET,
        _R.FEES_UNPAID, _R.HOLDER_REQUEST, _R.OTHER,
    }
)  # fmt: skip

REASONS: Final[Mapping[OfficerAction, frozenset[CredentialReason]]] = {
    OfficerAction.SUSPEND: _ADVERSE,
    OfficerAction.REVOKE: _ADVERSE,
    OfficerAction.REINSTATE: frozenset(
        {_R.TERM_SERVED, _R.REQUIREMENTS_MET, _R.APPEAL_UPHELD, _R.COURT_ORDER, _R.CORRECTION, _R.OTHER}
    ),
}
"""The reasons each action takes; confirming needs none."""


def check_reason(action: OfficerAction, reason: CredentialReason, note: str | None) -> None:
    """Raises Refusal when `reason` does not belong to `action` (BAD_INPUT) or needs a note (COMMENT_REQUIRED)."""
    if reason not in REASONS[action]:
        raise Refusal("BAD_INPUT", f"{reason.value} is no reason to {action.value} a credential.", ("reason",))
    if reason is CredentialReason.OTHER and not (note and note.strip()):
        raise Refusal("COMMENT_REQUIRED", "This reason says nothing without a note.", ("note",))
