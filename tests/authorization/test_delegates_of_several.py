"""Delegates of several practitioners: one inbox over all of them, every move in the name of the right one.

A text that is nowhere else stands in what belongs to somebody the delegate does not act for, and is never seen.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest

from api.execute import Executor, Request
from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Done, Problems
from api.operations.profiles import PROFILE_OPERATIONS
from api.operations.threads import THREAD_OPERATIONS
from graph.database import Database, count_statements
from graph.ids import global_id
from tests.network import NOW, Person, key
from tests.world import World, make_world
from verification.access import Action, Relation
from verification.policies import SHIPPED_POLICIES
from verification.referral_moves import MOVES
from verification.referrals import side_of

LIST: Final = """query W($folder: WorklistFolder!, $of: ID) {
  worklist(folder: $folder, first: 50, of: $of) { totalCount edges { node { id reason sentBy { name } } } } }"""
COUNTS: Final = "query C($of: ID) { worklistCounts(of: $of) { folder count overdue unread } }"
READ: Final = """query R($id: ID!) { referral(id: $id) { id reason status patient { familyName } unread
  availableActions { action } messages(first: 9) { edges { node { text mine writtenBy } } }
  attachments { title state mine }
  attempts(first: 9) { edges { node { by { name role actsFor } } } }
  events(first: 50) { edges { node { name by { name role actsFor } } } } } }"""
ME: Final = "{ viewer { role practitioner { name } actsFor { name } } }"


def test_an_action_belongs_to_one_side() -> None:
    for action in {move.action for move in MOVES}:
        actors = {actor for move in MOVES if move.action is action for actor in move.actors}
        assert not {Relation.AUTHOR, Relation.RECIPIENT} <= actors, action
    both = (Relation.AUTHOR, Relation.RECIPIENT)
    assert side_of(Action.ACCEPT_REFERRAL, both) is Relation.RECIPIENT
    assert side_of(Action.REDIRECT_REFERRAL, both) is Relation.AUTHOR
    assert side_of(Action.ACCEPT_REFERRAL, (Relation.AUTHOR,)) is Relation.AUTHOR
    assert side_of(Action.ACCEPT_REFERRAL, ()) is None


@dataclass
class Practice:
    """Two physicians, two therapists, and whoever acts for some of them."""

    world: World
    colleague: Person
    by_colleague: str
    tokens: dict[str, str] = field(default_factory=dict)

    async def delegate(self, name: str, *people: Person) -> str:
        self.tokens[name] = token = secrets.token_urlsafe(24)
        first, *also = people
        return await self.world.network.account("delegate", first.id, token, also=[each.id for each in also])

    async def own(self, name: str, role: str, person: Person) -> str:
        self.tokens[name] = token = secrets.token_urlsafe(24)
        return await self.world.network.account(role, person.id, token)

    async def ask(self, name: str, query: str, **variables: Any) -> Any:
        executor = Executor(self.world.database, SHIPPED_POLICIES, lambda: self.world.now, deadline=60)
        with count_statements() as counted:
            answer = await executor.run(Request(query, variables, None, self.tokens[name]))
        assert "errors" not in answer.result, answer.result
        assert counted.count == 1
        return answer.result["data"]

    async def read(self, name: str, node: Mapping[str, Any]) -> Any:
        return (await self.ask(name, READ, id=global_id(f"Referral:{node['id']}")))["referral"]

    async def folder(self, name: str, folder: str, of: Person | None = None) -> list[str]:
        page = (await self.ask(name, LIST, folder=folder, of=of and of.opaque))["worklist"]
        rows = [edge["node"]["id"] for edge in page["edges"]]
        assert len(rows) == len(set(rows)) == page["totalCount"]
        return sorted(rows)

    async def counts(self, name: str, of: Person | None = None) -> dict[str, tuple[int, int]]:
        rows = (await self.ask(name, COUNTS, of=of and of.opaque))["worklistCounts"]
        return {row["folder"]: (row["count"], row["unread"]) for row in rows if row["count"]}

    async def drafted(self, viewer: str, **said: Any) -> Any:
        outcome = await create_referral_draft(self.world.context(viewer), self.world.words(**said))
        assert isinstance(outcome, Done), outcome
        return outcome.node

    async def not_drafted(self, viewer: str, **said: Any) -> tuple[str, Any]:
        outcome = await create_referral_draft(self.world.context(viewer), self.world.words(**said))
        assert isinstance(outcome, Problems)
        return outcome.problems[0].code, outcome.problems[0].path

    async def says(self, viewer: str, node: Mapping[str, Any], text: str) -> Any:
        words = {"idempotencyKey": key(), "referral": global_id(f"Referral:{node['id']}"), "text": text}
        return await THREAD_OPERATIONS[Action.SEND_MESSAGE](self.world.context(viewer), words)


@pytest.fixture
async def practice(database: Database) -> Practice:
    world = await make_world(database)
    colleague = await world.network.person("Physician")
    return Practice(world, colleague, await world.network.account("physician", colleague.id))


def opaque(*nodes: Mapping[str, Any]) -> list[str]:
    return sorted(global_id(f"Referral:{node['id']}") for node in nodes)


@pytest.mark.neo4j
async def test_who_she_acts_for(practice: Practice) -> None:
    world = practice.world
    await practice.delegate("secretary", world.physician, practice.colleague, world.therapist)
    await practice.own("doctor", "physician", world.physician)
    me = (await practice.ask("secretary", ME))["viewer"]
    names = {world.physician.name, practice.colleague.name, world.therapist.name}
    assert {each["name"] for each in me["actsFor"]} == names
    assert len(me["actsFor"]) == 3
    assert me["practitioner"]["name"] == me["actsFor"][0]["name"]
    assert (await practice.ask("doctor", ME))["viewer"]["actsFor"] == [{"name": world.physician.name}]


@pytest.mark.neo4j
async def test_of_several_physicians_she_says_for_whom_she_writes(practice: Practice) -> None:
    world = practice.world
    secretary = await practice.delegate("secretary", world.physician, practice.colleague, world.therapist)
    single = await practice.delegate("single", world.physician, world.therapist)
    assert await practice.not_drafted(secretary) == ("NAME_THE_PHYSICIAN", ("for",))
    stranger = await world.network.person("Physician")
    for other in (stranger.opaque, world.therapist.opaque, "nobody", global_id("Physician:unknown")):
        assert await practice.not_drafted(secretary, for_=other) == ("NOT_FOUND", ("for",))
    assert await practice.not_drafted(single, for_=practice.colleague.opaque) == ("NOT_FOUND", ("for",))
    node = await practice.drafted(secretary, for_=practice.colleague.opaque)
    rows = await world.database.read(
        "MATCH (p)<-[:SENT_BY]-(r:Referral {id: $id})<-[:OF]-(e:Event) RETURN p.id, e.actsFor, e.actorRole",
        {"id": node["id"]},
    )
    assert rows == [[practice.colleague.id, practice.colleague.id, "delegate"]]
    assert await practice.drafted(single)


@pytest.mark.neo4j
async def test_for_whom_is_said_in_the_contract_s_own_word(practice: Practice) -> None:
    world = practice.world
    await practice.delegate("secretary", world.physician, practice.colleague)
    write = """mutation C($input: CreateReferralInput!) { createReferral(input: $input) {
      problems { code path } referral { sentBy { name } events(first: 1) { edges { node { by { actsFor } } } } } } }"""
    said = {
        **world.words(),
        "patient": {"familyName": "Fontaine", "givenName": "Alex"},
        "for": practice.colleague.opaque,
    }
    executor = Executor(world.database, SHIPPED_POLICIES, lambda: NOW, deadline=60)
    answer = await executor.run(Request(write, {"input": said}, None, practice.tokens["secretary"]))
    done = answer.result["data"]["createReferral"]
    assert done["problems"] == []
    assert done["referral"]["sentBy"]["name"] == practice.colleague.name
    assert done["referral"]["events"]["edges"][0]["node"]["by"]["actsFor"] == practice.colleague.name
    unsaid = {name: value for name, value in said.items() if name != "for"} | {"idempotencyKey": key()}
    answer = await executor.run(Request(write, {"input": unsaid}, None, practice.tokens["secretary"]))
    problems = answer.result["data"]["createReferral"]["problems"]
    assert [(each["code"], each["path"]) for each in problems] == [("NAME_THE_PHYSICIAN", ["for"])]


@pytest.mark.neo4j
async def test_one_inbox_over_all_and_one_of_each(practice: Practice) -> None:
    world = practice.world
    secretary = await practice.delegate("secretary", world.physician, practice.colleague)
    front_desk = await practice.delegate("desk", world.therapist, world.second)
    first = await practice.drafted(secretary, for_=world.physician.opaque)
    other = await practice.drafted(secretary, for_=practice.colleague.opaque)
    assert await practice.folder("secretary", "DRAFTS") == opaque(first, other)
    assert await practice.folder("secretary", "DRAFTS", world.physician) == opaque(first)
    assert await practice.folder("secretary", "DRAFTS", practice.colleague) == opaque(other)
    first = await world.did(secretary, Action.SEND_REFERRAL, first)
    other = await world.did(secretary, Action.SEND_REFERRAL, other)
    assert await practice.folder("desk", "NEW") == opaque(first, other)
    # One of hers declines and the other is asked: it lies once in the list over both, where it stands now.
    first = await world.did(front_desk, Action.DECLINE_REFERRAL, first, reason="AT_CAPACITY")
    assert await practice.folder("desk", "DONE") == opaque(first)
    first = await world.did(secretary, Action.REDIRECT_REFERRAL, first)
    assert await practice.counts("desk") == {"NEW": (2, 0)}
    assert await practice.counts("desk", world.therapist) == {"NEW": (1, 0), "DONE": (1, 0)}
    assert await practice.counts("desk", world.second) == {"NEW": (1, 0)}
    assert await practice.folder("desk", "DONE", world.therapist) == opaque(first)
    assert await practice.folder("desk", "NEW", world.second) == opaque(first)
    assert await practice.counts("secretary") == {"WAITING": (2, 0)}
    # Both have declined: once, not twice.
    first = await world.did(front_desk, Action.DECLINE_REFERRAL, first, reason="AT_CAPACITY")
    assert await practice.folder("desk", "DONE") == opaque(first)
    assert (await practice.counts("desk"))["DONE"] == (1, 0)


@pytest.mark.neo4j
async def test_nothing_of_anybody_else_is_ever_seen(practice: Practice) -> None:
    world = practice.world
    canary = f"Canary{secrets.token_hex(8)}"
    stranger = await world.network.person("Physician")
    by_stranger = await practice.own("stranger", "physician", stranger)
    secretary = await practice.delegate("secretary", world.physician, practice.colleague)
    node = await practice.drafted(by_stranger, reason=canary, patient={**world.words()["patient"], "phone": canary})
    for action in (None, Action.SEND_REFERRAL):
        if action is not None:
            node = await world.did(by_stranger, action, node)
        assert await practice.read("secretary", node) is None
        for of in (None, stranger, world.physician):
            assert await practice.counts("secretary", of) == {}
            for folder in ("DRAFTS", "WAITING", "NEW"):
                assert await practice.folder("secretary", folder, of) == []
        assert await world.refused(secretary, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED") == "NOT_FOUND"
        assert isinstance(await practice.says(secretary, node, "Hello."), Problems)
    # Her own, and each of hers only their own: acting for both shows neither the other's.
    mine = await practice.drafted(secretary, for_=world.physician.opaque, reason=canary)
    await practice.own("doctor", "physician", world.physician)
    await practice.own("colleague", "physician", practice.colleague)
    await practice.delegate("colleague's", practice.colleague)
    assert (await practice.read("doctor", mine))["reason"] == canary
    for name in ("colleague", "colleague's"):
        assert await practice.read(name, mine) is None
        assert await practice.folder(name, "DRAFTS", world.physician) == []
        assert await practice.counts(name) == {}


@pytest.mark.neo4j
async def test_she_acts_for_both_sides_and_an_action_says_for_which(practice: Practice) -> None:
    world = practice.world
    both = await practice.delegate("both", world.physician, world.therapist)
    await practice.own("doctor", "physician", world.physician)
    await practice.own("therapist", "therapist", world.therapist)
    node = await world.did(both, Action.SEND_REFERRAL, await practice.drafted(both))
    offered = {item["action"] for item in (await practice.read("both", node))["availableActions"]}
    assert {"acceptReferral", "cancelReferral"} <= offered
    node = await world.did(both, Action.ACCEPT_REFERRAL, node)
    node = await world.did(both, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(hours=1))
    assert await world.refused(both, Action.SEND_REPORT, node, kind="FINAL", recommendation="Go on.") == "FORBIDDEN"
    refused = await practice.says(both, node, "Whose word is this?")
    assert isinstance(refused, Problems)
    assert refused.problems[0].code == "BOTH_SIDES"
    node = await world.did(both, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED")
    await world.did(both, Action.CONFIRM_CANCELLATION, node)
    shown = [edge["node"] for edge in (await practice.read("doctor", node))["events"]["edges"]]
    assert [(each["name"], each["by"]["actsFor"]) for each in shown] == [
        ("ReferralCreated", world.physician.name),
        ("ReferralSent", world.physician.name),
        ("ReferralAccepted", world.therapist.name),
        ("VisitScheduled", world.therapist.name),
        ("CancellationRequested", world.physician.name),
        ("CancellationConfirmed", world.therapist.name),
    ]
    sent = (await practice.read("therapist", node))["attempts"]["edges"][0]["node"]["by"]
    assert sent == {"name": "A delegate", "role": "DELEGATE", "actsFor": world.physician.name}


@pytest.mark.neo4j
async def test_what_she_wrote_for_one_is_not_the_others_own_word(practice: Practice) -> None:
    """Another of hers is on the other side by an account of their own: to them it is news, and somebody else's."""
    world = practice.world
    secretary = await practice.delegate("secretary", world.physician, practice.colleague)
    await practice.own("therapist", "therapist", world.therapist)
    await practice.own("doctor", "physician", world.physician)
    node = await world.did(
        secretary, Action.SEND_REFERRAL, await practice.drafted(secretary, for_=world.physician.opaque)
    )
    node = await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, node)
    assert isinstance(await practice.says(secretary, node, "The patient prefers mornings."), Done)
    assert await practice.counts("therapist") == {"TO_BOOK": (1, 1)}
    assert await practice.counts("doctor") == {"ACTIVE": (1, 0)}
    # She now acts for the therapist too. What she wrote for the physician stays the physician's.
    await world.database.write(
        "MATCH (a:Account {tokenHash: $hash}) MATCH (p:Practitioner {id: $id}) CREATE (a)-[:ACTS_AS]->(p)",
        {"hash": secretary, "id": world.therapist.id},
    )
    [message] = (await practice.read("therapist", node))["messages"]["edges"]
    assert message["node"] == {"text": "The patient prefers mornings.", "mine": False, "writtenBy": "A delegate"}
    assert (await practice.read("doctor", node))["messages"]["edges"][0]["node"]["mine"] is True
    await world.database.write(
        """
        MATCH (r:Referral {id: $id}) MATCH (a:Account {tokenHash: $hash})
        CREATE (r)<-[:OF]-(:Attachment {id: randomUUID(), title: 'Waiting to be scanned', state: 'PENDING', at: 0,
          mediaType: 'text/plain', size: 1, sha256: 'none', actsFor: $for})-[:BY]->(a)
        """,
        {"id": node["id"], "hash": secretary, "for": world.physician.id},
    )
    assert len((await practice.read("doctor", node))["attachments"]) == 1
    assert (await practice.read("therapist", node))["attachments"] == []


