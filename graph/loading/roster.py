"""Load a body's roster: what it says of the credentials it issued.

Rules:
- A roster adds what it says. Only a complete one says something by silence: a member missing from it becomes unknown
  and is listed, and nobody is ended by it.
- Whose row was refused is mentioned all the same. Where a row cannot even be read, nobody is taken for missing.
- "Missing" is dated like the body's last word on that credential, so that the body's next word clears it.

Does not know what the statements are worth.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from graph.database import Database, Statements
from graph.directory import recompute
from graph.instants import instant, millis
from graph.loading.batches import Clock, Stamp, Table, finish_evidence, load_batches, open_table, write_batch
from graph.loading.evidence import Answer, begin_evidence
from graph.loading.report import Listed, Outcome, Report, Tally
from graph.loading.statements import Speaker, observation_key, record_statements
from graph.progress import Progress, Silent
from graph.reading import ImportRefused, open_source, read_lines
from graph.seeding import ensure_seeded
from graph.standing import Reader
from verification.calendars import day_at
from verification.confirmations import MISSING_WORD
from verification.credentials import CredentialStatus
from verification.evidence import SourceType
from verification.formats.roster import LAYOUT, mentioned, parse
from verification.formats.rows import Refused, Row
from verification.formats.statements import Statement
from verification.kinds import BODIES, Body, body_code, credential_key
from verification.policies import Policies

BATCH: Final = 1000
MISSING: Final = MISSING_WORD
# Of these nobody expects to hear again.
ENDED: Final = ("REVOKED", "SURRENDERED", "DENIED", "DECEASED", "CANCELLED")

_NOT_MENTIONED: Final = """
MATCH (:CertifyingBody {code: $body})<-[:ISSUED_BY]-(c:Credential)<-[:HOLDS]-(n:Practitioner)
WHERE c.id > $after AND NOT coalesce(c.status, 'UNKNOWN') IN $ended
  AND NOT EXISTS { (c)<-[:ABOUT]-(o:Observation)-[:FROM]->(:Evidence {id: $evidence}) WHERE o.word <> $missing }
WITH c, n ORDER BY c.id LIMIT $limit
RETURN {id: c.id, key: c.key, kind: c.kind, number: c.number, jurisdiction: c.jurisdiction, holder: n.id, name: n.name,
  status: coalesce(c.status, 'UNKNOWN'), expires: c.expires,
  said: COLLECT { MATCH (c)<-[:ABOUT]-(o:Observation)-[:FROM]->(:Evidence {source: $body})
    RETURN [o.statusDate, o.answeredAt] }}
