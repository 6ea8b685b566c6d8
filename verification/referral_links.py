"""The links of a chain: the request, and what was sent back or on from it, told apart by lane.

- There are two lanes, therapy and medical work-up, which go on beside each other.
- A physician is asked something by the therapist who treats or, where a work-up was ordered, by another physician.
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
    """The lane of a referral; `back`: a physician is asked something with it."""
    return Lane.MEDICAL_WORK_UP if back else Lane.THERAPY


def sides_of(*, back: bool, sent_as: Side | None = None) -> tuple[Side, Side]:
    """As what it is sent, and to whom; `sent_as` is what was written down, where the lane alone does not say it."""
    if back:
        return sent_as or Side.THERAPIST, Side.PHYSICIAN
    return Side.PHYSICIAN, Side.THERAPIST
