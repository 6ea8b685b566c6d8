"""Reply times: what counts, what counts against nobody, and the middle one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.clocks import BUSINESS_DAY, Place, business_time_between
from verification.referral_states import State
from verification.reply_times import (
    LEAST,
    Past,
    Step,
    first_visit_figure,
    first_visit_time,
    response_figure,
    response_time,
)

OAKLAND = Place("America/Los_Angeles", "US", "CA")
MONDAY = datetime(2026, 9, 14, 17, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def step(days: float, before: State, after: State, reason: str | None = None) -> Step:
    return Step(MONDAY + days * DAY, before, after, reason)


def past(*steps: Step, visits: Sequence[float] = ()) -> Past:
    return Past(MONDAY, steps, tuple(MONDAY + days * DAY for days in visits))


OPENED = step(0.1, State.SENT, State.RECEIVED)


@pytest.mark.parametrize(
    ("steps", "days"),
    [
        ((OPENED, step(2, State.RECEIVED, State.ACCEPTED)), 2),
        ((step(1, State.SENT, State.DECLINED, "AT_CAPACITY"),), 1),
        ((step(1, State.SENT, State.RETURNED),), 1),
        # Friday to Monday is one business day.
        ((step(4, State.SENT, State.RECEIVED), step(7, State.RECEIVED, State.WAITLISTED)), 5),
        # What was asked on the second day and answered on the third does not count.
        (
            (
                OPENED,
                step(1, State.RECEIVED, State.INFO_REQUESTED),
                step(2, State.INFO_REQUESTED, State.RECEIVED),
                step(3, State.RECEIVED, State.ACCEPTED),
            ),
            2,
        ),
        # Decided without the answer: the clock stood still since the question.
        ((OPENED, step(1, State.RECEIVED, State.INFO_REQUESTED), step(3, State.INFO_REQUESTED, State.ACCEPTED)), 1),
        # Nobody answered: as long as it took to run out.
        ((step(14, State.SENT, State.EXPIRED, "NO_RESPONSE"),), 10),
        ((step(9, State.INFO_REQUESTED, State.EXPIRED, "INFORMATION_NOT_GIVEN"),), None),
        ((step(1, State.SENT, State.RECALLED, "REDIRECTED"),), None),
        ((step(1, State.SENT, State.CANCELLED, "PATIENT_MOVED"),), None),
        ((step(1, State.SENT, State.DECLINED, "PATIENT_DECLINED"),), None),
        ((step(1, State.SENT, State.DECLINED, "DUPLICATE"),), None),
        ((OPENED,), None),
        ((), None),
    ],
)
def test_first_answers(steps: tuple[Step, ...], days: float | None) -> None:
    found = response_time(past(*steps), OAKLAND)
    assert (None if found is None else found / BUSINESS_DAY) == days


def test_only_the_first_answer_counts() -> None:
    steps = (step(1, State.SENT, State.ACCEPTED), step(3, State.ACCEPTED, State.DECLINED, "AT_CAPACITY"))
    assert response_time(past(*steps), OAKLAND) == BUSINESS_DAY


HELD = step(5, State.ACCEPTED, State.HELD_BEFORE_START, "PATIENT_PAUSE")


@pytest.mark.parametrize(
    ("steps", "visits", "days"),
    [
        ((), (20, 27), 20),
        ((), (), None),
        ((HELD, step(12, State.HELD_BEFORE_START, State.ACCEPTED)), (20,), 13),
        ((HELD,), (20,), 5),
        (
            (
                step(5, State.ACCEPTED, State.HELD_BEFORE_START, "CREDENTIAL_REVIEW"),
                step(9, State.HELD_BEFORE_START, State.ACCEPTED),
            ),
            (20,),
            20,
        ),
        ((step(1, State.RECEIVED, State.INFO_REQUESTED), step(4, State.INFO_REQUESTED, State.RECEIVED)), (20,), 17),
        # A rest that came after the first visit is no delay of it.
        ((step(25, State.IN_THERAPY, State.ON_HOLD, "PATIENT_PAUSE"),), (20,), 20),
    ],
)
def test_first_visits(steps: tuple[Step, ...], visits: tuple[float, ...], days: float | None) -> None:
    found = first_visit_time(past(*steps, visits=visits))
    assert (None if found is None else found / DAY) == days


def test_of_too_few_nothing_is_said() -> None:
    quick = past(step(1, State.SENT, State.ACCEPTED), visits=(10,))
    slow = past(step(3, State.SENT, State.ACCEPTED), visits=(30,))
    assert response_figure([quick] * (LEAST - 1), OAKLAND) is None
    assert first_visit_figure([quick] * (LEAST - 1) + [past()]) is None
    found = response_figure([quick] * 6 + [slow] * 5 + [past()] * 7, OAKLAND)
    assert found is not None
    assert (found.days, found.n) == (1.0, 11)
    visits = first_visit_figure([quick] * 5 + [slow] * 5)
    assert visits is not None
    assert (visits.days, visits.n) == (20.0, 10)


@given(
    st.lists(st.floats(0.01, 30), min_size=1, max_size=8),
    st.integers(0, 3),
    st.sampled_from([OAKLAND, Place("Asia/Kolkata", "IN", ""), Place()]),
)
def test_asking_never_makes_anybody_slower(gaps: list[float], skip: int, place: Place) -> None:
    """Any number of questions and answers, and then a decision."""
    steps, at, state = [], 0.0, State.RECEIVED
    for gap in gaps:
        at += gap
        after = State.RECEIVED if state is State.INFO_REQUESTED else State.INFO_REQUESTED
        steps.append(step(at, state, after))
        state = after
    at += skip
    steps.append(step(at, state, State.ACCEPTED))
    found = response_time(past(*steps), place)
    assert found is not None
    assert timedelta() <= found <= business_time_between(MONDAY, MONDAY + at * DAY, place)
