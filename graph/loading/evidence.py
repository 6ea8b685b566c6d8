"""Record where an import's statements come from: one Evidence for each answer of a source.

Rules:
- The same bytes from the same source are the same answer on the day they were given, and a new one on a later day: a
  register that changed nothing has confirmed everything.
- Work that was stopped goes on under the evidence it began with, for two days; after that it is a new answer.
- It is complete when every row of the file has been seen; rows already count before that, each with its own instant.
- An answer cannot come from the future; five minutes are allowed for clocks that differ.

Does not know the rows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from uuid_utils import uuid7

from graph.database import Database, Statements
from graph.instants import instant, millis
from graph.reading import ImportRefused, Source
from verification.evidence import SourceType

CLOCKS_DIFFER: Final = timedelta(minutes=5)
GOES_ON: Final = timedelta(days=2)

_RESUME: Final = """
MATCH (e:Evidence {sha256: $sha256}) WHERE e.source = $source AND e.method = $method AND e.edition = $edition
  AND e.completedAt IS NULL AND e.recordedAt >= $since
RETURN e.id, e.key, e.answeredAt, false ORDER BY e.recordedAt LIMIT 1
"""

_BEGIN: Final = """
MERGE (e:Evidence {key: $key})
  ON CREATE SET e.id = $id, e.sha256 = $sha256, e.source = $source, e.sourceType = $sourceType, e.method = $method,
    e.edition = $edition, e.fileName = $fileName, e.askedAt = $answeredAt, e.answeredAt = $answeredAt,
    e.recordedAt = $now, e.askedBy = $askedBy
RETURN e.id, e.key, e.answeredAt, e.completedAt IS NOT NULL
"""

_COMPLETE: Final = "MATCH (e:Evidence {id: $id}) SET e.completedAt = coalesce(e.completedAt, $now)"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered: who, how, when (None: now), in which edition, and who asked."""

    source: str
    source_type: SourceType
    method: str
    answered_at: datetime | None = None
    edition: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence an import writes under; `complete` when an earlier run finished it."""

    id: str
    key: str
    answered_at: datetime
    complete: bool


async def begin_evidence(database: Database, source: Source, answer: Answer, now: datetime) -> Evidence:
    """Find the evidence of this file, or make it. Raises ImportRefused for an answer from the future."""
    if answer.answered_at is not None and answer.answered_at > now + CLOCKS_DIFFER:
        raise ImportRefused(f"{source.path} cannot have been answered at {answer.answered_at:%Y-%m-%d %H:%M} UTC yet.")
    at = answer.answered_at or now
    # Without an instant from the operator, a day is as exact as we know when the source answered.
    when = f"{now:%Y-%m-%d}" if answer.answered_at is None else at.isoformat(timespec="seconds")
    parameters = {
        "key": f"{answer.source}|{answer.method}|{answer.edition}|{source.sha256}|{when}",
        "id": str(uuid7()),
        "sha256": source.sha256,
        "source": answer.source,
        "sourceType": answer.source_type.value,
        "method": answer.method,
        "edition": answer.edition,
        "fileName": source.name,
        "answeredAt": millis(at),
        "now": millis(now),
        "since": millis(now - GOES_ON),
        "askedBy": answer.asked_by,
    }

    async def work(statements: Statements) -> list[list[object]]:
        begun = await statements.run(_RESUME, parameters) if answer.answered_at is None else []
        return begun or await statements.run(_BEGIN, parameters)

    ((evidence, key, answered, complete),) = await database.transact(work)
    return Evidence(str(evidence), str(key), instant(int(str(answered))), bool(complete))


async def complete_evidence(statements: Statements, evidence: Evidence, now: datetime) -> None:
    """Every row has been seen."""
    await statements.run(_COMPLETE, {"id": evidence.id, "now": millis(now)})
