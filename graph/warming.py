"""Have the database plan statements before anybody waits for them.

- A server that has just started plans slowly, a plan's first time above all; what is planned here runs nothing.
- A statement that cannot be planned in time is left for later: warming is a favour, never a condition.
"""

from collections.abc import Iterable
from typing import Final

from graph.database import Database
from graph.errors import DeadlineExceeded, StatementRejected, Unavailable

EACH_SECONDS: Final = 20.0


async def warm(database: Database, statements: Iterable[str]) -> int:
    """How many of `statements` the database has planned now."""
    planned = 0
    for text in statements:
        try:
            await database.read(f"EXPLAIN {text}", deadline=EACH_SECONDS)
        except (DeadlineExceeded, StatementRejected, Unavailable):
            continue
        planned += 1
    return planned
