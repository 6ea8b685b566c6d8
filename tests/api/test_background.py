"""Duties are done when due, by one process at a time; a mistake in one stops nothing; a moved clock does them all."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from api.app import build
from api.background import Background, Duty
from api.clock import SimulatedClock, machine_now
from api.settings import load_settings
from api.tokens import hash_token
from graph.database import Database, Statements
from graph.leases import Fence, prove, take_lease, work_done
from graph.seeding import seed
from graph.simulation import move_clock, read_simulation
from verification.errors import Refusal

pytestmark = pytest.mark.neo4j

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def name() -> str:
    return f"duty-{secrets.token_hex(6)}"


@pytest.fixture
async def simulated(database: Database) -> AsyncIterator[Database]:
    """The test graph as a simulated store, which no command could undo again."""
    await database.write("MERGE (s:Simulation {name: 'simulation'}) SET s.now = 0")
    await move_clock(database, START)
    yield database
    await database.write("MATCH (s:Simulation) DETACH DELETE s")
    await database.write("MATCH (l:Lease) DETACH DELETE l")


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.02)


def counting(done: list[datetime]) -> Callable[[Database, datetime, Fence], Awaitable[int]]:
    """A duty that notes the instants it is done at."""

    async def run(database: Database, now: datetime, fence: Fence) -> int:
        async def work(statements: Statements) -> None:
            await prove(statements, fence)

        await database.transact(work)
        done.append(now)
        return 1

    return run


async def test_two_processes_never_do_one_duty_at_once(
    database: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.background.LOOKS_EVERY", 0.02)
    at_work, most, runs = 0, 0, 0

    async def run(_database: Database, _now: datetime, _fence: Fence) -> int:
        nonlocal at_work, most, runs
        at_work, runs = at_work + 1, runs + 1
        most = max(most, at_work)
        await asyncio.sleep(0.05)
        at_work -= 1
        return 0

    duty = Duty(name, timedelta(milliseconds=1), run)
    loops = [asyncio.create_task(Background(database, machine_now, [duty]).work()) for _ in range(2)]
    await until(lambda: runs >= 6)
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    assert most == 1


async def test_a_duty_done_by_one_process_is_not_due_for_the_other(database: Database, name: str) -> None:
    done: list[datetime] = []
    duty = Duty(name, HOUR, counting(done))
    for _ in range(2):
        loop = asyncio.create_task(Background(database, machine_now, [duty]).work())
        await until(lambda: len(done) == 1)
        await asyncio.sleep(0.1)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert len(done) == 1
    assert name in await work_done(database)


async def test_a_mistake_is_logged_without_its_words_and_tried_again(
    database: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.background.LOOKS_EVERY", 0.02)
    monkeypatch.setattr("api.background.FIRST_PAUSE", 0.1)
    tries = 0

    async def run(_database: Database, _now: datetime, _fence: Fence) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ValueError("Quillon Canarywood")
        return 0

    other: list[datetime] = []
    duties = [Duty(name, HOUR, run), Duty(f"{name}-other", HOUR, counting(other))]
    with capture_logs() as logs:
        loop = asyncio.create_task(Background(database, machine_now, duties).work())
        await until(lambda: tries >= 3)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    failures = [entry for entry in logs if entry["event"] == "duty failed"]
    assert [entry["duty"] for entry in failures] == [name, name]
    assert "Canarywood" not in str(logs)
    assert len(other) == 1


async def test_a_stopped_process_lets_its_lease_go(database: Database, name: str) -> None:
    begun = asyncio.Event()

    async def run(_database: Database, _now: datetime, _fence: Fence) -> int:
        begun.set()
        await asyncio.sleep(60)
        return 0

    loop = asyncio.create_task(Background(database, machine_now, [Duty(name, HOUR, run)]).work())
    await begun.wait()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert name not in await work_done(database)
    assert await take_lease(database, name, "another process") is not None


async def test_a_moved_clock_does_what_is_due_in_the_order_of_time(simulated: Database, name: str) -> None:
    done: list[datetime] = []
    dues = [START + timedelta(hours=5), START + timedelta(hours=30), START + timedelta(days=9)]

    async def due(_database: Database, now: datetime) -> datetime | None:
        return next((at for at in dues if at > now), None)

    clock = SimulatedClock(START)
    background = Background(simulated, clock, [Duty(name, HOUR, counting(done), due)])
    wanted = START + timedelta(days=2)
    moved = await background.move_to(wanted)
    assert moved.now == clock() == wanted
    assert done == sorted(done)
    assert {dues[0], dues[1], wanted} <= set(done)
    assert dues[2] not in done
    assert moved.done == {name: moved.stops}
    with pytest.raises(Refusal) as refused:
        await background.move_to(wanted - timedelta(seconds=1))
    assert refused.value.code == "CLOCK_BACKWARDS"
    found = await read_simulation(simulated)
    assert found is not None
    assert found.now == clock() == wanted
    assert len(done) == moved.stops


async def test_a_process_follows_the_clock_that_another_moves(simulated: Database) -> None:
    clock = SimulatedClock(START)
    following = asyncio.create_task(Background(simulated, clock, []).follow())
    await move_clock(simulated, START + HOUR)
    await until(lambda: clock() == START + HOUR)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def steward(database: Database, role: str = "steward") -> dict[str, str]:
    token = f"bona_{secrets.token_hex(12)}"
    await database.write(
        "CREATE (:Account {id: $id, tokenHash: $hash, role: $role, name: 'X', active: true, createdAt: 0})",
        {"id": secrets.token_hex(8), "hash": hash_token(token), "role": role},
    )
    return {"authorization": f"Bearer {token}"}


async def test_the_clock_is_a_stewards_and_moves_forward(simulated: Database) -> None:
    await seed(simulated)
    clock = SimulatedClock(START)
    app = build(load_settings(background=False), simulated, now=clock)
    as_steward, as_officer = await steward(simulated), await steward(simulated, "officer")
    later = {"now": "2026-01-06T09:00:00Z"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.post("/simulation/clock", json=later)).status_code == 401
        assert (await client.post("/simulation/clock", json=later, headers=as_officer)).status_code == 404
        for wrong in ({}, {"now": "2026-01-06T09:00:00"}, {"now": "soon"}, {"now": "2026-01-06T09:00:00Z", "x": 1}):
            assert (await client.post("/simulation/clock", json=wrong, headers=as_steward)).status_code == 400
        assert clock() == START
        moved = await client.post("/simulation/clock", json=later, headers=as_steward)
        assert moved.status_code == 200, moved.text
        assert moved.json()["now"] == "2026-01-06T09:00:00.000Z"
        assert moved.json()["failed"] == []
        assert set(moved.json()["done"]) >= {"overdue", "reverify", "reminders", "sources"}
        back = await client.post("/simulation/clock", json={"now": "2026-01-06T08:59:59Z"}, headers=as_steward)
        assert (back.status_code, back.json()["code"]) == (409, "CLOCK_BACKWARDS")
        ready = (await client.get("/readyz")).json()
        assert ready["details"].items() >= {"simulated": True, "clock": "2026-01-06T09:00:00Z"}.items()
        asked = await client.post("/graphql", json={"query": "{ viewer { __typename } }"}, headers=as_steward)
        assert asked.status_code == 200


async def test_in_a_store_of_real_time_there_is_no_clock(database: Database) -> None:
    app = build(load_settings(background=False), database)
    headers = await steward(database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        refused = await client.post("/simulation/clock", json={"now": "2026-01-06T09:00:00Z"}, headers=headers)
        assert refused.status_code == 404
        assert "simulated" not in (await client.get("/readyz")).text
