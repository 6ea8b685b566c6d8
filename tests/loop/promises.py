"""What a referral promises, whatever anybody does: looked at in the graph after every step, by rules of its own.

- At most one attempt is open; what is over never changes again; events count up to the version and are never edited.
- Whatever is open has somebody whose turn it is and a date by which; where that date has passed somebody was told.
- Whoever is told of a referral is a party to it.
- It keeps what it saw, to compare with; it moves nothing.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from graph.database import Database
from tests.loop.canaries import AttemptNow, ReferralNow
from verification.referral_states import ATTEMPT_ENDED, CLOSED_STATES, OPEN_ATTEMPT, WAITING_FOR_AUTHOR, State

_LOOK: Final = """
MATCH (r:Referral) WHERE r.id IN $ids
RETURN r {.id, .version, .status, .turn, .dueAt, .wakeAt, .since, .createdAt},
  head([(r)-[:SENT_BY]->(p) | p.id]), head([(r)-[:FOR]->(p:Patient) | p.id]),
  COLLECT { MATCH (r)<-[:OF]-(a:Attempt)-[:TO]->(p) WITH a, p ORDER BY a.number
    RETURN a {.id, .number, .status, .acceptedAt, .endedAt, .endReason, .comment, .sentAt, to: p.id} },
  COLLECT { MATCH (r)<-[:OF]-(e:Event) WITH e ORDER BY e.number RETURN e {.*} },
  EXISTS {
    MATCH (o:Outbox {object: r.id, topic: 'referral.reminder'})
    WHERE (r.turn <> 'AUTHOR' OR EXISTS { (r)-[:SENT_BY]->({id: o.recipient}) })
      AND (r.turn <> 'RECIPIENT' OR EXISTS {
        (r)<-[:OF]-(a:Attempt)-[:TO]->({id: o.recipient}) WHERE a.endedAt IS NULL AND o.at >= a.sentAt
      })
  },
  COUNT { (r)-[:SENT_BY]->() }, COUNT { (r)-[:FOR]->() }
"""

# Referrals that came to be without being asked for here: children, and partners.
_RELATED: Final = """
MATCH (r:Referral) WHERE r.id IN $ids
MATCH (r)-[:SENT_BY|FOR]->(shared)<-[:SENT_BY|FOR]-(other:Referral) WHERE NOT other.id IN $ids
RETURN DISTINCT other.id
"""

_TOLD_AMISS: Final = """
MATCH (o:Outbox) WHERE o.topic STARTS WITH 'referral.' AND o.object IN $ids AND o.recipient <> 'stewards'
MATCH (r:Referral {id: o.object})
WHERE NOT EXISTS { (r)-[:SENT_BY]->({id: o.recipient}) }
  AND NOT EXISTS { (r)<-[:OF]-(:Attempt)-[:TO]->({id: o.recipient}) }
