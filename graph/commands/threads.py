"""Writing in a thread and marking it as read: who may is read first, and tested again behind the lock.

- The referral is locked before anything else, so that a message is never written to an attempt that has just ended.
- A message is never older than the one before it, so whatever a read mark stands behind has been there to be read.
- The other side is told once until somebody there has read or written: the notice is known by the last sign of that.
- A read mark only moves forward.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.access import AUTHOR, IS_PARTY, MINE, READS_THREAD
from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.commands.referrals import ACTS_STILL
from graph.database import Database
from graph.outbox import Topic
from verification.referral_states import State


def _of_node(predicate: str) -> str:
    return predicate.replace("{n}", "node")


_NEWEST: Final = "head(COLLECT { MATCH (a:Attempt)-[:OF]->(node) WITH a ORDER BY a.number DESC LIMIT 1 RETURN a })"
STANDS: Final = f"{_of_node(AUTHOR)} AS author_node, {_of_node(MINE)} AS mine_node"
"""How the viewer stands to the referral bound to `node`."""
PARTY: Final = _of_node(IS_PARTY)
WHO: Final = "{account: viewer.id, role: viewer.role}"
_AUTHOR_ACTED_FOR: Final = "head([(viewer)-[:ACTS_AS]->(p:Practitioner)<-[:SENT_BY]-(node) | p.id])"
_RECIPIENT_ACTED_FOR: Final = "head([(viewer)-[:ACTS_AS]->(p:Practitioner)<-[:TO]-(newest) | p.id])"
_READS: Final = _of_node(READS_THREAD).replace("{m}", "m")

_GROUND: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (node:Referral {{id: $referral}})
WITH viewer, receipt, node, {STANDS}
WITH *, {_NEWEST} AS newest
RETURN {WHO} AS who, receipt {{.inputHash, .object}} AS receipt,
  CASE WHEN node IS NOT NULL AND {PARTY} THEN {{
    status: node.status, author: {_AUTHOR_ACTED_FOR},
    recipient: CASE WHEN any(x IN mine_node WHERE x.id = newest.id) THEN {_RECIPIENT_ACTED_FOR} END,
    attempt: newest {{.id, .acceptedAt, .endedAt}},
    attachments: COUNT {{ (node)<-[:OF]-(:Attachment) }},
    through: EXISTS {{ MATCH (node)<-[:OF]-(t_m:Attempt)<-[:OF]-(:Message {{id: $through}}) WHERE {_READS} }}
  }} END AS referral
"""

_LOCKED: Final = f"""
MATCH (node:Referral {{id: $referral}})
SET node._lock = $now
WITH viewer, actor, node, {_NEWEST} AS attempt, EXISTS {{ (actor)<-[:SENT_BY]-(node) }} AS author
"""
_IN_FORCE: Final = "attempt.acceptedAt IS NOT NULL AND attempt.endedAt IS NULL"

_SEND: Final = f"""{ENTER}{ACTS_STILL}{_LOCKED}
WHERE attempt.id = $attempt AND (author OR EXISTS {{ (attempt)-[:TO]->(actor) }})
  AND ({_IN_FORCE} OR node.status = 'INFO_REQUESTED')
WITH viewer, node, attempt, author,
  coalesce(head(COLLECT {{ MATCH (m:Message)-[:OF]->(attempt) RETURN max(m.at) }}), 0) AS last,
  CASE WHEN author THEN head([(attempt)-[:TO]->(p:Practitioner) | p.id])
    ELSE head([(node)-[:SENT_BY]->(p:Practitioner) | p.id]) END AS receiver
CREATE (message:Message)-[:OF]->(attempt)
SET message = $message, message.actsFor = $actor, message.at = CASE WHEN last > $now THEN last ELSE $now END
CREATE (message)-[:BY]->(viewer)
WITH viewer, node, attempt, receiver, head(COLLECT {{
  MATCH (o:Account)-[:ACTS_AS]->(:Practitioner {{id: receiver}})
  OPTIONAL MATCH (o)-[h:HAS_READ]->(attempt)
  OPTIONAL MATCH (attempt)<-[:OF]-(own:Message)-[:BY]->(o)
  WITH collect(h.message) + collect(own.id) AS signs
  RETURN reduce(s = '', x IN signs | CASE WHEN x > s THEN x ELSE s END)
}}) AS sign
MERGE (o:Outbox {{dedupe: $topic + '|' + attempt.id + '|' + receiver + '|' + sign}})
  ON CREATE SET o.id = $notice, o.topic = $topic, o.object = node.id, o.recipient = receiver,
    o.at = $now, o.nextAt = $now, o.attempts = 0
WITH viewer, node
{LEAVE_RECEIPT}
"""

