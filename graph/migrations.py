"""Bring the graph's schema to what this version needs, once, however many processes start together.

Rules:
- The files `migrations/NNNN_name.cypher` are applied in the order of their numbers, each statement in its own
  transaction (Neo4j mixes no schema change with data), so every statement can be run again: IF NOT EXISTS.
- A lock node is held meanwhile; whoever comes second finds the work done.
- An applied file is never edited: its SHA-256 is on record, and another is an error that names the file.
- A graph of a newer version is refused, not guessed at.

Does not know what the constraints are for.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

from graph.database import Database, Statements
from graph.errors import MigrationError

NAME = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.cypher")
DEADLINE = 300.0
LOCK = "CREATE CONSTRAINT migration_number IF NOT EXISTS FOR (n:Migration) REQUIRE n.number IS UNIQUE"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, digest and statements in order."""

    number: int
    name: str
    sha256: str
    statements: tuple[str, ...]

    @property
    def file_name(self) -> str:
        return f"{self.number:04}_{self.name}.cypher"


def parse_migration(file_name: str, content: bytes) -> Migration:
    """The migration in a file. Raises MigrationError if the name is not NNNN_name.cypher."""
    match = NAME.fullmatch(file_name)
    if match is None:
        raise MigrationError(f"{file_name} is not named like 0001_name.cypher.")
    lines = [line for line in content.decode().splitlines() if not line.lstrip().startswith("//")]
    statements = (statement.strip() for statement in "\n".join(lines).split(";"))
    digest = hashlib.sha256(content).hexdigest()
    return Migration(int(match["number"]), match["name"], digest, tuple(filter(None, statements)))


def known_migrations() -> tuple[Migration, ...]:
    """Every migration of this version, in order."""
    folder = files("graph").joinpath("migrations")
    found = [parse_migration(file.name, file.read_bytes()) for file in folder.iterdir()]
    return tuple(sorted(found, key=lambda migration: migration.number))


def expected_version() -> int:
    """The number of the newest migration."""
    return max(migration.number for migration in known_migrations())


async def applied_version(database: Database) -> int:
    """The number of the newest migration in the graph, 0 for none."""
    [[number]] = await database.read("MATCH (m:Migration) RETURN coalesce(max(m.number), 0)")
    return int(number)


async def migrate(database: Database, migrations: tuple[Migration, ...] | None = None) -> list[str]:
    """Apply what is missing and give the names of the files applied. Raises MigrationError, Unavailable."""
    known = known_migrations() if migrations is None else migrations
    # This is often the first statement of a server that has just started, which takes its time.
    text = "MATCH (m:Migration) WHERE m.number > 0 RETURN m.number, m.name, m.sha256"
    rows = await database.read(text, deadline=DEADLINE)
    if not pending(known, rows):
        return []
    await database.write(LOCK, deadline=DEADLINE)

    async def work(statements: Statements) -> list[str]:
        return await _apply_missing(database, statements, known)

    return await database.transact(work, deadline=DEADLINE)


def pending(known: tuple[Migration, ...], applied: list[list[object]]) -> tuple[Migration, ...]:
    """What of `known` is not among the `applied` rows [number, name, sha256]. Raises MigrationError."""
    by_number = {migration.number: migration for migration in known}
    for number, name, sha256 in applied:
        migration = by_number.pop(number, None) if isinstance(number, int) else None
        if migration is None:
            raise MigrationError(
                f"This graph was made by a newer Bonafide (it has {number:04}_{name}). Install that version or newer."
            )
        if migration.sha256 != sha256:
            raise MigrationError(
                f"{migration.file_name} was changed after it was applied. Put it back as it was, and write the change "
                "as a new migration."
            )
    return tuple(by_number.values())


async def _apply_missing(database: Database, statements: Statements, known: tuple[Migration, ...]) -> list[str]:
    """Under the lock node, apply and record. The schema statements commit by themselves before the record does."""
    await statements.run("MERGE (lock:Migration {number: 0}) SET lock._lock = timestamp()")
    rows = await statements.run("MATCH (m:Migration) WHERE m.number > 0 RETURN m.number, m.name, m.sha256")
    done = []
    for migration in pending(known, rows):
        for statement in migration.statements:
            await database.write(statement, deadline=DEADLINE)
        await statements.run(
            "CREATE (:Migration {number: $number, name: $name, sha256: $sha256, appliedAt: timestamp()})",
            {"number": migration.number, "name": migration.name, "sha256": migration.sha256},
        )
        done.append(migration.file_name)
    await database.read("CALL db.awaitIndexes(300)", deadline=DEADLINE)
    return done
