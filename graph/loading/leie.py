"""Load an edition of the LEIE: who is excluded from federal health programmes.

Rules:
- A full list replaces the one before, all at once: until the last row is in, the old edition is in force.
- An older edition than the one in force is refused. The same bytes again change nothing; other bytes under the same
  edition are a correction of it.
- A row is in force from the edition it first stands in to the last, so a verdict of any past day can be told again.
- A supplement, a list with a broken end and one that lost a fifth of its rows are refused before anything is written:
  whoever is missing from a list would be taken for cleared.
- A new edition changes everybody's standing: those it names in the transaction of the switch, the rest right after.

Does not know who is meant by a row: `verification.matches` does.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import recompute, refresh
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, Table, load_batches, open_table, write_batch
from graph.loading.evidence import Answer, Evidence, begin_evidence, complete_evidence
from graph.loading.people import new_id
from graph.loading.report import Listed, Outcome, Report, Tally
from graph.progress import Progress, Silent
from graph.reading import ImportRefused, Source, open_source, read_lines
from verification.evidence import SourceType
from verification.formats.leie import LAYOUT, Exclusion, is_supplement, parse
from verification.formats.rows import Refused
from verification.names import full_name_key
from verification.policies import Policies

BATCH: Final = 2000
EDITION: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
SMALL: Final = 1000
_SAID: Final = attrgetter(*(part.name for part in fields(Exclusion) if part.name not in {"line", "unreadable"}))
SHRUNK: Final = 0.8

_IN_FORCE: Final = """
OPTIONAL MATCH (l:ExclusionList {name: 'LEIE'})
RETURN coalesce(l.edition, ''), coalesce(l.rows, 0),
  COLLECT { MATCH (e:ExclusionEdition) RETURN {edition: e.edition, key: e.key, sha256: e.sha256,
    complete: e.completedAt IS NOT NULL, refreshed: e.refreshedAt IS NOT NULL, rows: e.rows} }
"""

_BEGIN: Final = """
MERGE (e:ExclusionEdition {key: $key})
  ON CREATE SET e.id = $id, e.edition = $edition, e.sha256 = $sha256, e.evidence = $evidence, e.fetchedAt = $fetchedAt
"""

_ROWS: Final = """
UNWIND $rows AS row
OPTIONAL MATCH (x:Exclusion {content: row.content}) WHERE x.last >= $inForce
WITH row, head(collect(x)) AS x
CALL (row, x) {
  WITH x WHERE x IS NOT NULL
  SET x.last = $edition
}
CALL (row, x) {
  WITH row, x WHERE x IS NULL
  MERGE (y:Exclusion {id: row.content + '|' + $edition})
    ON CREATE SET y += row, y.first = $edition
  SET y.last = $edition
}
RETURN coalesce(sum(CASE WHEN x IS NULL THEN 1 ELSE 0 END), 0)
"""

_SWITCH: Final = """
MERGE (l:ExclusionList {name: 'LEIE'})
SET l.edition = $edition, l.fetchedAt = $fetchedAt, l.evidence = $evidence, l.rows = $count
WITH l
MATCH (e:ExclusionEdition {key: $key})
SET e.completedAt = $now, e.rows = $count
"""

# Rows that came or went with this edition, and the persons either could be about.
_TOUCHED: Final = """
MATCH (x:Exclusion) WHERE x.first = $edition OR (x.last >= $inForce AND x.last < $edition)
CALL (x) {
  MATCH (n:Practitioner {npi: x.npi}) RETURN n
  UNION
  MATCH (n:Practitioner) WHERE n.foldedName = x.foldedName RETURN n
  UNION
  MATCH (n:Practitioner) WHERE n.otherFoldedName = x.foldedName RETURN n
}
WITH DISTINCT n WHERE EXISTS { (n)-[:HOLDS]->(:Credential) }
SET n.revision = coalesce(n.revision, 0) + 1
RETURN n.id
"""

_REFRESHED: Final = "MATCH (e:ExclusionEdition {key: $key}) SET e.refreshedAt = $now"


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition being loaded over the one in force; '2026-11.02' is the first correction of '2026-11'."""

    text: str
    key: str
    in_force: str
    evidence: Evidence
    rows: int
    complete: bool
    refreshed: bool


