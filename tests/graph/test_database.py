"""The way to the database: what is counted, what errors become, what is tried again, and when time is over.

- Faults of the network are made by a proxy between the driver and the real server.
- Every test makes nodes under a key of its own.
"""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from neo4j.exceptions import ConfigurationError, IncompleteCommit, ServiceUnavailable

from graph.database import Database, ServerAddress, Statements, count_statements
from graph.driver_errors import translated
from graph.errors import Conflict, DeadlineExceeded, OutcomeUnknown, StatementRejected, Unavailable

COMMIT_MESSAGE = bytes.fromhex("0002b0120000")
SLOW = "UNWIND range(1, 10000000000) AS number WITH number WHERE number % 2 = 0 RETURN count(number)"


class Proxy:
    """Passes bytes between the driver and the server, until told to lose them."""

    def __init__(self, address: ServerAddress) -> None:
        self.upstream = int(address.uri.rsplit(":", 1)[1])
        self.through = asyncio.Event()
        self.through.set()
        self.lose_commit_answers = 0
        self.silently = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above = await asyncio.open_connection("127.0.0.1", self.upstream)
        doomed = asyncio.Event()
        up = asyncio.create_task(self._pass(reader, above[1], doomed, watch_commits=True))
        down = asyncio.create_task(self._pass(above[0], writer, doomed, watch_commits=False))
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        for end in (writer, above[1]):
            end.close()

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, doomed: asyncio.Event, *, watch_commits: bool
    ) -> None:
        while data := await source.read(65536):
            await self.through.wait()
            if watch_commits and COMMIT_MESSAGE in data and self.lose_commit_answers:
                self.lose_commit_answers -= 1
                doomed.set()
            elif not watch_commits and doomed.is_set():
                if not self.silently:
                    return
                continue
            target.write(data)


@asynccontextmanager
async def proxied(address: ServerAddress) -> AsyncIterator[tuple[Proxy, Database]]:
    proxy = Proxy(address)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opened = await Database.open(ServerAddress(f"bolt://127.0.0.1:{port}", address.user, address.password))
    try:
        yield proxy, opened
    finally:
        await opened.close()
        server.close()


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


async def stored(database: Database, key: str) -> int:
    [[count]] = await database.read("MATCH (n:Receipt {key: $key}) RETURN count(n)", {"key": key})
    return int(count)


@pytest.mark.neo4j
async def test_rows_are_lists_of_values_in_the_order_of_return(database: Database) -> None:
    rows = await database.read("UNWIND $numbers AS n RETURN n, {twice: n * 2}", {"numbers": [1, 2]})
    assert rows == [[1, {"twice": 2}], [2, {"twice": 4}]]


@pytest.mark.neo4j
async def test_every_statement_is_counted_also_in_tasks_started_inside(database: Database, key: str) -> None:
    async def work(statements: Statements) -> None:
        await statements.run("CREATE (:Receipt {key: $key})", {"key": key})
        await statements.run("MATCH (n:Receipt {key: $key}) DELETE n", {"key": key})

    with count_statements() as counted:
        await database.read("RETURN 1")
        await database.write("RETURN 1")
        await database.transact(work)
        await asyncio.gather(*(database.read("RETURN 1") for _ in range(3)))
    await database.read("RETURN 1")
    assert counted.count == 7


@pytest.mark.neo4j
async def test_statements_are_cypher_25_whatever_the_server_defaults_to(database: Database) -> None:
    assert await database.read("LET one = 1 RETURN one") == [[1]]


@pytest.mark.neo4j
async def test_through_a_routing_table_what_was_written_is_read(server_address: ServerAddress, key: str) -> None:
    uri = server_address.uri.replace("bolt://", "neo4j://")
    routed = await Database.open(ServerAddress(uri, server_address.user, server_address.password))
    await routed.write("CREATE (:Receipt {key: $key})", {"key": key})
    assert await stored(routed, key) == 1
    assert await routed.read("RETURN 1", leader=True) == [[1]]
    await routed.close()


@pytest.mark.neo4j
async def test_a_broken_constraint_is_a_conflict_that_names_it_and_holds_no_value(database: Database, key: str) -> None:
    await database.write("CREATE (:Receipt {key: $key})", {"key": key})
    with pytest.raises(Conflict) as caught:
        await database.write("CREATE (:Receipt {key: $key}) CREATE (:Receipt {key: $key + 'b'})", {"key": key})
    assert caught.value.constraint == "receipt_key"
    assert key not in str(caught.value)
    assert caught.value.__cause__ is None
    assert await stored(database, key + "b") == 0


@pytest.mark.neo4j
@pytest.mark.parametrize(
    ("label", "name", "constraint"),
    [("CertifyingBody", "code", "certifying_body_code"), ("Account", "tokenHash", "account_token_hash")],
)
async def test_the_name_of_a_broken_constraint_is_the_one_in_the_migrations(
    database: Database, key: str, label: str, name: str, constraint: str
) -> None:
    names = await database.read("SHOW CONSTRAINTS YIELD name RETURN name")
    with pytest.raises(Conflict) as caught:
        await database.write(f"CREATE (:{label} {{{name}: $key}}) CREATE (:{label} {{{name}: $key}})", {"key": key})
    assert caught.value.constraint == constraint
    assert [constraint] in names