RETURN o.topic
"""

_COUNTS: Final = " + '|' + ".join(
    f"toString(COUNT {{ (:{label}) }})"
    for label in (
        "Referral", "Attempt", "Event", "Visit", "Report", "Message", "Attachment", "Outbox", "Receipt", "Decision",
        "Observation", "Evidence", "Patient", "Proposal", "Endpoint",
    )
)  # fmt: skip

_WRITTEN: Final = """
MATCH (n:Outbox|Delivery|Receipt|Lease|AuditEntry|Directory|Endpoint)
RETURN collect(properties(n))
"""


@dataclass(slots=True)
class Promises:
    """What was seen of every referral of a run."""

    database: Database
    ids: set[str] = field(default_factory=set)
    now: dict[str, ReferralNow] = field(default_factory=dict)
    _ended: dict[str, Any] = field(default_factory=dict)
    _events: dict[str, list[Any]] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, at: int, *, all_of_them: bool = False, after_duties: bool = False) -> list[str]:
        """Look at everything that is open, or at all; what is wrong, in words."""
        async with self._one:
            return await self._look(at, all_of_them=all_of_them, after_duties=after_duties)

    async def _look(self, at: int, *, all_of_them: bool, after_duties: bool) -> list[str]:
        for (found,) in await self.database.read(_RELATED, {"ids": sorted(self.ids - self._over)}):
            self.ids.add(found)
        ids = self.ids if all_of_them else self.ids - self._over
        rows = await self.database.read(_LOOK, {"ids": sorted(ids)}, deadline=60)
        faults = [] if len(rows) == len(ids) else ["a referral is gone"]
        for row in rows:
            faults += [
                f"{row[0]['id']} {row[0]['status']}: {fault}"
                for fault in self._each(row, at, after_duties=after_duties)
            ]
        return faults

    async def told_amiss(self) -> list[str]:
        """Notices about a referral for somebody who is no party to it."""
        rows = await self.database.read(_TOLD_AMISS, {"ids": sorted(self.ids)}, deadline=60)
        return [f"{topic} was told to somebody who is no party" for (topic,) in rows]

    async def written(self) -> bytes:
        """All that notices, deliveries and receipts hold."""
        rows = await self.database.read(_WRITTEN, deadline=60)
        return repr(rows).encode()

    async def fingerprint(self, referral: str | None) -> Any:
        """What a refusal must leave as it is."""
        counts = await self.database.read(f"RETURN {_COUNTS}")
        rows = await self.database.read(
            """
            MATCH (r:Referral {id: $id})
            RETURN r {.*, _lock: null}, COLLECT { MATCH (r)<-[:OF]-(a:Attempt) WITH a ORDER BY a.number
              RETURN a {.*, _lock: null} }, COLLECT { MATCH (r)-[c:CANDIDATE]->(p) RETURN [c.position, c.passedOverAt,
              p.id] AS c ORDER BY c }
            """,
            {"id": referral or ""},
        )
        return counts, rows

    def _each(self, row: list[Any], at: int, *, after_duties: bool) -> list[str]:
        referral, author, patient, attempts, events, reminded, senders, patients = row
        state = State(referral["status"])
        faults = [*self._attempts(referral["id"], state, attempts), *self._record(referral, state, events)]
        if (senders, patients) != (1, 1):
            faults.append(f"{senders} senders and {patients} patients")
        faults += _clocks(referral, state, at, reminded=reminded, after_duties=after_duties)
        if referral["id"] in self._over and state is not State(self.now[referral["id"]].status):
            faults.append(f"left {self.now[referral['id']].status}")
        if state in CLOSED_STATES:
            self._over.add(referral["id"])
        self.now[referral["id"]] = ReferralNow(
            referral["id"], referral["version"], state.value, author, patient,
            tuple(
                AttemptNow(a["id"], a["number"], a["status"], a["to"], a["acceptedAt"] is not None,
                           a["endedAt"] is not None, (a["endReason"], a["comment"]))
                for a in attempts
            ),
        )  # fmt: skip
        return faults

    def _attempts(self, referral: str, state: State, attempts: list[Any]) -> list[str]:
        opened = [each for each in attempts if State(each["status"]) in OPEN_ATTEMPT]
        promised = {
            "two attempts are open": len(opened) > 1,
            "an attempt is open, and the referral's is not": bool(opened) and state in ATTEMPT_ENDED,
            "no attempt is open, though the referral's is": not opened and state in OPEN_ATTEMPT,
            "its attempt is somewhere else": bool(opened) and opened[0]["status"] != state.value,
            "attempts are not numbered one by one":
                [each["number"] for each in attempts] != list(range(1, len(attempts) + 1)),
            "it waits for its author without an attempt that ended so":
                state in WAITING_FOR_AUTHOR and (not attempts or attempts[-1]["status"] != state.value),
        }  # fmt: skip
        faults = [fault for fault, broken in promised.items() if broken]
        for each in attempts:
            if (each["endedAt"] is not None) != (State(each["status"]) in ATTEMPT_ENDED):
                faults.append(f"an attempt {each['status']} with end {each['endedAt']}")
            before = self._ended.get(each["id"])
            if before is not None and before != each:
                faults.append(f"an attempt of {referral} that had ended changed from {before} to {each}")
            if each["endedAt"] is not None:
                self._ended[each["id"]] = each
        return faults

    def _record(self, referral: Any, state: State, events: list[Any]) -> list[str]:
        faults = []
        before = self._events.get(referral["id"], [])
        if [each["number"] for each in events] != list(range(1, referral["version"] + 1)):
            faults.append(f"version {referral['version']} with events {[each['number'] for each in events]}")
        if events[: len(before)] != before:
            faults.append("an event was changed")
        if events and events[-1]["toStatus"] != state.value:
            faults.append(f"the last event led to {events[-1]['toStatus']}")
        for earlier, later in pairwise(events):
            if later["fromStatus"] != earlier["toStatus"]:
                faults.append(f"{later['name']} from {later['fromStatus']} after {earlier['toStatus']}")
            if later["at"] < earlier["at"]:
                faults.append(f"{later['name']} is dated before what went before it")
        closing = [each for each in events if State(each["toStatus"]) in CLOSED_STATES]
        if closing and closing[0]["number"] != referral["version"]:
            faults.append("something happened after it was over")
        self._events[referral["id"]] = events
        return faults


def _clocks(referral: Any, state: State, at: int, *, reminded: bool, after_duties: bool) -> list[str]:
    turn, due, wake = referral["turn"], referral["dueAt"], referral["wakeAt"]
    if state in CLOSED_STATES:
        return [] if (turn, due, wake) == ("NOBODY", None, None) else [f"over, and {turn} is due at {due} ({wake})"]
    faults = []
    if turn not in ("AUTHOR", "RECIPIENT", "NETWORK"):
        faults.append(f"open, and it is the turn of {turn}")
    if due is None:
        faults.append("open, and no date by which")
    if wake is None:
        faults.append("open, and the network never looks again")
    if after_duties and wake is not None and wake <= at:
        faults.append("the network has overslept")
    if after_duties and due is not None and due <= at and not reminded:
        faults.append(f"overdue by {(at - due) / 3_600_000:.1f} h, and nobody was told")
    return faults
