"""A body's word about a credential it issued: the evidence, the observation, and what follows for the directory.

- Only the issuing body's own officer finds the credential; for anybody else it is not there.
- The holder is locked before the revision is tested, so that two statements about one person never cross.
- Windows, projections and facets are replaced in the same statement, by the directory's one door: a suspended licence
  is out of search and blocks acceptance from the moment this commits.
- Nothing is edited: a statement is added to what was said before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database
from graph.directory import DIRECTORY_CLAUSE
from graph.standing import facts_expression, facts_from
from verification.evidence import Facts

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
OPTIONAL MATCH (holder:Practitioner)-[:HOLDS]->(node:Credential {{id: $credential}})-[:ISSUED_BY]->(body)
RETURN
  {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  body.code AS body,
  CASE WHEN node IS NOT NULL THEN {facts_expression("holder")} END AS facts
"""

_RECORD: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{id: $body}})
MATCH (t:Practitioner {{id: $holder}})
SET t._lock = $now
WITH viewer, body, t WHERE coalesce(t.revision, 0) = $revision
MATCH (t)-[:HOLDS]->(node:Credential {{id: $credential}})-[:ISSUED_BY]->(body)
SET t.revision = $revision + 1
CREATE (evidence:Evidence)
SET evidence = $evidence
CREATE (observation:Observation)-[:ABOUT]->(node)
SET observation = $observation
CREATE (observation)-[:FROM]->(evidence)
WITH viewer, node, t, $standing AS standing
{DIRECTORY_CLAUSE}
{LEAVE_RECEIPT}
"""


@dataclass(frozen=True, slots=True)
class CredentialGround:
    """What a body's word rests on: the body the viewer speaks for, and the facts about the credential's holder.

    `facts` is None when there is no such credential of this body.
    """

    who: Who | None
    receipt: Receipt | None = None
    body: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What is written: properties of the evidence and of the observation, and the directory's row for the holder."""

    body: str
    credential: str
    holder: str
    revision: int
    evidence: Mapping[str, Any]
    observation: Mapping[str, Any]
    standing: Mapping[str, Any]


async def read_credential(database: Database, asked: Asked, credential: str) -> CredentialGround:
    """What an officer's word about `credential` needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "credential": credential})
    if not rows:
        return CredentialGround(None)
    who, receipt, body, facts = rows[0]
    return CredentialGround(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        body,
        facts_from(facts) if facts else None,
    )


async def record_word(database: Database, asked: Asked, word: Word, answer: Answer) -> Any:
    """Writes the body's word and returns the answer; None when the facts have changed since and nothing was written.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await database.write(
        answer.wanted(_RECORD),
        {
            **answer.parameters,
            **asked.parameters(),
            "body": word.body,
            "credential": word.credential,
            "holder": word.holder,
            "revision": word.revision,
            "evidence": word.evidence,
            "observation": word.observation,
            "standing": word.standing,
        },
    )
    return rows[0][0] if rows else None
