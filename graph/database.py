"""Run Cypher: one driver per process, one statement or one transaction at a time, every error in our own words.

Rules:
- Reads go to readers, writes and security reads to the leader; a read is one statement.
- Work that met a passing error (deadlock, leader moved, connection lost) is done again after 5 ms, 10 ms, ... until it
  succeeds or its deadline comes; so a transaction's work asks no clock, rolls no dice and keeps nothing outside.
- A lost commit is `OutcomeUnknown` and is never repeated here: the caller's idempotency key makes that safe.
- Errors are told apart by class and status code, never by their text, and what is raised holds no value.
- Every statement counts, so that a test can hold a caller to its number.
- In a cluster this process reads what it has written (one chain of bookmarks); a single server needs none.

Does not know what the statements mean, nor where the server comes from.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, TypeVar, cast

from neo4j import READ_ACCESS, WRITE_ACCESS, AsyncDriver, AsyncGraphDatabase, AsyncSession, AsyncTransaction, Query
from neo4j.exceptions import DriverError, Neo4jError

from graph.driver_errors import is_lost_connection, translated
from graph.errors import DeadlineExceeded, OutcomeUnknown, Unavailable

Rows: TypeAlias = list[list[Any]]
Parameters: TypeAlias = Mapping[str, Any]
T = TypeVar("T")

DIALECT = "CYPHER 25 "
"""Every statement names its dialect, so that a server's default does not change what it means."""

POOL = 50
SLOTS = 32
FIRST_DELAY = 0.005
LONGEST_DELAY = 0.32
GRACE = 0.25
"""Seconds that our own limit comes after the server's, so that slow work is ended by the server, cleanly."""
READY_WITHIN = 2.0
ANSWERS = "RETURN 1"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server is and as whom to speak to it; `uri` is neo4j://, neo4j+s:// or, for one server, bolt://."""

    uri: str
    user: str
    password: str
    database: str = "neo4j"

    def __repr__(self) -> str:
        return f"ServerAddress({self.uri}, {self.user}, database={self.database})"


@dataclass(slots=True)
class StatementCount:
    """How many statements ran; read `.count` at any time."""

    count: int = 0


# Below this level the driver writes parameters into the log, and those hold patients.
logging.getLogger("neo4j").setLevel(logging.WARNING)

_counting: ContextVar[StatementCount | None] = ContextVar("statements", default=None)


@contextmanager
def count_statements() -> Iterator[StatementCount]:
    """Count every statement run inside, in this task and in those it starts; repeated tries count too."""
    counter = StatementCount()
    token = _counting.set(counter)
    try:
        yield counter
    finally:
        _counting.reset(token)


def _counted(text: str) -> str:
    counter = _counting.get()
    if counter is not None:
        counter.count += 1
    return DIALECT + text


