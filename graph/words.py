"""Words of bodies that nobody has said the meaning of: a work list, out of what was recorded.

Rules:
- A word is listed for each body that used it, with how many credentials it stands on and since when it was heard.
- Only the latest word of a body on a credential counts: what it has put otherwise since is no work any more.
- What was recorded stays as it was read then. A word that this program knows by now is told apart: it is read anew when
  the body is heard again.

Does not know what a word should mean.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.database import Database
from graph.instants import instant
from verification.credentials import is_known_action, is_known_word

DEADLINE: Final = 60.0

_UNMAPPED: Final = """
CALL () {
  MATCH (o:Observation) WHERE o.unmappedWord IS NOT NULL RETURN o, 'status' AS about, o.unmappedWord AS word
  UNION ALL
  MATCH (o:Observation) WHERE o.unmappedAction IS NOT NULL RETURN o, 'action' AS about, o.unmappedAction AS word
}
MATCH (o)-[:FROM]->(e:Evidence) MATCH (o)-[:ABOUT]->(c)
WHERE $body IS NULL OR e.source = $body
WITH e.source AS body, about, word, c, min(o.recordedAt) AS since, max(o.answeredAt) AS last
WHERE NOT EXISTS {
  MATCH (c)<-[:ABOUT]-(later:Observation)-[:FROM]->(:Evidence {source: body})
  WHERE later.answeredAt > last
}
WITH body, about, word, count(c) AS credentials, min(since) AS since
RETURN {body: body, about: about, word: word, credentials: credentials, since: since} AS found
ORDER BY found.credentials DESC, found.body, found.about, found.word
"""


@dataclass(frozen=True, slots=True)
class UnmappedWord:
    """A word of a body about a state or an action, and how many credentials wait for its meaning.

    `known_now` says that this program has a meaning for it by now.
    """

    body: str
    about: str
    word: str
    credentials: int
    since: datetime
    known_now: bool


async def unmapped_words(database: Database, body: str | None = None) -> list[UnmappedWord]:
    """Every such word, of one body or of all, those on most credentials first."""
    rows = await database.read(_UNMAPPED, {"body": body}, deadline=DEADLINE)
    return [_word(found) for (found,) in rows]


def _word(found: dict[str, Any]) -> UnmappedWord:
    known = is_known_word if found["about"] == "status" else is_known_action
    return UnmappedWord(
        found["body"],
        found["about"],
        found["word"],
        found["credentials"],
        instant(found["since"]),
        known(found["word"], found["body"]),
    )
