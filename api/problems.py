"""From what went wrong to what a client is told: one stable code each.

- A refusal by a rule is a value in a payload; what is here is for documents, authentication, the outside world and us.
"""

from typing import Final

from graph.errors import Conflict, DeadlineExceeded, OutcomeUnknown, Unavailable
from graph.selection import BadArgument
from verification.errors import Refusal


class Unauthenticated(Exception):  # noqa: N818 - not our error
    """No account stands behind the request."""

    def __str__(self) -> str:
        return "Send an account's token as Authorization: Bearer."


CODES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (Unauthenticated, "UNAUTHENTICATED"),
    (BadArgument, "BAD_INPUT"),
    (Unavailable, "UNAVAILABLE"),
    (DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (OutcomeUnknown, "OUTCOME_UNKNOWN"),
    (Conflict, "CONFLICT"),
)


def code_of(problem: Exception) -> str:
    """The stable word for what went wrong; INTERNAL when it was us."""
    if isinstance(problem, Refusal):
        return problem.code
    return next((code for kind, code in CODES if isinstance(problem, kind)), "INTERNAL")
