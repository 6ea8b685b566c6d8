"""A body's roster as its officer applies it: everything in one transaction, or nothing.

- The persons it touches are locked first. What it would change is then found out anew, and only if that is what the
  officer may do, alone or as the second, is it written.
- Rosters of one body are applied one after the other.
- The receipt is left in the same transaction, with the counts it told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from graph.commands.proposals import LEAVE_RECEIPT_FOR, open_rosters, propose_roster
from graph.commands.receipts import ENTER, FIND_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database, Statements
from graph.loading.batches import Stamp
from graph.loading.evidence import Answer as Answered
from graph.loading.evidence import begin_within, complete_evidence
from graph.loading.people import new_id
from graph.loading.preview import Preview, Roster, preview_roster
from graph.loading.report import Outcome
from graph.loading.roster import Silence
from graph.loading.statements import known_people, lock_people, record_statements
from graph.outbox import POST_CLAUSE, Notice, notice_row
from graph.standing import Reader
from verification.access import Role
from verification.agreements import Proposal
from verification.evidence import SourceType

ROWS_AT_ONCE: Final = 1000
DEADLINE: Final = 60.0
T = TypeVar("T")

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
RETURN {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who, receipt, body.code AS body
"""

_LOCK: Final = f"""{ENTER} AND viewer.role = $role
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{code: $body}})
SET body._lock = $now
RETURN body.id
"""

_SHOW: Final = f"{ENTER}MATCH (viewer)-[:ACTS_AS]->(node:CertifyingBody {{code: $body}})\n"

_FINISH: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{code: $body}})
MATCH (evidence:Evidence {{id: $evidence}})
OPTIONAL MATCH (proposal:Proposal {{id: $proposal}})-[:ABOUT]->(body)
FOREACH (_ IN CASE WHEN proposal IS NULL THEN [] ELSE [1] END |
  SET proposal.status = 'APPLIED', proposal.settledAt = $now, proposal.openKey = null
  CREATE (proposal)-[:SETTLED_BY]->(viewer) CREATE (proposal)-[:BECAME]->(evidence))
WITH viewer, body, proposal
{POST_CLAUSE}
"""
_LEAVE: Final = LEAVE_RECEIPT_FOR.replace("at: $now", "at: $now, result: $result")
# The answer is about the body, or about the proposal when that is what was agreed to.
_FINISH_ROSTER: Final = f"{_FINISH} WITH viewer, proposal, body AS node {_LEAVE}"
_FINISH_AGREED: Final = f"{_FINISH} WITH viewer, proposal, proposal AS node {_LEAVE}"


@dataclass(frozen=True, slots=True)
class RosterGround:
    """The account, the receipt of an earlier try with the counts it told (JSON text), and the code of its body."""

    who: Who | None
    receipt: Receipt | None = None
    result: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """Write it; `by` is who said it first, `second` who agreed to which proposal, where two were needed."""

    by: str
    second: str | None = None
    proposal: str | None = None
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True)
class Propose:
    """Let it wait for a second officer: the proposal's properties, what the receipt tells again, who is told."""

    made: Mapping[str, Any]
    result: str
    notices: Sequence[Notice]


@dataclass(frozen=True, slots=True)
class Stop(Generic[T]):
    """Do nothing, and say this."""

    because: T


Decide = Callable[[Preview, Sequence[Proposal], str], Apply | Propose | Stop[T]]
"""What to do with a roster, from what it would change, what waits already, and the body's id."""

Tell = Callable[[Preview, Outcome], str]
"""What the receipt keeps of what came of it, as text."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: the answer, what came of the rows, and what they changed. `proposed` where nothing was written."""

    node: Any
    preview: Preview
    outcome: Outcome
    proposed: bool = False


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


async def show_body(database: Database, asked: Asked, body: str, answer: Answer) -> Any:
    """The viewer's body in the shape that is wanted; nothing is written."""
    rows = await database.read(answer.wanted(_SHOW), {**answer.parameters, **asked.parameters(), "body": body})
    return rows[0][0] if rows else None