_MARK: Final = f"""{ENTER}
MATCH (node:Referral {{id: $referral}})
SET node._lock = $now
WITH viewer, node, {STANDS}
WHERE {PARTY}
CALL (viewer, node, author_node, mine_node) {{
  MATCH (node)<-[:OF]-(t_m:Attempt) WHERE {_READS}
  CALL (t_m) {{
    MATCH (m:Message)-[:OF]->(t_m) WHERE $through IS NULL OR m.id = $through
    RETURN m ORDER BY m.at DESC, m.id DESC LIMIT 1
  }}
  MERGE (viewer)-[h:HAS_READ]->(t_m)
  WITH h, m WHERE h.at IS NULL OR h.at < m.at OR h.at = m.at AND h.message < m.id
  SET h.at = m.at, h.message = m.id
}}
WITH viewer, node
{LEAVE_RECEIPT}
"""

FIRST: Final = (_GROUND,)
"""What whoever writes for the first time waits for."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A referral as far as its thread needs, and how the viewer stands to it.

    `author` and `recipient` name whom the viewer acts for on either side, the recipient of the current attempt; nobody
    where the viewer does not. `accepted` and `ended` are of the current attempt, `attempt`
    its id; `through` says that the named message is one the viewer can read.
    """

    status: State
    author: str | None
    recipient: str | None
    attempt: str | None
    accepted: bool
    ended: bool
    attachments: int
    through: bool

    @property
    def both_sides(self) -> bool:
        """The viewer acts for an author and for a recipient who is somebody else."""
        return None not in (self.author, self.recipient) and self.author != self.recipient

    @property
    def acts_for(self) -> str | None:
        """The one practitioner for whom the viewer could write; None where there is none, or one on either side."""
        return None if self.both_sides else self.author or self.recipient


@dataclass(frozen=True, slots=True)
class ThreadGround:
    """What an operation on a thread rests on; `referral` is None where the viewer has no part in it."""

    who: Who | None
    receipt: Receipt | None = None
    referral: Thread | None = None


async def read_thread(database: Database, asked: Asked, referral: str, through: str | None = None) -> ThreadGround:
    """Who asks, the receipt of an earlier try, and the referral as far as the viewer may know of it."""
    rows = await database.read(_GROUND, {**asked.parameters(), "referral": referral, "through": through})
    if not rows:
        return ThreadGround(None)
    who, receipt, found = rows[0]
    return ThreadGround(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        _thread(found) if found else None,
    )


def _thread(found: Mapping[str, Any]) -> Thread:
    attempt = found["attempt"] or {}
    return Thread(
        status=State(found["status"]),
        author=found["author"],
        recipient=found["recipient"],
        attempt=attempt.get("id"),
        accepted=attempt.get("acceptedAt") is not None,
        ended=attempt.get("endedAt") is not None,
        attachments=found["attachments"],
        through=found["through"],
    )


async def send_message(
    database: Database, asked: Asked, ground: Mapping[str, Any], message: str, notice: str, text: str, answer: Answer
) -> Any:
    """The referral with the new message in the shape asked for; None when what was read no longer holds.

    `ground` names the referral, the attempt and the actor; `message` and `notice` are new ids. Raises Conflict.
    """
    written = {"id": message, "kind": "note", "text": text}
    return await _written(
        database,
        _SEND,
        asked,
        answer,
        {**ground, "message": written, "notice": notice, "topic": Topic.REFERRAL_MESSAGE_SENT.value},
    )


async def mark_read(database: Database, asked: Asked, referral: str, through: str | None, answer: Answer) -> Any:
    """The referral, read up to the message `through` (None: all there is); None when not there. Raises Conflict."""
    return await _written(database, _MARK, asked, answer, {"referral": referral, "through": through})


async def _written(database: Database, text: str, asked: Asked, answer: Answer, given: Mapping[str, Any]) -> Any:
    rows = await database.write(answer.wanted(text), {**answer.parameters, **asked.parameters(), **given})
    return rows[0][0] if rows else None