class Statements:
    """One open transaction, as its work sees it."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: AsyncTransaction) -> None:
        self._transaction = transaction

    async def run(self, text: str, parameters: Parameters | None = None) -> Rows:
        """Rows of one statement, each a list of values in the order of its RETURN."""
        result = await self._transaction.run(_counted(text), cast("dict[str, Any]", parameters))
        return await result.values()


class Database:
    """The way to one Neo4j server or cluster."""

    __slots__ = ("_bookmarks", "_driver", "_slots", "address", "patience")

    def __init__(self, driver: AsyncDriver, address: ServerAddress, patience: float = 1.0) -> None:
        self.address, self.patience = address, patience
        self._driver = driver
        self._slots = asyncio.Semaphore(SLOTS)
        routed = address.uri.startswith("neo4j")
        self._bookmarks = AsyncGraphDatabase.bookmark_manager() if routed else None

    def _session(self, access_mode: str) -> AsyncSession:
        return self._driver.session(
            database=self.address.database,
            default_access_mode=access_mode,
            # All rows come at once: a page is small, and a second request for rows would cost a round trip.
            fetch_size=-1,
            bookmark_manager=self._bookmarks,
        )

    @classmethod
    async def open(cls, address: ServerAddress, *, clock_deadline: float = 5.0, patience: float = 1.0) -> Self:
        """The database at `address`, which has answered within `clock_deadline` seconds. Raises Unavailable.

        Every other deadline is meant for a machine that serves; `patience` is by what it is longer on a slower one.
        """
        try:
            driver = AsyncGraphDatabase.driver(
                address.uri,
                auth=(address.user, address.password),
                connection_timeout=5,
                connection_acquisition_timeout=5,
                max_connection_lifetime=1800,
                liveness_check_timeout=30,
                max_connection_pool_size=POOL,
                keep_alive=True,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="bonafide",
            )
        except (DriverError, ValueError) as error:
            raise Unavailable("The address of the database is not in the form neo4j://HOST:PORT.") from error
        database = cls(driver, address, patience)
        try:
            await database._answer(clock_deadline)
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Let every connection go."""
        await self._driver.close()

    async def ready(self) -> None:
        """Raises Unavailable unless the leader answers within 2 s."""
        await self._answer(READY_WITHIN)

    async def read(
        self, text: str, parameters: Parameters | None = None, *, deadline: float = 9.0, leader: bool = False
    ) -> Rows:
        """Rows of one statement that changes nothing, each a list of values; `deadline` in seconds.

        `leader` asks the one server that is never behind: for sessions, roles and what must be seen as soon as revoked.
        Auto-commit: one round trip instead of three. It is as safe as a managed read, since a read may be repeated.
        Raises Unavailable, DeadlineExceeded, StatementRejected.
        """
        access_mode = WRITE_ACCESS if leader else READ_ACCESS
        deadline *= self.patience

        async def once(_: _Attempt) -> Rows:
            async with self._session(access_mode) as session:
                query = Query(_counted(text), timeout=deadline)
                result = await session.run(query, cast("dict[str, Any]", parameters))
                return await result.values()

        return await self._persist(once, deadline)

    async def write(self, text: str, parameters: Parameters | None = None, *, deadline: float = 10.0) -> Rows:
        """Rows of one statement in its own write transaction; `deadline` in seconds.

        Raises Conflict, OutcomeUnknown, Unavailable, DeadlineExceeded, StatementRejected.
        """

        async def work(statements: Statements) -> Rows:
            return await statements.run(text, parameters)

        return await self.transact(work, deadline=deadline)

    async def transact(self, work: Callable[[Statements], Awaitable[T]], *, deadline: float = 30.0) -> T:
        """What `work` returns, once the one write transaction that it ran in is committed; `deadline` in seconds.

        `work` may be run several times and must not care. An exception it raises undoes everything and comes out.
        Raises as `write` does.
        """
        deadline *= self.patience

        async def once(attempt: _Attempt) -> T:
            async with self._session(WRITE_ACCESS) as session:
                transaction = await session.begin_transaction(timeout=deadline)
                async with transaction:
                    value = await work(Statements(transaction))
                    attempt.committing = True
                    await transaction.commit()
                    return value

        return await self._persist(once, deadline)

    async def _answer(self, within: float) -> None:
        async def once(_: _Attempt) -> None:
            async with self._session(WRITE_ACCESS) as session:
                await (await session.run(ANSWERS)).consume()

        try:
            await self._persist(once, within)
        except DeadlineExceeded as error:
            raise Unavailable(f"The database did not answer within {within:g} s.") from error

    async def _persist(self, once: Callable[["_Attempt"], Awaitable[T]], deadline: float) -> T:
        """Try `once` until it succeeds, meets an error that will not pass, or `deadline` seconds are over."""
        attempt = _Attempt()
        try:
            async with asyncio.timeout(deadline + GRACE), self._slots:
                return await self._repeat(once, attempt, deadline)
        except TimeoutError:
            raise attempt.out_of_time(deadline) from None

    async def _repeat(self, once: Callable[["_Attempt"], Awaitable[T]], attempt: "_Attempt", deadline: float) -> T:
        give_up = asyncio.get_running_loop().time() + deadline
        delay = FIRST_DELAY
        while True:
            attempt.committing = False
            try:
                return await once(attempt)
            except (DriverError, Neo4jError) as error:
                attempt.last = error
                if not error.is_retryable() or asyncio.get_running_loop().time() + delay > give_up:
                    raise translated(error, deadline) from None
            # Spread the tries of those who met each other, so that they do not meet again.
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 - no secret depends on it
            delay = min(delay * 2, LONGEST_DELAY)


@dataclass(slots=True)
class _Attempt:
    """How far the work has come."""

    committing: bool = False
    last: DriverError | Neo4jError | None = None

    def out_of_time(self, deadline: float) -> Exception:
        """What to raise when time is over."""
        if self.committing:
            return OutcomeUnknown()
        if is_lost_connection(self.last) and self.last is not None:
            return translated(self.last, deadline)
        return DeadlineExceeded(deadline)
