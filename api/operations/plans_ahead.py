"""How far ahead somebody may plan: a visit, the day of a first one, and the weeks of a wait.

- Two years at most. What lies further is a slip of the pen, and no calendar counts its business days.
- It does not know what is planned for whom.
"""

from datetime import UTC, timedelta
from typing import Final

from api.operations.moves import Made
from api.operations.outcomes import Problems, refused
from api.operations.profiles import LONGEST_WAIT

FURTHEST: Final = timedelta(weeks=LONGEST_WAIT)


def visit_in_reach(made: Made) -> Problems | None:
    """What is wrong with a visit's start, for being too far away."""
    if made.said["startsAt"] <= made.now + FURTHEST:
        return None
    return refused("BAD_INPUT", "A visit is booked at most two years ahead.", "startsAt")


def first_visit_in_reach(made: Made) -> Problems | None:
    """What is wrong with the day by which a first visit is expected."""
    expected = made.said.get("expectedBy")
    if expected is None or expected <= (made.now.astimezone(UTC) + FURTHEST).date():
        return None
    return refused("BAD_INPUT", "A first visit is expected within two years.", "expectedBy")


def wait_in_reach(made: Made) -> Problems | None:
    """What is wrong with the weeks of a wait."""
    weeks = made.said.get("waitWeeks")
    if weeks is None or 0 <= weeks <= LONGEST_WAIT:
        return None
    return refused("BAD_INPUT", f"Weeks of waiting are 0 to {LONGEST_WAIT}.", "waitWeeks")
