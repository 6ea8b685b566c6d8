"""Asking the next of a shortlist, because the author wanted the network to do so after a no.

Rules:
- Everybody who could be asked is locked before the referral, in the order of their ids, so that a suspension either
  comes first and is seen, or comes after and finds the attempt.
- Standing is decided anew, on the evidence as it stands behind the lock, and frozen as the proof of the new attempt.
- A candidate without standing or capacity is passed over with an event, one for each, and is not asked by the network
  again; the author can still name them. When nobody is left it is the author's turn.
- An obstacle that lies in the referral, such as an open red flag, is the author's to remove: it is their turn at once.
- Of a couple both referrals are locked. Where the partner is with somebody, only that one is asked, so that the network
  never takes the two apart: if that cannot be, an event says so and it is the author's turn, until the partner is sent
  on as well. Where the partner is with nobody, whoever has not taken the partner is not asked.
- The one asked is told that something was sent, and nothing of who was asked before.

Does not know when it is time to ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from graph.commands.judgements import Judged, judge
from graph.commands.referral_facts import (
    ATTEMPT,
    AUTHOR_PLACE,
    PRACTITIONER,
    WITH_PARTNER,
    Weighed,
    weighed_from,
    with_partner,
)
from graph.commands.referral_notices import derived_id, notice
from graph.commands.referrals import PARTNER_FOLLOWS
from graph.commands.system_moves import SYSTEM, Subject, stored, subject_from
from graph.database import Database, Statements
from graph.instants import millis
from graph.intakes import FLAG_FACTS, flag_facts
from graph.leases import Fence, prove
from graph.outbox import POST_CLAUSE, Notice, notice_row
from verification.access import Action, Relation
from verification.policies import Policies
from verification.referral_clocks import Turn, course
from verification.referral_effects import course_changes, event, timed
from verification.referral_guards import (
    ACCEPTING,
    FITTING_RECIPIENT,
    KNOWN,
    NOT_SELF,
    PROVEN,
    Facts,
)
from verification.referral_notices import ADVANCED, PASSED_OVER, SENT, UNPLACED
from verification.referral_states import WAITING_FOR_AUTHOR, State
from verification.referrals import Transition, decide

PASSED_OVER_EVENT: Final = "CandidatePassedOver"
KEPT_EVENT: Final = "CoupleKeptTogether"
_OF_THE_CANDIDATE: Final = frozenset(guard.code for guard in (NOT_SELF, FITTING_RECIPIENT, PROVEN, KNOWN, ACCEPTING))

TO_BE_ASKED: Final = "c.passedOverAt IS NULL AND NOT EXISTS { (node)<-[:OF]-(:Attempt)-[:TO]->(p) }"

_LOCK_CANDIDATES: Final = f"""
MATCH (node:Referral {{id: $referral}})-[c:CANDIDATE]->(p:Practitioner) WHERE {TO_BE_ASKED}
WITH p ORDER BY p.id
SET p._lock = $now
"""

_LOCK_REFERRAL: Final = f"""
MATCH (node:Referral {{id: $referral}})
CALL (node) {{
  OPTIONAL MATCH (node)-[:COUPLED_WITH]-(other:Referral)
  UNWIND [node, other] AS member
  WITH member WHERE member IS NOT NULL
  WITH member ORDER BY member.id
  SET member._lock = $now
}}
WITH node WHERE node.wakeAt <= $now AND node.turn = $turn
RETURN node {{
  .id, .version, .status, .priority, .expectedBy, .autoAdvance, .jurisdiction, .consentGiven, .backRequest,
  author: head([(node)-[:SENT_BY]->(p:Practitioner) | p.id]),
  authorPlace: {AUTHOR_PLACE.replace("{n}", "node")},
  attempt: {ATTEMPT.replace("{n}", "node")},
  flags: {FLAG_FACTS.replace("{n}", "node")},
  beside: {WITH_PARTNER.replace("{n}", "node")}
}}
"""

_CANDIDATES: Final = f"""
MATCH (node:Referral {{id: $referral}})-[c:CANDIDATE]->(p:Practitioner) WHERE {TO_BE_ASKED}
WITH c, p AS weighed ORDER BY c.position
RETURN {PRACTITIONER}
"""

_RECORD: Final = """
MATCH (node:Referral {id: $referral})
SET node += $changes, node.version = $version + size($events)
WITH node
CALL (node) {
  UNWIND $passed AS id
  MATCH (node)-[c:CANDIDATE]->(:Practitioner {id: id})
  SET c.passedOverAt = $now
}
CALL (node) {
  UNWIND $events AS happened
  CREATE (event:Event)-[:OF]->(node)
  SET event = happened
}
CALL (node) {
  UNWIND $opened AS row
  MATCH (p:Practitioner {id: row.to})
  CREATE (attempt:Attempt)-[:OF]->(node)
  SET attempt = row.attempt
  CREATE (attempt)-[:TO]->(p)
  CREATE (decision:Decision)-[:CONCERNS]->(p)
  SET decision = row.decision
  CREATE (attempt)-[:PROVEN_BY {when: 'send'}]->(decision)
  WITH decision, row
  UNWIND row.evidence AS evidenceId
  MATCH (evidence:Evidence {id: evidenceId})
  CREATE (decision)-[:RESTS_ON]->(evidence)
}
"""
_ENDED: Final = f"{POST_CLAUSE}\nRETURN node.id"


@dataclass(frozen=True, slots=True)
class Search:
    """How the shortlist was gone through: whom to ask, if anybody, and who was passed over and why (a code)."""

    chosen: Judged | None
    transition: Transition | None
    passed: Sequence[tuple[str, str]]


async def advance(database: Database, referral: str, now: datetime, policies: Policies, fence: Fence) -> int:
    """Ask the next of the shortlist, or give the turn to the author; 1, or 0 when somebody was quicker."""

    async def work(statements: Statements) -> int:
        await prove(statements, fence)
        wanted = {"referral": referral, "now": millis(now), "turn": Turn.NETWORK.value}
        await statements.run(_LOCK_CANDIDATES, wanted)
        rows = await statements.run(_LOCK_REFERRAL, wanted)
        if not rows or State(rows[0][0]["status"]) not in WAITING_FOR_AUTHOR:
            return 0
        subject = subject_from(rows[0][0])
        candidates = [weighed_from(found) for (found,) in await statements.run(_CANDIDATES, wanted)]
        search = _search(subject, _beside_partner(subject, candidates), now, policies)
        follows = "" if search.chosen is None else PARTNER_FOLLOWS
        await statements.run(_RECORD + follows + _ENDED, _recorded(subject, search, now, policies))
        return 1

    return await database.transact(work)


def _beside_partner(subject: Subject, candidates: Sequence[Weighed]) -> Sequence[Weighed]:
    """Those whom one of a couple may be sent to without being taken from the partner; of anybody else, all."""
    beside = subject.facts["beside"]
    with_them = with_partner(beside)
    if with_them is not None:
        return [weighed for weighed in candidates if weighed.id == with_them]
    before = {each["id"] for each in beside}
    return [weighed for weighed in candidates if weighed.id not in before]


def _search(subject: Subject, candidates: Sequence[Weighed], now: datetime, policies: Policies) -> Search:
    """The first of the shortlist who may be asked; an obstacle of the referral's own ends the search."""
    passed: list[tuple[str, str]] = []
    for weighed in candidates:
        judged = judge(weighed, subject.facts["jurisdiction"], now, policies, needs_proof=_for_therapy(subject))
        answer = decide(Action.ADVANCE_REFERRAL, subject.status, Relation.SYSTEM, _facts(subject, judged, now))
        if isinstance(answer, Transition):
            return Search(judged, answer, passed)
        if answer.code not in _OF_THE_CANDIDATE:
            break
        passed.append((weighed.id, answer.code))
    return Search(None, None, passed)


