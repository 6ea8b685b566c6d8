"""Where an account wants to be told: its webhooks. Its e-mail address is in `graph.commands.addresses`.

- An endpoint belongs to one account, and only that account's own requests touch it.
- One that is taken away keeps its place in the record, not its address; what waited for it is dropped.
- The account is locked first, then the endpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database
from graph.deliveries import EndpointKind
from graph.instants import millis
from graph.outbox import POST_CLAUSE, Notice, notice_row

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
RETURN
  {{account: viewer.id, role: viewer.role, actsAs: head([(viewer)-[:ACTS_AS]->(t) | t.id])}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  head([(viewer)<-[:OF]-(e:Endpoint {{id: $endpoint}}) WHERE e.removedAt IS NULL |
    e {{.id, .kind, .fence, secretNumber: coalesce(e.secretNumber, 1)}}]) AS endpoint,
  COUNT {{ (viewer)<-[:OF]-(e:Endpoint {{kind: 'WEBHOOK'}}) WHERE e.removedAt IS NULL }} AS webhooks
"""

_OWN: Final = f"""{ENTER}
MATCH (viewer)<-[:OF]-(node:Endpoint {{id: $endpoint, kind: 'WEBHOOK'}})
SET node._lock = $now
WITH viewer, node WHERE node.removedAt IS NULL
"""

_DROP: Final = """
CALL (gone) {
  MATCH (d:Delivery {endpoint: gone.id}) WHERE d.nextAt IS NOT NULL OR d.deadAt IS NOT NULL
  DETACH DELETE d
}
"""

_ADD: Final = f"""{ENTER}
SET viewer._lock = $now
WITH viewer
WHERE COUNT {{ (viewer)<-[:OF]-(e:Endpoint {{kind: 'WEBHOOK'}}) WHERE e.removedAt IS NULL }} < $most
CREATE (node:Endpoint)-[:OF]->(viewer)
SET node = $properties
{LEAVE_RECEIPT}
"""

_REMOVE: Final = f"""{_OWN}
SET node.removedAt = $now
REMOVE node.address, node.nextAt, node.problem
WITH viewer, node, node AS gone
{_DROP}
{LEAVE_RECEIPT}
"""

_ROTATE: Final = f"""{_OWN}
AND coalesce(node.secretNumber, 1) = $number
SET node.secretNumber = $number + 1, node.overlapUntil = $overlapUntil
{LEAVE_RECEIPT}
"""

# Whoever tries an endpoint that was given up means it to work again.
_TEST: Final = f"""{_OWN}
REMOVE node.disabledAt, node.failingSince
SET node.failures = 0
WITH viewer, node
{POST_CLAUSE}
{LEAVE_RECEIPT}
"""


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """One of the viewer's endpoints, as read before the lock."""

    id: str
    kind: EndpointKind
    secret_number: int


@dataclass(frozen=True, slots=True)
class EndpointGround:
    """What an operation on an endpoint rests on."""

    who: Who | None
    receipt: Receipt | None = None
    endpoint: OwnEndpoint | None = None
    webhooks: int = 0


async def read_endpoint(database: Database, asked: Asked, endpoint: str) -> EndpointGround:
    """Who asks, the receipt of an earlier try, and the endpoint if it is the viewer's; `endpoint` "" for none."""
    rows = await database.read(_READ, {**asked.parameters(), "endpoint": endpoint})
    if not rows:
        return EndpointGround(None)
    who, receipt, found, webhooks = rows[0]
    return EndpointGround(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        OwnEndpoint(found["id"], EndpointKind(found["kind"]), found["secretNumber"]) if found else None,
        webhooks,
    )


async def add_webhook(database: Database, asked: Asked, endpoint: str, url: str, answer: Answer, *, most: int) -> Any:
    """The new webhook in the shape asked for; None when the account has `most` already. Raises Conflict."""
    properties = _properties(endpoint, EndpointKind.WEBHOOK, url, asked.now)
    return await _written(database, _ADD, asked, answer, {"properties": properties, "most": most})


async def remove_webhook(database: Database, asked: Asked, endpoint: str, answer: Answer) -> Any:
    """The webhook as it was taken away; None when it is not there. Raises Conflict."""
    return await _written(database, _REMOVE, asked, answer, {"endpoint": endpoint})


async def rotate_secret(
    database: Database, asked: Asked, own: OwnEndpoint, overlap_until: datetime, answer: Answer
) -> Any:
    """The webhook with its next secret; None when somebody else rotated it meanwhile. Raises Conflict."""
    given = {"endpoint": own.id, "number": own.secret_number, "overlapUntil": millis(overlap_until)}
    return await _written(database, _ROTATE, asked, answer, given)


async def post_test(database: Database, asked: Asked, notice: Notice, answer: Answer) -> Any:
    """The webhook, to which a notice of no matter is on its way; None when it is not there. Raises Conflict."""
    given = {"endpoint": notice.recipient, "notices": [notice_row(notice)]}
    return await _written(database, _TEST, asked, answer, given)


async def _written(database: Database, text: str, asked: Asked, answer: Answer, given: Mapping[str, Any]) -> Any:
    rows = await database.write(answer.wanted(text), {**answer.parameters, **asked.parameters(), **given})
    return rows[0][0] if rows else None


def _properties(endpoint: str, kind: EndpointKind, address: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": endpoint,
        "kind": kind.value,
        "address": address,
        "createdAt": millis(now),
        "failures": 0,
        "fence": 0,
        "secretNumber": 1,
    }
