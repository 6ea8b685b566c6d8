"""Two officers for what lifts: proposed by one, done by another, once, whatever happens at the same moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.operations.credentials import CREDENTIAL_OPERATIONS
from api.operations.outcomes import Context, Done, Outcome, Problems
from api.operations.proposals import PROPOSAL_OPERATIONS
from graph.commands.receipts import Answer
from graph.database import Database, count_statements
from graph.directory import refresh
from graph.ids import global_id
from tests.network import NOW, Network, Person, key
from verification.access import Action
from verification.agreements import LASTS
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

SHAPE = Answer(
    """{id: node.id, status: node.status, proposal: proposal {.id, .status, .kind},
    observations: COUNT { (node)<-[:ABOUT]-(:Observation) }}""",
    {},
)
SUSPENDED = {"reason": "DISCIPLINARY_ORDER"}
UPHELD = {"reason": "APPEAL_UPHELD"}
REINSTATE, SUSPEND, CONFIRM = Action.REINSTATE_CREDENTIAL, Action.SUSPEND_CREDENTIAL, Action.CONFIRM_CREDENTIAL


@dataclass(slots=True)
class Board:
    """A therapist, her licence, two officers of its board and one of another body."""

    database: Database
    network: Network
    therapist: Person
    ann: str
    bea: str
    stranger: str

    @property
    def licence(self) -> str:
        return self.therapist.credentials["LMFT"]

    async def say(self, viewer: str, action: Action, **said: Any) -> Outcome:
        now = said.pop("now", NOW)
        context = Context(self.database, viewer, lambda: now, SHIPPED_POLICIES, SHAPE)
        words = {"idempotencyKey": key(), "credential": global_id(f"Credential:{self.licence}"), **said}
        return await CREDENTIAL_OPERATIONS[action](context, words)

    async def settle(self, viewer: str, action: Action, proposal: str, **said: Any) -> Outcome:
        now = said.pop("now", NOW)
        context = Context(self.database, viewer, lambda: now, SHIPPED_POLICIES, SHAPE)
        words = {"idempotencyKey": key(), "proposal": global_id(f"Proposal:{proposal}"), **said}
        return await PROPOSAL_OPERATIONS[action](context, words)

    async def suspended(self, now: datetime = NOW) -> None:
        """Suspended a minute before: of two words about one day, the later answer corrects the earlier one."""
        assert code(await self.say(self.ann, SUSPEND, **SUSPENDED, now=now - timedelta(minutes=1))) == "DONE"

    async def proposed(self, viewer: str | None = None, **said: Any) -> str:
        outcome = done(await self.say(viewer or self.ann, REINSTATE, **{**UPHELD, **said}))
        assert outcome["proposal"]["status"] == "OPEN"
        return str(outcome["proposal"]["id"])

    async def status(self) -> str:
        return str((await self.everything())[0][0][0])

    async def everything(self) -> Any:
        """All that a refused word must leave as it was, keys aside."""
        return await self.database.read(
            """
            MATCH (c:Credential {id: $id})<-[:HOLDS]-(t)
            RETURN [c.status, t.revision],
              COLLECT { MATCH (c)<-[:ABOUT]-(o:Observation)-[:FROM]->(e) WITH o, e ORDER BY o.id
                RETURN [o.status, o.statusDate, o.expires, e.askedBy, e.agreedBy] },
              COLLECT { MATCH (c)<-[:ABOUT]-(p:Proposal) WITH p ORDER BY p.id RETURN p {.*, _lock: null} },
              COUNT { MATCH (t)-[:REFERABLE_IN]->() }
            """,
            {"id": self.licence},
        )


def code(outcome: Outcome) -> str:
    return outcome.problems[0].code if isinstance(outcome, Problems) else "DONE"


def done(outcome: Outcome) -> Mapping[str, Any]:
    assert isinstance(outcome, Done), outcome
    node: Mapping[str, Any] = outcome.node
    return node


@pytest.fixture
async def board(database: Database) -> Board:
    network = await Network(database).prepare()
    therapist = await network.therapist()
    await refresh(database, [therapist.id], NOW, SHIPPED_POLICIES)
    ann, bea = [await network.account("officer", "CA-BBS") for _ in range(2)]
    return Board(database, network, therapist, ann, bea, await network.account("officer", "AASECT"))


async def test_the_first_proposes_and_the_second_makes_it_so(board: Board) -> None:
    await board.suspended()
    with count_statements() as counted:
        first = done(await board.say(board.ann, REINSTATE, **UPHELD))
    assert counted.count == 2
    assert (first["status"], first["observations"]) == ("SUSPENDED", 2)
    assert first["proposal"]["status"] == "OPEN"
    second = done(await board.say(board.bea, REINSTATE, reason="COURT_ORDER"))
    assert (second["status"], second["observations"]) == ("ACTIVE", 3)
    assert second["proposal"] == {**first["proposal"], "status": "APPLIED"}
    accounts = await board.database.read(
        """
        MATCH (:Credential {id: $id})<-[:ABOUT]-(p:Proposal)-[:BECAME]->(e:Evidence)
        MATCH (p)-[:BY]->(first:Account {id: e.askedBy}) MATCH (p)-[:SETTLED_BY]->(second:Account {id: e.agreedBy})
        RETURN first.tokenHash, second.tokenHash,
          COUNT { MATCH (o:Outbox {object: p.id}) WHERE o.topic STARTS WITH 'proposal.' }, e.statement
        """,
        {"id": board.licence},
    )
    [[asked_by, agreed_by, notices, statement]] = accounts
    assert (asked_by, agreed_by, notices) == (board.ann, board.bea, 2)
    assert "APPEAL_UPHELD" in statement


async def test_agreeing_is_saying_the_same(board: Board) -> None:
    await board.suspended()
    await board.proposed(status="ACTIVE", expires=date(2027, 6, 30))
    other = done(await board.say(board.bea, REINSTATE, **UPHELD, status="ACTIVE", expires=date(2028, 6, 30)))
    assert (other["status"], other["proposal"]["status"]) == ("SUSPENDED", "OPEN")
    same = done(await board.say(board.bea, REINSTATE, **UPHELD, expires=date(2027, 6, 30)))
    assert same["status"] == "ACTIVE"
    [[_, _, proposals, _]] = await board.everything()
    assert sorted(p["status"] for p in proposals) == ["APPLIED", "VOID"]
    assert all("openKey" not in p for p in proposals)


async def test_the_same_officer_twice_changes_nothing(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed()
    before = await board.everything()
    assert code(await board.say(board.ann, REINSTATE, **UPHELD)) == "SAME_OFFICER"
    assert code(await board.settle(board.ann, Action.APPROVE_PROPOSAL, proposal)) == "SAME_OFFICER"
    assert code(await board.settle(board.ann, Action.REFUSE_PROPOSAL, proposal, why="No.")) == "SAME_OFFICER"
    assert code(await board.settle(board.bea, Action.WITHDRAW_PROPOSAL, proposal, why="No.")) == "FORBIDDEN"
    assert await board.everything() == before


async def test_another_bodys_officer_finds_nothing(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed()
    before = await board.everything()
    assert code(await board.say(board.stranger, REINSTATE, **UPHELD)) == "NOT_FOUND"
    for action, said in (
        (Action.APPROVE_PROPOSAL, {}),
        (Action.REFUSE_PROPOSAL, {"why": "No."}),
        (Action.WITHDRAW_PROPOSAL, {"why": "No."}),
    ):
        assert code(await board.settle(board.stranger, action, proposal, **said)) == "NOT_FOUND"
    assert await board.everything() == before


async def test_approving_by_its_id(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed(expires=date(2027, 6, 30))
    words = {"idempotencyKey": key()}
    approved = done(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal, **words))
    assert approved["proposal"]["status"] == "APPLIED"
    assert await board.status() == "ACTIVE"
    after = await board.everything()
    again = done(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal, **words))
    assert again == approved
    assert code(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal)) == "PROPOSAL_CLOSED"
    assert await board.everything() == after


@pytest.mark.parametrize(
    ("who", "action", "status"),
    [("bea", Action.REFUSE_PROPOSAL, "REFUSED"), ("ann", Action.WITHDRAW_PROPOSAL, "WITHDRAWN")],
)
async def test_refusing_and_withdrawing(board: Board, who: str, action: Action, status: str) -> None:
    await board.suspended()
    proposal = await board.proposed()
    assert code(await board.settle(getattr(board, who), action, proposal, why="  ")) == "BAD_INPUT"
    settled = done(await board.settle(getattr(board, who), action, proposal, why="The file is incomplete."))
    assert settled["proposal"]["status"] == status
    assert await board.status() == "SUSPENDED"
    assert code(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal)) == "PROPOSAL_CLOSED"
    assert await board.proposed(board.bea) != proposal


async def test_nobody_agrees_too_late(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed()
    late = NOW + LASTS
    assert code(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal, now=late)) == "PROPOSAL_EXPIRED"
    again = await board.proposed(board.bea, now=late)
    assert again != proposal
    [[_, _, proposals, _]] = await board.everything()
    assert {p["id"]: p["status"] for p in proposals} == {proposal: "EXPIRED", again: "OPEN"}
    outcome = done(await board.say(board.ann, REINSTATE, **UPHELD, now=late + timedelta(days=6)))
    assert outcome["status"] == "ACTIVE"


async def test_something_said_meanwhile_voids_it(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed()
    assert code(await board.say(board.bea, Action.REVOKE_CREDENTIAL, **SUSPENDED)) == "DONE"
    assert code(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal)) == "PROPOSAL_CLOSED"
    [[_, _, proposals, _]] = await board.everything()
    assert [p["status"] for p in proposals] == ["VOID"]
    assert await board.status() == "REVOKED"


async def test_whoever_is_no_officer_any_more_proposed_nothing(board: Board) -> None:
    await board.suspended()
    proposal = await board.proposed()
    await board.database.write("MATCH (a:Account {tokenHash: $ann}) SET a.active = false", {"ann": board.ann})
    assert code(await board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal)) == "PROPOSAL_VOID"
    assert await board.proposed(board.bea) != proposal
    assert await board.status() == "SUSPENDED"


async def test_a_confirmation_that_lifts_goes_the_same_way(board: Board) -> None:
    """Suspended from next week on; saying "active from then on" would take that away unseen."""
    next_week = {"effective": NOW + timedelta(days=7)}
    assert code(await board.say(board.ann, SUSPEND, **SUSPENDED, **next_week)) == "DONE"
    assert code(await board.say(board.ann, CONFIRM, status="ACTIVE", effective=NOW)) == "DONE"
    words = {"status": "ACTIVE", **next_week}
    words["now"] = NOW + timedelta(minutes=1)
    first = done(await board.say(board.ann, CONFIRM, **words))
    assert (first["proposal"]["kind"], first["proposal"]["status"]) == ("CONFIRM", "OPEN")
    second = done(await board.say(board.bea, CONFIRM, **words))
    assert second["proposal"]["status"] == "APPLIED"


async def test_what_lapsed_is_given_back_by_one(board: Board) -> None:
    effective = NOW - timedelta(days=1)
    assert code(await board.say(board.ann, CONFIRM, status="LAPSED", effective=effective)) == "DONE"
    back = done(await board.say(board.ann, REINSTATE, reason="REQUIREMENTS_MET"))
    assert (back["status"], back["proposal"]) == ("ACTIVE", None)


async def test_an_action_is_lifted_by_two_and_a_fine_by_one(board: Board) -> None:
    begun = date(2026, 11, 1)
    for kind, needs_two in (("FINE", False), ("PROBATION", True)):
        action = {"type": kind, "effective": begun}
        now = NOW + timedelta(minutes=1 + needs_two * 10)
        words = {"status": "ACTIVE", "effective": datetime(2026, 11, 2, 12, tzinfo=UTC), "encumbrance": action}
        assert code(await board.say(board.ann, CONFIRM, **words, now=now)) == "DONE"
        assert await board.status() == ("RESTRICTED" if needs_two else "ACTIVE_WITH_NOTICE")
        then = now + timedelta(minutes=1)
        lifting = {**action, "reason": "TERM_SERVED", "now": then}
        first = done(await board.say(board.ann, Action.LIFT_ENCUMBRANCE, **lifting))
        if needs_two:
            assert first["proposal"]["kind"] == "LIFT_ENCUMBRANCE"
            assert await board.status() == "RESTRICTED"
            assert done(await board.say(board.bea, Action.LIFT_ENCUMBRANCE, **lifting))["status"] == "ACTIVE"
        assert await board.status() == "ACTIVE"
        again = await board.say(board.ann, Action.LIFT_ENCUMBRANCE, **{**lifting, "now": then + timedelta(minutes=1)})
        assert code(again) == "NOTHING_TO_LIFT"


async def test_a_suspension_is_never_kept_waiting(board: Board) -> None:
    action = {"type": "SUSPENSION", "effective": NOW.date()}
    assert code(await board.say(board.ann, SUSPEND, **SUSPENDED, encumbrance={**action, "lifted": NOW.date()})) == (
        "BAD_INPUT"
    )
    assert done(await board.say(board.ann, SUSPEND, **SUSPENDED, encumbrance=action))["status"] == "SUSPENDED"


async def test_an_officer_racing_herself_proposes_once(board: Board) -> None:
    await board.suspended()
    outcomes = await asyncio.gather(*(board.say(board.ann, REINSTATE, **UPHELD) for _ in range(6)))
    assert sorted(map(code, outcomes)) == ["DONE"] + ["SAME_OFFICER"] * 5
    [[_, _, proposals, _]] = await board.everything()
    assert [p["status"] for p in proposals] == ["OPEN"]
    words = {**UPHELD, "idempotencyKey": key(), "now": NOW + LASTS}
    outcomes = await asyncio.gather(*(board.say(board.ann, REINSTATE, **words) for _ in range(4)))
    assert len({done(outcome)["proposal"]["id"] for outcome in outcomes}) == 1


async def test_many_second_officers_do_it_once(board: Board) -> None:
    others = [await board.network.account("officer", "CA-BBS") for _ in range(3)]
    for round_ in range(4):
        now = NOW + timedelta(hours=round_)
        await board.suspended(now)
        proposal = await board.proposed(now=now)
        before = (await board.everything())[0][1]
        outcomes = await asyncio.gather(
            *(board.say(other, REINSTATE, **UPHELD, now=now) for other in others),
            board.settle(board.bea, Action.APPROVE_PROPOSAL, proposal, now=now),
        )
        assert [code(outcome) for outcome in outcomes].count("DONE") == 1, outcomes
        after = (await board.everything())[0][1]
        assert len(after) == len(before) + 1
        assert await board.status() == "ACTIVE"


async def test_two_first_officers_at_once_agree(board: Board) -> None:
    """Nobody has proposed anything: both say it in the same moment, and it is done."""
    for round_ in range(4):
        now = NOW + timedelta(hours=round_)
        await board.suspended(now)
        both = (board.ann, board.bea)
        outcomes = await asyncio.gather(*(board.say(who, REINSTATE, **UPHELD, now=now) for who in both))
        assert {code(outcome) for outcome in outcomes} == {"DONE"}
        assert sorted(done(outcome)["status"] for outcome in outcomes) == ["ACTIVE", "SUSPENDED"]
        assert await board.status() == "ACTIVE"


async def test_one_confirms_and_one_suspends_at_once(board: Board) -> None:
    """Many rounds: both words are kept, and what holds is what is later in the world, whoever came first."""
    for round_ in range(10):
        now = NOW + timedelta(days=round_, hours=1)
        suspended_on = now - timedelta(days=round_ % 2)
        outcomes = await asyncio.gather(
            board.say(board.ann, CONFIRM, status="ACTIVE", effective=now - timedelta(days=1 - round_ % 2), now=now),
            board.say(board.bea, SUSPEND, **SUSPENDED, effective=suspended_on, now=now),
        )
        codes = [code(outcome) for outcome in outcomes]
        assert codes[1] == "DONE"
        assert codes[0] in {"DONE", "ILLEGAL_TRANSITION"}, "confirming as active a credential that is suspended by then"
        waiting = codes[0] == "DONE" and done(outcomes[0])["proposal"] is not None
        newer_yes = codes[0] == "DONE" and not waiting and round_ % 2 == 1
        assert await board.status() == ("ACTIVE" if newer_yes else "SUSPENDED")
        kept = [row[0] for row in (await board.everything())[0][1]]
        assert kept.count("SUSPENDED") == round_ + 1
        back = {**UPHELD, "now": now + timedelta(hours=1)}
        if not newer_yes:
            both = [await board.say(who, REINSTATE, **back) for who in (board.ann, board.bea)]
            assert {code(outcome) for outcome in both} == {"DONE"}
        assert await board.status() == "ACTIVE"
