"""What one officer proposed and another has to say too: kept, found again, settled.

- A proposal is about a credential or, where it is a roster, about the body itself; only that body's officers find it.
- While it is open it bears a key of its own, made of what it is about and what is said, so that the same is proposed
  once however many say it at the same moment.
- It changes nothing that is known of anybody. What it became when it was agreed on is evidence like any other.
- The holder, and for a roster the body, is locked before a proposal is made; the proposal itself before it is settled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from graph.chains import head_from
from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database, Statements
from graph.instants import instant
from graph.outbox import POST_CLAUSE, Notice, notice_row
from graph.standing import facts_expression, facts_from
from verification.access import Role
from verification.agreements import Proposal, ProposalKind, ProposalStatus
from verification.chains import Head
from verification.evidence import Facts

PROPOSAL: Final = """{n} {.id, .kind, .status, .words, .ground, .expiresAt, .said,
  by: head([({n})-[:BY]->(account) | account {.id, .active}])}"""
"""A map expression for a proposal bound to `{n}`, as `proposal_from` reads it."""

OPEN_ABOUT: Final = f"""COLLECT {{
  MATCH ({{n}})<-[:ABOUT]-(waiting:Proposal {{status: 'OPEN'}}) RETURN {PROPOSAL.replace("{n}", "waiting")}
}}"""
"""A list of the open proposals about the node bound to `{n}`."""

LEAVE_RECEIPT_FOR: Final = LEAVE_RECEIPT.replace("at: $now", "at: $now, proposal: proposal.id")

SETTLE_ABOUT: Final = """
CALL (about, viewer, evidence) {
  MATCH (settled:Proposal {status: 'OPEN'})-[:ABOUT]->(about)
  SET settled.status = CASE settled.id WHEN $proposal THEN 'APPLIED' ELSE 'VOID' END,
    settled.settledAt = $now, settled.openKey = null
  FOREACH (_ IN CASE settled.id WHEN $proposal THEN [1] ELSE [] END |
    CREATE (settled)-[:SETTLED_BY]->(viewer) CREATE (settled)-[:BECAME]->(evidence))
}
"""
"""Settles what is open about `about` when something new was said of it: `$proposal` is what it was said for, if any;
everything else that waits is void. `evidence` is what was said."""

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
OPTIONAL MATCH (node:Proposal {{id: $proposal}})-[:FOR]->(body)
OPTIONAL MATCH (node)-[:ABOUT]->(credential:Credential)<-[:HOLDS]-(holder:Practitioner)
RETURN
  {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  body.code AS body,
  head(COLLECT {{ MATCH (chain:Chain {{source: body.code}}) RETURN chain {{.position, .head}} }}) AS head,
  CASE WHEN node IS NOT NULL THEN {PROPOSAL.replace("{n}", "node")} END AS proposal,
  credential.id AS credential,
  CASE WHEN credential IS NOT NULL THEN {facts_expression("holder")} END AS facts
"""

# What is past its day, stands on other ground, or is an officer's who is none any more, makes room.
_MAKE_ROOM: Final = """
CALL () {
  MATCH (old:Proposal {openKey: $made.openKey})-[:BY]->(maker:Account)
  WHERE old.expiresAt <= $now OR old.ground <> $made.ground OR NOT maker.active
  SET old.status = CASE WHEN old.expiresAt <= $now THEN 'EXPIRED' ELSE 'VOID' END,
    old.settledAt = $now, old.openKey = null
}
CREATE (proposal:Proposal)
SET proposal = $made
CREATE (proposal)-[:BY]->(viewer)
CREATE (proposal)-[:FOR]->(body)
CREATE (proposal)-[:ABOUT]->(node)
"""

_PROPOSE: Final = f"""{ENTER} AND viewer.role = $role
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{id: $body}})
MATCH (t:Practitioner {{id: $holder}})
SET t._lock = $now
WITH viewer, body, t WHERE coalesce(t.revision, 0) = $revision
MATCH (t)-[:HOLDS]->(node:Credential {{id: $credential}})-[:ISSUED_BY]->(body)
{_MAKE_ROOM}
{POST_CLAUSE}
{LEAVE_RECEIPT_FOR}
"""

_PROPOSE_ROSTER: Final = f"""{ENTER} AND viewer.role = $role
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{code: $body}})
SET body._lock = $now
WITH viewer, body, body AS node
{_MAKE_ROOM}
{POST_CLAUSE}
{LEAVE_RECEIPT_FOR.replace("at: $now", "at: $now, result: $result")}
"""

