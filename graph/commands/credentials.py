"""A body's word about a credential it issued: the evidence, the observation, and what follows for the directory.

- Only the issuing body's own officer finds the credential; for anybody else it is not there.
- The holder is locked before the revision is tested, so that two statements about one person never cross.
- Windows, projections and facets are replaced in the same statement, by the directory's one door: a suspended licence
  is out of search and blocks acceptance from the moment this commits.
- Nothing is edited: a statement is added to what was said before, and linked to the body's chain of evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.chains import EXTEND_CLAUSE, head_from, write_linked
from graph.commands.proposals import LEAVE_RECEIPT_FOR, OPEN_ABOUT, SETTLE_ABOUT, proposal_from
from graph.commands.receipts import ENTER, FIND_RECEIPT, Answer, Asked, Receipt, Who
from graph.consequences import follow
from graph.database import Database
from graph.directory import DIRECTORY_CLAUSE
from graph.outbox import POST_CLAUSE, Notice, notice_row
from graph.standing import facts_expression, facts_from
from verification.agreements import Proposal
from verification.chains import Head, Said
from verification.evidence import Facts
from verification.policies import Policies

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
OPTIONAL MATCH (holder:Practitioner)-[:HOLDS]->(node:Credential {{id: $credential}})-[:ISSUED_BY]->(body)
RETURN
  {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  body.code AS body,
  head(COLLECT {{ MATCH (chain:Chain {{source: body.code}}) RETURN chain {{.position, .head}} }}) AS head,
  CASE WHEN node IS NOT NULL THEN {OPEN_ABOUT.replace("{n}", "node")} ELSE [] END AS proposals,
  CASE WHEN node IS NOT NULL THEN {facts_expression("holder")} END AS facts
"""

_RECORD: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{id: $body}})
MATCH (t:Practitioner {{id: $holder}})
SET t._lock = $now
WITH viewer, body, t WHERE coalesce(t.revision, 0) = $revision
MATCH (t)-[:HOLDS]->(about:Credential {{id: $credential}})-[:ISSUED_BY]->(body)
OPTIONAL MATCH (proposal:Proposal {{id: $proposal}})-[:ABOUT]->(about)
SET proposal._lock = $now
WITH viewer, t, about, proposal WHERE $proposal IS NULL OR proposal.status = 'OPEN'
{EXTEND_CLAUSE}
SET t.revision = $revision + 1
CREATE (observation:Observation)-[:ABOUT]->(about)
SET observation = $observation
CREATE (observation)-[:FROM]->(evidence)
WITH viewer, about, proposal, evidence, t, $standing AS standing
{SETTLE_ABOUT}
{POST_CLAUSE}
{DIRECTORY_CLAUSE}
"""
# The answer is about the credential, or about the proposal when that is what was agreed to.
_RECORD_WORD: Final = f"{_RECORD} WITH viewer, proposal, about AS node {LEAVE_RECEIPT_FOR}"
_RECORD_AGREED: Final = f"{_RECORD} WITH viewer, proposal, proposal AS node {LEAVE_RECEIPT_FOR}"


@dataclass(frozen=True, slots=True)
class CredentialGround:
    """What a body's word rests on: the body the viewer speaks for, and the facts about the credential's holder.

    `facts` is None when there is no such credential of this body; `head` is where the body's chain of evidence ends.
    """

    who: Who | None
    receipt: Receipt | None = None
    body: str | None = None
    facts: Facts | None = None
    head: Head | None = None
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What is written: properties of the evidence and of the observation, and the directory's row for the holder.

    `head` is where the body's chain of evidence ended when the facts were read. `proposal` is the id of what a first
    officer proposed and this agrees to; every other open one about the credential is void from then on.
    """

    body: str
    credential: str
    holder: str
    revision: int
    evidence: Mapping[str, Any]
    observation: Mapping[str, Any]
    standing: Mapping[str, Any]
    head: Head
    proposal: str | None = None
    notices: Sequence[Notice] = ()


async def read_credential(database: Database, asked: Asked, credential: str) -> CredentialGround:
    """What an officer's word about `credential` needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "credential": credential})
    if not rows:
        return CredentialGround(None)
    who, receipt, body, head, proposals, facts = rows[0]
    return CredentialGround(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        body,
        facts_from(facts) if facts else None,
        head_from(body, head) if body else None,
        tuple(map(proposal_from, proposals)),
    )


async def record_word(
    database: Database, asked: Asked, word: Word, answer: Answer, policies: Policies, *, agreed: bool = False
) -> Any:
    """Writes the body's word and returns the answer; None when the facts have changed since and nothing was written.

    `agreed` says that the answer is to be about the proposal that was agreed to.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    said = Said()
    said.add({**word.observation, "about": word.credential})
    rows = await write_linked(
        database,
        answer.wanted(_RECORD_AGREED if agreed else _RECORD_WORD),
        {
            **answer.parameters,
            **asked.parameters(),
            "body": word.body,
            "credential": word.credential,
            "holder": word.holder,
            "revision": word.revision,
            "observation": word.observation,
            "standing": word.standing,
            "proposal": word.proposal,
            "notices": [notice_row(notice) for notice in word.notices],
        },
        {**word.evidence, "said": said.count, "saidHash": said.hash},
        word.head,
        word.holder,
        lambda statements: follow(statements, [word.holder], asked.now, policies),
    )
    return rows[0][0] if rows else None
