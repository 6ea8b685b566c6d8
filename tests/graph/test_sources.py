"""Each source's age is that of its last file; the stewards are told of it once for each age it comes to."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from graph.database import Database
from graph.leases import Fence, LeaseLost, take_lease
from graph.sources import next_ageing, read_sources, stored_sources, watch_sources
from tests.imports import NOW, Imports
from tests.published import fresh_npis, member_row
from verification.ageing import Age, SourceAge
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


@pytest.fixture
async def fence(database: Database) -> Fence:
    taken = await take_lease(database, f"sources {secrets.token_hex(4)}", "test")
    assert taken is not None
    return taken


async def board(imports: Imports, now: datetime = NOW) -> SourceAge:
    """The age of the board that just sent a roster."""
    found = await read_sources(imports.database, now, SHIPPED_POLICIES)
    (source,) = (each for each in found if each.source == "CA-BBS" and "LMFT" in each.about)
    return source


async def roster(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, dateOfExpiration="2039-12-31")])


async def told(imports: Imports, source: str) -> list[str]:
    rows = await imports.database.read(
        "MATCH (o:Outbox {topic: 'source.ageing', object: $source, recipient: 'stewards'}) "
        "RETURN split(o.dedupe, '|')[-1] ORDER BY o.at",
        {"source": source},
    )
    return [age for (age,) in rows]


async def test_a_file_makes_a_source_young_and_an_officers_word_does_not(imports: Imports) -> None:
    later = imports.at(days=400)
    await roster(later)
    source = await board(imports, later.now)
    assert source.answered_at == later.now
    assert source.people >= 1
    await imports.database.write(
        "CREATE (:Evidence {id: $id, key: $id, source: 'CA-BBS', method: 'officer', answeredAt: $at, recordedAt: $at})",
        {"id": secrets.token_hex(8), "at": 1_900_000_000_000},
    )
    assert (await board(imports, later.now)).answered_at == later.now


async def test_each_age_is_announced_once(imports: Imports, fence: Fence) -> None:
    later = imports.at(days=500)
    await roster(later)
    before = len(await told(imports, "CA-BBS"))
    budget = (await board(imports, later.now)).budget
    for share in (0.1, 0.5, 0.6, 0.9, 0.95, 1.01, 1.5):
        await watch_sources(imports.database, later.now + budget * share, SHIPPED_POLICIES, fence)
    assert (await told(imports, "CA-BBS"))[before:] == ["half", "nine-tenths", "stale"]


async def test_after_a_sleep_only_the_latest_age_is_announced(imports: Imports, fence: Fence) -> None:
    later = imports.at(days=700)
    await roster(later)
    await watch_sources(imports.database, later.now, SHIPPED_POLICIES, fence)
    before = len(await told(imports, "CA-BBS"))
    budget = (await board(imports, later.now)).budget
    change = await next_ageing(imports.database, later.now)
    assert change is not None
    assert change <= later.now + budget / 2
    await watch_sources(imports.database, later.now + budget * 2, SHIPPED_POLICIES, fence)
    assert (await told(imports, "CA-BBS"))[before:] == ["stale"]
    key = (await board(imports)).key
    (kept,) = (each for each in await stored_sources(imports.database) if each.key == key)
    assert kept.age(later.now + timedelta(days=1)) is Age.FRESH


async def test_without_the_lease_nothing_is_announced(imports: Imports, fence: Fence) -> None:
    await roster(imports)
    await imports.database.write("MATCH (l:Lease {name: $name}) SET l.until = 0", {"name": fence.name})
    before = (await told(imports, "CA-BBS"), await stored_sources(imports.database))
    with pytest.raises(LeaseLost):
        await watch_sources(imports.database, NOW + timedelta(days=3000), SHIPPED_POLICIES, fence)
    assert (await told(imports, "CA-BBS"), await stored_sources(imports.database)) == before
