"""Whose turn it is and by when: in every state, over pauses, over a day of rest; and who is told of what."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.access import ASKS_A_PHYSICIAN, Action, Relation
from verification.clock_settings import CLOCK_TABLE, SHIPPED_CLOCKS, ClockError, clocks_of
from verification.clocks import NOWHERE, Place, after_business_days, business_time_between
from verification.referral_clocks import (
    OVER,
    Left,
    Timing,
    Turn,
    advances,
    course,
    resumed,
    started,
    stopped,
)
from verification.referral_effects import Timed, attempt_changes, draft_clocks, first_clocks, timed
from verification.referral_guards import Facts, Words
from verification.referral_moves import MOVES
from verification.referral_notices import TOPIC_OF, told
from verification.referral_reasons import BACK_TO_AUTHOR, DeclineReason, HoldReason, Priority
from verification.referral_rows import Move, OnAttempt
from verification.referral_states import CLOSED_STATES, OPEN_ATTEMPT, WAITING_FOR_AUTHOR, State
from verification.referrals import Transition, decide

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # Monday, ten in the morning in California
THERE = Place("America/Los_Angeles", "US", "CA")
HERE = Place("America/New_York", "US", "NY")
DAY = timedelta(days=1)
C = SHIPPED_CLOCKS
S = State
ROUTINE = Timing(Priority.ROUTINE, recipient=THERE, author=HERE)

places = st.sampled_from([NOWHERE, THERE, HERE, Place("Europe/London", "GB", "SCT")])
instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - made aware here
    lambda found: found.replace(tzinfo=UTC, microsecond=0)
)
timings = st.builds(
    Timing,
    priority=st.sampled_from(Priority),
    recipient=places,
    author=places,
    visit=st.one_of(st.none(), instants),
    expected_by=st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2030, 1, 1))),
    wait_weeks=st.one_of(st.none(), st.integers(0, 104)),
    hold=st.one_of(st.none(), st.sampled_from(HoldReason)),
    goes_on=st.booleans(),
)


def pacific(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Los_Angeles"))


@given(st.sampled_from(State), timings, instants)
def test_every_open_referral_is_somebodys_turn_by_a_date(state: State, timing: Timing, now: datetime) -> None:
    found = course(state, timing, now, C)
    if state in CLOSED_STATES:
        assert found == OVER
        return
    assert found.turn is not Turn.NOBODY
    assert found.due_at is not None
    assert found.due_at >= now
    assert (found.turn is Turn.NETWORK) == (state in WAITING_FOR_AUTHOR and timing.goes_on)
    assert list(found.reminders) == sorted(found.reminders)
    assert all(now < at for at in found.reminders)
    assert found.wakes_at is not None, "the network looks at it again, whatever happens"
    assert found.wakes_at >= now
    if found.turn is not Turn.NETWORK:
        assert found.wakes_at > now
        assert found.acts_at is not None or found.again is not None, "it never goes quiet"
    if found.acts_at is not None:
        assert found.acts_at >= found.due_at
    if found.late_at is not None:
        assert state in OPEN_ATTEMPT, "there is another side"
        assert now < found.late_at == found.due_at != found.acts_at
    assert found.late_at or state not in OPEN_ATTEMPT or found.due_at in (now, found.acts_at)


@pytest.mark.parametrize(("priority", "days"), [(Priority.URGENT, 1), (Priority.SOON, 3), (Priority.ROUTINE, 5)])
def test_a_first_answer(priority: Priority, days: int) -> None:
    clock = started(NOW, priority, THERE, C)
    assert clock.due_at == after_business_days(NOW, days, THERE)
    assert clock.expires_at == after_business_days(NOW, 2 * days, THERE)
    found = course(S.SENT, Timing(priority, recipient=THERE, clock=clock), NOW, C)
    assert found.reminders == (
        after_business_days(NOW, days * 0.5, THERE),
        after_business_days(NOW, days * 0.9, THERE),
    )
    assert (found.due_at, found.acts_at) == (clock.due_at, clock.expires_at)


def test_over_thanksgiving_in_california() -> None:
    """Wednesday; Thursday and Friday are holidays there. Sent on one of them, the clock starts on Monday."""
    clock = started(pacific("2026-11-25T10:00"), Priority.URGENT, THERE, C)
    assert (clock.due_at, clock.expires_at) == (pacific("2026-11-30T10:00"), pacific("2026-12-01T10:00"))
    clock = started(pacific("2026-11-27T10:00"), Priority.URGENT, THERE, C)
    assert (clock.due_at, clock.expires_at) == (pacific("2026-12-01T00:00"), pacific("2026-12-02T00:00"))


def test_opening_leaves_the_clock_as_it_runs() -> None:
    clock = started(NOW, Priority.ROUTINE, THERE, C)
    sent = course(S.SENT, replace(ROUTINE, clock=clock), NOW, C)
    later = course(S.RECEIVED, replace(ROUTINE, clock=clock), sent.reminders[0], C)
    assert (later.due_at, later.acts_at, later.reminders) == (sent.due_at, sent.acts_at, sent.reminders[1:])


def test_a_question_stops_the_clock_and_the_answer_lets_it_go_on() -> None:
    clock = started(NOW, Priority.ROUTINE, THERE, C)
    asked_at, answered_at = NOW + DAY, datetime(2026, 12, 3, 18, 0, tzinfo=UTC)
    left = stopped(clock, asked_at, THERE)
    assert left == Left(4 * DAY, 9 * DAY)
    goes_on = resumed(left, answered_at, THERE, C)
    assert goes_on.due_at == after_business_days(answered_at, 4, THERE)
    assert goes_on.expires_at == after_business_days(answered_at, 9, THERE)
    found = course(S.RECEIVED, replace(ROUTINE, clock=goes_on), answered_at, C)
    assert found.reminders == (
        after_business_days(answered_at, 1.5, THERE),
        after_business_days(answered_at, 3.5, THERE),
    )


@given(st.sampled_from(Priority), places, instants, st.integers(0, 40), st.integers(0, 400))
def test_a_pause_leaves_at_least_a_business_day(
    priority: Priority, place: Place, now: datetime, asked_after: int, answered_after: int
) -> None:
    clock = started(now, priority, place, C)
    asked_at = now + asked_after * timedelta(hours=7)
    answered_at = asked_at + answered_after * timedelta(hours=5)
    left = stopped(clock, asked_at, place)
    goes_on = resumed(left, answered_at, place, C)
    assert business_time_between(answered_at, goes_on.due_at, place) >= DAY
    assert goes_on.due_at <= goes_on.expires_at
    assert business_time_between(answered_at, goes_on.due_at, place) <= max(left.due, DAY)
    if left.due >= DAY:
        assert goes_on.due_at >= clock.due_at, "nobody loses time by being answered"


def test_the_authors_clock_runs_at_the_authors_place() -> None:
    found = course(S.INFO_REQUESTED, ROUTINE, NOW, C)
    assert (found.turn, found.due_at) == (Turn.AUTHOR, after_business_days(NOW, 5, HERE))
    assert found.acts_at == after_business_days(NOW, 10, HERE)
    assert found.due_at != after_business_days(NOW, 5, THERE), "the Friday after Thanksgiving is a holiday there only"


@pytest.mark.parametrize(
    ("state", "changes", "turn", "due", "acts"),
    [
        (S.DRAFT, {}, Turn.AUTHOR, NOW + 7 * DAY, None),
        (S.ACCEPTED, {}, Turn.RECIPIENT, after_business_days(NOW, 10, THERE), None),
        (S.ACCEPTED, {"expected_by": date(2026, 12, 4)}, Turn.RECIPIENT, pacific("2026-12-05T00:00"), None),
        (S.ACCEPTED, {"expected_by": date(2026, 1, 1)}, Turn.RECIPIENT, after_business_days(NOW, 10, THERE), None),
        (S.WAITLISTED, {"wait_weeks": 6}, Turn.RECIPIENT, NOW + 42 * DAY, None),
        (S.WAITLISTED, {}, Turn.RECIPIENT, NOW + 28 * DAY, None),
        (S.SCHEDULED, {"visit": NOW + 8 * DAY}, Turn.RECIPIENT, after_business_days(NOW + 8 * DAY, 1, THERE), None),
        (S.NO_SHOW, {}, Turn.RECIPIENT, after_business_days(NOW, 5, THERE), None),
        (S.IN_THERAPY, {}, Turn.RECIPIENT, after_business_days(NOW, 10, THERE), None),
        (S.IN_THERAPY, {"visit": NOW + 9 * DAY}, Turn.RECIPIENT, after_business_days(NOW + 9 * DAY, 10, THERE), None),
        (S.ON_HOLD, {"hold": HoldReason.MEDICAL_REVIEW_PENDING}, Turn.AUTHOR, NOW + 14 * DAY, None),
        (S.ON_HOLD, {"hold": HoldReason.PATIENT_PAUSE}, Turn.RECIPIENT, NOW + 30 * DAY, None),
        (S.REPORT_SENT, {}, Turn.AUTHOR, NOW + 7 * DAY, NOW + 30 * DAY),
        (
            S.CANCEL_REQUESTED,
            {},
            Turn.RECIPIENT,
            after_business_days(NOW, 5, THERE),
            after_business_days(NOW, 5, THERE),
        ),
        (S.DECLINED, {}, Turn.AUTHOR, NOW + 7 * DAY, NOW + 30 * DAY),
        (S.DECLINED, {"goes_on": True}, Turn.NETWORK, NOW, NOW),
    ],
)
def test_the_date_of_each_state(
    state: State, changes: dict[str, object], turn: Turn, due: datetime, acts: datetime | None
) -> None:
    found = course(state, replace(ROUTINE, **changes), NOW, C)  # type: ignore[arg-type] # cases of a table
    assert (found.turn, found.due_at, found.acts_at) == (turn, due, acts)


def test_an_unattended_referral_is_reminded_twice() -> None:
    assert course(S.RETURNED, ROUTINE, NOW, C).reminders == (NOW + 7 * DAY, NOW + 14 * DAY)


def test_what_the_next_could_only_repeat_goes_back_to_the_author() -> None:
    for reason in DeclineReason:
        assert advances(S.DECLINED, reason.value, auto_advance=True) == (reason not in BACK_TO_AUTHOR)
    assert not advances(S.DECLINED, "AT_CAPACITY", auto_advance=False)
    assert not advances(S.REPORT_SENT, None, auto_advance=True)


def moved(action: Action, before: State, after: State, actor: Relation, attempt: OnAttempt) -> Transition:
    return Transition(action, before, after, actor, "Event", attempt)


def test_how_a_question_is_stored() -> None:
    clock = started(NOW, Priority.ROUTINE, THERE, C)
    asked = moved(Action.REQUEST_INFORMATION, S.RECEIVED, S.INFO_REQUESTED, Relation.RECIPIENT, OnAttempt.MOVES)
    stopping = timed(asked, replace(ROUTINE, clock=clock), NOW + DAY, None, C)
    assert stopping.attempt["dueAt"] is None
    assert stopping.attempt["dueLeft"] == 4 * DAY
    assert stopping.referral["turn"] is Turn.AUTHOR
    given_ = moved(Action.ANSWER_INFORMATION, S.INFO_REQUESTED, S.RECEIVED, Relation.AUTHOR, OnAttempt.MOVES)
    going = timed(given_, replace(ROUTINE, left=Left(4 * DAY, 9 * DAY)), NOW + DAY, None, C)
    assert going.attempt["dueAt"] == going.referral["dueAt"] == after_business_days(NOW + DAY, 4, THERE)
    assert going.attempt["dueLeft"] is None


def test_referring_back_without_a_rest_leaves_everything_as_due_as_it_was() -> None:
    back = moved(Action.REFER_BACK, S.IN_THERAPY, S.IN_THERAPY, Relation.RECIPIENT, OnAttempt.MOVES)
    assert timed(back, ROUTINE, NOW, "INVESTIGATE", C).referral == {}
    rest = moved(Action.REFER_BACK, S.IN_THERAPY, S.ON_HOLD, Relation.RECIPIENT, OnAttempt.MOVES)
    assert timed(rest, ROUTINE, NOW, "INVESTIGATE", C).referral["turn"] is Turn.AUTHOR


def test_a_work_up_without_a_rest_leaves_everything_as_due_as_it_was() -> None:
    for state, attempt in ((S.INFO_REQUESTED, OnAttempt.MOVES), (S.DECLINED, OnAttempt.KEEPS)):
        order = moved(Action.ORDER_WORK_UP, state, state, Relation.AUTHOR, attempt)
        assert timed(order, ROUTINE, NOW, None, C) == Timed({}, {})
    rest = moved(Action.ORDER_WORK_UP, S.SCHEDULED, S.HELD_BEFORE_START, Relation.AUTHOR, OnAttempt.MOVES)
    found = timed(rest, ROUTINE, NOW, None, C).referral
    assert (found["turn"], found["since"]) == (Turn.AUTHOR, NOW)


@pytest.mark.parametrize("action", sorted(ASKS_A_PHYSICIAN))
def test_asking_a_physician_forgets_nothing_of_a_request_to_cancel(action: Action) -> None:
    asked = moved(action, S.CANCEL_REQUESTED, S.CANCEL_REQUESTED, Relation.RECIPIENT, OnAttempt.MOVES)
    found = attempt_changes(asked, NOW, accepted=True, begun=True, reason=None, comment=None)
    assert found == {"status": S.CANCEL_REQUESTED}


def test_a_refused_cancellation_goes_back_to_the_rest_it_came_from() -> None:
    back = moved(Action.REFUSE_CANCELLATION, S.CANCEL_REQUESTED, S.ON_HOLD, Relation.RECIPIENT, OnAttempt.MOVES)
    found = timed(back, replace(ROUTINE, hold=HoldReason.PATIENT_PAUSE), NOW, "She wants to come.", C)
    assert found.referral["dueAt"] == NOW + 30 * DAY


def test_what_begins() -> None:
    found = first_clocks(ROUTINE, NOW, C)
    assert found.attempt["dueAt"] == found.referral["dueAt"] == after_business_days(NOW, 5, THERE)
    assert draft_clocks(Priority.SOON, NOW, C)["wakeAt"] == NOW + 7 * DAY


def test_own_figures_take_the_place_of_shipped_ones() -> None:
    own = clocks_of(CLOCK_TABLE, {"first_answer": {"business_days": {"URGENT": 2}}, "draft": {"again_days": 9}})
    assert own.first_answer.business_days[Priority.URGENT] == 2
    assert own.first_answer.business_days[Priority.SOON] == 3
    assert own.draft.again == 9 * DAY
    refused: tuple[dict[str, object], ...] = (
        {"frist_answer": {}},
        {"draft": {"due_days": -1}},
        {"draft": {"due_days": "7"}},
        {"draft": 7},
        {"first_answer": {"business_days": {"LATER": 1}}},
    )
    for broken in refused:
        with pytest.raises(ClockError):
            clocks_of(CLOCK_TABLE, broken)


def sides(move: Move, actor: Relation) -> tuple[Relation, ...]:
    return told(moved(move.action, S.SENT, S.SENT, actor, move.attempt))


TOLD = sorted({move.event for move in MOVES if any(sides(move, actor) for actor in move.actors)})


@pytest.mark.parametrize("event", TOLD)
def test_every_event_that_is_told_of_has_a_topic(event: str) -> None:
    assert TOPIC_OF[event].startswith("referral.")


def test_whoever_acted_is_not_told() -> None:
    for move in MOVES:
        for actor in move.actors:
            assert actor not in sides(move, actor)
            if move.attempt in {OnAttempt.KEEPS, OnAttempt.NONE}:
                assert Relation.RECIPIENT not in sides(move, actor), "its recipient's part had ended"
    expiry = decide(
        Action.EXPIRE_REFERRAL, S.SENT, Relation.SYSTEM, Facts(now=NOW, deadline=NOW, words=Words(reason="x"))
    )
    assert isinstance(expiry, Transition)
    assert set(told(expiry)) == {Relation.AUTHOR, Relation.RECIPIENT}