async def load_leie(
    database: Database,
    path: Path,
    *,
    edition: str,
    clock: Clock,
    policies: Policies,
    refused_file: Path | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
    answered_at: datetime | None = None,
    asked_by: str = "",
) -> Report:
    """Load a full list as `edition` (YYYY-MM), fetched at `answered_at` or now. Raises ImportRefused."""
    if not EDITION.fullmatch(edition):
        raise ImportRefused(f"{edition!r} is no edition; say the year and month of the list, such as 2026-11.")
    source = open_source(path)
    if is_supplement(source.name):
        raise ImportRefused(f"{source.name} is a monthly supplement by its name; load the full UPDATED.csv.")
    before = await _in_force(database, edition)
    count = _look_through(source, before)
    with Tally(f"LEIE {edition}", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        answer = Answer("LEIE", SourceType.PRIMARY, "file", answered_at, edition, asked_by)
        evidence = await begin_evidence(database, source, answer, clock())
        loading = _edition(before, edition, source.sha256, evidence, count)
        await database.write(_BEGIN, _edition_properties(loading, source.sha256))
        await _load_rows(database, table, loading, tally, clock)
        if not loading.complete:
            await _switch(database, loading, clock(), policies)
        if not loading.refreshed:
            progress.say("A new edition concerns everybody: bringing every standing up to date.")
            await refresh(database, None, clock(), policies)
            await database.write(_REFRESHED, {"key": loading.key, "now": millis(clock())})
        return tally.report()


def _look_through(source: Source, before: dict[str, Any]) -> int:
    """The number of rows of a list that is whole. Raises ImportRefused for another, before anything is written."""
    taken = reinstated = 0
    row: Exclusion | Refused | None = None
    for row in open_table(source, LAYOUT).rows(parse):
        if isinstance(row, Exclusion):
            taken += 1
            reinstated += row.reinstated
    stays = f"Edition {before['edition']} stays in force." if before["edition"] else "No edition is in force."
    if isinstance(row, Refused) and not row.column:
        raise ImportRefused(
            f"{source.path}, line {row.line}: {row.reason}. The list breaks off; fetch it again. {stays}"
        )
    if taken == reinstated:
        raise ImportRefused(
            f"Every row of {source.path} has a reinstatement date: this is a supplement; load the full UPDATED.csv."
        )
    if before["rows"] > SMALL and taken < SHRUNK * before["rows"]:
        raise ImportRefused(
            f"{source.path} has {taken:,} rows and the edition in force {before['rows']:,}: this cannot be the full "
            f"list. {stays}"
        )
    return taken


async def _in_force(database: Database, edition: str) -> dict[str, Any]:
    """What is loaded already. Raises ImportRefused when it is newer than `edition`."""
    ((current, rows, editions),) = await database.read(_IN_FORCE)
    if edition < current.partition(".")[0]:
        raise ImportRefused(f"Edition {current} of the LEIE is in force; {edition} is older.")
    return {"edition": current, "rows": rows, "editions": editions}


def _edition(before: dict[str, Any], edition: str, sha256: str, evidence: Evidence, rows: int) -> Edition:
    """Under which text these bytes are loaded: that of an earlier try with them, else one nobody has used."""
    current = before["edition"]
    texts = [other["edition"] for other in before["editions"] if other["edition"].partition(".")[0] == edition]
    ours = [other for other in before["editions"] if other["sha256"] == sha256 and other["edition"] in texts]
    again = [other["edition"] for other in ours if other["edition"] == current]
    stopped = [other["edition"] for other in ours if not other["complete"] and other["edition"] > current]
    unused = f"{edition}.{len(set(texts)) + 1:02}" if texts else edition
    text = (again or stopped or [unused])[0]
    key = f"{evidence.key}|{text}"
    done = [other for other in ours if other["key"] == key]
    complete, refreshed = any(other["complete"] for other in done), any(other["refreshed"] for other in done)
    return Edition(text, key, current, evidence, rows, complete, refreshed)


def _edition_properties(loading: Edition, sha256: str) -> dict[str, Any]:
    return {
        "key": loading.key,
        "id": new_id(),
        "edition": loading.text,
        "sha256": sha256,
        "evidence": loading.evidence.id,
        "fetchedAt": millis(loading.evidence.answered_at),
    }


async def _load_rows(database: Database, table: Table, loading: Edition, tally: Tally, clock: Clock) -> None:

    async def apply(run: Statements, batch: Sequence[Exclusion], _stamp: Stamp) -> Outcome:
        people = {_content(row): row for row in batch if not row.is_business or row.npi is not None}
        rows = [_row(content, row) for content, row in people.items()]
        parameters = {"rows": rows, "edition": loading.text, "inForce": loading.in_force}
        ((new,),) = await run.run(_ROWS, parameters)
        outcome = Outcome(written=new)
        outcome.skipped["businesses"] += sum(row.is_business and row.npi is None for row in batch)
        outcome.unchanged += len(batch) - new - outcome.skipped["businesses"]
        outcome.listed += [
            Listed(odd.line, odd.value, f"{odd.column} {odd.reason}; left out")
            for row in batch
            for odd in row.unreadable
        ]
        return outcome

    await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)


def _content(row: Exclusion) -> str:
    """The same for two rows that say the same, byte for byte or nearly so."""
    return hashlib.sha256(repr(_SAID(row)).encode()).hexdigest()[:32]


def _row(content: str, row: Exclusion) -> dict[str, Any]:
    return {
        "content": content,
        "row": row.fingerprint,
        "npi": row.npi,
        "foldedName": full_name_key(row.given_name, row.family_name) or None,
        "familyName": row.family_name or None,
        "givenName": row.given_name or None,
        "middleName": row.middle_name or None,
        "suffix": row.suffix or None,
        "busName": row.business or None,
        "birthDate": row.birth_date.isoformat() if row.birth_date else None,
        "city": row.city or None,
        "state": row.state or None,
        "exclusionType": row.exclusion_type or None,
        "excludedOn": row.excluded_on.isoformat() if row.excluded_on else None,
        "waiverDate": row.waiver_date.isoformat() if row.waiver_date else None,
        "waiverState": row.waiver_state or None,
    }


async def _switch(database: Database, loading: Edition, now: datetime, policies: Policies) -> None:
    """Put the edition in force, together with the standing of everybody it came or went for."""

    async def apply(run: Statements, _rows: Sequence[object], stamp: Stamp) -> Outcome:
        parameters = {
            "key": loading.key,
            "edition": loading.text,
            "inForce": loading.in_force,
            "evidence": loading.evidence.id,
            "fetchedAt": millis(loading.evidence.answered_at),
            "count": loading.rows,
            "now": millis(stamp.now),
        }
        await run.run(_SWITCH, parameters)
        touched = await run.run(_TOUCHED, parameters)
        await complete_evidence(run, loading.evidence, stamp.now)
        await recompute(run, [person for (person,) in touched], stamp.now, policies)
        return Outcome()

    await write_batch(database, (), apply, now)
