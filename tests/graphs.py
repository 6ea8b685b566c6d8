"""A graph of one's own, for tests that look at everybody or move its time; and a lease, for those that do its work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from graph.database import Database
from graph.embedded import Embedded
from graph.leases import Fence, give_back, take_lease
from graph.migrations import migrate

PATIENCE = 4.0
"""A test's server plans nearly every statement for the first time, and shares its processors with another."""


@asynccontextmanager
async def own_graph(folder: Path, *, large: bool = False) -> AsyncIterator[Database]:
    """An empty, migrated graph whose store lies in `folder`; on a server as for serving where it becomes `large`."""
    started = (
        Embedded.start(folder)
        if large
        else Embedded.start(folder, heap=512, page_cache=128, short_lived=True, stays_small=True)
    )
    with started as server:
        database = await Database.open(server.address, clock_deadline=30, patience=PATIENCE)
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def held(database: Database, name: str) -> AsyncIterator[Fence]:
    """The lease of that name, waited for and given back."""
    fence = await take_lease(database, name, uuid4().hex)
    while fence is None:
        await asyncio.sleep(0.1)
        fence = await take_lease(database, name, uuid4().hex)
    yield fence
    await give_back(database, fence)
