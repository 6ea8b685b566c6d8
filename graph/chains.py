"""The chains of evidence in the graph: every record is linked in the transaction that adds it.

Rules:
- Each source has one (:Chain {source, position, head}), which is locked by whoever adds to it. It is locked behind the
  persons concerned and before the directory, so that nobody waits in a circle.
- What stands in a chain has the label Link beside its own: Evidence when it is added, and a Closing when all of an
  import has been read, which holds how many rows the evidence says and one hash over them.
- A record's properties are never changed afterwards, but for `completedAt`.

Does not know what makes a chain hold: that is `verification.chains`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from uuid_utils import uuid7

from graph.database import Database, Rows, Statements
from graph.instants import millis
from graph.standing import Reader
from verification.chains import Head, Link, Said, link_after

ROWS_AT_ONCE: Final = 20_000
_HEX: Final = "0123456789abcdef"

LOCK_CHAIN: Final = """
MERGE (chain:Chain {source: $source}) ON CREATE SET chain.position = 0
SET chain._lock = $now
"""

_LOCK_HEAD: Final = f"{LOCK_CHAIN} RETURN chain.position, chain.head"

_MOVE_HEAD: Final = """
MATCH (chain:Chain {source: $source}) SET chain.position = $position, chain.head = $head
"""

EXTEND_CLAUSE: Final = """
MERGE (chain:Chain {source: $evidence.source}) ON CREATE SET chain.position = 0
SET chain._lock = $now
WITH * WHERE chain.position = $evidence.position - 1 AND coalesce(chain.head, '') = coalesce($evidence.previous, '')
SET chain.position = $evidence.position, chain.head = $evidence.chain
CREATE (evidence:Evidence:Link)
SET evidence = $evidence
"""
"""Adds `$evidence` (see `linked`) to its chain, behind the locks of the persons concerned; no row when the chain has
grown since its head was read. Leaves `chain` and `evidence` bound."""

_LOCK_PERSON: Final = "MATCH (n:Practitioner {id: $person}) SET n._lock = $now"

_SAID: Final = """
MATCH (:Evidence {id: $evidence})<-[:FROM]-(o:Observation)-[:ABOUT]->(about)
WHERE o.recordedAt <= $until AND ($begin = '' OR o.key STARTS WITH $begin)
RETURN properties(o), about.id ORDER BY coalesce(o.key, o.id)
"""

_COUNT_SAID: Final = """
MATCH (e:Evidence {id: $evidence})
RETURN e.source, COUNT { (e)<-[:FROM]-(o:Observation) WHERE o.recordedAt <= $until },
  head(COLLECT { MATCH (e)<-[:CLOSES]-(c:Closing) RETURN [c.said, c.saidHash] ORDER BY c.position DESC LIMIT 1 })
"""

_CLOSE: Final = """
MATCH (e:Evidence {id: $closing.evidence})
CREATE (c:Closing:Link)-[:CLOSES]->(e)
SET c = $closing
"""

_UNLINKED: Final = """
MATCH (e:Evidence {source: $source}) WHERE NOT e:Link
RETURN properties(e) ORDER BY e.recordedAt, e.id LIMIT $limit
"""
_SOURCES_UNLINKED: Final = "MATCH (e:Evidence) WHERE NOT e:Link RETURN e.source, count(e) ORDER BY e.source"
_LINK: Final = """
UNWIND $rows AS row
MATCH (e:Evidence {id: row.id}) WHERE NOT e:Link
SET e:Link, e.position = row.position, e.previous = row.previous, e.chain = row.chain
RETURN count(e)
"""


def head_from(source: str, found: Mapping[str, Any] | None) -> Head:
    """The head of a chain read as `chain {.position, .head}`; where there is none, it has yet to begin."""
    return Head(source, found["position"], found["head"]) if found else Head(source)


def linked(record: Mapping[str, Any], link: Link) -> dict[str, Any]:
    """A record's properties together with those of its link."""
    return {**record, "position": link.position, "previous": link.previous, "chain": link.hash}


async def lock_head(statements: Statements, source: str, now: datetime) -> Head:
    """The head of a source's chain, locked until the transaction ends; lock the persons concerned before."""
    ((position, found),) = await statements.run(_LOCK_HEAD, {"source": source, "now": millis(now)})
    return Head(source, position, found)


