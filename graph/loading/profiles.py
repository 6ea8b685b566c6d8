"""Load what therapists say of themselves: it fills the directory and never touches standing.

Rules:
- A profile is a known person's: an NPI nobody here has is refused.
- The first row of a person in a file replaces what was said before; further rows add places and words.
- Whoever has a profile is a therapist to the directory, though perhaps not a referable one.
- A profile with a place replaces the registry's place; one without leaves it.
- What says what is known already is not written, and facets follow in the same transaction.

Does not know credentials.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import refresh_facets
from graph.instants import millis
from graph.loading.batches import Clock, Stamp, load_batches, open_table
from graph.loading.people import practice_properties
from graph.loading.report import Listed, Outcome, Report, Tally
from graph.progress import Progress, Silent
from graph.reading import open_source, read_lines
from graph.seeding import ensure_seeded
from verification.concerns import Term
from verification.formats.profiles import LAYOUT, Profile, parse
from verification.formats.rows import Refused

BATCH: Final = 1000

_LOCK_KNOWN: Final = """
UNWIND $npis AS npi
MATCH (n:Practitioner {npi: npi})
WITH n ORDER BY n.id
SET n._lock = $now
RETURN n.npi, {id: n.id, therapist: n:Therapist, words: {
  concerns: COLLECT { MATCH (n)-[:TREATS]->(c:Concern) RETURN c.code ORDER BY c.code },
  languages: COLLECT { MATCH (n)-[:SPEAKS]->(l:Language) RETURN l.code ORDER BY l.code },
  payers: COLLECT { MATCH (n)-[:ACCEPTS]->(p:Payer) RETURN p.code ORDER BY p.code },
  modalities: COLLECT { MATCH (n)-[:OFFERS]->(m:Modality) RETURN m.code ORDER BY m.code },
  approaches: coalesce(n.approaches, []), formats: coalesce(n.formats, []),
  acceptsNew: n.acceptsNew, waitWeeks: n.waitWeeks},
  places: COLLECT { MATCH (n)-[:PRACTISES_AT]->(p:Practice) WHERE p.source <> 'NPPES'
    RETURN p {.source, .placeName, .line1, .line2, .city, .state, .postalCode, .country, .phone, .zone, .location} }}
"""

_REPLACE: Final = """
UNWIND $rows AS row
MATCH (n:Practitioner {id: row.id})
SET n:Therapist, n.approaches = row.words.approaches, n.formats = row.words.formats,
  n.acceptsNew = row.words.acceptsNew, n.waitWeeks = row.words.waitWeeks, n.profileUpdatedAt = $now
