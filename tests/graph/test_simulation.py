"""A store is marked for simulated time once and for good, and its clock only moves forward."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from graph.database import Database
from graph.simulation import mark_simulated, move_clock, read_simulation
from tests.graphs import own_graph
from verification.errors import Refusal

pytestmark = pytest.mark.neo4j

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A graph of its own: a clock does not go behind what others have recorded."""
    async with own_graph(tmp_path_factory.mktemp("simulated")) as opened:
        yield opened


@pytest.fixture
async def marked(database: Database) -> AsyncIterator[Database]:
    """The test graph with a mark, which no command could take away again."""
    await database.write("MERGE (:Simulation {name: 'simulation'})")
    yield database
    await database.write("MATCH (s:Simulation) DETACH DELETE s")


async def stands(database: Database) -> datetime | None:
    found = await read_simulation(database)
    assert found is not None
    return found.now


async def test_a_store_of_real_time_has_no_clock_to_set(database: Database) -> None:
    assert await read_simulation(database) is None
    with pytest.raises(Refusal, match="in real time") as refused:
        await move_clock(database, START)
    assert refused.value.code == "NOT_SIMULATED"
    assert await read_simulation(database) is None


async def test_a_store_with_data_of_real_time_is_never_marked(database: Database) -> None:
    await database.write("MERGE (:DeactivatedNpi {npi: '2000000002'})")
    with pytest.raises(Refusal) as refused:
        await mark_simulated(database)
    assert refused.value.code == "STORE_NOT_EMPTY"
    assert await read_simulation(database) is None


async def test_marking_again_changes_nothing(marked: Database) -> None:
    await move_clock(marked, START)
    await mark_simulated(marked)
    assert await stands(marked) == START


async def test_the_clock_moves_forward_only(marked: Database) -> None:
    assert await stands(marked) is None
    await move_clock(marked, START)
    await move_clock(marked, START)
    with pytest.raises(Refusal, match="2026-01-05T09:00:00Z and only moves forward") as refused:
        await move_clock(marked, START - timedelta(milliseconds=1))
    assert refused.value.code == "CLOCK_BACKWARDS"
    assert await stands(marked) == START


async def test_racing_moves_leave_the_latest_instant(marked: Database) -> None:
    wanted = [START + timedelta(minutes=minute) for minute in (7, 3, 11, 5, 2, 13, 1)]
    await asyncio.gather(*(move_clock(marked, at) for at in wanted), return_exceptions=True)
    assert await stands(marked) == max(wanted)