@pytest.mark.neo4j
async def test_a_wrong_statement_is_quoted_and_a_wrong_value_is_not(database: Database) -> None:
    with pytest.raises(StatementRejected, match="RETRN") as wrong_statement:
        await database.read("RETRN 1")
    assert wrong_statement.value.code == "Neo.ClientError.Statement.SyntaxError"
    with pytest.raises(StatementRejected) as wrong_value:
        await database.read("RETURN date($secret)", {"secret": "canary"})
    assert "canary" not in str(wrong_value.value)


@pytest.mark.neo4j
async def test_a_slow_statement_is_ended_at_its_deadline_on_the_server_too(database: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        await database.read(SLOW, deadline=0.5)
    assert time.monotonic() - begun < 3
    await asyncio.sleep(0.5)
    running = await database.read(
        "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS 'UNWIND range(1, 1000' "
        "AND NOT currentQuery CONTAINS 'SHOW' RETURN count(*)"
    )
    assert running == [[0]]


@pytest.mark.neo4j
async def test_a_deadlock_storm_loses_nothing(database: Database, key: str) -> None:
    names = [f"{key}-{number}" for number in range(6)]
    await database.write("UNWIND $names AS name CREATE (:Storm {name: name, sum: 0})", {"names": names})
    chance = random.Random(7)

    async def add(order: list[str]) -> None:
        async def work(statements: Statements) -> None:
            for name in order:
                await statements.run("MATCH (n:Storm {name: $name}) SET n.sum = n.sum + 1", {"name": name})

        await database.transact(work, deadline=120)

    with count_statements() as counted:
        await asyncio.gather(*(add(chance.sample(names, len(names))) for _ in range(40)))
    assert await database.read("MATCH (n:Storm) WHERE n.name IN $names RETURN sum(n.sum)", {"names": names}) == [[240]]
    assert counted.count > 241, "without a deadlock this has tested nothing"


@pytest.mark.neo4j
async def test_work_that_fails_leaves_nothing_and_its_error_comes_out(database: Database, key: str) -> None:
    async def work(statements: Statements) -> None:
        await statements.run("CREATE (:Receipt {key: $key})", {"key": key})
        raise LookupError

    with pytest.raises(LookupError):
        await database.transact(work)
    assert await stored(database, key) == 0


@pytest.mark.neo4j
async def test_more_callers_than_connections_all_get_their_turn(database: Database) -> None:
    answers = await asyncio.gather(*(database.read("RETURN $n", {"n": n}, deadline=60) for n in range(200)))
    assert [row for [row] in answers] == [[n] for n in range(200)]


@pytest.mark.neo4j
@pytest.mark.parametrize("silently", [False, True])
async def test_a_lost_commit_is_unknown_and_is_not_repeated(
    server_address: ServerAddress, database: Database, key: str, *, silently: bool
) -> None:
    async with proxied(server_address) as (proxy, through):
        proxy.lose_commit_answers, proxy.silently = 1, silently
        with count_statements() as counted, pytest.raises(OutcomeUnknown):
            await through.write("CREATE (:Receipt {key: $key})", {"key": key}, deadline=2)
        assert counted.count == 1
        assert await stored(database, key) == 1
        with pytest.raises(Conflict):
            await through.write("CREATE (:Receipt {key: $key})", {"key": key})


@pytest.mark.neo4j
async def test_a_silent_network_ends_at_the_deadline_and_heals(server_address: ServerAddress) -> None:
    async with proxied(server_address) as (proxy, through):
        await through.read("RETURN 1")
        proxy.through.clear()
        begun = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            await through.read("RETURN 1", deadline=0.5)
        assert time.monotonic() - begun < 2
        with pytest.raises(Unavailable):
            await through.ready()
        proxy.through.set()
        assert await through.read("RETURN 1") == [[1]]
        await through.ready()


@pytest.mark.neo4j
async def test_a_wrong_password_is_said_plainly(server_address: ServerAddress, database: Database) -> None:
    await database.ready()
    with pytest.raises(Unavailable, match="refused the user name or the password"):
        await Database.open(ServerAddress(server_address.uri, server_address.user, "not the password"))


async def test_no_server_is_said_within_the_deadline() -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        await Database.open(ServerAddress("bolt://127.0.0.1:9", "neo4j", ""), clock_deadline=0.3)
    assert time.monotonic() - begun < 2


async def test_an_address_of_another_kind_is_said_plainly() -> None:
    with pytest.raises(Unavailable, match="not in the form"):
        await Database.open(ServerAddress("ftp://127.0.0.1", "neo4j", ""))


def test_the_driver_never_logs_parameters() -> None:
    assert logging.getLogger("neo4j.io").getEffectiveLevel() >= logging.WARNING


def test_an_address_shows_no_password() -> None:
    assert "geheim" not in repr(ServerAddress("bolt://127.0.0.1:1", "neo4j", "geheim"))


def test_driver_errors_become_ours_by_class() -> None:
    assert isinstance(translated(IncompleteCommit(), 1), OutcomeUnknown)
    assert isinstance(translated(ServiceUnavailable(), 1), Unavailable)
    assert isinstance(translated(ConfigurationError(), 1), Unavailable)
