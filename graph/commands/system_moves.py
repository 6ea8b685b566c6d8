"""Moves that nobody asked for: what the network itself does to referrals, many of them in one statement.

- Every referral is locked before its version and state are tested; one that has moved on in the meantime is left alone.
- The record is the same as of anybody's move: the attempt, the referral, an event for each step of the version. Nobody
  acted, so an event has a role and no account.
- The notices of a move are written with it.
- Ids are made of the referral and the number of its event, so that a transaction that is run again writes the same.
- It does not decide: `verification.referrals` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from graph.commands.referral_facts import AttemptFacts, attempt_from, read_place, timing_of
from graph.commands.referral_notices import derived_id, event_notices
from graph.database import Statements
from graph.instants import millis
from graph.outbox import Notice, notice_row
from verification.access import Action, Relation
from verification.clock_settings import Clocks
from verification.referral_clocks import Timing
from verification.referral_effects import attempt_changes, event, timed
from verification.referral_notices import TOPIC_OF, told
from verification.referral_rows import OnAttempt
from verification.referral_states import State
from verification.referrals import Transition

SYSTEM: Final = "system"
"""What an event says of who acted when the network itself did."""


@dataclass(frozen=True, slots=True)
class SystemMove:
    """One move: what was read of the referral, and everything that is written, in stored form."""

    referral: str
    version: int
    before: str
    changes: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    attempt: str | None
    attempt_changes: Mapping[str, Any]
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A referral as far as the network's own moves need it; `facts` is what was read."""

    id: str
    version: int
    status: State
    author: str
    attempt: AttemptFacts | None
    timing: Timing
    facts: Mapping[str, Any]

    @property
    def people(self) -> dict[Relation, str | None]:
        """The practitioners on either side."""
        return {Relation.AUTHOR: self.author, Relation.RECIPIENT: self.attempt.recipient if self.attempt else None}


def subject_from(node: Mapping[str, Any]) -> Subject:
    """A referral read with `id`, `version`, `status`, `priority`, `expectedBy`, `autoAdvance`, `author`, its newest
    `attempt` and, where the author may be waited for, `authorPlace`.
    """
    attempt = attempt_from(node["attempt"]) if node["attempt"] else None
    timing = timing_of(node, attempt, read_place(node.get("authorPlace")))
    return Subject(node["id"], node["version"], State(node["status"]), node["author"], attempt, timing, node)


_ALSO: Final[Mapping[Action, Mapping[str, Any]]] = {
    Action.CLOSE_UNACKNOWLEDGED: {"autoClosed": True},
    Action.WITHDRAW_UNATTENDED: {"cancelReason": "UNATTENDED"},
}


def system_move(
    subject: Subject,
    transition: Transition,
    reason: str | None,
    now: datetime,
    clocks: Clocks,
    due_at: datetime | None = None,
) -> SystemMove:
    """What the network writes for a move that was decided and that opens no attempt.

    `due_at`: when it was to happen by the clock; the event is never dated back to it, and names it beside.
    """
    number, attempt = subject.version + 1, subject.attempt
    moves = attempt if transition.attempt is OnAttempt.MOVES else None
    time = timed(transition, subject.timing, now, reason, clocks)
    changed: Mapping[str, object] = {}
    if moves is not None:
        changed = attempt_changes(
            transition, now, accepted=moves.accepted, begun=moves.begun, reason=reason, comment=None
        )
    said = event(number, now, SYSTEM, transition, moves.id if moves else None, reason)
    happened = stored({**said, "dueAt": due_at})
    return SystemMove(
        referral=subject.id,
        version=subject.version,
        before=transition.before.value,
        changes={"status": transition.after.value, **stored(time.referral), **_ALSO.get(transition.action, {})},
        events=[{**happened, "id": derived_id(subject.id, str(number), "event")}],
        attempt=moves.id if moves else None,
        attempt_changes=stored({**changed, **time.attempt}),
        notices=event_notices(
            subject.id, number, TOPIC_OF.get(transition.event), told(transition), subject.people, now
        ),
    )


_RECORD: Final = """
UNWIND $moves AS move
MATCH (node:Referral {id: move.referral})
SET node._lock = $now
WITH node, move WHERE node.version = move.version AND node.status = move.before
SET node += move.changes, node.version = move.version + size(move.events)
WITH node, move
CALL (node, move) {
  MATCH (attempt:Attempt {id: move.attempt})-[:OF]->(node)
  SET attempt += move.attemptChanges
}
CALL (node, move) {
  UNWIND move.events AS happened
  CREATE (event:Event)-[:OF]->(node)
  SET event = happened
}
CALL (move) {
  UNWIND move.notices AS notice
  MERGE (o:Outbox {dedupe: notice.dedupe})
    ON CREATE SET o.id = notice.id, o.topic = notice.topic, o.object = notice.object, o.recipient = notice.recipient,
      o.at = notice.at, o.nextAt = notice.at, o.attempts = 0
}
RETURN node.id
"""


def stored(changes: Mapping[str, object]) -> dict[str, Any]:
    """Properties as the graph keeps them: instants and spans in milliseconds, enums as their text."""
    return {name: _stored(value) for name, value in changes.items()}


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return millis(value)
    if isinstance(value, timedelta):
        return value // timedelta(milliseconds=1)
    if isinstance(value, tuple):
        return [_stored(item) for item in value]
    return value.value if isinstance(value, Enum) else value


async def record_system_moves(statements: Statements, moves: Sequence[SystemMove], now: datetime) -> list[str]:
    """Write these moves, in the order of the referrals' ids; the ids of those that were still as they were read."""
    if not moves:
        return []
    rows = [_row(move) for move in sorted(moves, key=lambda move: move.referral)]
    return [str(found) for (found,) in await statements.run(_RECORD, {"moves": rows, "now": millis(now)})]


def _row(move: SystemMove) -> dict[str, Any]:
    return {
        "referral": move.referral,
        "version": move.version,
        "before": move.before,
        "changes": move.changes,
        "events": list(move.events),
        "attempt": move.attempt,
        "attemptChanges": move.attempt_changes,
        "notices": [notice_row(notice) for notice in move.notices],
    }
