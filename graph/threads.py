"""Threads as they are read: whose message it is, whether it was read, and how many are not.

- A read mark belongs to an account and an attempt and names the newest message that was read: everything up to it
  counts as read. Messages are ordered by when they were written, and then by their ids.
- A side is a practitioner with everybody who acts for the same one: what one's own side wrote is never unread. What is
  written says for whom, since an account may act for several.
- It does not know who may read a thread: `graph.access` does.
"""

from typing import Final

from graph.access import READS_THREAD

BY_OWN_SIDE: Final = "EXISTS { MATCH (viewer)-[:ACTS_AS]->(s_p:Practitioner) WHERE s_p.id = {n}.actsFor }"
"""Whether what is bound to `{n}` was written for a practitioner for whom the viewer acts."""

UP_TO: Final = "({h}.at > {n}.at OR {h}.at = {n}.at AND {h}.message >= {n}.id)"
"""Whether the mark `{h}` is at or behind the message `{n}`."""

READ_BY_OTHERS: Final = (
    "EXISTS { MATCH ({n})-[:OF]->(r_a:Attempt) MATCH (r_o:Account)-[r_h:HAS_READ]->(r_a) "
    f"WHERE {UP_TO.replace('{h}', 'r_h')} AND NOT EXISTS {{ MATCH (r_o)-[:ACTS_AS]->(r_p:Practitioner) "
    "WHERE r_p.id = {n}.actsFor } }"
)
"""Whether somebody of the other side has read the message `{n}`."""

UNREAD: Final = (
    "COUNT { MATCH ({n})<-[:OF]-(t_u:Attempt)<-[:OF]-(u:Message) "
    f"WHERE {READS_THREAD.replace('{m}', 'u')} AND NOT {BY_OWN_SIDE.replace('{n}', 'u')} "
    "AND NOT EXISTS { MATCH (viewer)-[u_h:HAS_READ]->(t_u) "
    f"WHERE {UP_TO.replace('{h}', 'u_h').replace('{n}', 'u')} }} }}"
)
"""How many messages of the referral `{n}` the viewer has not read; asks `author_{n}` and `mine_{n}`."""

_ACCOUNT_NAME: Final = "head([({n})-[:BY]->(w_n:Account) | w_n.name])"

MESSAGE_FIELDS: Final = {
    "id": "'Message:' + {n}.id",
    "kind": "toUpper({n}.kind)",
    "at": "{n}.at",
    "text": "{n}.text",
    "attempt": "head([({n})-[:OF]->(a_n:Attempt) | a_n.number])",
    "writtenBy": _ACCOUNT_NAME,
    "mine": BY_OWN_SIDE,
    "read": READ_BY_OTHERS,
}
"""What is told of a message, by field."""

ATTACHMENT_FIELDS: Final = {
    "id": "'Attachment:' + {n}.id",
    **{name: f"{{n}}.{name}" for name in ("at", "title", "mediaType", "size", "state", "refusal")},
    "sha256": "CASE WHEN {n}.state = 'CLEAN' THEN {n}.sha256 END",
    "attachedBy": _ACCOUNT_NAME,
    "mine": BY_OWN_SIDE,
}
"""What is told of an attachment, by field."""
