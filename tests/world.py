"""A physician, two therapists and everybody's token, and how they act in tests of operations.

- What `did` returns was done in at most two statements, and has as many events as its version says.
- What was `refused` has changed nothing at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Context, Done, Outcome, Problems
from api.operations.referrals import REFERRAL_OPERATIONS
from graph.commands.receipts import Answer
from graph.database import Database, count_statements
from graph.ids import global_id
from tests.network import CONCERN, NOW, Network, Person, key, surname
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

SHAPE = Answer(
    """{id: node.id, version: node.version, status: node.status,
    attempts: COLLECT { MATCH (node)<-[:OF]-(a:Attempt) WITH a ORDER BY a.number RETURN a {.*, _lock: null} },
    events: COLLECT { MATCH (node)<-[:OF]-(e:Event) WITH e ORDER BY e.number RETURN e.name },
    basedOn: head([(node)-[:BASED_ON]->(p) | p.id])}""",
    {},
)
PATIENT = {
    "familyName": "Fontaine",
    "givenName": "Alex",
    "birthDate": date(1984, 5, 6),
    "postalCode": "94610",
    "safeContact": {"phone": "555-0100", "voicemailAllowed": False},
}


@dataclass(slots=True)
class World:
    """A physician, two therapists, and everybody's token."""

    database: Database
    network: Network
    physician: Person
    therapist: Person
    second: Person
    by_physician: str
    by_therapist: str
    by_second: str
    now: datetime = NOW

    def context(self, viewer: str, now: datetime | None = None) -> Context:
        at = now or self.now
        return Context(self.database, viewer, lambda: at, SHIPPED_POLICIES, SHAPE)

    async def act(self, viewer: str, action: Action, node: Mapping[str, Any], **said: Any) -> Outcome:
        now = said.pop("now", None)
        words = {
            "idempotencyKey": key(),
            "referral": global_id(f"Referral:{node['id']}"),
            "expectedVersion": node["version"],
            **said,
        }
        return await REFERRAL_OPERATIONS[action](self.context(viewer, now), words)

    async def did(self, viewer: str, action: Action, node: Mapping[str, Any], **said: Any) -> Any:
        with count_statements() as counted:
            outcome = await self.act(viewer, action, node, **said)
        assert isinstance(outcome, Done), outcome
        assert counted.count <= 2
        assert outcome.node["version"] == len(outcome.node["events"])
        return outcome.node

    async def refused(self, viewer: str, action: Action, node: Mapping[str, Any], **said: Any) -> str:
        before = await self.network.snapshot(node["id"])
        outcome = await self.act(viewer, action, node, **said)
        assert isinstance(outcome, Problems), outcome
        assert await self.network.snapshot(node["id"]) == before
        return outcome.problems[0].code

    async def draft(self, *candidates: Person, **said: Any) -> Any:
        outcome = await create_referral_draft(self.context(self.by_physician), self.words(*candidates, **said))
        assert isinstance(outcome, Done), outcome
        return outcome.node

    def words(self, *candidates: Person, **said: Any) -> dict[str, Any]:
        return {
            "idempotencyKey": key(),
            "patient": {**PATIENT, "familyName": surname()},
            "concern": CONCERN,
            "jurisdiction": "CA",
            "priority": "ROUTINE",
            "candidates": [candidate.opaque for candidate in candidates or (self.therapist, self.second)],
            "reason": "For six months now.",
            "consent": {"given": True, "method": "spoken"},
            **said,
        }

    async def sent(self, *candidates: Person) -> Any:
        return await self.did(self.by_physician, Action.SEND_REFERRAL, await self.draft(*candidates))

    async def accepted(self) -> Any:
        return await self.did(self.by_therapist, Action.ACCEPT_REFERRAL, await self.sent())


async def make_world(database: Database) -> World:
    """Everybody anew."""
    network = await Network(database).prepare()
    physician = await network.person("Physician")
    therapist, second = await network.therapist(), await network.therapist()
    return World(
        database,
        network,
        physician,
        therapist,
        second,
        await network.account("physician", physician.id),
        await network.account("therapist", therapist.id),
        await network.account("therapist", second.id),
    )
