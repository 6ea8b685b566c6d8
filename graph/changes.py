"""What changed lately, for whoever watches: committed events and notices, the newest by an index.

Rules:
- Only what is committed is read. A change is known by its own id, and the window that is read reaches back further
  than the longest transaction lasts, so that one which was begun early and committed late is not missed.
- Of each change it says who may know of it: the author of a referral and the recipient of the very attempt it is
  about, or whom a notice is for. Whoever was asked before learns nothing of what came after.
- Who an account is and acts for is asked anew of the leader for every change that is told.

Does not know who watches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from graph.access import AUTHOR
from graph.database import Database
from graph.deliveries import opaque_object
from graph.instants import instant, millis
from graph.outbox import STEWARDS
from graph.roots import ACCOUNT

REACHES_BACK: Final = timedelta(seconds=35)
"""Longer than a transaction may last (30 s by default), measured from its `now` to its commit."""
REFERRAL_CHANGED: Final = "referral.changed"
MOST: Final = 5_000

_TAIL: Final = """
CALL () {
  MATCH (event:Event) WHERE event.at >= $since
  MATCH (event)-[:OF]->(node:Referral)
  RETURN 'event|' + event.id AS id, node.id AS object, $changed AS topic, event.at AS at, event.number AS version,
    [(node)-[:SENT_BY]->(p:Practitioner) | p.id] + COLLECT {
      MATCH (a:Attempt {id: event.attempt})-[:TO]->(p:Practitioner) WHERE a.sentAt IS NOT NULL RETURN p.id
    } AS parties
  UNION ALL
  MATCH (o:Outbox) WHERE o.at >= $since
  RETURN 'notice|' + o.dedupe AS id, o.object AS object, o.topic AS topic, o.at AS at, null AS version,
    [o.recipient] AS parties
}
RETURN id, object, topic, at, version, parties ORDER BY at DESC, id DESC LIMIT $most
"""

_WATCHERS: Final = """
UNWIND $hashes AS hash
MATCH (viewer:Account {tokenHash: hash}) WHERE viewer.active
RETURN hash, viewer.id, [(viewer)-[:ACTS_AS]->(t) | t.id] + CASE viewer.role WHEN 'steward' THEN [$stewards] ELSE [] END
"""

_AUTHOR: Final = AUTHOR.replace("{n}", "n")
_PARTY: Final = f"""
{ACCOUNT}
RETURN EXISTS {{
  MATCH (n:Referral {{id: $object}})
  WHERE {_AUTHOR}
    OR EXISTS {{ (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(a:Attempt WHERE a.sentAt IS NOT NULL)-[:OF]->(n) }}
}}
"""

FIRST: Final = (_WATCHERS, _PARTY, _TAIL)
"""What whoever begins to watch waits for."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `object` is opaque, `own` its id without a type; `parties` are the ids of who may know of it."""

    id: str
    object: str
    own: str
    topic: str
    at: datetime
    version: int | None
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Watcher:
    """An account that watches, as it is now: its id, and whom it acts for."""

    account: str
    acts_for: frozenset[str]


async def changes_since(database: Database, since: datetime) -> list[Change]:
    """The changes at or after `since`, oldest first; of more than `MOST` the newest."""
    parameters = {"since": millis(since), "changed": REFERRAL_CHANGED, "most": MOST}
    rows = await database.read(_TAIL, parameters, deadline=9.0)
    return [
        Change(own_id, opaque_object(topic, own), own, topic, instant(at), version, frozenset(filter(None, parties)))
        for own_id, own, topic, at, version, parties in reversed(rows)
    ]


async def watchers(database: Database, token_hashes: Iterable[str]) -> dict[str, Watcher]:
    """The accounts behind these tokens that are active now, by token hash; a revoked one is missing."""
    rows = await database.read(
        _WATCHERS, {"hashes": sorted(set(token_hashes)), "stewards": STEWARDS}, deadline=9.0, leader=True
    )
    return {token_hash: Watcher(account, frozenset(acts_for)) for token_hash, account, acts_for in rows}


async def may_watch(database: Database, token_hash: str, referral: str) -> bool:
    """Whether the account is a party to the referral. What is not there and what is not one's own look alike."""
    rows = await database.read(_PARTY, {"viewer": token_hash, "object": referral}, leader=True)
    return bool(rows and rows[0][0])
