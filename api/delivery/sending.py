"""What came of sending one notice, in words for whoever looks after the network; never a word the other side said."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Came(StrEnum):
    """What it means for the endpoint."""

    TAKEN = "taken"
    NOT_TAKEN = "not taken"
    GONE = "gone"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Sent:
    """`problem` is empty when it was taken. OURS: nothing was asked of the endpoint, as our own mail server is away.

    `after` is how many seconds the other side asked to be left alone for.
    """

    came: Came
    problem: str = ""
    after: float = 0.0


TAKEN: Final = Sent(Came.TAKEN)


def not_taken(problem: str, after: float = 0.0) -> Sent:
    """The endpoint did not take it; to be tried again."""
    return Sent(Came.NOT_TAKEN, problem, after)