def _for_therapy(subject: Subject) -> bool:
    return subject.facts["backRequest"] is None


def _facts(subject: Subject, judged: Judged, now: datetime) -> Facts:
    stops, workups = flag_facts(subject.facts["flags"]).obstacles(now)
    therapy, weighed = _for_therapy(subject), judged.weighed
    return Facts(
        now=now,
        needs_proof=therapy,
        for_therapy=therapy,
        proven=judged.proven,
        doubts=judged.doubts,
        consent=bool(subject.facts["consentGiven"]),
        candidate_is_author=weighed.id == subject.author,
        candidate_fits=weighed.therapist if therapy else weighed.physician,
        accepting=weighed.accepting if therapy else None,
        stops=stops,
        workups=workups,
        auto_advance=bool(subject.facts["autoAdvance"]),
    )


def _recorded(subject: Subject, search: Search, now: datetime, policies: Policies) -> dict[str, Any]:
    """The parameters of `_RECORD`."""
    number = subject.version + len(search.passed)
    passings = [
        _for_the_author(subject, subject.version + 1 + at, PASSED_OVER_EVENT, now, candidate=candidate, reason=code)
        for at, (candidate, code) in enumerate(search.passed)
    ]
    notices = [
        notice(subject.id, str(subject.version + 1 + at), PASSED_OVER, subject.author, now)
        for at in range(len(passings))
    ]
    parameters = {
        "referral": subject.id,
        "version": subject.version,
        "now": millis(now),
        "passed": [id_ for id_, _ in search.passed],
    }
    if search.chosen is None or search.transition is None:
        timing = replace(subject.timing, goes_on=False)
        changes = stored(course_changes(course(subject.status, timing, now, policies.clocks)))
        if with_partner(subject.facts["beside"]) is not None:
            passings.append(_for_the_author(subject, number + 1, KEPT_EVENT, now))
            changes["keptAt"] = number + 1
        notices.append(notice(subject.id, f"{number}|{millis(now)}", UNPLACED, subject.author, now))
        return {**parameters, "changes": changes, "events": passings, "opened": [], "notices": _rows(notices)}
    opened = _opened(subject, search.chosen, search.transition, number + 1, now, policies)
    notices.append(notice(subject.id, str(number + 1), SENT, search.chosen.weighed.id, now))
    notices.append(notice(subject.id, str(number + 1), ADVANCED, subject.author, now))
    return {**parameters, **opened, "events": [*passings, *opened["events"]], "notices": _rows(notices)}


