"""Moving a referral: one statement that locks, tests again what was read, writes, records and answers.

- A statement is put together from the clauses below, once per kind of record, when this module is loaded; nothing in
  its text depends on a value.
- What must still be so behind the lock: the viewer acts as the same practitioner, the referral has the version and
  state that were read, and, where a standing was weighed, the evidence has the revision that was read and the verdict
  is still in force. Otherwise no row comes back and nothing was written.
- The weighed practitioner is locked before the referral, or before the two of a couple in the order of their ids, so
  that a suspension either comes first and is seen, or comes after and finds the acceptance.
- Every event counts the version up by one: a referral has as many events as its version says.
- It does not decide and makes no ids: `Record` holds everything that is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.commands.receipts import ENTER, LEAVE_RECEIPT, Answer, Asked
from graph.commands.referral_facts import WITH_PARTNER
from graph.database import Database
from graph.outbox import POST_CLAUSE, Notice, notice_row
from verification.referral_states import WAITING_FOR_AUTHOR

_WAITING: Final = sorted(state.value for state in WAITING_FOR_AUTHOR)

ACTS_STILL: Final = """
MATCH (viewer)-[:ACTS_AS]->(actor:Practitioner {id: $actor})
"""

# A steward acts as nobody, and only by the referral's id.
_STEWARD: Final = """
WITH viewer, null AS actor WHERE viewer.role = 'steward'
"""

_LOCK: Final = """
MATCH (node:Referral {id: $referral})
SET node._lock = $now
WITH * WHERE node.version = $version AND node.status = $from
"""

_LOCK_WEIGHED: Final = """
MATCH (weighed:Practitioner {id: $weighed})
SET weighed._lock = $now
WITH viewer, actor, weighed WHERE coalesce(weighed.revision, 0) = $revision AND $now < $goodUntil
"""

# Both referrals of a couple, so that what is found of one and the sending of the other come after each other, and so do
# the sendings of the two.
_LOCK_COUPLE: Final = """
CALL () {
  MATCH (member:Referral) WHERE member.id IN $couple
  WITH member ORDER BY member.id
  SET member._lock = $now
}
"""

_TOGETHER: Final = """
WITH * WHERE NOT EXISTS { (node)-[:COUPLED_WITH]-(:Referral {status: 'DRAFT', coupleStopped: true}) }
"""

# The partner is where the partner was when it was decided that the two stay together, or may be apart.
_PARTNER_STAYED: Final = f"""
WITH *, {WITH_PARTNER.replace("{n}", "node")} AS beside
WITH * WHERE coalesce(head([x IN beside WHERE x.open | x.id]), '') = coalesce($partnerWith, '')
"""

_MOVE_ATTEMPT: Final = """
MATCH (attempt:Attempt {id: $attempt})-[:OF]->(node)
SET attempt += $attemptChanges
"""

_TAKE_BACK: Final = """
CALL (node) {
  MATCH (open:Attempt {id: $attempt})-[:OF]->(node)
  SET open += $attemptChanges
}
"""

_OPEN_ATTEMPT: Final = """
CREATE (attempt:Attempt)-[:OF]->(node)
SET attempt = $newAttempt
CREATE (attempt)-[:TO]->(weighed)
"""

_PROVE: Final = """
CREATE (decision:Decision)-[:CONCERNS]->(weighed)
SET decision = $decision
CREATE (attempt)-[:PROVEN_BY {when: $proofOf}]->(decision)
WITH *
CALL (decision) {
  UNWIND $evidence AS evidenceId
  MATCH (evidence:Evidence {id: evidenceId})
  CREATE (decision)-[:RESTS_ON]->(evidence)
}
"""

# A visit that was booked before gives way to the new one, or is settled by what happened.
_SETTLE_VISIT: Final = """
WITH *
CALL (attempt) {
  MATCH (booked:Visit {status: 'BOOKED'})-[:OF]->(attempt)
  SET booked.status = $visitStatus
}
"""

_BOOK_VISIT: Final = """
CREATE (visit:Visit)-[:OF]->(attempt)
SET visit = $visit
"""

_FILE_REPORT: Final = """
CREATE (report:Report)-[:OF]->(attempt)
SET report = $report
CREATE (report)-[:BY]->(viewer)
"""

_SAY: Final = """
CREATE (message:Message)-[:OF]->(attempt)
SET message = $message, message.actsFor = actor.id
CREATE (message)-[:BY]->(viewer)
"""

_ACKNOWLEDGE_REPORT: Final = """
WITH *
CALL (attempt, viewer) {
  MATCH (report:Report)-[:OF]->(attempt) WHERE report.acknowledgedAt IS NULL
  SET report.acknowledgedAt = $now
  CREATE (report)-[:ACKNOWLEDGED_BY]->(viewer)
}
"""

WRITE: Final = """
SET node += $changes, node.version = $version + size($events)
WITH *
CALL (node, viewer) {
  UNWIND $events AS happened
  CREATE (event:Event)-[:OF]->(node)
  SET event = happened
  CREATE (event)-[:BY]->(viewer)
}
"""

# The parent has been written as `node` by now; the child takes its place as what is answered.
_CREATE_CHILD: Final = """
MATCH (node)-[:FOR]->(patient:Patient)
MATCH (node)-[:ABOUT]->(concern:Concern)
CREATE (child:Referral)-[:FOR]->(patient)
SET child = $child, child.consentAt = node.consentAt, child.consentMethod = node.consentMethod
CREATE (child)-[:ABOUT]->(concern)
CREATE (child)-[:SENT_BY]->(actor)
CREATE (child)-[:BASED_ON]->(node)
CREATE (child)-[:CANDIDATE {position: 0}]->(weighed)
CREATE (first:Attempt)-[:OF]->(child)
SET first = $childAttempt
CREATE (first)-[:TO]->(weighed)
CREATE (sent:Event)-[:OF]->(child)
SET sent = $childEvent
CREATE (sent)-[:BY]->(viewer)
WITH viewer, child AS node
"""


# The one of a couple that was kept back for the other's sake is looked at again, by the network, once that has moved.
PARTNER_FOLLOWS: Final = f"""
WITH *
CALL (node) {{
  MATCH (node)-[:COUPLED_WITH]-(other:Referral)
  WHERE other.keptAt = other.version AND other.autoAdvance AND other.status IN {_WAITING}
  SET other.turn = 'NETWORK', other.dueAt = $now, other.wakeAt = $now, other.keptAt = null
}}
"""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A decision to be frozen: the properties of the :Decision, the ids of what it rests on, and what it proves."""

    of: str
    decision: Mapping[str, Any]
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class Guarded:
    """The practitioner whose standing was weighed, the revision it was weighed at, and until when (ms) it holds."""

    id: str
    revision: int
    good_until: int


