"""The schema is applied once, in order, and never edited."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from graph.database import Database, ServerAddress
from graph.errors import MigrationError
from graph.migrations import (
    Migration,
    applied_version,
    expected_version,
    known_migrations,
    migrate,
    parse_migration,
    pending,
)

STARTERS = 16
EXTRA = (
    parse_migration(
        "9001_trial_key.cypher", b"CREATE CONSTRAINT trial_key IF NOT EXISTS FOR (n:Trial) REQUIRE n.key IS UNIQUE;"
    ),
    parse_migration("9002_trial_name.cypher", b"CREATE INDEX trial_name IF NOT EXISTS FOR (n:Trial) ON (n.name);"),
)


@pytest.fixture
async def with_extra(database: Database) -> AsyncIterator[tuple[Migration, ...]]:
    """The real migrations and two more, whose traces go afterwards."""
    yield known_migrations() + EXTRA
    await database.write("MATCH (m:Migration) WHERE m.number > 9000 DELETE m")
    await database.write("DROP CONSTRAINT trial_key IF EXISTS")
    await database.write("DROP INDEX trial_name IF EXISTS")


@pytest.mark.neo4j
async def test_many_starters_apply_each_migration_once(
    server_address: ServerAddress, database: Database, with_extra: tuple[Migration, ...]
) -> None:
    starters = await asyncio.gather(*(Database.open(server_address, clock_deadline=60) for _ in range(STARTERS)))
    applied = await asyncio.gather(*(migrate(starter, with_extra) for starter in starters))
    await asyncio.gather(*(starter.close() for starter in starters))
    assert [names for names in applied if names] == [["9001_trial_key.cypher", "9002_trial_name.cypher"]]
    recorded = await database.read("MATCH (m:Migration) WHERE m.number > 9000 RETURN m.number ORDER BY m.number")
    assert recorded == [[9001], [9002]]


@pytest.mark.neo4j
async def test_an_edited_migration_is_refused_by_name_and_nothing_is_applied(
    database: Database, with_extra: tuple[Migration, ...]
) -> None:
    await migrate(database, with_extra[:-1])
    edited = parse_migration("9001_trial_key.cypher", b"RETURN 1;")
    with pytest.raises(MigrationError, match=r"9001_trial_key\.cypher was changed"):
        await migrate(database, (*known_migrations(), edited, EXTRA[1]))
    assert await applied_version(database) == 9001


@pytest.mark.neo4j
async def test_a_graph_of_a_newer_version_is_refused(database: Database, with_extra: tuple[Migration, ...]) -> None:
    await migrate(database, with_extra)
    with pytest.raises(MigrationError, match="newer Bonafide"):
        await migrate(database)


@pytest.mark.neo4j
async def test_the_schema_is_complete(database: Database) -> None:
    assert await applied_version(database) == expected_version()
    assert await migrate(database) == []
    assert await database.read("SHOW INDEXES YIELD state WHERE state <> 'ONLINE' RETURN count(*)") == [[0]]


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [migration.number for migration in known_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert expected_version() == numbers[-1]


def test_every_statement_can_be_run_again() -> None:
    """A schema statement makes what is not there; one about data finds only what it has not changed yet."""
    statements = [statement for migration in known_migrations() for statement in migration.statements]
    schema = [statement for statement in statements if statement.startswith("CREATE")]
    assert [statement for statement in schema if "IF NOT EXISTS" not in statement] == []
    data = [statement for statement in statements if statement not in schema]
    assert [statement for statement in data if not statement.startswith("MATCH") or "IS NULL" not in statement] == []


def test_constraints_are_named_after_label_and_property() -> None:
    """`graph.driver_errors` works a constraint's name out by this rule."""
    for migration in known_migrations():
        for statement in migration.statements:
            if statement.startswith("CREATE CONSTRAINT"):
                words = statement.replace(")", " ").replace("(n:", " ").split()
                label, required = words[words.index("FOR") + 1], words[words.index("REQUIRE") + 1 : words.index("IS")]
                # A key of several properties has the name of the last.
                name = required[-1].removeprefix("n.")
                spelt = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in f"{label}_{name}")
                assert words[2] == spelt.lstrip("_").replace("__", "_")


@pytest.mark.neo4j
async def test_addresses_in_use_stay_in_use_and_what_is_late_is_told(database: Database) -> None:
    """Of a store from before addresses were confirmed; and doing it again changes nothing."""
    marks = {name: secrets.token_hex(8) for name in ("used", "waits", "hook", "open", "ends", "over")}
    await database.write(
        """
        CREATE (:Endpoint {id: $used, kind: 'EMAIL', address: 'a@example.org', createdAt: 5}),
          (:Endpoint {id: $waits, kind: 'EMAIL', address: 'b@example.org', createdAt: 5, codeHash: $waits}),
          (:Endpoint {id: $hook, kind: 'WEBHOOK', address: 'https://hooks.example.org', createdAt: 5}),
          (:Referral {id: $open, status: 'SENT', turn: 'RECIPIENT', dueAt: 10, expiresAt: 20, wakeAt: 15}),
          (:Referral {id: $ends, status: 'CANCEL_REQUESTED', turn: 'RECIPIENT', dueAt: 20, expiresAt: 20, wakeAt: 15}),
          (:Referral {id: $over, status: 'CLOSED'})
        """,
        marks,
    )
    [migration] = [each for each in known_migrations() if each.number == 15]
    for _ in range(2):
        for statement in migration.statements:
            await database.write(statement)
        rows = await database.read(
            """
            UNWIND keys($marks) AS name
            MATCH (n:Endpoint|Referral {id: $marks[name]})
            RETURN name, n.confirmedAt, n.overdueAt, n.wakeAt
            """,
            {"marks": marks},
        )
        assert {name: tuple(values) for name, *values in rows} == {
            "used": (5, None, None),
            "waits": (None, None, None),
            "hook": (None, None, None),
            "open": (None, 10, 10),
            "ends": (None, None, 15),
            "over": (None, None, None),
        }
    await database.write("MATCH (n) WHERE n.id IN $all DETACH DELETE n", {"all": list(marks.values())})


def test_comments_and_empty_statements_are_left_out() -> None:
    migration = parse_migration("0007_a.cypher", b"// one; two\nRETURN 1;\n\n  // three\nRETURN\n2;\n;")
    assert migration.statements == ("RETURN 1", "RETURN\n2")
    assert migration.file_name == "0007_a.cypher"


def test_a_file_with_another_name_is_refused() -> None:
    with pytest.raises(MigrationError, match="not named like"):
        parse_migration("7_a.cypher", b"")


def test_what_is_pending_is_what_is_not_recorded() -> None:
    first, second = EXTRA
    assert pending(EXTRA, [[first.number, first.name, first.sha256]]) == (second,)