def _rows(notices: Sequence[Notice]) -> list[dict[str, Any]]:
    return [notice_row(each) for each in notices]


def _for_the_author(
    subject: Subject, number: int, name: str, now: datetime, *, candidate: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """An event that only the author may see: it belongs to no attempt."""
    return {
        "id": derived_id(subject.id, str(number), "event"),
        "number": number,
        "name": name,
        "at": millis(now),
        "actorRole": SYSTEM,
        "fromStatus": subject.status.value,
        "toStatus": subject.status.value,
        "reason": reason,
        "candidate": candidate,
    }


def _opened(
    subject: Subject, judged: Judged, transition: Transition, number: int, now: datetime, policies: Policies
) -> Mapping[str, Any]:
    weighed = judged.weighed
    clocks = timed(transition, replace(subject.timing, recipient=weighed.place), now, None, policies.clocks)
    attempt = {
        "id": derived_id(subject.id, str(number), "attempt"),
        "number": subject.attempt.number + 1 if subject.attempt else 1,
        "status": State.SENT.value,
        "sentAt": millis(now),
        **stored(clocks.attempt),
    }
    proof = judged.frozen("send", derived_id(subject.id, str(number), "decision"))
    happened = stored(event(number, now, SYSTEM, transition, attempt["id"], None))
    return {
        "changes": {"status": transition.after.value, **stored(clocks.referral)},
        "events": [{**happened, "id": derived_id(subject.id, str(number), "event")}],
        "opened": [
            {
                "to": weighed.id,
                "attempt": attempt,
                "decision": proof.decision if proof else {},
                "evidence": list(proof.evidence) if proof else [],
            }
        ],
    }
