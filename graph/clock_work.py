"""The work of the clocks: referrals at which the network has to look again, in the order of the time they were due.

Rules:
- A batch of referrals is locked and read behind the lock, decided on and recorded in one transaction under the lease.
  Whoever moved one in the meantime gave it another instant to be looked at, and it is left alone.
- What has run out is ended now, however late that is: an event is never dated back, and names the instant it was due.
- Of several reminders that are due at once only the latest is sent, and each once. When something becomes late, the
  side that waits for it is told, once.
- A batch that fails is done one by one; a referral that still fails keeps its place for the next time, and no other
  waits for it.
- Whatever was recorded here can make something else due at once, such as the next of a shortlist; it is done too.

Does not know how long anybody has: `verification.referral_clocks` does. Asking the next is in `graph.advances`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from graph.advances import advance
from graph.commands.referral_facts import ATTEMPT, AUTHOR_PLACE
from graph.commands.referral_notices import notice
from graph.commands.system_moves import Subject, SystemMove, record_system_moves, stored, subject_from, system_move
from graph.database import Database, Statements
from graph.errors import DeadlineExceeded, Unavailable
from graph.instants import instant, millis, optional_instant
from graph.leases import Fence, LeaseLost, prove
from graph.outbox import Notice, notice_row
from verification.access import Relation
from verification.clock_settings import Clocks
from verification.errors import Refusal
from verification.policies import Policies
from verification.referral_clocks import AT_THE_END, Turn, course, remind
from verification.referral_effects import course_changes
from verification.referral_guards import Facts, Words
from verification.referral_notices import OVERDUE, REMINDER
from verification.referral_states import CLOSED_STATES, State
from verification.referrals import decide

LEASE: Final = "clocks"
BATCH: Final = 50
MOST_STEPS: Final = 4
"""How often one referral is looked at in one run; it can expire, and be sent on, and not much more."""
AFTER_A_MISTAKE: Final = timedelta(hours=1)
"""When a referral is looked at again that was due for nothing; such a one is a mistake of ours."""

_DUE: Final = """
MATCH (node:Referral) WHERE node.wakeAt <= $now AND NOT node.id IN $beside
RETURN node.id, coalesce(node.turn, '') ORDER BY node.wakeAt, node.id LIMIT $limit
"""

_NEXT: Final = """
MATCH (node:Referral) WHERE node.wakeAt > $now RETURN node.wakeAt ORDER BY node.wakeAt LIMIT 1
"""

_NEVER_TIMED: Final = """
MATCH (node:Referral) WHERE node.status IN $open AND node.turn IS NULL AND node.wakeAt IS NULL
WITH node LIMIT 1000
SET node.wakeAt = $now
RETURN count(node)
"""

_LOCK_AND_READ: Final = f"""
UNWIND $ids AS id
MATCH (node:Referral {{id: id}})
SET node._lock = $now
WITH node WHERE node.wakeAt <= $now AND coalesce(node.turn, '') <> 'NETWORK'
RETURN node {{
  .id, .version, .status, .priority, .expectedBy, .autoAdvance, .turn, .expiresAt, .remindAt, .remindEvery, .overdueAt,
  author: head([(node)-[:SENT_BY]->(p:Practitioner) | p.id]),
  authorPlace: {AUTHOR_PLACE.replace("{n}", "node")},
  attempt: {ATTEMPT.replace("{n}", "node")}
}}
"""

_REMIND: Final = """
UNWIND $rows AS row
MATCH (node:Referral {id: row.referral})
SET node += row.changes
WITH row
UNWIND row.notices AS notice
MERGE (o:Outbox {dedupe: notice.dedupe})
  ON CREATE SET o.id = notice.id, o.topic = notice.topic, o.object = notice.object, o.recipient = notice.recipient,
    o.at = notice.at, o.nextAt = notice.at, o.attempts = 0