CALL (n, row) {
  MATCH (n)-[r:TREATS|SPEAKS|ACCEPTS|OFFERS]->() DELETE r
}
CALL (n, row) {
  UNWIND row.words.concerns AS code MATCH (c:Concern {code: code}) CREATE (n)-[:TREATS]->(c)
}
CALL (n, row) {
  UNWIND row.languages AS term
  MERGE (l:Language {code: term.code}) ON CREATE SET l.name = term.name
  CREATE (n)-[:SPEAKS]->(l)
}
CALL (n, row) {
  UNWIND row.payers AS term
  MERGE (p:Payer {code: term.code}) ON CREATE SET p.name = term.name
  CREATE (n)-[:ACCEPTS]->(p)
}
CALL (n, row) {
  UNWIND row.words.modalities AS code
  MERGE (m:Modality {code: code})
  CREATE (n)-[:OFFERS]->(m)
}
CALL (n, row) {
  WITH row WHERE row.places IS NOT NULL
  MATCH (n)-[:PRACTISES_AT]->(p:Practice)
  DETACH DELETE p
}
CALL (n, row) {
  UNWIND row.places AS place
  CREATE (n)-[:PRACTISES_AT]->(p:Practice) SET p = place
}
"""


@dataclass(slots=True)
class Said:
    """What the rows of one person say together."""

    line: int
    concerns: set[str] = field(default_factory=set)
    approaches: set[str] = field(default_factory=set)
    languages: dict[str, Term] = field(default_factory=dict)
    payers: dict[str, Term] = field(default_factory=dict)
    modalities: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)
    accepts_new: bool | None = None
    wait_weeks: int | None = None
    places: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: Profile) -> None:
        """Take in one more row."""
        self.concerns |= set(row.concerns)
        self.approaches |= set(row.approaches)
        self.modalities |= set(row.modalities)
        self.formats |= set(row.formats)
        self.languages |= {term.code: term for term in row.languages}
        self.payers |= {term.code: term for term in row.payers}
        self.accepts_new = row.accepts_new if self.accepts_new is None else self.accepts_new
        self.wait_weeks = row.wait_weeks if self.wait_weeks is None else self.wait_weeks
        if row.address is not None:
            place = practice_properties(row.address, "PROFILE", row.place_name)
            self.places += [] if place in self.places else [place]

    @property
    def words(self) -> dict[str, Any]:
        """Everything but the places, as the graph has it."""
        return {
            "concerns": sorted(self.concerns),
            "languages": sorted(self.languages),
            "payers": sorted(self.payers),
            "modalities": sorted(self.modalities),
            "approaches": sorted(self.approaches),
            "formats": sorted(self.formats),
            "acceptsNew": self.accepts_new,
            "waitWeeks": self.wait_weeks,
        }


class Profiles:
    """The persons of one file: what earlier rows said of them, so that later rows add to it."""

    def __init__(self) -> None:
        self._said: dict[str, Said] = {}

    def taken_in(self, rows: Iterable[Profile]) -> dict[str, Said]:
        """Everything said by now of the persons in these rows. Rows that were taken in before change nothing."""
        for row in rows:
            self._said.setdefault(row.npi, Said(row.line)).add(row)
        return {row.npi: self._said[row.npi] for row in rows}


async def load_profiles(
    database: Database,
    path: Path,
    *,
    clock: Clock,
    refused_file: Path | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Report:
    """Load a profiles file. Raises ImportRefused."""
    source = open_source(path)
    with Tally("profiles", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        await ensure_seeded(database)
        profiles = Profiles()

        async def apply(run: Statements, batch: Sequence[Profile], stamp: Stamp) -> Outcome:
            return await _write(run, profiles.taken_in(batch), batch, stamp)

        await load_batches(database, table.rows(parse), apply, tally, clock=clock, size=BATCH)
        return tally.report()


async def _write(run: Statements, said: dict[str, Said], batch: Sequence[Profile], stamp: Stamp) -> Outcome:
    now = millis(stamp.now)
    known = {row[0]: row[1] for row in await run.run(_LOCK_KNOWN, {"npis": list(said), "now": now})}
    changed = {
        npi: _row(known[npi]["id"], person, stamp)
        for npi, person in said.items()
        if npi in known and _differs(known[npi], person)
    }
    if changed:
        await run.run(_REPLACE, {"rows": list(changed.values()), "now": now})
        await refresh_facets(run, [row["id"] for row in changed.values()])
    written = sum(row.npi in changed for row in batch)
    outcome = Outcome(written=written, unchanged=sum(row.npi in known for row in batch) - written)
    outcome.refused += [
        Refused(row.line, "npi", row.npi, "belongs to nobody who is known here")
        for row in batch
        if row.npi not in known
    ]
    outcome.listed += [
        Listed(word.line, word.value, f"{word.column}: {word.reason}") for row in batch for word in row.unknown
    ]
    return outcome


def _differs(known: dict[str, Any], said: Said) -> bool:
    places_differ = bool(said.places) and not _same_places(known["places"], said.places)
    return not known["therapist"] or known["words"] != said.words or places_differ


def _same_places(known: list[dict[str, Any]], said: list[dict[str, Any]]) -> bool:
    return sorted(map(_in_order, known)) == sorted(map(_in_order, said))


def _in_order(place: dict[str, Any]) -> str:
    """A place as text that equals another's exactly when every property does; points compare by value."""
    return repr([(name, str(value) if name == "location" else value) for name, value in sorted(place.items())])


def _row(practitioner: str, said: Said, stamp: Stamp) -> dict[str, Any]:
    return {
        "id": practitioner,
        "words": said.words,
        "languages": [{"code": term.code, "name": term.name} for term in said.languages.values()],
        "payers": [{"code": term.code, "name": term.name} for term in said.payers.values()],
        "places": [{**place, "id": next(stamp.ids)} for place in said.places] if said.places else None,
    }
