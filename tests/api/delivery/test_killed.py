"""`bonafide serve`, killed at moments of chance while notices go out: none is lost, none is forged."""

from pathlib import Path

import pytest

from graph.database import Database
from graph.embedded import Embedded
from graph.migrations import migrate
from tests.killing import Soak

pytestmark = pytest.mark.neo4j


async def test_nothing_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """A server of its own, since the process does all its duties; `bench.delivery` is the same for longer."""
    with Embedded.start(tmp_path / "graph", heap=512, page_cache=128, short_lived=True, stays_small=True) as server:
        database = await Database.open(server.address, clock_deadline=30)
        try:
            await migrate(database)
            result = await Soak(database, server.address, tmp_path, people=4).run(60, 2, 150)
        finally:
            await database.close()
    assert result.good, result.told()
    assert result.kills == 2
    assert result.expected == 120
    assert not result.complaints
