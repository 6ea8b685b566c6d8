"""An officer's word: only the issuing body's, never edited, and effective for search and acceptance at once."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest

from api.operations.credentials import CREDENTIAL_OPERATIONS
from api.operations.outcomes import Context, Done, Outcome, Problems
from api.operations.referrals import REFERRAL_OPERATIONS
from graph.commands.receipts import Answer
from graph.database import Database, count_statements
from graph.directory import refresh
from graph.ids import global_id
from tests.network import CONCERN, NOW, key
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j
SHAPE = Answer("{id: node.id, status: node.status, observations: COUNT { (node)<-[:ABOUT]-(:Observation) }}", {})
SUSPENDED = {"reason": "EMERGENCY_ORDER"}


@pytest.fixture
async def world(database: Database) -> World:
    made = await make_world(database)
    await refresh(database, [made.therapist.id], NOW, SHIPPED_POLICIES)
    return made


async def say(world: World, viewer: str, action: Action, credential: str, **said: Any) -> Outcome:
    now = said.pop("now", NOW)
    context = Context(world.database, viewer, lambda: now, SHIPPED_POLICIES, SHAPE)
    words = {"idempotencyKey": key(), "credential": global_id(f"Credential:{credential}"), **said}
    return await CREDENTIAL_OPERATIONS[action](context, words)


def code(outcome: Outcome) -> str:
    return outcome.problems[0].code if isinstance(outcome, Problems) else "DONE"


async def found_in_search(world: World, now: datetime = NOW) -> bool:
    [[found]] = await world.database.read(
        """
        RETURN EXISTS { MATCH (:Practitioner {id: $id})-[o:FOUND_UNDER]->(:Facet {key: $facet})
                        WHERE o.from <= $now AND $now < o.until }
        """,
        {"id": world.therapist.id, "facet": f"CA|{CONCERN}|", "now": round(now.timestamp() * 1000)},
    )
    return bool(found)


async def everything(world: World) -> Any:
    return await world.database.read(
        """
        MATCH (t:Practitioner {id: $id})
        RETURN t.revision, COLLECT { MATCH (t)-[:HOLDS]->(c) WITH c ORDER BY c.id RETURN properties(c) },
          COLLECT { MATCH (t)-[:HOLDS]->(c)<-[:ABOUT]-(o) WITH o ORDER BY o.id RETURN properties(o) },
          COLLECT { MATCH (t)-[f:FOUND_UNDER]->(k) RETURN [k.key, f.from, f.until] ORDER BY k.key, f.from }
        """,
        {"id": world.therapist.id},
    )


async def test_a_suspension_takes_the_therapist_out_of_search_and_out_of_acceptance_at_once(world: World) -> None:
    node = await world.sent()
    assert await found_in_search(world)
    officer = await world.network.account("officer", "CA-BBS")
    outcome = await say(world, officer, Action.SUSPEND_CREDENTIAL, world.therapist.credentials["LMFT"], **SUSPENDED)
    assert isinstance(outcome, Done)
    assert outcome.node == {"id": world.therapist.credentials["LMFT"], "status": "SUSPENDED", "observations": 2}
    assert not await found_in_search(world)
    # The referral was taken back in the same transaction, so what the therapist looked at is no longer so.
    assert await world.refused(world.by_therapist, Action.ACCEPT_REFERRAL, node) == "STALE_VERSION"
    assert await world.refused(world.by_physician, Action.SEND_REFERRAL, await world.draft()) == (
        "RECIPIENT_NOT_REFERABLE"
    )
    second = await world.network.account("officer", "CA-BBS")
    later = {"reason": "APPEAL_UPHELD", "now": NOW + timedelta(minutes=1)}
    outcome = await say(world, officer, Action.REINSTATE_CREDENTIAL, world.therapist.credentials["LMFT"], **later)
    assert code(outcome) == "DONE"
    assert not await found_in_search(world, NOW + timedelta(minutes=2)), "one officer proposes, and nothing has changed"
    outcome = await say(world, second, Action.REINSTATE_CREDENTIAL, world.therapist.credentials["LMFT"], **later)
    assert code(outcome) == "DONE"
    assert await found_in_search(world, NOW + timedelta(minutes=2))
    world.now = NOW + timedelta(minutes=2)
    await world.did(world.by_therapist, Action.ACCEPT_REFERRAL, await world.sent())


async def test_a_word_is_evidence(world: World) -> None:
    officer = await world.network.account("officer", "CA-BBS")
    licence = world.therapist.credentials["LMFT"]
    words = {"status": "ACTIVE", "effective": NOW - timedelta(days=3), "expires": date(2027, 6, 30), "note": "Renewed."}
    with count_statements() as counted:
        assert code(await say(world, officer, Action.CONFIRM_CREDENTIAL, licence, **words)) == "DONE"
    assert counted.count <= 4, "the word itself is two; what it means for referrals and past decisions is looked at too"
    [[observation, evidence, account, shown, revision]] = await world.database.read(
        """
        MATCH (p)-[:HOLDS]->(c:Credential {id: $id})<-[:ABOUT]-(o:Observation)-[:FROM]->(e:Evidence {method: 'officer'})
        MATCH (a:Account {id: e.askedBy})
        RETURN properties(o), properties(e), a.tokenHash, c.expires, p.revision
        """,
        {"id": licence},
    )
    assert (observation["statusDate"], observation["expires"], observation["note"]) == (
        "2026-11-22",
        "2027-06-30",
        "Renewed.",
    )
    assert (evidence["source"], evidence["sourceType"], account) == ("CA-BBS", "primary", officer)
    assert orjson.loads(evidence["statement"])["credential"]["kind"] == "LMFT"
    assert shown == "2027-06-30"
    assert revision == 2


async def test_only_the_issuing_body_speaks(world: World) -> None:
    before = await everything(world)
    licence = world.therapist.credentials["LMFT"]
    other_body = await world.network.account("officer", "AASECT")
    assert code(await say(world, other_body, Action.SUSPEND_CREDENTIAL, licence, **SUSPENDED)) == "NOT_FOUND"
    for viewer in (world.by_physician, world.by_therapist):
        assert code(await say(world, viewer, Action.SUSPEND_CREDENTIAL, licence, **SUSPENDED)) == "FORBIDDEN"
    officer = await world.network.account("officer", "CA-BBS")
    foreign = await world.network.credential(world.therapist, "PSYCHOLOGIST", "CA-BBS", "NV")
    assert code(await say(world, officer, Action.SUSPEND_CREDENTIAL, foreign, **SUSPENDED)) == "NO_AUTHORITY"
    await world.database.write("MATCH (c:Credential {id: $id})<-[:ABOUT]-(o) DETACH DELETE o, c", {"id": foreign})
    assert await everything(world) == before


@pytest.mark.parametrize(
    ("action", "said", "expected"),
    [
        (Action.SUSPEND_CREDENTIAL, {"reason": "TERM_SERVED"}, "BAD_INPUT"),
        (Action.REVOKE_CREDENTIAL, {"reason": "OTHER"}, "COMMENT_REQUIRED"),
        (Action.REINSTATE_CREDENTIAL, {"reason": "TERM_SERVED"}, "ILLEGAL_TRANSITION"),
        (Action.CONFIRM_CREDENTIAL, {"status": "UNKNOWN", "effective": NOW}, "ILLEGAL_TRANSITION"),
        (Action.CONFIRM_CREDENTIAL, {"status": "ACTIVE", "effective": NOW, "expires": date(2020, 1, 1)}, "BAD_INPUT"),
    ],
)
async def test_words_that_are_not_taken(world: World, action: Action, said: dict[str, Any], expected: str) -> None:
    before = await everything(world)
    officer = await world.network.account("officer", "CA-BBS")
    assert code(await say(world, officer, action, world.therapist.credentials["LMFT"], **said)) == expected
    assert await everything(world) == before


async def test_the_same_key_is_the_same_word(world: World) -> None:
    officer = await world.network.account("officer", "CA-BBS")
    words = {**SUSPENDED, "idempotencyKey": key()}
    licence = world.therapist.credentials["LMFT"]
    outcomes = await asyncio.gather(
        *(say(world, officer, Action.SUSPEND_CREDENTIAL, licence, **words) for _ in range(8)), return_exceptions=False
    )
    assert {code(outcome) for outcome in outcomes} == {"DONE"}
    assert {outcome.node["observations"] for outcome in outcomes if isinstance(outcome, Done)} == {2}


async def test_two_bodies_speaking_at_once_are_both_heard(world: World) -> None:
    board = await world.network.account("officer", "CA-BBS")
    society = await world.network.account("officer", "AASECT")
    words = {"status": "ACTIVE", "effective": NOW}
    outcomes = await asyncio.gather(
        say(world, board, Action.CONFIRM_CREDENTIAL, world.therapist.credentials["LMFT"], **words),
        say(world, society, Action.CONFIRM_CREDENTIAL, world.therapist.credentials["CST"], **words),
    )
    assert {code(outcome) for outcome in outcomes} == {"DONE"}
    [[revision]] = await world.database.read(
        "MATCH (p:Practitioner {id: $id}) RETURN p.revision", {"id": world.therapist.id}
    )
    assert revision == 3


async def test_suspend_against_accept_never_accepts_after_a_suspension(world: World) -> None:
    """Whoever commits first, nobody is accepted on evidence that was already overruled."""
    officer = await world.network.account("officer", "CA-BBS")
    second = await world.network.account("officer", "CA-BBS")
    licence = world.therapist.credentials["LMFT"]
    for minute in range(0, 8, 2):
        world.now = NOW + timedelta(minutes=minute)
        node = await world.sent()
        accepted, suspended = await asyncio.gather(
            world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node),
            say(world, officer, Action.SUSPEND_CREDENTIAL, licence, **SUSPENDED, now=world.now),
        )
        assert code(suspended) == "DONE"
        assert code(accepted) in {"DONE", "RECIPIENT_NOT_REFERABLE", "STALE_VERSION"}
        [[revisions]] = await world.database.read(
            """
            MATCH (:Referral {id: $id})<-[:OF]-(a:Attempt)
            RETURN COUNT { (a)-[:PROVEN_BY {when: 'accept'}]->(d:Decision) WHERE d.verdict = 'NOT_REFERABLE' }
            """,
            {"id": node["id"]},
        )
        assert revisions == 0
        late = await world.act(world.by_therapist, Action.ACCEPT_REFERRAL, await world_node(world, node["id"]))
        assert code(late) != "DONE"
        then = world.now + timedelta(minutes=1)
        for each in (officer, second):
            back = await say(world, each, Action.REINSTATE_CREDENTIAL, licence, reason="CORRECTION", now=then)
            assert code(back) == "DONE"


async def world_node(world: World, referral: str) -> dict[str, Any]:
    [[version]] = await world.database.read("MATCH (r:Referral {id: $id}) RETURN r.version", {"id": referral})
    return {"id": referral, "version": version}


def test_every_action_on_a_credential_or_referral_has_one_operation() -> None:
    assert not set(CREDENTIAL_OPERATIONS) & set(REFERRAL_OPERATIONS)
