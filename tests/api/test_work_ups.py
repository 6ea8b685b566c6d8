"""Medical work-ups: a physician opens a second lane beside the therapy, and neither lane tells the other its words."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pytest

from api.execute import Executor, Request
from api.operations.outcomes import Done, Problems, own_id
from graph.clock_work import LEASE, work_clocks
from graph.database import Database
from graph.ids import global_id
from graph.leases import give_back, take_lease
from tests.everything import documents
from tests.network import CONCERN, Person, key
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES
from verification.referral_states import CLOSED_STATES, State

pytestmark = pytest.mark.neo4j

PIECES: Final = ("plain", "patient", "chain", "events", "messages", "attempts", "basedOn")
TRIES: Final = 4
WORDS: Final = {
    "therapy": "Canarytherapy, in the evening.",
    "asked": "Canaryasked, morning testosterone?",
    "report": "Canaryreport, a low value.",
    "message": "Canarymessage, call me.",
}
LANES: Final = "query C($id: ID!) { referral(id: $id) { chain { mine lane sentBy to status concern } } }"
REPORTS: Final = "query P($id: ID!) { referral(id: $id) { currentAttempt { reports { recommendation } } } }"
AVAILABLE: Final = "query A($id: ID!) { referral(id: $id) { availableActions { action allowed why } } }"


class Lanes:
    """Everybody by name, asking through GraphQL."""

    def __init__(self, world: World, urologist: Person) -> None:
        self.world, self.urologist = world, urologist
        self.tokens: dict[str, str] = {}
        self.hashes: dict[str, str] = {}
        self.executor = Executor(world.database, SHIPPED_POLICIES, lambda: world.now, deadline=60)

    async def join(self, who: str, role: str, acts_as: str) -> None:
        self.tokens[who] = secrets.token_urlsafe(24)
        self.hashes[who] = await self.world.network.account(role, acts_as, self.tokens[who])

    async def ask(self, who: str, query: str, **variables: Any) -> Any:
        """The answer's data. A busy machine may plan a question too late; it is asked again, key and all."""
        for _ in range(TRIES):
            answer = await self.executor.run(Request(query, variables, None, self.tokens[who]))
            if b'"DEADLINE_EXCEEDED"' not in answer.body:
                break
        assert "errors" not in answer.result, answer.result
        return answer.result["data"]

    async def change(self, who: str, name: str, **said: Any) -> Any:
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation M($input: {kind}Input!) {{ done: {name}(input: $input) {{ problems {{ code message path }} "
            "referral { id version status request basedOn { id } } } }"
        )
        return (await self.ask(who, query, input={"idempotencyKey": key(), **said}))["done"]

    async def move(self, who: str, name: str, node: Mapping[str, Any], **said: Any) -> Any:
        done = await self.change(who, name, referral=node["id"], expectedVersion=node["version"], **said)
        assert done["problems"] == [], done
        return done["referral"]

    async def refused(self, who: str, name: str, node: Mapping[str, Any], **said: Any) -> tuple[str, list[str]]:
        done = await self.change(who, name, referral=node["id"], expectedVersion=node["version"], **said)
        assert done["referral"] is None
        assert "Canary" not in str(done["problems"])
        return done["problems"][0]["code"], done["problems"][0]["path"]

    async def accepted(self) -> Any:
        """A therapy that the therapist has taken on."""
        draft = await self.change(
            "author",
            "createReferral",
            patient={"familyName": "Canaryfield", "givenName": "Kim", "birthDate": "1984-05-06"},
            concern=CONCERN,
            jurisdiction="CA",
            priority="ROUTINE",
            candidates=[self.world.therapist.opaque],
            reason=WORDS["therapy"],
            consent={"given": True, "method": "spoken"},
        )
        sent = await self.move("author", "sendReferral", draft["referral"], confirmDuplicate=True)
        return await self.move("therapist", "acceptReferral", sent)

    async def order(self, node: Mapping[str, Any], **said: Any) -> Any:
        words = {"physician": self.urologist.opaque, "request": "INVESTIGATE", "comment": WORDS["asked"], **said}
        return await self.move("author", "orderWorkUp", node, **words)

    async def now(self, node: Mapping[str, Any]) -> Any:
        """The referral as its author finds it."""
        query = "query R($id: ID!) { referral(id: $id) { id version status turn } }"
        return (await self.ask("author", query, id=node["id"]))["referral"]

    async def lanes(self, who: str, node: Mapping[str, Any]) -> Any:
        found = (await self.ask(who, LANES, id=node["id"]))["referral"]
        return found and [(link["lane"], link["sentBy"], link["status"], link["mine"]) for link in found["chain"]]

    async def seen(self, who: str, *nodes: Mapping[str, Any]) -> set[str]:
        """Which of the words, and whether the patient's name, this viewer gets at by asking for everything."""
        questions = (*documents(PIECES), REPORTS)
        text = str([await self.ask(who, query, id=node["id"]) for node in nodes for query in questions])
        words = {**WORDS, "name": "Canaryfield"}
        return {name for name, word in words.items() if word in text}


@pytest.fixture
async def lanes(database: Database) -> Lanes:
    world = await make_world(database)
    found = Lanes(world, await world.network.person("Physician"))
    await found.join("author", "physician", world.physician.id)
    await found.join("therapist", "therapist", world.therapist.id)
    await found.join("second", "therapist", world.second.id)
    await found.join("urologist", "physician", found.urologist.id)
    return found


def own(node: Mapping[str, Any]) -> str:
    """The own id behind an opaque one."""
    return str(own_id(node["id"], "Referral"))


async def test_the_whole_story(lanes: Lanes) -> None:
    world = lanes.world
    therapy = await lanes.accepted()
    work_up = await lanes.order(therapy, hold=True, priority="SOON")
    assert (work_up["status"], work_up["version"], work_up["request"]) == ("SENT", 1, "INVESTIGATE")
    assert work_up["basedOn"] == {"id": therapy["id"]}
    therapy = await lanes.now(therapy)
    assert (therapy["status"], therapy["turn"]) == ("HELD_BEFORE_START", "AUTHOR")
    both = (therapy, work_up)
    at_first = [("THERAPY", "PHYSICIAN", "HELD_BEFORE_START"), ("MEDICAL_WORK_UP", "PHYSICIAN", "SENT")]
    for node in both:
        assert await lanes.lanes("author", node) == [(*link, True) for link in at_first]
        assert await lanes.lanes("second", node) is None
    assert await lanes.lanes("therapist", therapy) == [(*at_first[0], True), (*at_first[1], False)]
    assert await lanes.lanes("therapist", work_up) is None
    assert await lanes.lanes("urologist", work_up) == [(*at_first[0], False), (*at_first[1], True)]
    assert await lanes.lanes("urologist", therapy) is None
    assert await lanes.seen("urologist", *both) == set()
    assert await lanes.seen("therapist", *both) == {"therapy", "name"}

    work_up = await lanes.move("urologist", "openReferral", work_up)
    work_up = await lanes.move("urologist", "acceptReferral", work_up)
    starts = world.now + timedelta(hours=1)
    work_up = await lanes.move("urologist", "scheduleVisit", work_up, startsAt=starts.isoformat())
    await lanes.change("urologist", "sendMessage", referral=work_up["id"], text=WORDS["message"])
    world.now = starts
    work_up = await lanes.move("urologist", "startTherapy", work_up)
    work_up = await lanes.move("urologist", "sendReport", work_up, kind="FINAL", recommendation=WORDS["report"])
    assert (await lanes.now(work_up))["turn"] == "AUTHOR"
    assert await lanes.lanes("therapist", therapy) == [
        (*at_first[0], True),
        ("MEDICAL_WORK_UP", "PHYSICIAN", "REPORT_SENT", False),
    ]
    assert await lanes.seen("author", *both) == {*WORDS, "name"}
    assert await lanes.seen("urologist", *both) == {"asked", "report", "message", "name"}
    assert await lanes.seen("therapist", *both) == {"therapy", "name"}
    assert await lanes.seen("second", *both) == set()

    work_up = await lanes.move("author", "acknowledgeReport", work_up)
    assert work_up["status"] == "CLOSED"
    therapy = await lanes.move("author", "clearMedicalReview", therapy)
    assert therapy["status"] == "ACCEPTED"
    assert (await lanes.lanes("therapist", therapy))[1] == ("MEDICAL_WORK_UP", "PHYSICIAN", "CLOSED", False)


async def test_what_it_writes(lanes: Lanes) -> None:
    therapy = await lanes.accepted()
    work_up = await lanes.order(therapy)
    query = """
    MATCH (t:Referral)<-[:BASED_ON]-(w:Referral {id: $id})
    MATCH (e:Event {name: 'WorkUpOrdered'})-[:OF]->(t)
    MATCH (w)<-[:OF]-(a:Attempt)
    RETURN t.requisition = w.requisition, t.consentAt = w.consentAt, w.consentMethod, t.status, t.version, e.reason,
      e.attempt = head([(t)<-[:OF]-(x:Attempt) | x.id]), COUNT { (a)-[:PROVEN_BY]->() },
      COLLECT { MATCH (o:Outbox {object: w.id}) RETURN o.topic + ' ' + o.recipient },
      COLLECT { MATCH (o:Outbox {object: t.id, topic: 'referral.lane-opened'}) RETURN o.recipient }
    """
    [row] = await lanes.world.database.read(query, {"id": own(work_up)})
    assert row[:8] == [True, True, "spoken", "ACCEPTED", therapy["version"] + 1, None, True, 0]
    assert row[8:] == [[f"referral.sent {lanes.urologist.id}"], [lanes.world.therapist.id]]


async def test_who_may_not_order_and_from_whom_not(lanes: Lanes) -> None:
    therapy = await lanes.accepted()
    words = {"physician": lanes.urologist.opaque, "request": "INVESTIGATE", "comment": WORDS["asked"]}
    before = await everything(lanes)
    assert await lanes.refused("therapist", "orderWorkUp", therapy, **words) == ("FORBIDDEN", [])
    assert await lanes.refused("urologist", "orderWorkUp", therapy, **words) == ("NOT_FOUND", ["referral"])
    stale = {**therapy, "version": therapy["version"] - 1}
    assert await lanes.refused("author", "orderWorkUp", stale, **words) == ("STALE_VERSION", ["expectedVersion"])
    for physician in (global_id("Physician:none"), "nobody"):
        refusal = await lanes.refused("author", "orderWorkUp", therapy, **{**words, "physician": physician})
        assert refusal == ("NOT_FOUND", ["physician"])
    refusal = await lanes.refused("author", "orderWorkUp", therapy, **{**words, "physician": lanes.world.second.opaque})
    assert refusal == ("RECIPIENT_NOT_SUITABLE", ["physician"])
    assert await everything(lanes) == before
    work_up = await lanes.order(therapy)
    before = await everything(lanes)
    assert await lanes.refused("author", "orderWorkUp", work_up, **words) == ("NOT_FOR_THERAPY", ["referral"])
    assert await lanes.refused("urologist", "orderWorkUp", work_up, **words) == ("FORBIDDEN", [])
    assert await everything(lanes) == before


async def everything(lanes: Lanes) -> Any:
    """How much there is of whatever the author has written, and in which versions."""
    return await lanes.world.database.read(
        """
        MATCH (:Practitioner {id: $id})<-[:SENT_BY]-(r:Referral)
        RETURN r.id, r.version, r.status, COUNT { (r)<-[:OF]-() }, COUNT { (r)<-[:BASED_ON]-() },
          COUNT { (:Outbox {object: r.id}) } ORDER BY r.id
        """,
        {"id": lanes.world.physician.id},
    )


async def test_from_the_sending_until_it_is_over(lanes: Lanes) -> None:
    world = lanes.world
    author, words = world.by_physician, {"physician": lanes.urologist.opaque, "request": "INVESTIGATE"}
    draft = await world.draft()
    assert await world.refused(author, Action.ORDER_WORK_UP, draft, **words) == "ILLEGAL_TRANSITION"
    sent = await world.did(author, Action.SEND_REFERRAL, draft)
    assert await world.refused(author, Action.ORDER_WORK_UP, sent, hold=True, **words) == "ILLEGAL_TRANSITION"
    await world.did(author, Action.ORDER_WORK_UP, sent, **words)
    node = {**sent, "version": sent["version"] + 1}
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="MEDICAL_WORK_UP_NEEDED_FIRST")
    child = await world.did(author, Action.ORDER_WORK_UP, node, **words)
    assert (child["status"], child["basedOn"]) == ("SENT", node["id"])
    [referral, attempts, events, *_] = (await world.network.snapshot(node["id"]))[0]
    assert (referral["status"], referral["turn"]) == ("DECLINED", "AUTHOR")
    assert (events[-1]["name"], events[-1].get("attempt")) == ("WorkUpOrdered", None)
    assert attempts[-1]["status"] == "DECLINED"
    node = {**node, "version": node["version"] + 1}
    node = await world.did(author, Action.CANCEL_REFERRAL, node, reason="TREATED_ELSEWHERE")
    assert State(node["status"]) in CLOSED_STATES
    assert await world.refused(author, Action.ORDER_WORK_UP, node, **words) == "ILLEGAL_TRANSITION"


async def test_a_decline_or_an_expiry_is_the_authors_turn_and_another_physician_is_asked(lanes: Lanes) -> None:
    world = lanes.world
    therapy = await lanes.accepted()
    work_up = await lanes.order(therapy)
    work_up = await lanes.move("urologist", "declineReferral", work_up, reason="OUTSIDE_SCOPE")
    assert (await lanes.now(work_up))["turn"] == "AUTHOR"
    actions = (await lanes.ask("author", AVAILABLE, id=work_up["id"]))["referral"]["availableActions"]
    redirect = next(item for item in actions if item["action"] == "redirectReferral")
    # Without a name there is nobody to send it to: a work-up has no shortlist.
    assert (redirect["allowed"], redirect["why"].rpartition("; ")[2]) == (False, "name somebody.")
    assert (await lanes.refused("author", "redirectReferral", work_up))[0] == "NO_CANDIDATE"
    assert await lanes.refused("author", "redirectReferral", work_up, candidate=world.therapist.opaque) == (
        "RECIPIENT_NOT_SUITABLE",
        ["candidates"],
    )
    other = await world.network.person("Physician", acceptsNew=False)
    await lanes.join("other", "physician", other.id)
    work_up = await lanes.move("author", "redirectReferral", work_up, candidate=other.opaque, autoAdvance=True)
    assert work_up["status"] == "SENT"
    assert (await lanes.lanes("urologist", work_up)) == [("MEDICAL_WORK_UP", "PHYSICIAN", "DECLINED", True)]
    # Nobody answers: the attempt expires, nobody is left whom the network could ask, and it is the author's turn.
    await elapse(lanes, timedelta(days=30))
    work_up = await lanes.now(work_up)
    assert (work_up["status"], work_up["turn"]) == ("EXPIRED", "AUTHOR")
    work_up = await lanes.move("author", "redirectReferral", work_up, candidate=world.physician.opaque)
    assert work_up["status"] == "SENT"


async def elapse(lanes: Lanes, time: timedelta) -> None:
    """Time passes, and the network looks at what the author has written."""
    world = lanes.world
    world.now += time
    await world.database.write(
        "MATCH (r:Referral) WHERE NOT EXISTS { (r)-[:SENT_BY]->({id: $id}) } REMOVE r.wakeAt",
        {"id": world.physician.id},
    )
    fence = None
    while fence is None:
        fence = await take_lease(world.database, LEASE, key())
    await work_clocks(world.database, world.now, SHIPPED_POLICIES, fence)
    await give_back(world.database, fence)


async def test_a_physician_may_do_the_work_up_themselves(lanes: Lanes) -> None:
    world = lanes.world
    therapy = await lanes.accepted()
    work_up = await lanes.order(therapy, physician=world.physician.opaque, hold=True)
    actions = (await lanes.ask("author", AVAILABLE, id=work_up["id"]))["referral"]["availableActions"]
    offered = {item["action"] for item in actions if item["allowed"]}
    assert {"acceptReferral", "declineReferral", "cancelReferral"} <= offered
    work_up = await lanes.move("author", "acceptReferral", work_up)
    starts = world.now + timedelta(minutes=5)
    work_up = await lanes.move("author", "scheduleVisit", work_up, startsAt=starts.isoformat())
    world.now = starts
    work_up = await lanes.move("author", "startTherapy", work_up)
    work_up = await lanes.move("author", "sendReport", work_up, kind="FINAL", recommendation=WORDS["report"])
    work_up = await lanes.move("author", "acknowledgeReport", work_up)
    assert work_up["status"] == "CLOSED"
    rows = await world.database.read("MATCH (o:Outbox {object: $id}) RETURN o.topic, o.recipient", {"id": own(work_up)})
    assert rows == []
    assert await lanes.seen("therapist", therapy, work_up) == {"therapy", "name"}


async def test_of_two_orders_at_one_version_one_is_made(lanes: Lanes) -> None:
    world = lanes.world
    words = {"physician": lanes.urologist.opaque, "request": "INVESTIGATE", "hold": True}
    for _ in range(3):
        node = await world.accepted()
        outcomes = await asyncio.gather(
            *(world.act(world.by_physician, Action.ORDER_WORK_UP, node, **words) for _ in range(8)),
            world.act(world.by_therapist, Action.HOLD_REFERRAL, node, reason="PATIENT_PAUSE"),
        )
        found = Counter(each.problems[0].code if isinstance(each, Problems) else "DONE" for each in outcomes)
        assert found == {"DONE": 1, "STALE_VERSION": 8}
        [[version, children, events]] = await world.database.read(
            """
            MATCH (r:Referral {id: $id})
            RETURN r.version, COUNT { (r)<-[:BASED_ON]-() }, COUNT { (r)<-[:OF]-(:Event) }
            """,
            {"id": node["id"]},
        )
        assert version == events == node["version"] + 1
        assert children == sum(isinstance(each, Done) for each in outcomes[:-1])


async def test_one_key_orders_once(lanes: Lanes) -> None:
    node = await lanes.accepted()
    said = {"physician": lanes.urologist.opaque, "request": "SHARE_RESULT", "idempotencyKey": key()}
    first = await lanes.order(node, **said)
    again = await lanes.order(node, **said)
    assert first == again


async def test_a_delegate_orders_for_the_physician(lanes: Lanes) -> None:
    await lanes.join("delegate", "delegate", lanes.world.physician.id)
    node = await lanes.accepted()
    work_up = await lanes.move(
        "delegate", "orderWorkUp", node, physician=lanes.urologist.opaque, request="URGENT_REVIEW", priority="URGENT"
    )
    assert (await lanes.now(work_up))["status"] == "SENT"
