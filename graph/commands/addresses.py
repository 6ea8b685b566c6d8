"""E-mail addresses: one is told of nothing before somebody who reads it has said so.

- A new address waits for its code, and the one before it stays in force until then. Taking its place, it takes over
  what still waited for the other.
- An address that this account has confirmed needs no second code.
- A code is kept as a hash; it is good until its time is over, once, and only so many wrong ones are taken.
- The account is locked first, then its endpoints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from graph.commands.receipts import ENTER, LEAVE_RECEIPT, Answer, Asked
from graph.database import Database
from graph.instants import millis
from graph.outbox import POST_CLAUSE, Notice, notice_row

_TAKE_AWAY: Final = """
  SET gone.removedAt = $now
  REMOVE gone.address, gone.nextAt, gone.problem, gone.codeHash, gone.codeUntil
  WITH gone
  CALL (gone) {
    MATCH (d:Delivery {endpoint: gone.id}) WHERE d.nextAt IS NOT NULL OR d.deadAt IS NOT NULL
    DETACH DELETE d
  }
"""

# Before what is left of the other is dropped.
_TAKE_OVER: Final = """
  CALL (gone, node) {
    MATCH (d:Delivery {endpoint: gone.id})-[former:TO]->(gone) WHERE d.nextAt IS NOT NULL
    DELETE former
    CREATE (d)-[:TO]->(node)
    SET d.endpoint = node.id, d.nextAt = $now, node.nextAt = $now
  }
"""

_POST: Final = POST_CLAUSE.replace("CALL ()", "CALL (known)").replace(
    "$notices", "CASE WHEN known IS NULL THEN $notices ELSE [] END"
)

_TOO_OFTEN: Final = f"""{ENTER}
RETURN COUNT {{ (viewer)<-[:OF]-(e:Endpoint {{kind: 'EMAIL'}}) WHERE e.askedAt > $since }} >= $most
"""

_SET: Final = f"""{ENTER}
SET viewer._lock = $now
CREATE (node:Endpoint)-[:OF]->(viewer)
SET node = $properties
WITH viewer, node, head([(viewer)<-[:OF]-(e:Endpoint {{kind: 'EMAIL'}})
  WHERE e.removedAt IS NULL AND e.address = $properties.address AND e.confirmedAt IS NOT NULL | e.confirmedAt]) AS known
SET node += CASE WHEN known IS NULL THEN {{}}
  ELSE {{confirmedAt: known, codeHash: null, codeUntil: null, askedAt: null}} END
WITH viewer, node, known
CALL (viewer, node, known) {{
  MATCH (viewer)<-[:OF]-(gone:Endpoint {{kind: 'EMAIL'}}) WHERE gone.removedAt IS NULL AND gone <> node
    AND (gone.confirmedAt IS NULL OR known IS NOT NULL OR $properties.address IS NULL)
  WITH gone, node, known ORDER BY gone.id
  SET gone._lock = $now
  WITH gone, node, known
  CALL (gone, node, known) {{
    MATCH (d:Delivery {{endpoint: gone.id}})-[former:TO]->(gone) WHERE known IS NOT NULL AND d.nextAt IS NOT NULL
    DELETE former
    CREATE (d)-[:TO]->(node)
    SET d.endpoint = node.id, d.nextAt = $now, node.nextAt = $now
  }}
  {_TAKE_AWAY}
}}
{_POST}
{LEAVE_RECEIPT}
"""

_CONFIRMED: Final = f"""
SET node._lock = $now
WITH viewer, node WHERE node.removedAt IS NULL AND node.confirmedAt IS NULL AND node.codeHash = $codeHash
  AND node.codeUntil > $now
SET node.confirmedAt = $now
REMOVE node.codeHash, node.codeUntil, node.wrongCodes
WITH viewer, node
CALL (viewer, node) {{
  MATCH (viewer)<-[:OF]-(gone:Endpoint {{kind: 'EMAIL'}}) WHERE gone.removedAt IS NULL AND gone <> node
  WITH gone, node ORDER BY gone.id
  SET gone._lock = $now
  WITH gone, node
  {_TAKE_OVER}
  {_TAKE_AWAY}
}}
"""

_CONFIRM: Final = f"""{ENTER}
MATCH (node:Endpoint {{codeHash: $codeHash}})-[:OF]->(viewer)
SET viewer._lock = $now
WITH viewer, node
{_CONFIRMED}
{LEAVE_RECEIPT}
"""

_CONFIRM_BY_LINK: Final = f"""
MATCH (node:Endpoint {{codeHash: $codeHash}})-[:OF]->(viewer:Account) WHERE viewer.active
SET viewer._lock = $now
WITH viewer, node
{_CONFIRMED}
RETURN node.id
"""

_WRONG: Final = f"""{ENTER}
SET viewer._lock = $now
WITH viewer
MATCH (viewer)<-[:OF]-(node:Endpoint {{kind: 'EMAIL'}}) WHERE node.codeHash IS NOT NULL AND node.removedAt IS NULL
SET node.wrongCodes = coalesce(node.wrongCodes, 0) + 1
WITH node WHERE node.wrongCodes >= $most
REMOVE node.codeHash, node.codeUntil
"""


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address that is to be told: its endpoint's id, the hash of its code, until when that is good, and the notice
    that brings the code. Without an address all of an account's are taken away.
    """

    endpoint: str
    address: str | None = None
    code_hash: str | None = None
    until: datetime | None = None
    notice: Notice | None = None


async def asked_too_often(database: Database, asked: Asked, within: timedelta, most: int) -> bool:
    """Whether the account has had `most` codes sent `within` that time."""
    given = {"since": millis(asked.now - within), "most": most}
    rows = await database.read(_TOO_OFTEN, {**asked.parameters(), **given})
    return bool(rows and rows[0][0])


async def set_address(database: Database, asked: Asked, new: NewAddress, answer: Answer) -> Any:
    """The account's new e-mail endpoint, waiting for its code; without an address a removed one. Raises Conflict."""
    properties: dict[str, Any] = {
        "id": new.endpoint,
        "kind": "EMAIL",
        "address": new.address,
        "createdAt": millis(asked.now),
        "failures": 0,
        "fence": 0,
        "secretNumber": 1,
    }
    if new.address is None:
        properties["removedAt"] = millis(asked.now)
    elif new.until is not None:
        properties |= {"codeHash": new.code_hash, "codeUntil": millis(new.until), "askedAt": millis(asked.now)}
    notices = [notice_row(new.notice)] if new.notice else []
    return await _written(database, _SET, asked, answer, {"properties": properties, "notices": notices})


async def confirm_address(database: Database, asked: Asked, code_hash: str, answer: Answer) -> Any:
    """The account's endpoint, from now on the one that is told; None for a code that is not good. Raises Conflict."""
    return await _written(database, _CONFIRM, asked, answer, {"codeHash": code_hash})


async def confirm_by_link(database: Database, code_hash: str, now: datetime) -> bool:
    """The same for whoever has the code and no account at hand; whether it was good."""
    return bool(await database.write(_CONFIRM_BY_LINK, {"codeHash": code_hash, "now": millis(now)}))


async def count_wrong_code(database: Database, asked: Asked, most: int) -> None:
    """A wrong code was given; after `most` of them the right one is good no more."""
    await database.write(_WRONG, {**asked.parameters(), "most": most})


async def _written(database: Database, text: str, asked: Asked, answer: Answer, given: Mapping[str, Any]) -> Any:
    rows = await database.write(answer.wanted(text), {**answer.parameters, **asked.parameters(), **given})
    return rows[0][0] if rows else None