"""

_OPEN: Final = sorted(state.value for state in frozenset(State) - CLOSED_STATES)
_SIDES: Final = {Turn.AUTHOR: Relation.AUTHOR, Turn.RECIPIENT: Relation.RECIPIENT}
_WHO_WAITS: Final = {Turn.AUTHOR: Relation.RECIPIENT, Turn.RECIPIENT: Relation.AUTHOR}


@dataclass(frozen=True, slots=True)
class Kept:
    """A referral that stays where it is: how its clocks are to be changed, and who is to be reminded."""

    referral: str
    changes: Mapping[str, Any]
    notices: Sequence[Notice] = ()


@dataclass(slots=True)
class Worked:
    """How many things were done, and the referrals at which something went wrong, each with what."""

    done: int = 0
    failed: dict[str, Exception] = field(default_factory=dict)


async def work_clocks(database: Database, now: datetime, policies: Policies, fence: Fence) -> Worked:
    """Do everything that is due at `now`. Raises LeaseLost when somebody else took the lease."""
    worked, looked_at = Worked(), Counter[str]()
    while True:
        beside = [*worked.failed, *(id_ for id_, times in looked_at.items() if times >= MOST_STEPS)]
        rows = await database.read(_DUE, {"now": millis(now), "beside": beside, "limit": BATCH}, leader=True)
        if not rows:
            return worked
        looked_at.update(id_ for id_, _ in rows)
        onward = [id_ for id_, turn in rows if turn == Turn.NETWORK]
        await _work(database, [id_ for id_, turn in rows if turn != Turn.NETWORK], now, policies, fence, worked)
        for id_ in onward:
            await _advance(database, id_, now, policies, fence, worked)


async def next_wake(database: Database, now: datetime) -> datetime | None:
    """The first instant after `now` at which a referral has to be looked at."""
    rows = await database.read(_NEXT, {"now": millis(now)})
    return instant(rows[0][0]) if rows else None


async def wake_untimed(database: Database, now: datetime, fence: Fence) -> int:
    """Let open referrals without a clock, from before there were clocks, be looked at; how many."""

    async def work(statements: Statements) -> int:
        await prove(statements, fence)
        rows = await statements.run(_NEVER_TIMED, {"now": millis(now), "open": _OPEN})
        return int(rows[0][0])

    return await database.transact(work)


async def _work(
    database: Database, ids: Sequence[str], now: datetime, policies: Policies, fence: Fence, worked: Worked
) -> None:
    if not ids:
        return
    try:
        worked.done += await _batch(database, ids, now, policies, fence)
    except (LeaseLost, Unavailable, DeadlineExceeded):
        raise
    except Exception as problem:  # noqa: BLE001 - one referral's trouble is not the others'
        if len(ids) == 1:
            worked.failed[ids[0]] = problem
            return
        for id_ in ids:
            await _work(database, [id_], now, policies, fence, worked)


async def _advance(
    database: Database, id_: str, now: datetime, policies: Policies, fence: Fence, worked: Worked
) -> None:
    try:
        worked.done += await advance(database, id_, now, policies, fence)
    except (LeaseLost, Unavailable, DeadlineExceeded):
        raise
    except Exception as problem:  # noqa: BLE001 - one referral's trouble is not the others'
        worked.failed[id_] = problem


async def _batch(database: Database, ids: Sequence[str], now: datetime, policies: Policies, fence: Fence) -> int:
    async def work(statements: Statements) -> int:
        await prove(statements, fence)
        rows = await statements.run(_LOCK_AND_READ, {"ids": sorted(ids), "now": millis(now)})
        decided = [attend(subject_from(node), now, policies.clocks) for (node,) in rows]
        moves = [each for each in decided if isinstance(each, SystemMove)]
        kept = [each for each in decided if isinstance(each, Kept)]
        await record_system_moves(statements, moves, now)
        if kept:
            await statements.run(_REMIND, {"rows": [_kept_row(each) for each in kept]})
        return len(moves) + sum(len(each.notices) for each in kept)

    return await database.transact(work)


def attend(subject: Subject, now: datetime, clocks: Clocks) -> SystemMove | Kept:
    """What is to be done about a referral that is due: ended, reminded of, or given the clock it never had."""
    if subject.facts["turn"] is None:
        return Kept(subject.id, stored(course_changes(course(subject.status, subject.timing, now, clocks))))
    ended = _ended(subject, now, clocks)
    return ended or _reminded(subject, now)


def _ended(subject: Subject, now: datetime, clocks: Clocks) -> SystemMove | None:
    due = optional_instant(subject.facts["expiresAt"])
    if due is None or due > now or subject.status not in AT_THE_END:
        return None
    action, reason = AT_THE_END[subject.status]
    begun = subject.attempt is not None and subject.attempt.begun
    facts = Facts(now=now, deadline=due, begun=begun, words=Words(reason=reason))
    answer = decide(action, subject.status, Relation.SYSTEM, facts)
    if isinstance(answer, Refusal):
        return None
    return system_move(subject, answer, reason, now, clocks, due)


def _reminded(subject: Subject, now: datetime) -> Kept:
    facts = subject.facts
    every = facts["remindEvery"]
    found = remind(
        tuple(instant(at) for at in facts["remindAt"] or ()),
        None if every is None else timedelta(milliseconds=every),
        now,
    )
    acts_at, late_at = optional_instant(facts["expiresAt"]), optional_instant(facts["overdueAt"])
    is_late = late_at is not None and late_at <= now
    turn = Turn(facts["turn"])
    told = [
        notice(subject.id, f"{subject.version}|{millis(at)}", topic, person, now)
        for topic, at, side in (
            (REMINDER, found.latest, _SIDES.get(turn)),
            (OVERDUE, late_at if is_late else None, _WHO_WAITS.get(turn)),
        )
        if at is not None and side is not None and (person := subject.people.get(side)) is not None
    ]
    following = [at for at in (*found.to_come, acts_at, late_at) if at is not None and at > now]
    changes: dict[str, object] = {
        "remindAt": found.to_come,
        "overdueAt": None if is_late else late_at,
        "wakeAt": min(following, default=now + AFTER_A_MISTAKE),
    }
    return Kept(subject.id, stored(changes), told)


def _kept_row(kept: Kept) -> dict[str, Any]:
    return {
        "referral": kept.referral,
        "changes": kept.changes,
        "notices": [notice_row(each) for each in kept.notices],
    }
