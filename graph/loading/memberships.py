"""Load which states belong to a compact, and from when: `bonafide import compacts`.

Rules:
- What is said newest of a state in a compact counts, and what was said before is kept; saying it again adds nothing.
- Whoever holds a privilege under that compact has their standing recomputed in the same transaction.

Does not know who may practise where.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import recompute
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.evidence import Answer, Evidence, begin_evidence
from graph.loading.report import Outcome, Report, Tally
from graph.progress import Progress, Silent
from graph.reading import open_source, read_lines
from verification.evidence import SourceType
from verification.formats.memberships import LAYOUT, Membership, parse
from verification.policies import Policies

SOURCE: Final = "COMPACTS"
BATCH: Final = 1000

_RECORD: Final = """
UNWIND $rows AS row
MERGE (c:Compact {code: row.compact})
MERGE (j:Jurisdiction {code: row.jurisdiction})
SET c._lock = $now
WITH row, c, j, head(COLLECT {
  MATCH (c)-[i:INCLUDES]->(j) RETURN [i.enacted, i.effective, i.withdrawn] ORDER BY i.recordedAt DESC
}) AS newest
WITH row, c, j WHERE newest IS NULL OR newest <> [row.enacted, row.effective, row.withdrawn]
  OR any(at IN [0, 1, 2] WHERE (newest[at] IS NULL) <> ([row.enacted, row.effective, row.withdrawn][at] IS NULL))
CREATE (c)-[:INCLUDES {enacted: row.enacted, effective: row.effective, withdrawn: row.withdrawn,
  recordedAt: $now, evidence: $evidence}]->(j)
RETURN row.compact
"""

_HOLDERS: Final = """
MATCH (n:Practitioner)-[:HOLDS]->(p:Privilege) WHERE p.compact IN $compacts RETURN DISTINCT n.id
"""


async def load_memberships(
    database: Database,
    path: Path,
    *,
    clock: Clock,
    policies: Policies,
    refused_file: Path | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
    answered_at: datetime | None = None,
    asked_by: str = "",
) -> Report:
    """Load a file of compact memberships. Raises ImportRefused."""
    source = open_source(path)
    with Tally("compact memberships", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        answer = Answer(SOURCE, SourceType.PRIMARY, "file", answered_at, "memberships", asked_by)
        evidence = await begin_evidence(database, source, answer, clock())

        async def apply(run: Statements, batch: Sequence[Membership], stamp: Stamp) -> Outcome:
            return await _write(run, batch, evidence, stamp, policies)

        await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()


async def _write(
    run: Statements, batch: Sequence[Membership], evidence: Evidence, stamp: Stamp, policies: Policies
) -> Outcome:
    rows = {(row.compact, row.jurisdiction): _row(row) for row in batch}
    parameters = {"rows": list(rows.values()), "now": millis(stamp.now), "evidence": evidence.id}
    news = [compact for (compact,) in await run.run(_RECORD, parameters)]
    if news:
        holders = await run.run(_HOLDERS, {"compacts": sorted(set(news))})
        await recompute(run, [person for (person,) in holders], stamp.now, policies)
    return Outcome(written=len(news), unchanged=len(batch) - len(news))


def _row(row: Membership) -> dict[str, Any]:
    return {
        "compact": row.compact,
        "jurisdiction": row.jurisdiction,
        "enacted": row.enacted.isoformat() if row.enacted else None,
        "effective": row.effective.isoformat() if row.effective else None,
        "withdrawn": row.withdrawn.isoformat() if row.withdrawn else None,
    }
