"""What can go wrong between us and the database, in our own words.

Rules:
- Callers outside this package see these and never a driver's error.
- A message is for people and never holds a value from the graph or a parameter.

Does not know how a driver's error becomes one of these: `graph.database` does.
"""


class Unavailable(Exception):  # noqa: N818 - the name says what the database is
    """The database cannot be reached or does not answer; nothing was changed. `message` tells a person what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Conflict(Exception):  # noqa: N818 - a conflict, not an error of ours
    """A uniqueness constraint would be broken; nothing was changed. `constraint` is its name, such as
    'receipt_key', or an empty text where the server does not say.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"The constraint {constraint or '(unnamed)'} would be broken.")
        self.constraint = constraint


class DeadlineExceeded(Exception):  # noqa: N818 - names what happened
    """The work took longer than it was given; nothing was changed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The database did not finish within {seconds:g} s.")
        self.seconds = seconds


class OutcomeUnknown(Exception):  # noqa: N818 - names what happened
    """The connection was lost or time ran out while committing: the change may or may not be in the graph.
    Send the same thing again with the same idempotency key.
    """

    def __init__(self) -> None:
        super().__init__("Whether the change was stored is not known; the same request may be sent again.")


class StatementRejected(Exception):  # noqa: N818 - names what happened
    """The database refused a statement: a mistake of ours. `code` is Neo4j's status code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class MigrationError(Exception):
    """The graph's schema is not what this version of Bonafide can work with; `message` is for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EmbeddedError(Exception):
    """The embedded server cannot be had; `message` tells a person why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