@dataclass(frozen=True, slots=True)
class Record:
    """Everything one move writes. Absent parts are not in the statement at all.

    `version` and `before` are what was read. `attempt` is moved with `attempt_changes`; with `new_attempt` it is taken
    back and another is opened to the weighed practitioner. `visit_status` settles the booked visit. `message` is a word
    in the attempt's thread. `child` is a referral to a physician: its properties, first attempt and event. Without an
    `actor` it is a steward who acts. `couple` are the ids of both referrals of a couple, to be locked together;
    `together` tests that the other one is not stopped, and one that is sent finds the partner still with
    `partner_with`.
    """

    referral: str
    actor: str | None
    version: int
    before: str
    changes: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    attempt: str | None = None
    attempt_changes: Mapping[str, Any] = field(default_factory=dict)
    weighed: Guarded | None = None
    new_attempt: Mapping[str, Any] | None = None
    proof: Frozen | None = None
    visit_status: str | None = None
    visit: Mapping[str, Any] | None = None
    report: Mapping[str, Any] | None = None
    message: Mapping[str, Any] | None = None
    notices: Sequence[Notice] = ()
    acknowledges: bool = False
    child: Mapping[str, Any] | None = None
    child_attempt: Mapping[str, Any] | None = None
    child_event: Mapping[str, Any] | None = None
    couple: Sequence[str] = ()
    together: bool = False
    partner_with: str | None = None


def statement(record: Record) -> str:
    """The clauses of this kind of record, up to but without the answer."""
    opens = record.new_attempt is not None
    clauses = (
        (True, ENTER + (_STEWARD if record.actor is None else ACTS_STILL)),
        (record.weighed is not None, _LOCK_WEIGHED),
        (bool(record.couple), _LOCK_COUPLE),
        (True, _LOCK),
        (record.together, _TOGETHER),
        (opens and bool(record.couple), _PARTNER_STAYED),
        (record.attempt is not None and not opens, _MOVE_ATTEMPT),
        (record.attempt is not None and opens, _TAKE_BACK),
        (opens, _OPEN_ATTEMPT),
        (record.proof is not None, _PROVE),
        (record.visit_status is not None, _SETTLE_VISIT),
        (record.visit is not None, _BOOK_VISIT),
        (record.report is not None, _FILE_REPORT),
        (record.message is not None, _SAY),
        (record.acknowledges, _ACKNOWLEDGE_REPORT),
        (True, WRITE),
        (opens and bool(record.couple), PARTNER_FOLLOWS),
        (bool(record.notices), POST_CLAUSE),
        (record.child is not None, _CREATE_CHILD),
        (True, LEAVE_RECEIPT),
    )
    return "".join(text for wanted, text in clauses if wanted)


async def record_move(database: Database, asked: Asked, record: Record, answer: Answer) -> Any:
    """Writes the move and returns the answer; None when what was read no longer holds and nothing was written.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await database.write(
        answer.wanted(statement(record)), {**answer.parameters, **asked.parameters(), **_parameters(record)}
    )
    return rows[0][0] if rows else None


def _parameters(record: Record) -> dict[str, Any]:
    weighed, proof = record.weighed, record.proof
    return {
        "referral": record.referral,
        "actor": record.actor,
        "version": record.version,
        "couple": list(record.couple),
        "partnerWith": record.partner_with,
        "from": record.before,
        "changes": record.changes,
        "events": record.events,
        "attempt": record.attempt,
        "attemptChanges": record.attempt_changes,
        "weighed": weighed and weighed.id,
        "revision": weighed and weighed.revision,
        "goodUntil": weighed and weighed.good_until,
        "newAttempt": record.new_attempt,
        "proofOf": proof and proof.of,
        "decision": proof and proof.decision,
        "evidence": proof and list(proof.evidence),
        "visitStatus": record.visit_status,
        "visit": record.visit,
        "report": record.report,
        "message": record.message,
        "notices": [notice_row(notice) for notice in record.notices],
        "child": record.child,
        "childAttempt": record.child_attempt,
        "childEvent": record.child_event,
    }
