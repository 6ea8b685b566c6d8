"""The links of a chain: the request, and what was sent back or on from it, told apart by lane.

- There are two lanes, therapy and medical work-up, which go on beside each other.
- It does not know who may see a link.
"""

from enum import StrEnum


class Lane(StrEnum):
    """What a referral is for."""

    THERAPY = "THERAPY"
    MEDICAL_WORK_UP = "MEDICAL_WORK_UP"


class Side(StrEnum):
    """As what somebody sends or receives."""

    PHYSICIAN = "PHYSICIAN"
    THERAPIST = "THERAPIST"


def lane_of(*, back: bool) -> Lane:
    """The lane of a referral; `back`: a therapist asks something of a physician with it."""
    return Lane.MEDICAL_WORK_UP if back else Lane.THERAPY


def sides_of(*, back: bool) -> tuple[Side, Side]:
    """As what it is sent, and to whom."""
    return (Side.THERAPIST, Side.PHYSICIAN) if back else (Side.PHYSICIAN, Side.THERAPIST)