_SETTLE: Final = f"""{ENTER} AND viewer.role = $role
MATCH (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:FOR]-(proposal:Proposal {{id: $proposal}})
SET proposal._lock = $now
WITH viewer, proposal WHERE proposal.status = 'OPEN' AND proposal.expiresAt > $now
SET proposal.status = $status, proposal.settledAt = $now, proposal.why = $why, proposal.openKey = null
CREATE (proposal)-[:SETTLED_BY]->(viewer)
WITH viewer, proposal, proposal AS node
{POST_CLAUSE}
{LEAVE_RECEIPT_FOR}
"""

_FIND_ROSTER: Final = f"""
MATCH (body:CertifyingBody {{code: $body}})
RETURN {OPEN_ABOUT.replace("{n}", "body")}
"""

_ROSTER_TEXT: Final = """
MATCH (proposal:Proposal {id: $proposal})-[:ABOUT]->(:CertifyingBody {code: $body}) RETURN proposal.roster
"""


@dataclass(frozen=True, slots=True)
class ProposalGround:
    """What settling a proposal rests on; `proposal` is None when this body has none of that id.

    `facts` are about the holder of `credential`; both are None for a roster.
    """

    who: Who | None
    receipt: Receipt | None = None
    body: str | None = None
    head: Head | None = None
    proposal: Proposal | None = None
    credential: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Proposing:
    """What is written: a proposal's properties and notices, about which credential of whom, at which revision."""

    body: str
    credential: str
    holder: str
    revision: int
    made: Mapping[str, Any]
    notices: Sequence[Notice]


def proposal_from(found: Mapping[str, Any]) -> Proposal:
    """A proposal read by `PROPOSAL`."""
    return Proposal(
        id=found["id"],
        kind=ProposalKind(found["kind"]),
        status=ProposalStatus(found["status"]),
        by=found["by"]["id"],
        active=bool(found["by"]["active"]),
        words=found["words"],
        ground=found["ground"],
        expires_at=instant(found["expiresAt"]),
        said=orjson.loads(found["said"]),
    )


async def read_proposal(database: Database, asked: Asked, proposal: str) -> ProposalGround:
    """What settling `proposal` needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "proposal": proposal})
    if not rows:
        return ProposalGround(None)
    who, receipt, body, head, found, credential, facts = rows[0]
    return ProposalGround(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        body,
        head_from(body, head) if body else None,
        proposal_from(found) if found else None,
        credential,
        facts_from(facts) if facts else None,
    )


async def record_proposal(database: Database, asked: Asked, proposing: Proposing, answer: Answer) -> Any:
    """Writes the proposal and returns the answer; None when the facts have changed since and nothing was written.

    Raises graph.errors.Conflict when the same is proposed already, or a try with the same key was committed.
    """
    rows = await database.write(
        answer.wanted(_PROPOSE),
        {
            **answer.parameters,
            **asked.parameters(),
            "role": Role.OFFICER.value,
            "body": proposing.body,
            "holder": proposing.holder,
            "credential": proposing.credential,
            "revision": proposing.revision,
            "made": proposing.made,
            "notices": [notice_row(notice) for notice in proposing.notices],
        },
    )
    return rows[0][0] if rows else None


async def settle_proposal(
    database: Database, asked: Asked, proposal: str, status: ProposalStatus, why: str, notices: Sequence[Notice],
    answer: Answer,
) -> Any:  # fmt: skip
    """Refuses or withdraws an open proposal and returns the answer; None when it is open no more.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await database.write(
        answer.wanted(_SETTLE),
        {
            **answer.parameters,
            **asked.parameters(),
            "role": Role.OFFICER.value,
            "proposal": proposal,
            "status": status.value,
            "why": why,
            "notices": [notice_row(notice) for notice in notices],
        },
    )
    return rows[0][0] if rows else None


async def open_rosters(statements: Statements, body: str) -> list[Proposal]:
    """The rosters of the body with that code which wait for a second officer."""
    ((found,),) = await statements.run(_FIND_ROSTER, {"body": body})
    return [proposal_from(each) for each in found]


async def propose_roster(
    statements: Statements, asked: Asked, body: str, made: Mapping[str, Any], result: str, notices: Sequence[Notice],
    answer: Answer,
) -> Any:  # fmt: skip
    """Writes a roster's proposal within a transaction and returns the answer. `result` is what the receipt tells again.

    Raises graph.errors.Conflict as `record_proposal` does.
    """
    rows = await statements.run(
        answer.wanted(_PROPOSE_ROSTER),
        {
            **answer.parameters,
            **asked.parameters(),
            "role": Role.OFFICER.value,
            "body": body,
            "made": made,
            "result": result,
            "notices": [notice_row(notice) for notice in notices],
        },
    )
    return rows[0][0] if rows else None


async def roster_text(database: Database, proposal: str, body: str) -> str | None:
    """The roster that was proposed for the body with that code."""
    rows = await database.read(_ROSTER_TEXT, {"proposal": proposal, "body": body})
    return str(rows[0][0]) if rows else None
