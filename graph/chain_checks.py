"""Walk the chains of evidence in the graph and say where the first one does not hold.

Rules:
- A chain is read along its positions, a few thousand records at a time; memory holds no more.
- What a closing says of an import, and an officer's word of itself, is read again and hashed anew.
- A head that was written down elsewhere must still be found at its position.
- It only reads. What is added meanwhile is not looked at: each chain is walked as far as its head was at the start.

Does not know what a link is made of: that is `verification.chains`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from graph.chains import said_by
from graph.database import Database
from verification.chains import Break, Head, Link, end_flaw, flaw, head_of, record_hash

BATCH: Final = 5000
PATIENCE: Final = 120.0

_HEADS: Final = """
MATCH (chain:Chain) WHERE $source IS NULL OR chain.source = $source
RETURN chain.source, chain.position, chain.head ORDER BY chain.source
"""

# Somebody may be adding while we look, so that one such sight proves nothing.
_BEHIND: Final = """
MATCH (chain:Chain {source: $source})
RETURN head(COLLECT { MATCH (l:Link {source: $source}) WHERE l.position > chain.position
  RETURN l.position ORDER BY l.position LIMIT 1 })
"""
LOOKS: Final = 3

_LINKS: Final = """
MATCH (l:Link {source: $source}) WHERE l.position > $after
RETURN properties(l), l:Closing, head([(l)-[:CLOSES]->(e) | e.id]) ORDER BY l.position LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of walking one chain: its head, and what is wrong with it (None: it holds)."""

    head: Head
    problem: Break | None = None


@dataclass(slots=True)
class _Walk:
    """One chain on the way: where it stands, which heads are still to be met, and whether rows are read again."""

    database: Database
    at: Head
    known: dict[int, str | None]
    rows: bool
    advance: Callable[[int], None]

    async def step(self, found: Mapping[str, Any], closes: str | None, *, closing: bool) -> Break | None:
        link = Link(found["source"], found["position"], found.get("previous"), _hash(found), found.get("chain", ""))
        problem = flaw(self.at, link)
        if problem is None and link.hash != self.known.pop(link.position, link.hash):
            problem = Break(link.position, "Another hash was written down for this position.")
        if problem is None and _misquoted(found):
            problem = Break(link.position, "Its words are not those whose hash was linked.")
        if problem is None and closing and closes != found.get("evidence"):
            problem = Break(link.position, "It closes other evidence than it says.")
        if problem is None and self.rows and "saidHash" in found:
            problem = await self._said(found, link.position)
        self.at = head_of(link)
        self.advance(1)
        return problem

    async def _said(self, found: Mapping[str, Any], position: int) -> Break | None:
        said = await said_by(
            self._read, found.get("evidence", found["id"]), found["recordedAt"], int(found.get("said") or 0)
        )
        if (said.count, said.hash) == (found.get("said"), found["saidHash"]):
            return None
        return Break(position, f"It said {found.get('said')} things of credentials; {said.count} others stand there.")

    async def _read(self, text: str, parameters: Mapping[str, Any] | None = None, /) -> list[list[Any]]:
        return await self.database.read(text, parameters, deadline=PATIENCE)


def _misquoted(found: Mapping[str, Any]) -> bool:
    return "statement" in found and sha256(str(found["statement"]).encode()).hexdigest() != found.get("sha256")


def _hash(found: Mapping[str, Any]) -> str:
    try:
        return record_hash(found)
    except (TypeError, ValueError):
        return "a value that no record holds"


async def heads(database: Database, source: str | None = None) -> list[Head]:
    """Where each chain ends, or that of one source, by source."""
    return [Head(*row) for row in await database.read(_HEADS, {"source": source}, deadline=PATIENCE)]


async def walk(
    database: Database,
    head: Head,
    *,
    known: Mapping[int, str | None] | None = None,
    rows: bool = True,
    advance: Callable[[int], None] = lambda _: None,
) -> Walked:
    """Walk one chain from its beginning to `head`.

    `known` are hashes by position that were written down earlier. Without `rows`, what evidence says of credentials is
    not read again. `advance` is told of every record looked at.
    """
    on = _Walk(database, Head(head.chain), dict(known or {}), rows, advance)
    async for found, closing, closes in _links(database, head):
        problem = await on.step(found, closes, closing=closing)
        if problem is not None:
            return Walked(head, problem)
    problem = end_flaw(on.at, head)
    if problem is None and on.known:
        position = min(on.known)
        problem = Break(position, "A hash was written down for this position, and the chain does not reach it.")
    return Walked(head, problem or await _behind(database, head))


async def _behind(database: Database, head: Head) -> Break | None:
    """A record that stands behind the end of its chain, where there is one."""
    for _ in range(LOOKS):
        ((position,),) = await database.read(_BEHIND, {"source": head.chain}, deadline=PATIENCE)
        if position is None:
            return None
    return Break(position, "It stands behind the end of the chain, as its head has it.")


async def _links(database: Database, head: Head) -> AsyncIterator[tuple[Mapping[str, Any], bool, str | None]]:
    after = 0
    while after < head.position:
        limit = min(BATCH, head.position - after)
        parameters = {"source": head.chain, "after": after, "limit": limit}
        rows = await database.read(_LINKS, parameters, deadline=PATIENCE)
        for found, closing, closes in rows:
            yield found, closing, closes
        if not rows:
            return
        after = rows[-1][0]["position"]
