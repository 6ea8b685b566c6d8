"""Walks at random through everything anybody could ask for: whatever is asked, what a referral promises holds."""

import random
from datetime import timedelta
from typing import Any

import pytest

from api.operations.outcomes import Done, Problems
from api.operations.referrals import REFERRAL_OPERATIONS
from graph.database import Database
from tests.world import World, make_world
from verification.access import Action
from verification.referral_clocks import Turn
from verification.referral_states import ATTEMPT_ENDED, CLOSED_STATES, OPEN_ATTEMPT, State
from verification.referrals import transitions

pytestmark = pytest.mark.neo4j
STEPS = 60
WORTH_TRYING = sorted(REFERRAL_OPERATIONS)
WORDS: dict[Action, dict[str, Any]] = {
    Action.DECLINE_REFERRAL: {"reason": "OUTSIDE_SCOPE"},
    Action.RETURN_REFERRAL: {"advice": "Rule out diabetes."},
    Action.SCHEDULE_VISIT: {},
    Action.HOLD_REFERRAL: {"reason": "MEDICAL_REVIEW_PENDING"},
    Action.SEND_REPORT: {"kind": "FINAL", "recommendation": "None."},
    Action.END_REFERRAL: {"reason": "TRANSFERRED", "noContact": True},
    Action.REFER_BACK: {"request": "SHARE_RESULT"},
    Action.ORDER_WORK_UP: {"request": "INVESTIGATE"},
    Action.CANCEL_REFERRAL: {"reason": "TREATED_ELSEWHERE"},
    Action.REFUSE_CANCELLATION: {"reason": "The patient wants to come."},
    Action.REDIRECT_REFERRAL: {},
    Action.REQUEST_INFORMATION: {"question": "Any medication?"},
    Action.ANSWER_INFORMATION: {"answer": "None."},
    Action.MARK_ENTERED_IN_ERROR: {"reason": "TEST"},
}


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.mark.parametrize("seed", range(4))
async def test_promises_hold_on_every_walk(world: World, seed: int) -> None:
    chance = random.Random(seed)
    edges = {(action, before, after) for action, before, after, _ in transitions()}
    node, done = await world.draft(), 0
    for _ in range(STEPS):
        action = _likely(chance, node)
        viewer = chance.choice((world.by_physician, world.by_therapist, world.by_second))
        words = dict(WORDS.get(action, {}))
        if action is Action.SCHEDULE_VISIT:
            words["startsAt"] = world.now + timedelta(minutes=1)
        if action is Action.REDIRECT_REFERRAL:
            words["candidate"] = chance.choice((world.therapist, world.second)).opaque
        if action is Action.ORDER_WORK_UP:
            words |= {"physician": world.physician.opaque, "hold": chance.random() < 0.5}
        before = await world.network.snapshot(node["id"])
        outcome = await world.act(viewer, action, node, **words)
        after = await world.network.snapshot(node["id"])
        if isinstance(outcome, Problems):
            assert after == before
            continue
        assert isinstance(outcome, Done)
        _promises(before[0], after[0], action, edges)
        done += 1
        node = {"id": node["id"], "version": after[0][0]["version"], "status": after[0][0]["status"]}
        world.now += timedelta(minutes=2)
        if node["status"] in CLOSED_STATES:
            node = await world.draft()
    assert done >= STEPS // 8


def _likely(chance: random.Random, node: Any) -> Action:
    """Mostly something that could be done in this state; now and then anything."""
    here = sorted({action for action, before, _, _ in transitions() if before == node["status"]} & set(WORTH_TRYING))
    return chance.choice(here if here and chance.random() < 0.85 else WORTH_TRYING)


def _promises(before: list[Any], after: list[Any], action: Action, edges: set[tuple[Action, State, State]]) -> None:
    referral, attempts, events = after[:3]
    old, old_attempts, old_events = before[:3]
    state, was = State(referral["status"]), State(old["status"])
    assert (action, was, state) in edges
    assert was not in CLOSED_STATES
    assert referral["version"] == len(events) > old["version"]
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert events[: len(old_events)] == old_events
    assert events[-1]["toStatus"] == state
    assert sum(State(attempt["status"]) in OPEN_ATTEMPT for attempt in attempts) <= 1
    assert [attempt["number"] for attempt in attempts] == list(range(1, len(attempts) + 1))
    for attempt in old_attempts:
        if State(attempt["status"]) in ATTEMPT_ENDED:
            assert attempt in attempts
    for attempt in attempts:
        assert (attempt.get("endedAt") is not None) == (State(attempt["status"]) in ATTEMPT_ENDED)
    assert (referral["turn"] == Turn.NOBODY) == (state in CLOSED_STATES)
    assert ("dueAt" in referral) == ("wakeAt" in referral) == (state not in CLOSED_STATES)
    if state not in {State.CANCELLED, State.ENTERED_IN_ERROR} and attempts:
        assert attempts[-1]["status"] == state
