"""One process at a time does the work, and one that slept writes nothing."""

import asyncio
import secrets

import pytest

from graph.database import Database, Statements
from graph.leases import Fence, LeaseLost, give_back, keep, prove, take_lease

pytestmark = pytest.mark.neo4j


@pytest.fixture
def name() -> str:
    return f"test-{secrets.token_hex(6)}"


async def write_under(database: Database, fence: Fence, mark: str) -> None:
    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run("CREATE (:LeaseTest {name: $name, mark: $mark})", {"name": fence.name, "mark": mark})

    await database.transact(work)


async def written(database: Database, name: str) -> list[str]:
    rows = await database.read("MATCH (n:LeaseTest {name: $name}) RETURN n.mark ORDER BY n.mark", {"name": name})
    return [mark for (mark,) in rows]


async def test_of_many_who_want_it_one_gets_it(database: Database, name: str) -> None:
    taken = await asyncio.gather(*(take_lease(database, name, f"process {number}") for number in range(8)))
    assert len([fence for fence in taken if fence is not None]) == 1


async def test_taking_ones_own_lease_again_keeps_its_number(database: Database, name: str) -> None:
    first = await take_lease(database, name, "a")
    assert first is not None
    assert await take_lease(database, name, "a") == first
    assert await take_lease(database, name, "b") is None


async def test_the_number_goes_up_at_each_take_over(database: Database, name: str) -> None:
    first = await take_lease(database, name, "a")
    assert first is not None
    await give_back(database, first)
    second = await take_lease(database, name, "b")
    assert second is not None
    assert second.number == first.number + 1
    await give_back(database, first)
    assert await take_lease(database, name, "c") is None


async def test_whoever_slept_past_the_lease_writes_nothing(database: Database, name: str) -> None:
    slept = await take_lease(database, name, "a", lasts=0.05)
    assert slept is not None
    await asyncio.sleep(0.1)
    with pytest.raises(LeaseLost):
        await write_under(database, slept, "late, and nobody has taken it")
    other = await take_lease(database, name, "b")
    assert other is not None
    await write_under(database, other, "by the new owner")
    with pytest.raises(LeaseLost):
        await write_under(database, slept, "late")
    with pytest.raises(LeaseLost):
        await keep(database, slept)
    assert await written(database, name) == ["by the new owner"]


async def test_each_proof_puts_the_end_off(database: Database, name: str) -> None:
    fence = await take_lease(database, name, "a", lasts=1.0)
    assert fence is not None
    await write_under(database, fence, "once")
    await asyncio.sleep(1.1)
    await write_under(database, fence, "twice")
    assert await written(database, name) == ["once", "twice"]


async def test_nobody_takes_it_over_between_proof_and_commit(database: Database, name: str) -> None:
    fence = await take_lease(database, name, "a", lasts=0.3)
    assert fence is not None
    order: list[str] = []

    async def slow(statements: Statements) -> None:
        await prove(statements, fence, lasts=0.05)
        await asyncio.sleep(0.3)
        order.append("written")

    async def impatient() -> None:
        await asyncio.sleep(0.15)
        assert await take_lease(database, name, "b") is not None
        order.append("taken")

    await asyncio.gather(database.transact(slow), impatient())
    assert order == ["written", "taken"]