async def extend(
    statements: Statements, source: str, records: Iterable[Mapping[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Link records to the end of a source's chain, in their order: their properties with those of their links.

    The caller creates a node with both labels, Link and its own, of each, in the same transaction.
    """
    head = await lock_head(statements, source, now)
    found = []
    for record in records:
        link = link_after(head, record)
        found.append(linked(record, link))
        head = Head(source, link.position, link.hash)
    await statements.run(_MOVE_HEAD, {"source": source, "position": head.position, "head": head.hash})
    return found


async def write_linked(
    database: Database,
    text: str,
    parameters: Mapping[str, Any],
    evidence: Mapping[str, Any],
    head: Head,
    person: str,
    follow: Callable[[Statements], Awaitable[None]],
) -> Rows:
    """Rows of a statement with `EXTEND_CLAUSE` in it, which locks the practitioner `person` first.

    `follow` does in the same transaction what follows from it. `head` is where the chain ended when the facts were
    read. Where it has grown since, the statement is run once more behind the locks, so that one body's officers never
    keep each other waiting for more than a turn. No rows when something else forbids the statement. Raises as
    `Database.transact` does.
    """

    async def write(statements: Statements, end: Head) -> Rows:
        rows = await statements.run(text, {**parameters, "evidence": linked(evidence, link_after(end, evidence))})
        if rows:
            await follow(statements)
        return rows

    async def at_once(statements: Statements) -> Rows:
        return await write(statements, head)

    if rows := await database.transact(at_once):
        return rows

    async def work(statements: Statements) -> Rows:
        await statements.run(_LOCK_PERSON, {"person": person, "now": parameters["now"]})
        ((position, found),) = await statements.run(_LOCK_HEAD, {"source": head.chain, "now": parameters["now"]})
        now = Head(head.chain, position, found)
        if now == head:
            return []
        return await write(statements, now)

    return await database.transact(work)


async def said_by(read: Reader, evidence: str, until: int, count: int) -> Said:
    """What a piece of evidence said up to an instant (epoch milliseconds): about `count` rows, read in parts."""
    said = Said()
    beginnings: Sequence[str] = ("",) if count <= ROWS_AT_ONCE else tuple(_HEX)
    for begin in beginnings:
        for row, about in await read(_SAID, {"evidence": evidence, "until": until, "begin": begin}):
            said.add({**row, "about": about})
    return said


async def close(statements: Statements, evidence: str, now: datetime) -> None:
    """Link to the evidence's chain what it has said by now; nothing where a closing says the same already."""
    until = millis(now)
    ((source, count, before),) = await statements.run(_COUNT_SAID, {"evidence": evidence, "until": until})
    said = await said_by(statements.run, evidence, until, count)
    if before == [said.count, said.hash]:
        return
    closing = {
        "id": str(uuid7()),
        "kind": "closing",
        "source": source,
        "evidence": evidence,
        "recordedAt": until,
        "said": said.count,
        "saidHash": said.hash,
    }
    (row,) = await extend(statements, source, [closing], now)
    await statements.run(_CLOSE, {"closing": row})


async def unlinked(database: Database) -> dict[str, int]:
    """By source, how many pieces of evidence stand in no chain: an older version wrote them, or another hand."""
    rows = await database.read(_SOURCES_UNLINKED, deadline=60)
    return {source: int(count) for source, count in rows}


async def link_unlinked(database: Database, now: datetime) -> dict[str, int]:
    """Put what stands in no chain at the end of its source's, oldest first; how many of each source.

    From then on changes show; what was changed before cannot be told. May be stopped and run again.
    """
    done: dict[str, int] = {}
    for source in await unlinked(database):
        async for count in _link_source(database, source, now):
            done[source] = done.get(source, 0) + count
    return done


async def _link_source(database: Database, source: str, now: datetime) -> AsyncIterator[int]:
    async def work(statements: Statements) -> int:
        await lock_head(statements, source, now)
        rows = [row for (row,) in await statements.run(_UNLINKED, {"source": source, "limit": ROWS_AT_ONCE})]
        ((count,),) = await statements.run(_LINK, {"rows": await extend(statements, source, rows, now)})
        return int(count)

    while count := await database.transact(work, deadline=120):
        yield count
