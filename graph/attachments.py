"""Attachments as they are read for giving out their content, and for keeping the files in order.

- Who may have one is the same rule by which the graph shows it: the sender, and the recipient while in charge.
- What is not there and what is not the viewer's look alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.access import AUTHOR, MINE, SEES_ATTACHMENT
from graph.commands.attachments import SHOWN
from graph.commands.receipts import ENTER
from graph.database import Database

_SEES: Final = SEES_ATTACHMENT.replace("{n}", "node").replace("{m}", "m")

_FIND: Final = f"""{ENTER}
RETURN head(COLLECT {{
  MATCH (m:Attachment {{id: $attachment}})-[:OF]->(node:Referral)
  WITH m, node, {AUTHOR.replace("{n}", "node")} AS author_node, {MINE.replace("{n}", "node")} AS mine_node
  WHERE {_SEES}
  RETURN m {SHOWN}
}}) AS attachment
"""

_WAITING: Final = """
MATCH (n:Attachment {state: 'PENDING'}) RETURN n.id, n.sha256, n.mediaType ORDER BY n.at LIMIT 100
"""

_NEEDED: Final = """
UNWIND $digests AS digest
MATCH (n:Attachment {sha256: digest}) WHERE n.state <> 'REFUSED'
RETURN DISTINCT digest
"""

FIRST: Final = (_FIND,)
"""What whoever asks for a file waits for."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The answer to who asks for a file: whether anybody is known by the token, and what there is for them."""

    known: bool
    attachment: Mapping[str, Any] | None = None


async def find_attachment(database: Database, viewer: str, attachment: str) -> Sought:
    """The attachment for the account with this token hash, as far as it may be had."""
    rows = await database.read(_FIND, {"viewer": viewer, "attachment": attachment}, deadline=9.0)
    return Sought(True, rows[0][0]) if rows else Sought(False)


async def waiting(database: Database) -> list[tuple[str, str, str]]:
    """Id, SHA-256 and content type of what is still to be scanned, oldest first."""
    return [(own, digest, media) for own, digest, media in await database.read(_WAITING)]


async def needed(database: Database, digests: Iterable[str]) -> set[str]:
    """Those of the files that something still refers to."""
    rows = await database.read(_NEEDED, {"digests": list(digests)}, leader=True)
    return {digest for (digest,) in rows}
