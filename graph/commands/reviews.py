"""A steward's review of discipline on one licence: read what it rests on, record it with what follows.

- The holder is locked before the revision is tested, so that a review and other evidence never cross.
- A review is evidence, linked to the stewards' own chain; windows, projections and facets follow in the same
  transaction, by the directory's one door.
- Nothing that was said is changed: the discipline stays on record and is shown, with the review beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.chains import EXTEND_CLAUSE, head_from, write_linked
from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.consequences import follow
from graph.database import Database
from graph.directory import DIRECTORY_CLAUSE
from graph.standing import facts_expression, facts_from
from verification.access import Role
from verification.chains import Head
from verification.evidence import Facts
from verification.policies import Policies

SOURCE: Final = "STEWARDS"

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (holder:Practitioner)-[:HOLDS]->(node:Credential {{id: $credential}})
RETURN
  {{account: viewer.id, role: viewer.role}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  head(COLLECT {{ MATCH (chain:Chain {{source: $source}}) RETURN chain {{.position, .head}} }}) AS head,
  CASE WHEN node IS NOT NULL THEN {facts_expression("holder")} END AS facts
"""

_RECORD: Final = f"""{ENTER} AND viewer.role = $role
MATCH (t:Practitioner {{id: $holder}})
SET t._lock = $now
WITH viewer, t WHERE coalesce(t.revision, 0) = $revision
MATCH (t)-[:HOLDS]->(node:Credential {{id: $credential}})
{EXTEND_CLAUSE}
SET t.revision = $revision + 1
CREATE (review:Review)-[:ABOUT]->(node)
SET review = $review
CREATE (review)-[:FROM]->(evidence)
CREATE (review)-[:BY]->(viewer)
WITH viewer, node, t, $standing AS standing
{DIRECTORY_CLAUSE}
{LEAVE_RECEIPT}
"""


@dataclass(frozen=True, slots=True)
class ReviewGround:
    """What a review rests on. `facts`, about the credential's holder, is None when there is no such credential."""

    who: Who | None
    receipt: Receipt | None = None
    head: Head | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What is written: the properties of the evidence and the review, and the directory's row for the holder."""

    credential: str
    holder: str
    revision: int
    evidence: Mapping[str, Any]
    review: Mapping[str, Any]
    standing: Mapping[str, Any]
    head: Head


async def read_reviewed(database: Database, asked: Asked, credential: str) -> ReviewGround:
    """What a review of `credential` needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "credential": credential, "source": SOURCE})
    if not rows:
        return ReviewGround(None)
    who, receipt, head, facts = rows[0]
    return ReviewGround(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        head_from(SOURCE, head),
        facts_from(facts) if facts else None,
    )


async def record_review(
    database: Database, asked: Asked, reviewed: Reviewed, answer: Answer, policies: Policies
) -> Any:
    """Writes the review and returns the answer; None when the facts have changed since and nothing was written.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await write_linked(
        database,
        answer.wanted(_RECORD),
        {
            **answer.parameters,
            **asked.parameters(),
            "role": Role.STEWARD.value,
            "credential": reviewed.credential,
            "holder": reviewed.holder,
            "revision": reviewed.revision,
            "review": reviewed.review,
            "standing": reviewed.standing,
        },
        reviewed.evidence,
        reviewed.head,
        reviewed.holder,
        lambda statements: follow(statements, [reviewed.holder], asked.now, policies),
    )
    return rows[0][0] if rows else None
