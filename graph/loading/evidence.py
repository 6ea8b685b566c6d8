"""Record where an import's statements come from: one Evidence for each answer of a source.

Rules:
- The same bytes from the same source are the same answer on the day they were given, and a new one on a later day: a
  register that changed nothing has confirmed everything.
- Work that was stopped goes on under the evidence it began with, for two days; after that it is a new answer.
- It is complete when every row of the file has been seen; rows already count before that, each with its own instant.
- It is linked to its source's chain when it begins, and what it said is linked when it is complete.
- An answer cannot come from the future; five minutes are allowed for clocks that differ.

Does not know the rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from uuid_utils import uuid7

from graph.chains import close, extend, lock_head
from graph.database import Database, Rows, Statements
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

_FIND: Final = "MATCH (e:Evidence {key: $key}) RETURN e.id, e.key, e.answeredAt, e.completedAt IS NOT NULL"
_BEGIN: Final = "CREATE (e:Evidence:Link) SET e = $evidence RETURN e.id, e.key, e.answeredAt, false"

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
    agreed_by: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence an import writes under; `complete` when an earlier run finished it."""

    id: str
    key: str
    answered_at: datetime
    complete: bool


async def begin_evidence(database: Database, source: Source, answer: Answer, now: datetime) -> Evidence:
    """Find the evidence of this file, or make it. Raises ImportRefused for an answer from the future."""
    return await database.transact(lambda statements: begin_within(statements, source, answer, now))


async def begin_within(statements: Statements, source: Source, answer: Answer, now: datetime) -> Evidence:
    """The same within a transaction, behind the locks of the persons concerned."""
    if answer.answered_at is not None and answer.answered_at > now + CLOCKS_DIFFER:
        raise ImportRefused(f"{source.path} cannot have been answered at {answer.answered_at:%Y-%m-%d %H:%M} UTC yet.")
    at = answer.answered_at or now
    # Without an instant from the operator, a day is as exact as we know when the source answered.
    when = f"{now:%Y-%m-%d}" if answer.answered_at is None else at.isoformat(timespec="seconds")
    record = {
        "key": f"{answer.source}|{answer.method}|{answer.edition}|{source.sha256}|{when}",
        "id": str(uuid7()),
        "sha256": source.sha256,
        "source": answer.source,
        "sourceType": answer.source_type.value,
        "method": answer.method,
        "edition": answer.edition,
        "fileName": source.name,
        "askedAt": millis(at),
        "answeredAt": millis(at),
        "recordedAt": millis(now),
        "askedBy": answer.asked_by,
        "agreedBy": answer.agreed_by or None,
    }
    goes_on = {**record, "since": millis(now - GOES_ON)}

    # Whoever begins the same evidence beside us waits here, and finds what we have begun.
    await lock_head(statements, answer.source, now)
    begun = await statements.run(_RESUME, goes_on) if answer.answered_at is None else []
    begun = begun or await statements.run(_FIND, record) or await _begin(statements, record, now)
    ((evidence, key, answered, complete),) = begun
    return Evidence(str(evidence), str(key), instant(int(str(answered))), bool(complete))


async def _begin(statements: Statements, record: Mapping[str, Any], now: datetime) -> Rows:
    (row,) = await extend(statements, record["source"], [record], now)
    return await statements.run(_BEGIN, {"evidence": row})


async def complete_evidence(statements: Statements, evidence: Evidence, now: datetime) -> None:
    """Every row has been seen, and what they say is linked to the source's chain.

    Whoever is locked in the same transaction is locked before this, but for the directory.
    """
    await statements.run(_COMPLETE, {"id": evidence.id, "now": millis(now)})
    await close(statements, evidence.id, now)
