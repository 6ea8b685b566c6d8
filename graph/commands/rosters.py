"""Who speaks for a body when its roster is applied, and the receipt of having done so.

- The rows themselves go in by the import of rosters, batch by batch; what is here is the frame around it.
"""

from dataclasses import dataclass
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
RETURN {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who, receipt, body.code AS body
"""

_RECEIPT: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(node:CertifyingBody {{code: $body}})
{LEAVE_RECEIPT.replace("at: $now", "at: $now, result: $result")}
"""


@dataclass(frozen=True, slots=True)
class RosterGround:
    """The account, the receipt of an earlier try with the counts it told (JSON text), and the code of its body."""

    who: Who | None
    receipt: Receipt | None = None
    result: str | None = None
    body: str | None = None


async def read_body(database: Database, asked: Asked) -> RosterGround:
    """For which body the viewer speaks, in one statement."""
    rows = await database.read(_READ, asked.parameters())
    if not rows:
        return RosterGround(None)
    who, receipt, body = rows[0]
    return RosterGround(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        receipt.get("result") if receipt else None,
        body,
    )


async def leave_receipt(database: Database, asked: Asked, body: str, result: str, answer: Answer) -> Any:
    """Records that the roster is in and returns the body; None when the account no longer speaks for it.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    parameters = {**answer.parameters, **asked.parameters(), "body": body, "result": result}
    rows = await database.write(answer.wanted(_RECEIPT), parameters)
    return rows[0][0] if rows else None
