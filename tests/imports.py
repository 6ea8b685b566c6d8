"""Run the imports in tests: files made on the spot, a clock that stands still, and questions about what came of it."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from graph.database import Database
from graph.instants import millis
from graph.loading.leie import load_leie
from graph.loading.nppes import load_nppes
from graph.loading.profiles import load_profiles
from graph.loading.report import Report
from graph.loading.roster import load_roster
from graph.seeding import seed
from tests.published import leie_file, nppes_file, profiles_file, roster_file
from verification.policies import SHIPPED_POLICIES

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
Rows = Iterable[Mapping[str, str]]

_EDITION = """
MERGE (e:ExclusionEdition {key: 'LEIE|2026-11|imports'})
SET e.edition = '2026-11', e.fetchedAt = $at, e.completedAt = $at, e.evidence = 'imports'
"""


class Stopped(Exception):  # noqa: N818 - somebody pressed Ctrl-C
    """The import was stopped in the middle."""


def stops_after(calls: int) -> Callable[[], datetime]:
    """A clock that can be looked at so often, and then stops everything: an import looks once a batch."""
    left = calls

    def clock() -> datetime:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        return NOW

    return clock


@dataclass(slots=True)
class Imports:
    """Imports into one graph from one folder."""

    database: Database
    folder: Path
    now: datetime = NOW

    def details(self, **more: Any) -> dict[str, Any]:
        refused = self.folder / f"{secrets.token_hex(4)}.refused.csv"
        return {"clock": lambda: self.now, "policies": SHIPPED_POLICIES, "refused_file": refused} | more

    def named(self, ending: str) -> str:
        return f"{secrets.token_hex(4)}{ending}"

    def at(self, **later: float) -> "Imports":
        """The same, so much later."""
        return Imports(self.database, self.folder, self.now + timedelta(**later))

    async def prepare(self) -> "Imports":
        """Bodies and concerns, and an edition of the exclusion list that is in force at `now`."""
        await seed(self.database)
        await self.database.write(_EDITION, {"at": millis(self.now - timedelta(days=3))})
        return self

    async def nppes(self, rows: Rows, **more: Any) -> Report:
        file = await asyncio.to_thread(nppes_file, self.folder, rows, self.named("npidata_pfile.csv"))
        return await load_nppes(self.database, file, **self.details(**more))

    async def roster(self, rows: Rows, body: str = "CA-BBS", **more: Any) -> Report:
        file = await asyncio.to_thread(roster_file, self.folder, rows, self.named(".csv"))
        return await load_roster(self.database, file, body=body, **self.details(**more))

    async def profiles(self, rows: Rows, **more: Any) -> Report:
        file = await asyncio.to_thread(profiles_file, self.folder, rows, self.named(".csv"))
        details = self.details(**more)
        del details["policies"]
        return await load_profiles(self.database, file, **details)

    async def leie(self, rows: Rows, edition: str, **more: Any) -> Report:
        file = await asyncio.to_thread(leie_file, self.folder, rows, self.named("UPDATED.csv"))
        return await load_leie(self.database, file, edition=edition, **self.details(**more))

    async def person(self, npi: str) -> dict[str, Any]:
        """Everything the directory has about one person."""
        rows = await self.database.read(
            """
            MATCH (n:Practitioner {npi: $npi})
            RETURN n {.*, _lock: null, labels: labels(n),
              credentials: COLLECT { MATCH (n)-[:HOLDS]->(c:Credential) RETURN c {.*} ORDER BY c.key },
              said: COUNT { (n)-[:HOLDS]->()<-[:ABOUT]-(:Observation) },
              places: COLLECT { MATCH (n)-[:PRACTISES_AT]->(p:Practice) RETURN p {.*} ORDER BY p.city },
              windows: COLLECT { MATCH (n)-[w:REFERABLE_IN]->(j:Jurisdiction)
                RETURN w {.*, jurisdiction: j.code} ORDER BY j.code, w.from },
              facets: COLLECT { MATCH (n)-[:FOUND_UNDER]->(f:Facet) RETURN f.key ORDER BY f.key }}
            """,
            {"npi": npi},
        )
        found: dict[str, Any] = rows[0][0] if rows else {}
        return found

    async def counts(self, npis: list[str]) -> list[Any]:
        """How many nodes and edges hang on these persons."""
        rows = await self.database.read(
            """
            MATCH (n:Practitioner) WHERE n.npi IN $npis
            OPTIONAL MATCH (n)-[e]-(m)
            RETURN count(DISTINCT n), count(DISTINCT e), count(DISTINCT m), sum(n.revision),
              COUNT { MATCH (p:Practitioner)-[:HOLDS]->(c:Credential)<-[:ABOUT]-(o:Observation)-[:FROM]->(:Evidence)
                      WHERE p.npi IN $npis }
            """,
            {"npis": npis},
        )
        return rows[0]

    async def version(self) -> int:
        """The directory's version."""
        rows = await self.database.read("MATCH (d:Directory) RETURN d.version")
        return int(rows[0][0]) if rows else 0
