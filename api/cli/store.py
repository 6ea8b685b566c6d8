"""The database a command works on: a server that was named, or Bonafide's own.

- Bonafide's own server is started for as long as it is needed. Where `bonafide serve` runs it already, a command uses
  that one and leaves it running.
- The server is started before any event loop runs and stopped after it, so that Ctrl-C is heard at every moment.
- It does not know what is asked of the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from api.cli.failures import warn
from api.clock import Clock, SimulatedClock, clock_for, going_by, machine_now
from api.settings import Settings, megabytes
from graph.chains import link_unlinked
from graph.database import Database, ServerAddress
from graph.embedded import Embedded
from graph.errors import EmbeddedError
from graph.migrations import migrate
from graph.progress import progress_on
from graph.running import Running, running_in
from graph.seeding import seed

T = TypeVar("T")

FIRST_ANSWER = 60.0
CHAINED = "0006_evidence_chain.cypher"
"""The migration since which evidence stands in chains."""


@contextmanager
def running_server(settings: Settings, *, own: bool = False, brief: bool = False) -> Iterator[ServerAddress]:
    """The address of the database for as long as the block runs; with `own`, one that nobody else runs.

    `brief` says that there is little to do, so that starting quickly is worth more than working quickly.
    Raises EmbeddedError when there is none to be had.
    """
    if settings.neo4j_uri is not None:
        password = settings.neo4j_password.get_secret_value() if settings.neo4j_password else ""
        yield ServerAddress(settings.neo4j_uri, settings.neo4j_user, password)
        return
    server = _start(settings, own=own, brief=brief)
    if isinstance(server, Running):
        warn(f"using the database that process {server.owner} runs.")
        yield server.address
        return
    with server:
        yield server.address


async def open_database(settings: Settings, address: ServerAddress) -> Database:
    """The database behind the address. One that was just started is given time: a busy machine is slow to begin."""
    return await Database.open(address, clock_deadline=FIRST_ANSWER if settings.embedded else 5.0)


async def bring_up_to_date(database: Database) -> None:
    """Constraints, indexes and reference data as this version needs them.

    Evidence that was recorded before there were chains is put into them, once.
    """
    applied = await migrate(database)
    await seed(database)
    if CHAINED in applied:
        await link_unlinked(database, machine_now())


async def store_clock(settings: Settings, database: Database, *, moves: bool = True) -> Clock:
    """What time it is in this store, said aloud where it is simulated. Raises Refusal for a clock it cannot have."""
    clock = await clock_for(database, settings.clock, moves=moves)
    if isinstance(clock, SimulatedClock):
        warn(f"this store is simulated; its clock stands at {clock():%Y-%m-%dT%H:%M:%SZ}.")
    return clock


def with_database(
    settings: Settings,
    work: Callable[[Database], Awaitable[T]],
    *,
    migrated: bool = True,
    brief: bool = True,
    first: Callable[[Database], Awaitable[None]] | None = None,
) -> T:
    """Start what must run, bring the store up to date if `migrated`, do the work, and stop what was started.

    `first` is done before the store's clock is looked at.
    """
    with running_server(settings, brief=brief) as address:
        return asyncio.run(_work(settings, address, work, migrated=migrated, first=first))


def _start(settings: Settings, *, own: bool, brief: bool) -> Embedded | Running:
    """A server of our own, or unless `own` the one that somebody else already runs in the data folder."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return Embedded.start(
            settings.data,
            progress=progress_on(),
            heap=megabytes(settings.neo4j_heap),
            page_cache=megabytes(settings.neo4j_pagecache),
            short_lived=brief,
        )
    except EmbeddedError:
        running = None if own else running_in(settings.data)
        if running is None:
            raise
        return running


async def _work(
    settings: Settings,
    address: ServerAddress,
    work: Callable[[Database], Awaitable[T]],
    *,
    migrated: bool,
    first: Callable[[Database], Awaitable[None]] | None,
) -> T:
    database = await open_database(settings, address)
    try:
        if migrated:
            await bring_up_to_date(database)
        if first is not None:
            await first(database)
        with going_by(await store_clock(settings, database, moves=migrated)):
            return await work(database)
    finally:
        await database.close()