async def apply_whole(
    database: Database,
    asked: Asked,
    roster: Roster,
    decide: Decide[T],
    tell: Tell,
    answer: Answer,
    *,
    about_proposal: bool = False,
) -> Applied | Stop[T] | None:
    """Apply the roster as `decide` says; None when the account no longer speaks for the body.

    Raises graph.errors.Conflict when a try with the same key, or the same proposal, was committed in the meantime.
    """

    async def work(run: Statements) -> Applied | Stop[T] | None:
        now, body = asked.now, roster.speaker.body.code
        locked = await run.run(_LOCK, {**asked.parameters(), "role": Role.OFFICER.value, "body": body})
        if not locked:
            return None
        # Each try begins anew; what an earlier one found out about whom the roster mentions is not its business.
        fresh = replace(roster, silence=roster.silence.copy())
        preview = await _behind_locks(run, fresh, now)
        decided = decide(preview, await open_rosters(run, body), locked[0][0])
        if isinstance(decided, Stop):
            return decided
        if isinstance(decided, Propose):
            node = await propose_roster(run, asked, body, decided.made, decided.result, decided.notices, answer)
            return None if node is None else Applied(node, preview, Outcome(), proposed=True)
        return await _write(run, asked, fresh, preview, decided, tell, _ending(answer, about_proposal))

    return await database.transact(work, deadline=DEADLINE)


def _ending(answer: Answer, about_proposal: bool) -> tuple[str, Mapping[str, Any]]:
    return answer.wanted(_FINISH_AGREED if about_proposal else _FINISH_ROSTER), answer.parameters


async def _behind_locks(run: Statements, roster: Roster, now: datetime) -> Preview:
    """What the roster would change, with everybody locked whom it could touch."""
    stamp = Stamp(now, iter(new_id, ""))
    speaker = roster.speaker
    allowed = [s for s in roster.statements if speaker.body.speaks_for(s.kind, s.jurisdiction, speaker.day)]
    ids = (await known_people(run.run, speaker, allowed)).known_ids()
    if roster.complete:
        ids |= await _silent_about(run.run, roster)
    await lock_people(run, ids, stamp)
    return await preview_roster(run.run, roster, now)


async def _silent_about(read: Reader, roster: Roster) -> set[str]:
    silence = roster.silence.copy()
    silence.mentioned |= {roster.speaker.key(statement) for statement in roster.statements}
    return {found["holder"] for found in await silence.missing(read)}


async def _write(
    run: Statements,
    asked: Asked,
    roster: Roster,
    preview: Preview,
    decided: Apply,
    tell: Tell,
    ending: tuple[str, Mapping[str, Any]],
) -> Applied | None:
    now, stamp = asked.now, Stamp(asked.now, iter(new_id, ""))
    speaks = roster.speaker.body
    said_by = Answered(speaks.code, SourceType.PRIMARY, "roster", asked_by=decided.by, agreed_by=decided.second or "")
    evidence = await begin_within(run, roster.source, said_by, now)
    speaker = replace(roster.speaker, evidence=evidence)
    outcome = Outcome(refused=list(roster.refused))
    for start in range(0, len(roster.statements), ROWS_AT_ONCE):
        part, _ = await record_statements(run, speaker, roster.statements[start : start + ROWS_AT_ONCE], stamp)
        _add(outcome, part)
    if roster.complete:
        _add(outcome, await _conclude(run, Silence(speaker), roster.silence, stamp))
    await complete_evidence(run, evidence, now)
    text, parameters = ending
    rows = await run.run(
        text,
        {
            **parameters,
            **asked.parameters(),
            "body": speaks.code,
            "evidence": evidence.id,
            "proposal": decided.proposal,
            "result": tell(preview, outcome),
            "notices": [notice_row(notice) for notice in decided.notices],
        },
    )
    return Applied(rows[0][0], preview, outcome) if rows else None


async def _conclude(run: Statements, speaking: Silence, seen: Silence, stamp: Stamp) -> Outcome:
    speaking.mentioned, speaking.unreadable = seen.mentioned, seen.unreadable
    return await speaking.write(run, await speaking.missing(run.run), stamp)


def _add(outcome: Outcome, part: Outcome) -> None:
    outcome.written += part.written
    outcome.unchanged += part.unchanged
    outcome.refused += part.refused
    outcome.listed += part.listed