"""

_RECORD_MISSING: Final = """
MATCH (e:Evidence {id: $evidence})
UNWIND $rows AS row
MATCH (n:Practitioner {id: row.holder})-[:HOLDS]->(c:Credential {id: row.credential})
SET n._lock = $now
MERGE (o:Observation {key: row.observation.key}) ON CREATE SET o = row.observation
WITH e, n, c, o, row WHERE o.id = row.observation.id
CREATE (o)-[:ABOUT]->(c) CREATE (o)-[:FROM]->(e)
SET n.revision = coalesce(n.revision, 0) + 1
RETURN n.id
"""


def known_body(code: str) -> Body:
    """The body of that code, in any case. Raises ImportRefused for one that is not known."""
    found = body_code(code)
    if found is None:
        raise ImportRefused(f"There is no body with the code {code!r}; `bonafide bodies` lists them.")
    return BODIES[found]


async def load_roster(
    database: Database,
    path: Path,
    *,
    body: str,
    clock: Clock,
    policies: Policies,
    complete: bool = False,
    refused_file: Path | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
    answered_at: datetime | None = None,
    asked_by: str = "",
    method: str = "roster",
) -> Report:
    """Load the roster of the body with code `body`. Raises ImportRefused."""
    speaks = known_body(body)
    source = open_source(path)
    with Tally(f"roster of {speaks.code}", refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        await ensure_seeded(database)
        answer = Answer(speaks.code, SourceType.PRIMARY, method, answered_at, "", asked_by)
        evidence = await begin_evidence(database, source, answer, clock())
        speaker = Speaker(speaks, evidence, policies, "credentialNumber")
        silence = Silence(speaker)

        async def apply(run: Statements, batch: Sequence[Statement], stamp: Stamp) -> Outcome:
            outcome, refused = await record_statements(run, speaker, batch, stamp)
            silence.mentioned |= refused
            return outcome

        await load_batches(database, silence.watch(table), apply, tally, clock=clock, size=BATCH)
        if complete:
            await silence.conclude(database, tally, clock)
        await finish_evidence(database, evidence, clock())
        return tally.report()


class Silence:
    """What a complete roster says by not saying it."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.mentioned: set[str] = set()
        self.unreadable = 0

    def copy(self) -> "Silence":
        """One that knows the same and learns for itself."""
        other = Silence(self.speaker)
        other.mentioned, other.unreadable = set(self.mentioned), self.unreadable
        return other

    def watch(self, table: Table) -> Iterator[Statement | Refused]:
        """The table's rows, while refused ones are looked through for whom they mention."""
        for line in table.lines:
            if line.problem is not None:
                self.unreadable += 1
                yield Refused(line.number, "", "", line.problem)
                continue
            row = Row(line.number, line.cells, table.columns)
            parsed = parse(row, self.speaker.body.code)
            if isinstance(parsed, Refused):
                self._mention(row)
            yield parsed

    def _mention(self, row: Row) -> None:
        found = mentioned(row)
        if found is None:
            self.unreadable += 1
        else:
            jurisdiction, kind, number = found
            self.mentioned.add(credential_key(jurisdiction, self.speaker.body.code, kind, number))

    async def conclude(self, database: Database, tally: Tally, clock: Clock) -> None:
        """Write that nothing is known any more of those who are missing."""
        if self.unreadable:
            note = f"{self.unreadable} rows could not be read, so nobody is taken for missing"
            tally.list([Listed(0, self.speaker.body.code, note)])
            return
        after = ""
        while rows := await database.read(_NOT_MENTIONED, self._question(after), deadline=60):
            after = rows[-1][0]["id"]
            missing = [found for (found,) in rows if found["key"] not in self.mentioned]
            tally.add(await write_batch(database, missing, self.write, clock()))

    async def missing(self, read: Reader) -> list[dict[str, Any]]:
        """Everybody whom the roster is silent about, as far as it can be told."""
        found: list[dict[str, Any]] = []
        after = ""
        while not self.unreadable and (rows := await read(_NOT_MENTIONED, self._question(after))):
            after = rows[-1][0]["id"]
            found += [row for (row,) in rows if row["key"] not in self.mentioned]
        return found

    def _question(self, after: str) -> dict[str, Any]:
        speaker = self.speaker
        return {
            "body": speaker.body.code,
            "evidence": speaker.evidence.id,
            "after": after,
            "limit": BATCH,
            "ended": list(ENDED),
            "missing": MISSING,
        }

    async def write(self, run: Statements, missing: Sequence[dict[str, Any]], stamp: Stamp) -> Outcome:
        """Write that nothing is known any more of these."""
        if not missing:
            return Outcome()
        rows = [self._row(found, stamp) for found in missing]
        parameters = {"evidence": self.speaker.evidence.id, "rows": rows, "now": millis(stamp.now)}
        written = await run.run(_RECORD_MISSING, parameters)
        await recompute(run, {person for (person,) in written}, stamp.now, self.speaker.policies)
        listed = [Listed(0, f"{found['kind']} {found['number']} of {found['name']}", MISSING) for found in missing]
        return Outcome(listed=listed)

    def _row(self, found: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
        return {
            "holder": found["holder"],
            "credential": found["id"],
            "observation": {
                "key": observation_key(self.speaker.evidence, found["key"], MISSING),
                "id": next(stamp.ids),
                "status": CredentialStatus.UNKNOWN.value,
                "word": MISSING,
                "statusDate": self._last_word(found["said"]).isoformat(),
                "answeredAt": millis(self.speaker.evidence.answered_at),
                "recordedAt": millis(stamp.now),
            },
        }

    def _last_word(self, said: Sequence[Sequence[Any]]) -> date:
        """The effective day of the body's newest statement: its status date, else the day it answered."""
        zone = self.speaker.body.zone
        days = [date.fromisoformat(day) if day else day_at(instant(answered), zone) for day, answered in said]
        return max(days, default=self.speaker.day)