@pytest.mark.neo4j
async def test_a_right_that_ends_between_reading_and_writing(practice: Practice) -> None:
    world = practice.world
    secretary = await practice.delegate("secretary", world.physician, practice.colleague)
    node = await practice.drafted(secretary, for_=practice.colleague.opaque)
    await world.database.write(
        "MATCH (:Account {tokenHash: $hash})-[acts:ACTS_AS]->(:Practitioner {id: $id}) DELETE acts",
        {"hash": secretary, "id": practice.colleague.id},
    )
    assert await world.refused(secretary, Action.SEND_REFERRAL, node) == "NOT_FOUND"
    assert await practice.folder("secretary", "DRAFTS") == []
    assert await practice.drafted(secretary)


@pytest.mark.neo4j
async def test_of_several_therapists_she_says_whose_profile_it_is(practice: Practice) -> None:
    world = practice.world
    desk = await practice.delegate("desk", world.therapist, world.second, world.physician)

    async def update(viewer: str, **said: Any) -> Any:
        words = {"idempotencyKey": key(), "waitWeeks": 7, "acceptsNew": True, **said}
        return await PROFILE_OPERATIONS[Action.UPDATE_AVAILABILITY](world.context(viewer), words)

    for named, code in ((None, "NAME_THE_THERAPIST"), (world.physician.opaque, "NOT_FOUND"), ("x", "NOT_FOUND")):
        outcome = await update(desk, therapist=named)
        assert isinstance(outcome, Problems)
        assert outcome.problems[0].code == code
    assert isinstance(await update(desk, therapist=world.second.opaque), Done)
    rows = await world.database.read(
        "MATCH (t:Therapist) WHERE t.id IN $ids RETURN t.id, t.waitWeeks",
        {"ids": [world.therapist.id, world.second.id]},
    )
    assert sorted(map(tuple, rows)) == sorted([(world.therapist.id, 2), (world.second.id, 7)])
