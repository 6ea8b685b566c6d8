"""Put into the graph what the rules are written in: bodies, concerns, languages and modalities.

- Every entry is merged by its code, so that a newer version of the tables brings names up to date and adds what is new.
- Nothing is ever taken away: a body that left the table keeps what it said.
- It does not know who treats what.
"""

from typing import Any, Final

from uuid_utils import uuid7

from graph.database import Database, Statements
from verification.concerns import CONCERNS, LANGUAGES, MODALITIES
from verification.kinds import BODIES

_BODIES: Final = """
UNWIND $rows AS row
MERGE (n:CertifyingBody {code: row.code}) ON CREATE SET n.id = row.id
SET n.name = row.name, n.kind = row.kind, n.zone = row.zone, n.jurisdiction = row.jurisdiction
"""
_CONCERNS: Final = """
UNWIND $rows AS row MERGE (n:Concern {code: row.code}) SET n.name = row.name, n.description = row.description
"""
_LANGUAGES: Final = "UNWIND $rows AS row MERGE (n:Language {code: row.code}) SET n.name = row.name"
_MODALITIES: Final = "UNWIND $rows AS row MERGE (n:Modality {code: row.code}) SET n.name = row.name"

_MISSING: Final = """
UNWIND $codes AS code
OPTIONAL MATCH (n:CertifyingBody {code: code})
WITH code, n WHERE n IS NULL
RETURN count(code)
"""


async def seed(database: Database) -> None:
    """Bring the tables' entries into the graph; may be done again at any time."""
    ids = {code: str(uuid7()) for code in BODIES}
    statements: list[tuple[str, list[dict[str, Any]]]] = [
        (
            _BODIES,
            [
                {
                    "id": ids[code], "code": code, "name": body.name, "kind": body.kind,
                    "zone": body.zone, "jurisdiction": body.jurisdiction,
                }
                for code, body in sorted(BODIES.items())
            ],
        ),
        (_CONCERNS, [{"code": c.code, "name": c.name, "description": c.description} for c in CONCERNS.values()]),
        (_LANGUAGES, [{"code": term.code, "name": term.name} for term in LANGUAGES.values()]),
        (_MODALITIES, [{"code": term.code, "name": term.name} for term in MODALITIES.values()]),
    ]  # fmt: skip

    async def work(run: Statements) -> None:
        for text, rows in statements:
            await run.run(text, {"rows": rows})

    await database.transact(work)


async def ensure_seeded(database: Database) -> None:
    """Seed a graph that lacks any body; one cheap read otherwise."""
    ((missing,),) = await database.read(_MISSING, {"codes": sorted(BODIES)})
    if missing:
        await seed(database)
