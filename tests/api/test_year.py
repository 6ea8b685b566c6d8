"""Weeks of chance in simulated time: no referral is lost, none stuck, and nobody is shown before acceptance."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.seeding import seed
from tests.graphs import own_graph
from tests.year import Year

pytestmark = pytest.mark.neo4j
START = datetime(2027, 2, 1, 17, tzinfo=UTC)


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    async with own_graph(tmp_path / "data") as database:
        await seed(database)
        yield await Year.begin(database, START, seed=5, therapists=4, physicians=2)


async def test_weeks_of_chance_lose_nobody(year: Year) -> None:
    for number in range(14):
        await year.day(referrals=2)
        if number % 5 == 4:
            await year.confirm(suspended=0.3)
    assert await year.faults() == []
    # Everybody goes away: what nobody has begun comes to an end by itself, and whatever was begun has its turn.
    await year.rest(days=75)
    assert await year.faults() == []
    rows = await year.database.read("MATCH (r:Referral) RETURN r.status, count(*)")
    left = {status for status, _ in rows}
    assert not left & {"SENT", "RECEIVED", "INFO_REQUESTED", "DECLINED", "RETURNED", "EXPIRED", "RECALLED"}, rows
    assert year.sent == 28
    assert year.moves > 3 * year.sent
