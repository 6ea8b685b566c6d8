"""Load rights to practise under a compact: `bonafide import privileges`, and multistate licences of social workers.

Rules:
- A privilege belongs to a known person; an NPI nobody here has is refused.
- What is said of a privilege is an observation like any other: added, never changed, the same however often it is read.
- Standing is recomputed in the transaction that writes it.

Does not know which states are members.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import recompute
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.evidence import Answer, Evidence, begin_evidence
from graph.loading.memberships import SOURCE
from graph.loading.report import Listed, Outcome, Report, Tally
from graph.loading.statements import observation_key
from graph.progress import Progress, Silent
from graph.reading import open_source, read_lines
from verification.credentials import CredentialStatus
from verification.evidence import SourceType
from verification.formats.privileges import LAYOUT, Grant, parse
from verification.formats.rows import Refused
from verification.policies import Policies

BATCH: Final = 1000

_KNOWN: Final = """
UNWIND $npis AS npi MATCH (n:Practitioner {npi: npi})
WITH n ORDER BY n.id
SET n._lock = $now
RETURN n.npi, n.id
"""

_RECORD: Final = """
MATCH (e:Evidence {id: $evidence})
UNWIND $rows AS row
MATCH (n:Practitioner {id: row.holder})
MERGE (p:Privilege {key: row.key}) ON CREATE SET p += row.privilege
MERGE (n)-[:HOLDS]->(p)
MERGE (o:Observation {key: row.observation.key}) ON CREATE SET o = row.observation
WITH e, n, p, o, row WHERE o.id = row.observation.id
CREATE (o)-[:ABOUT]->(p) CREATE (o)-[:FROM]->(e)
SET n.revision = coalesce(n.revision, 0) + 1
RETURN n.id
"""


async def load_privileges(
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
    """Load a file of privileges. Raises ImportRefused."""
    source = open_source(path)
    with Tally("compact privileges", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        answer = Answer(SOURCE, SourceType.PRIMARY, "file", answered_at, "privileges", asked_by)
        evidence = await begin_evidence(database, source, answer, clock())

        async def apply(run: Statements, batch: Sequence[Grant], stamp: Stamp) -> Outcome:
            return await _write(run, batch, evidence, stamp, policies)

        await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()


async def _write(
    run: Statements, batch: Sequence[Grant], evidence: Evidence, stamp: Stamp, policies: Policies
) -> Outcome:
    npis = sorted({row.npi for row in batch})
    known = {row[0]: row[1] for row in await run.run(_KNOWN, {"npis": npis, "now": millis(stamp.now)})}
    grants = {row: known[row.npi] for row in batch if row.npi in known}
    news = await record_grants(run, grants, evidence, stamp)
    await recompute(run, news, stamp.now, policies)
    outcome = Outcome(written=len(news), unchanged=len(grants) - len(news))
    outcome.refused += [
        Refused(row.line, "npi", row.npi, "belongs to nobody who is known here")
        for row in batch
        if row.npi not in known
    ]
    outcome.listed += [
        Listed(row.line, row.word, "is a status nobody has mapped, and taken as unknown")
        for row in grants
        if row.status is CredentialStatus.UNKNOWN
    ]
    return outcome


async def record_grants(run: Statements, grants: Mapping[Grant, str], evidence: Evidence, stamp: Stamp) -> list[str]:
    """Write what is said of privileges of locked persons (by id); the persons it was news about, once for each."""
    if not grants:
        return []
    rows = [_row(grant, holder, evidence, stamp) for grant, holder in grants.items()]
    return [person for (person,) in await run.run(_RECORD, {"rows": rows, "evidence": evidence.id})]


def _row(grant: Grant, holder: str, evidence: Evidence, stamp: Stamp) -> dict[str, Any]:
    key = f"{grant.compact}|{grant.kind}|{grant.home}|{grant.jurisdiction}|{holder}"
    said = repr((grant.number, grant.word, grant.effective, grant.expires))
    return {
        "holder": holder,
        "key": key,
        "privilege": {
            "id": next(stamp.ids),
            "compact": grant.compact,
            "kind": grant.kind,
            "home": grant.home,
            "jurisdiction": grant.jurisdiction,
            "number": grant.number or None,
        },
        "observation": {
            "key": observation_key(evidence, key, said),
            "id": next(stamp.ids),
            "status": grant.status.value,
            "word": grant.word,
            "issued": grant.effective.isoformat() if grant.effective else None,
            "expires": grant.expires.isoformat() if grant.expires else None,
            "answeredAt": millis(evidence.answered_at),
            "recordedAt": millis(stamp.now),
        },
    }
