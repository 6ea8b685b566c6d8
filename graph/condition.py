"""The condition of the store, for whoever keeps it: server, migrations, how much of everything, how old each source is.

- It only reads, and only counts and dates: nobody's name comes out of here.
- It does not judge what it finds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.database import Database
from graph.dead_letters import OutboxCounts, read_outbox
from graph.instants import instant, optional_instant

PATIENCE: Final = 60.0  # seconds; nobody waits at a screen for these
_COUNTED: Final = (
    "Practitioner",
    "Therapist",
    "Physician",
    "CertifyingBody",
    "Credential",
    "Observation",
    "Evidence",
    "Exclusion",
    "Decision",
    "Referral",
    "Account",
)
_COUNTS: Final = (
    "RETURN "
    + ", ".join(f"COUNT {{ (:{label}) }}" for label in _COUNTED)
    + ", COUNT { ()-[:REFERABLE_IN]->() }, COUNT { ()-[:FOUND_UNDER]->() }"
)
_SERVER: Final = "CALL dbms.components() YIELD name, versions, edition RETURN name, versions[0], edition LIMIT 1"
_MIGRATIONS: Final = "MATCH (m:Migration) WHERE m.number > 0 RETURN m.number, m.name, m.appliedAt ORDER BY m.number"
_SOURCES: Final = "MATCH (e:Evidence) RETURN e.source, count(e), max(e.answeredAt) ORDER BY e.source"
_EXCLUSIONS: Final = "MATCH (list:ExclusionList) RETURN list.name, list.edition, list.fetchedAt ORDER BY list.name"


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration that was applied to this store."""

    number: int
    name: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class SourceAge:
    """How often a source was heard and when it last answered."""

    source: str
    answers: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class ExclusionListAge:
    """The edition of an exclusion list that is loaded, and when it was fetched."""

    name: str
    edition: str
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Condition:
    """What the store holds at one moment. `counts` are by label, and the directory's windows and facets by name."""

    server: str
    migrations: tuple[Migration, ...]
    counts: dict[str, int]
    sources: tuple[SourceAge, ...]
    exclusion_lists: tuple[ExclusionListAge, ...]
    outbox: OutboxCounts | None = None


async def read_condition(database: Database) -> Condition:
    """The condition of the store. Raises Unavailable when the database does not answer."""
    [[name, version, edition]] = await database.read(_SERVER, deadline=PATIENCE)
    [counts] = await database.read(_COUNTS, deadline=PATIENCE)
    return Condition(
        server=f"{name} {version} ({edition})",
        migrations=tuple(
            Migration(number, label, instant(at))
            for number, label, at in await database.read(_MIGRATIONS, deadline=PATIENCE)
        ),
        counts=dict(zip((*_COUNTED, "referable windows", "facets"), counts, strict=True)),
        sources=tuple(
            SourceAge(source, answers, optional_instant(newest))
            for source, answers, newest in await database.read(_SOURCES, deadline=PATIENCE)
        ),
        exclusion_lists=tuple(
            ExclusionListAge(label, loaded, optional_instant(fetched))
            for label, loaded, fetched in await database.read(_EXCLUSIONS, deadline=PATIENCE)
        ),
        outbox=await read_outbox(database),
    )


async def holds_people(database: Database) -> bool:
    """Whether anybody at all is in the store."""
    [[found]] = await database.read("RETURN EXISTS { (:Practitioner) }", deadline=PATIENCE)
    return bool(found)


async def count_credentials(database: Database) -> int:
    """How many credentials there are to look over."""
    [[credentials]] = await database.read("RETURN COUNT { (:Credential) }", deadline=PATIENCE)
    return int(credentials)


async def count_holders(database: Database) -> int:
    """How many people hold a credential, and so have a standing to keep."""
    [[holders]] = await database.read(
        "MATCH (n:Practitioner) WHERE EXISTS { (n)-[:HOLDS]->() } RETURN count(n)", deadline=PATIENCE
    )
    return int(holders)
