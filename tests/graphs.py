"""A graph of one's own, for tests that look at everybody in it or move its time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from graph.database import Database
from graph.embedded import Embedded
from graph.migrations import migrate


@asynccontextmanager
async def own_graph(folder: Path) -> AsyncIterator[Database]:
    """An empty, migrated graph whose store lies in `folder`."""
    with Embedded.start(folder, heap=512, page_cache=128, short_lived=True, stays_small=True) as server:
        database = await Database.open(server.address)
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()
