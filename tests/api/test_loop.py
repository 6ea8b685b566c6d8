"""Some steps of chance through the API: whatever people do, what is promised of a referral holds.

- Most of the time goes into planning each kind of statement once; `python -m bench.loop` plays thousands of steps, asks
  for everything and prints letters too.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from graph.database import Database
from graph.seeding import seed
from tests.graphs import own_graph
from tests.loop.run import play_chance
from tests.loop.watch import FEW

pytestmark = pytest.mark.neo4j
SEED = 1
STEPS = 60


@pytest.fixture
async def graph(tmp_path: Path) -> AsyncIterator[Database]:
    async with own_graph(tmp_path / "data") as database:
        await seed(database)
        yield database


async def test_what_is_promised_holds_whatever_people_do(graph: Database) -> None:
    run = await play_chance(graph, SEED, STEPS, sources=FEW, without=("letter", "attach"))
    steps = b"\n".join(orjson.dumps(step.line()) for step in run.steps[-10:]).decode()
    assert run.faults == [], f"seed {SEED}, step {len(run.steps)}, the last of them:\n{steps}"
    assert run.counts["done"] > STEPS // 3
