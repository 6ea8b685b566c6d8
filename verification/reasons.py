"""Every reason a check can have, by its code: who can put it right, where there is something to put right.

- A code about a credential is the check's name and what is so about the credential: LICENCE_EXPIRED.
- A reason that passes or skips a check needs nobody. One that only has to be told needs nobody either, and says so.
- A code that is not here cannot be given to anybody: a test holds the table against what the checks can find.
- It does not know the sentences.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from verification.credentials import CredentialStatus
from verification.histories import Basis


class Fixer(StrEnum):
    """Who can put right what stands in the way.

    AGENCY is a federal agency that keeps a register: OIG its list of the excluded, CMS the NPIs.
    """

    THERAPIST = "THERAPIST"
    BODY = "BODY"
    STEWARD = "STEWARD"
    AGENCY = "AGENCY"
    NOBODY = "NOBODY"


_S = CredentialStatus
_F = Fixer

# Which checks give a credential's own state as their reason.
ABOUT_CREDENTIALS: Final = ("licence", "certificate", "membership", "title")

_BY_STATE: Final[MappingProxyType[str, Fixer | None]] = MappingProxyType(
    {
        _S.ACTIVE: None,
        _S.ACTIVE_WITH_NOTICE: _F.NOBODY,
        _S.PENDING: _F.BODY,
        _S.LAPSED: _F.THERAPIST,
        _S.RESTRICTED: _F.BODY,
        _S.SUSPENDED: _F.BODY,
        _S.REVOKED: _F.BODY,
        _S.SURRENDERED: _F.BODY,
        _S.DENIED: _F.THERAPIST,
        _S.CANCELLED: _F.BODY,
        _S.DECEASED: _F.BODY,
        Basis.EXPIRED: _F.THERAPIST,
        Basis.STALE: _F.BODY,
        Basis.REVERIFY: _F.BODY,
        Basis.CONFLICT: _F.BODY,
        Basis.UNREADABLE: _F.STEWARD,
        Basis.NOT_PRIMARY: _F.BODY,
        Basis.NOT_YET: _F.BODY,
    },
)

_OTHER: Final[MappingProxyType[str, Fixer | None]] = MappingProxyType(
    {
        "POLICY_NONE": _F.STEWARD,
        "IDENTITY_CLAIMED_TWICE": _F.STEWARD,
        "NOT_ASKED": None,
        "NPI_NONE": None,
        "NPI_IN_USE": None,
        "NPI_INVALID": _F.STEWARD,
        "NPI_DEACTIVATED": _F.THERAPIST,
        "LICENCE_NO_STATEMENT": _F.BODY,
        "LICENCE_NOT_INDEPENDENT": _F.THERAPIST,
        "LICENCE_NOT_NEEDED": None,
        "LICENCE_ELSEWHERE_NONE": None,
        "LICENCE_ELSEWHERE_CLEAR": None,
        "LICENCE_ELSEWHERE_DISCIPLINE": _F.STEWARD,
        "LICENCE_ELSEWHERE_REVIEWED": _F.NOBODY,
        "LICENCE_ELSEWHERE_NOTICE": _F.NOBODY,
        "COMPACT_NO_PRIVILEGE": None,
        "COMPACT_NOT_NEEDED": None,
        "COMPACT_NOT_MEMBER": _F.STEWARD,
        "COMPACT_NO_HOME_LICENCE": _F.BODY,
        "COMPACT_DEGREE_UNKNOWN": _F.BODY,
        "COMPACT_NOT_DOCTORAL": _F.THERAPIST,
        "COMPACT_ENCUMBERED": _F.BODY,
        "COMPACT_NOT_ACTIVE": _F.BODY,
        "COMPACT_OPEN": _F.NOBODY,
        "TITLE_NO_STATEMENT": _F.BODY,
        "TITLE_NOT_PROTECTED": None,
        "CERTIFICATE_NO_STATEMENT": _F.BODY,
        "MEMBERSHIP_NO_CERTIFICATE": None,
        "MEMBERSHIP_NOT_NEEDED": None,
        "MEMBERSHIP_INCLUDED": None,
        "MEMBERSHIP_NO_STATEMENT": _F.BODY,
        "EXCLUSION_NO_EDITION": _F.STEWARD,
        "EXCLUSION_CLEAR": None,
        "EXCLUSION_STALE": _F.STEWARD,
        "EXCLUSION_MATCH": _F.AGENCY,
        "EXCLUSION_WAIVED": _F.NOBODY,
        "EXCLUSION_PROBABLE": _F.STEWARD,
        "EXCLUSION_POSSIBLE": _F.STEWARD,
        "EXCLUSION_NONE": _F.STEWARD,
    },
)


def reason_code(check: str, state: str) -> str:
    """The code of a check that a credential's state decided: 'licence' and 'expired' are LICENCE_EXPIRED."""
    return f"{check}_{state}".upper().replace("-", "_")


CREDENTIAL_REASONS: Final = MappingProxyType(
    {reason_code(check, state): fixer for check in ABOUT_CREDENTIALS for state, fixer in _BY_STATE.items()},
)
FIXERS: Final[MappingProxyType[str, Fixer | None]] = MappingProxyType({**CREDENTIAL_REASONS, **_OTHER})
"""By every reason code there is, who can put it right; None where there is nothing to put right."""
