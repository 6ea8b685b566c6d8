"""A month of chance through the ordinary imports: search shows whoever is fit by another reading, and nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.graphs import own_graph
from tests.imports import Imports
from tests.month import START, Month

pytestmark = pytest.mark.neo4j
THERAPISTS = 40
DAYS = range(1, 34, 2)


@pytest.fixture
async def imports(tmp_path: Path) -> AsyncIterator[Imports]:
    """A graph of its own: a month in the future would make everybody else's sources old."""
    async with own_graph(tmp_path / "data") as database:
        yield await Imports(database, tmp_path, START).prepare()


async def test_a_month_of_chance_shows_nobody_wrongly(imports: Imports) -> None:
    month = Month(imports, seed=20310303, count=THERAPISTS)
    await month.begin()
    wrong = []
    for number in DAYS:
        await month.day(number)
        for hours in (4, 13, 17):
            wrong += await month.differences(START + timedelta(days=number, hours=hours))
    assert wrong == []
    # A month in which everybody is shown, or nobody, would prove nothing.
    assert month.checked == len(DAYS) * 3 * THERAPISTS
    assert 0.1 < month.shown / month.checked < 0.9
