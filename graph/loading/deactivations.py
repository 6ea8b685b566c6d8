"""Switch off NPIs: by the monthly list of deactivations, and by the dark rows of the registry.

Rules:
- Every NPI on the list is kept as deactivated, known person or not: who appears later under it starts switched off.
- A reactivation on or after that day stands.
- Whoever is switched off has their standing recomputed in the same transaction.

Does not know whose an NPI is that nobody here has.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from graph.database import Database, Statements
from graph.directory import recompute
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.evidence import Answer, Evidence, begin_evidence
from graph.loading.report import Outcome, Report, Tally
from graph.progress import Progress, Silent
from graph.reading import Line, Source, open_source, read_lines, read_sheet
from verification.evidence import SourceType
from verification.formats.deactivations import LAYOUT, SHEET, Deactivation, is_title, parse
from verification.policies import Policies

BATCH: Final = 5000

_KEEP: Final = """
UNWIND $rows AS row
MERGE (d:DeactivatedNpi {npi: row.npi})
WITH d, row WHERE d.deactivatedOn IS NULL OR d.deactivatedOn < row.on
SET d.deactivatedOn = row.on, d.evidence = $evidence
RETURN count(d)
"""

_SWITCH_OFF: Final = """
UNWIND $rows AS row
MATCH (n:Practitioner {npi: row.npi})
SET n._lock = $now
WITH n, row WHERE (n.npiDeactivatedOn IS NULL OR n.npiDeactivatedOn < row.on)
  AND (n.npiReactivatedOn IS NULL OR n.npiReactivatedOn < row.on)
SET n.npiDeactivatedOn = row.on, n.npiReactivatedOn = null, n.npiRecordedAt = $now, n.npiEvidence = $evidence,
  n.revision = coalesce(n.revision, 0) + 1
RETURN n.id, EXISTS { (n)-[:HOLDS]->(:Credential) }
"""


async def switch_off(
    statements: Statements,
    deactivated: Sequence[tuple[str, date]],
    evidence: Evidence,
    now: datetime,
    policies: Policies,
) -> int:
    """Deactivate NPIs, each with its day; how many of them that was news about."""
    if not deactivated:
        return 0
    rows = [{"npi": npi, "on": on.isoformat()} for npi, on in sorted(deactivated)]
    parameters = {"rows": rows, "evidence": evidence.id, "now": millis(now)}
    ((news,),) = await statements.run(_KEEP, parameters)
    switched = await statements.run(_SWITCH_OFF, parameters)
    await recompute(statements, [person for person, holds in switched if holds], now, policies)
    return int(news)


async def load_deactivations(
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
    """Load the list of deactivated NPIs, an Excel workbook or CSV. Raises ImportRefused."""
    source = open_source(path)
    with Tally("NPPES deactivations", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, _below_title(_lines(source, advance)))
        answer = Answer("NPPES", SourceType.PRIMARY, "file", answered_at, "deactivations", asked_by)
        evidence = await begin_evidence(database, source, answer, clock())

        async def apply(statements: Statements, batch: Sequence[Deactivation], stamp: Stamp) -> Outcome:
            days = {row.npi: row.deactivated for row in batch}
            news = await switch_off(statements, list(days.items()), evidence, stamp.now, policies)
            return Outcome(written=news, unchanged=len(batch) - news)

        await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()


def _lines(source: Source, advance: Callable[[int], None]) -> Iterator[Line]:
    if not zipfile.is_zipfile(source.path):
        return read_lines(source, advance)
    advance(source.size)
    return read_sheet(source, SHEET)


def _below_title(lines: Iterator[Line]) -> Iterator[Line]:
    first = next(lines, None)
    if first is None or is_title(first.cells):
        return lines
    return chain([first], lines)
