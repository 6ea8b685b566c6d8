"""Load the NPPES registry: every person with an NPI, their name and first place. It never touches a credential.

Rules:
- The newest row of an NPI wins, by its Last Update Date; a row that says what is known already changes nothing.
- A dark row deactivates the NPI. A live row takes that back only when it says so, or was written after it.
- A legal name that was, and a professional one, stay known: whoever was excluded under it still is.
- Organisations are counted and left out. A therapist's own place comes before the registry's.
- Where the name or the deactivation of somebody with credentials changes, standing is recomputed in the same
  transaction.

Does not know who is a therapist: a taxonomy code qualifies nobody.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import recompute, refresh_facets
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.deactivations import switch_off
from graph.loading.evidence import Answer, Evidence, begin_evidence
from graph.loading.people import name_properties, other_name_properties, practice_properties
from graph.loading.report import Outcome, Report, Tally
from graph.progress import Progress, Silent
from graph.reading import open_source, read_lines
from verification.evidence import OtherName, SourceType
from verification.formats.nppes import LAYOUT, Calling, Dark, Entry, Individual, Organisation, parse
from verification.names import full_name_key
from verification.policies import Policies

BATCH: Final = 2000
MEMBER: Final = re.compile(r"npidata_pfile_(?!.*fileheader).*\.csv", re.IGNORECASE)
EDITION: Final = re.compile(r"npidata_pfile_\d{8}-(\d{4})(\d{2})(\d{2})", re.IGNORECASE)

NAMES: Final = ("familyName", "givenName", "middleName", "suffix",
                "otherFamilyName", "otherGivenName", "otherMiddleName", "otherSuffix")  # fmt: skip

# Everything but the line; a set has no order to print it in.
_SAID: Final = attrgetter(*(part.name for part in fields(Individual) if part.name not in {"line", "callings"}))

_LOCK_KNOWN: Final = """
UNWIND $npis AS npi
MATCH (n:Practitioner {npi: npi})
WITH n ORDER BY n.id
SET n._lock = $now
RETURN n.npi, {id: n.id, updated: n.nppesUpdatedOn, digest: n.nppesDigest, deactivated: n.npiDeactivatedOn,
  reactivated: n.npiReactivatedOn, names: [n.familyName, n.givenName, n.middleName, n.suffix,
    n.otherFamilyName, n.otherGivenName, n.otherMiddleName, n.otherSuffix],
  places: [(n)-[:PRACTISES_AT]->(p:Practice) | [p.id, p.source]], holds: EXISTS { (n)-[:HOLDS]->(:Credential) }}
"""

_DARK: Final = "UNWIND $npis AS npi MATCH (d:DeactivatedNpi {npi: npi}) RETURN d.npi, d.deactivatedOn"

_CREATE: Final = """
UNWIND $rows AS row
CREATE (n:Practitioner) SET n = row.properties
FOREACH (_ IN CASE WHEN row.physician THEN [1] ELSE [] END | SET n:Physician)
FOREACH (place IN row.places | CREATE (n)-[:PRACTISES_AT]->(p:Practice) SET p = place)
"""

_CHANGE: Final = """
UNWIND $rows AS row
MATCH (n:Practitioner {id: row.id})
SET n += row.properties, n.revision = coalesce(n.revision, 0) + row.news
FOREACH (_ IN CASE WHEN row.physician THEN [1] ELSE [] END | SET n:Physician)
CALL (n, row) {
  UNWIND row.replaced AS id
  MATCH (n)-[:PRACTISES_AT]->(p:Practice {id: id})
  DETACH DELETE p
}
FOREACH (place IN row.places | CREATE (n)-[:PRACTISES_AT]->(p:Practice) SET p = place)
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Where and when one transaction's worth of the registry is written."""

    run: Statements
    evidence: Evidence
    stamp: Stamp
    policies: Policies

    @property
    def millis(self) -> int:
        return millis(self.stamp.now)


