"""Turn a driver's error into ours, by its class and status code.

Rules:
- Only the code, the class and the name of a constraint are taken from an error; other text may hold values.
- What a person has to repair is `Unavailable` with a sentence; what we did wrong is `StatementRejected`.

Does not know which statement failed.
"""

import re

from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from graph.errors import Conflict, DeadlineExceeded, OutcomeUnknown, StatementRejected, Unavailable

BROKEN_CONSTRAINT = "Neo.ClientError.Schema.ConstraintValidationFailed"
OUT_OF_TIME = frozenset(
    {
        "Neo.ClientError.Transaction.TransactionTimedOut",
        "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    }
)
COMMIT_IN_DOUBT = "Neo.DatabaseError.Transaction.TransactionCommitFailed"
NO_SUCH_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"
MISTAKE_IN_STATEMENT = "42"
"""GQL's class of status codes for a statement that cannot be compiled. Such a text quotes the statement, which holds
no values; the texts of every other class may quote a value."""

BROKEN_PAIR = re.compile(r"with label `(?P<label>\w+)` and property `(?P<property>\w+)` =")
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def translated(error: DriverError | Neo4jError, deadline: float) -> Exception:
    """Our word for `error`, which is not to be tried again; `deadline` in seconds is what the work was given."""
    if isinstance(error, IncompleteCommit):
        return OutcomeUnknown()
    if isinstance(error, Neo4jError):
        return _translated_code(error, error.code or "", deadline)
    if isinstance(error, ConfigurationError):
        return Unavailable("The address of the database is not in the form neo4j://HOST:PORT or neo4j+s://HOST.")
    return Unavailable("The database cannot be reached. Check that it runs and that its address is right.")


def _translated_code(error: Neo4jError, code: str, deadline: float) -> Exception:
    if code == BROKEN_CONSTRAINT:
        return Conflict(constraint_name(error))
    if code in OUT_OF_TIME:
        return DeadlineExceeded(deadline)
    if code == COMMIT_IN_DOUBT:
        return OutcomeUnknown()
    sentence = _what_to_repair(error, code)
    if sentence:
        return Unavailable(sentence)
    return StatementRejected(code, error.message or "" if error.gql_status.startswith(MISTAKE_IN_STATEMENT) else "")


def _what_to_repair(error: Neo4jError, code: str) -> str:
    """A sentence for whoever runs the server, or an empty text if the fault is not there."""
    if isinstance(error, AuthError):
        return "The database refused the user name or the password."
    if code == NO_SUCH_DATABASE:
        return "The server has no database of that name."
    if error.is_retryable() or code.startswith("Neo.DatabaseError."):
        return f"The database cannot do its work now ({code}). See its log, and whether its disk is full."
    return ""


def constraint_name(error: Neo4jError) -> str:
    """The name, by the rule of our migrations: CertifyingBody.code is certifying_body_code.

    The server gives label and property in its text alone, before the value; where it does not, the name is empty.
    """
    found = BROKEN_PAIR.search(error.message or "")
    if found is None:
        return ""
    return "_".join(WORD_START.sub("_", found[part]).lower() for part in ("label", "property"))


def is_lost_connection(error: DriverError | Neo4jError | None) -> bool:
    """Whether `error` says that no server could be spoken to, rather than that a server said no."""
    return isinstance(error, ServiceUnavailable | SessionExpired)
