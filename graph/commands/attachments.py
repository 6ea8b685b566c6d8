"""Attaching a file to a referral, and settling whether it is clean.

- The file is in its place before this is written, so that there is never an attachment without its content.
- Who may attach, and how many there are, is tested again behind the referral's lock.
- What a sender attaches belongs to the referral; what a recipient attaches names the own attempt besides.
- What was attached is never changed but for its state: PENDING becomes CLEAN or REFUSED, once.
"""

from collections.abc import Mapping
from typing import Any, Final

from graph.commands.receipts import ENTER, LEAVE_RECEIPT, Asked
from graph.commands.referrals import ACTS_STILL
from graph.database import Database, Statements
from graph.leases import Fence, prove
from verification.referral_states import CLOSED_STATES
from verification.threads import MOST_ATTACHMENTS

_CLOSED: Final = str([str(state) for state in sorted(CLOSED_STATES)])

SHOWN: Final = "{.id, .title, .mediaType, .size, .sha256, .state, .refusal, .at}"

# The receipt is left for the attachment, which takes the referral's place as what was made.
_ATTACH: Final = f"""{ENTER}{ACTS_STILL}
MATCH (referral:Referral {{id: $referral}})
SET referral._lock = $now
WITH viewer, actor, referral, EXISTS {{ (actor)<-[:SENT_BY]-(referral) }} AS author, head(COLLECT {{
  MATCH (a:Attempt)-[:OF]->(referral) WITH a ORDER BY a.number DESC LIMIT 1 RETURN a
}}) AS attempt
WHERE NOT referral.status IN {_CLOSED} AND COUNT {{ (referral)<-[:OF]-(:Attachment) }} < {MOST_ATTACHMENTS}
  AND (author OR EXISTS {{ (attempt)-[:TO]->(actor) }} AND attempt.acceptedAt IS NOT NULL AND attempt.endedAt IS NULL)
CREATE (node:Attachment)-[:OF]->(referral)
SET node = $attachment, node.actsFor = actor.id, node.attempt = CASE WHEN author THEN null ELSE attempt.id END
CREATE (node)-[:BY]->(viewer)
{LEAVE_RECEIPT}
RETURN node {SHOWN} AS attachment
"""

_SETTLE: Final = """
MATCH (n:Attachment {id: $attachment})
SET n._lock = $now
WITH n WHERE n.state = 'PENDING'
SET n.state = $state, n.refusal = $refusal, n.settledAt = $now
RETURN n.id
"""


async def attach(database: Database, asked: Asked, ground: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The new attachment; None when what was read no longer holds and nothing was written.

    `ground` names the `referral` and the `actor` and holds the `attachment`'s properties. Raises Conflict.
    """
    rows = await database.write(_ATTACH, {**asked.parameters(), **ground})
    return rows[0][0] if rows else None


async def settle(
    database: Database, attachment: str, state: str, refusal: str | None, now: int, fence: Fence | None = None
) -> bool:
    """A pending attachment becomes `state`; False when it was settled before. `now` in epoch milliseconds."""
    given = {"attachment": attachment, "state": state, "refusal": refusal, "now": now}

    async def work(statements: Statements) -> bool:
        if fence is not None:
            await prove(statements, fence)
        return bool(await statements.run(_SETTLE, given))

    return await database.transact(work)