async def load_nppes(
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
    """Load a monthly or weekly file, or the zip archive it comes in. Raises ImportRefused."""
    source = open_source(path, member=MEMBER)
    printed = EDITION.search(source.member or source.name)
    edition = "-".join(printed.groups()) if printed else ""
    with Tally("NPPES", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        answer = Answer("NPPES", SourceType.PRIMARY, "file", answered_at, edition, asked_by)
        evidence = await begin_evidence(database, source, answer, clock())

        async def apply(run: Statements, entries: Sequence[Entry], stamp: Stamp) -> Outcome:
            return await _write(Batch(run, evidence, stamp, policies), entries)

        await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()


async def _write(batch: Batch, entries: Sequence[Entry]) -> Outcome:
    people = _newest(entry for entry in entries if isinstance(entry, Individual))
    dark = [(entry.npi, entry.deactivated) for entry in entries if isinstance(entry, Dark)]
    written = await _write_people(batch, people)
    written += await switch_off(batch.run, dark, batch.evidence, batch.stamp.now, batch.policies)
    organisations = sum(isinstance(entry, Organisation) for entry in entries)
    outcome = Outcome(written=written, unchanged=len(entries) - organisations - written)
    outcome.skipped["organisations"] += organisations
    return outcome


def _newest(people: Iterable[Individual]) -> dict[str, Individual]:
    """One row for each NPI: the newest, and of two equally new ones the later in the file."""
    newest: dict[str, Individual] = {}
    for person in people:
        other = newest.get(person.npi)
        if other is None or (person.updated or date.min) >= (other.updated or date.min):
            newest[person.npi] = person
    return newest


async def _write_people(batch: Batch, people: Mapping[str, Individual]) -> int:
    """Create and change; the number of persons that was."""
    npis = list(people)
    known = {row[0]: row[1] for row in await batch.run.run(_LOCK_KNOWN, {"npis": npis, "now": batch.millis})}
    dark = {row[0]: row[1] for row in await batch.run.run(_DARK, {"npis": npis})}
    new = [_created(batch, person, dark.get(npi)) for npi, person in people.items() if npi not in known]
    changes = [_change(batch, people[npi], before, dark.get(npi)) for npi, before in known.items()]
    changed = [change for change in changes if change is not None]
    if new:
        await batch.run.run(_CREATE, {"rows": new})
    if changed:
        await batch.run.run(_CHANGE, {"rows": changed})
    await recompute(
        batch.run, [row["id"] for row in changed if row["news"] and row["holds"]], batch.stamp.now, batch.policies
    )
    await refresh_facets(batch.run, [row["id"] for row in changed if row["moved"] and row["holds"]])
    return len(new) + len(changed)


def _created(batch: Batch, person: Individual, dark: str | None) -> dict[str, Any]:
    off, on = _switched(person, dark or "", "")
    properties = {
        **_properties(person),
        "id": next(batch.stamp.ids),
        "npi": person.npi,
        "npiDeactivatedOn": off,
        "npiReactivatedOn": on,
        "npiRecordedAt": batch.millis,
        "npiEvidence": batch.evidence.id,
        "revision": 0,
    }
    return {
        "properties": properties,
        "physician": Calling.PHYSICIAN in person.callings,
        "places": _places(batch, person),
    }


def _change(batch: Batch, person: Individual, before: Mapping[str, Any], dark: str | None) -> dict[str, Any] | None:
    """What to change about a person who is known; None where the row is older or says nothing new."""
    properties = _properties(person) | _former_name(person, before["names"])
    updated, known = properties["nppesUpdatedOn"] or "", before["updated"] or ""
    if updated < known or properties["nppesDigest"] == before["digest"]:
        return None
    off, on = _switched(person, max(before["deactivated"] or "", dark or ""), before["reactivated"] or "")
    switched = [off, on] != [before["deactivated"], before["reactivated"]]
    if switched:
        properties |= {
            "npiDeactivatedOn": off,
            "npiReactivatedOn": on,
            "npiRecordedAt": batch.millis,
            "npiEvidence": batch.evidence.id,
        }
    renamed = [properties[name] for name in NAMES] != before["names"]
    own = any(source != "NPPES" for _, source in before["places"])
    return {
        "id": before["id"],
        "properties": properties,
        "physician": Calling.PHYSICIAN in person.callings,
        "news": int(switched or renamed),
        "holds": before["holds"],
        "moved": not own,
        "places": [] if own else _places(batch, person),
        "replaced": [] if own else [place for place, _ in before["places"]],
    }


def _former_name(person: Individual, before: Sequence[str | None]) -> dict[str, str | None]:
    """The name beside the legal one: what the row says, else the legal name until now, else what is known already."""
    if person.other_name is not None:
        return {}
    family, given, middle, suffix, *other = (name or "" for name in before)
    if full_name_key(given, family) == full_name_key(person.given_name, person.family_name):
        return other_name_properties(OtherName(*other)) if any(other[:2]) else {}
    return other_name_properties(OtherName(family, given, middle, suffix))


def _switched(person: Individual, known_off: str, known_on: str) -> tuple[str | None, str | None]:
    """Days of deactivation and reactivation, from the row and from what is known besides.

    A deactivation that others told of stands unless the row is newer than it or has a reactivation since.
    """
    off = person.deactivated.isoformat() if person.deactivated else None
    on = person.reactivated.isoformat() if person.reactivated else None
    updated = person.updated.isoformat() if person.updated else ""
    if known_off and known_off > known_on and known_off >= updated and known_off > (on or ""):
        return known_off, None
    return off, on


def _properties(person: Individual) -> dict[str, Any]:
    return {
        **name_properties(person.family_name, person.given_name, person.middle_name, person.suffix),
        **other_name_properties(person.other_name),
        "gender": person.gender or None,
        "nppesUpdatedOn": person.updated.isoformat() if person.updated else None,
        "nppesDigest": _digest(person),
    }


def _digest(person: Individual) -> str:
    """The same for two rows that say the same, in every process."""
    said = f"{_SAID(person)}{sorted(person.callings)}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _places(batch: Batch, person: Individual) -> list[dict[str, Any]]:
    if person.address is None:
        return []
    return [{**practice_properties(person.address, "NPPES"), "id": next(batch.stamp.ids)}]
