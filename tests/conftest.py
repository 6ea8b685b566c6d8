"""What the tests that need a server share.

- One server for each worker of a run: the one that BONAFIDE_NEO4J_URI names (then let there be one worker alone), else
  an embedded one in a throw-away folder.
- BONAFIDE_TEST_DATA names a folder to keep that store in between runs, so that several people can test at once.
- Tests share the graph: each makes its own nodes with its own keys and trusts in nothing else being there.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from graph.database import Database, ServerAddress
from graph.embedded import Embedded
from graph.migrations import migrate
from graph.progress import progress_on
from tests.graphs import PATIENCE

OWN_SERVERS = frozenset({"own_graph", "Embedded"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with servers of their own come first: they are the longest, and no worker is left alone with one."""
    items.sort(key=lambda item: not (isinstance(item, pytest.Function) and OWN_SERVERS & vars(item.module).keys()))


@pytest.fixture(scope="session")
def server_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    """A running server."""
    uri = os.environ.get("BONAFIDE_NEO4J_URI")
    if uri:
        user = os.environ.get("BONAFIDE_NEO4J_USER", "neo4j")
        yield ServerAddress(uri, user, os.environ.get("BONAFIDE_NEO4J_PASSWORD", ""))
        return
    kept = os.environ.get("BONAFIDE_TEST_DATA")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    data = Path(kept) / worker if kept else tmp_path_factory.mktemp("store")
    with Embedded.start(
        data, progress=progress_on(), heap=768, page_cache=128, short_lived=True, stays_small=True
    ) as server:
        yield server.address


@pytest.fixture(scope="session")
async def database(server_address: ServerAddress) -> AsyncIterator[Database]:
    """The graph on that server, with its schema in place."""
    opened = await Database.open(server_address, clock_deadline=30, patience=PATIENCE)
    await migrate(opened)
    yield opened
    await opened.close()
