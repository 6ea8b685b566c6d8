"""The history of a verdict is the verdict, at every instant."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from tests.verification.histories import END, START, histories, instants, places
from tests.verification.people import DAY, MS, NOW, S, certificate, edition, licence, membership, observed, person
from verification.evidence import Facts
from verification.policies import SHIPPED_POLICIES
from verification.standing import standing_in_force
from verification.standing_history import first_answer, history, learnt
from verification.verdicts import Verdict


@given(histories, places, instants, instants)
@settings(max_examples=80, deadline=None)
def test_it_is_the_verdict_at_every_instant(facts: Facts, place: str, at: datetime, known_at: datetime) -> None:
    spans = history(facts, place, START - DAY, END, known_at, SHIPPED_POLICIES)
    assert spans[0].start == START - DAY
    assert spans[-1].until == END
    for before, after in pairwise(spans):
        assert before.until == after.start
        assert before.standing.verdict is not after.standing.verdict
        assert after.changed, "a verdict changes only when a check does"
    (there,) = [span for span in spans if span.start <= at and (span.until is None or at < span.until)]
    for instant in (at, there.start, there.until - MS if there.until else at):
        decided = standing_in_force(facts, place, instant, known_at, SHIPPED_POLICIES)
        assert decided.verdict is there.standing.verdict, instant


@given(histories, places, instants, instants)
@settings(max_examples=25, deadline=None)
def test_a_part_of_it_is_that_part(facts: Facts, place: str, one: datetime, other: datetime) -> None:
    since, until = min(one, other), max(one, other) + MS
    whole = history(facts, place, START - DAY, None, END, SHIPPED_POLICIES)
    part = history(facts, place, since, until, END, SHIPPED_POLICIES)
    inside = [span for span in whole if span.start < until and (span.until is None or since < span.until)]
    assert [span.standing.verdict for span in part] == [span.standing.verdict for span in inside]
    assert (part[0].start, part[-1].until) == (since, until)


def test_as_known_then_and_as_known_now_differ_by_what_was_learnt() -> None:
    late = observed(S.SUSPENDED, on=(NOW - 10 * DAY).date(), answered=NOW - DAY)
    good = observed(answered=NOW - 20 * DAY)
    facts = person(
        licence(good, late),
        certificate(observed(answered=NOW - 20 * DAY, source="AASECT")),
        membership(observed(answered=NOW - 20 * DAY, source="AASECT")),
        exclusion_editions=(edition(fetched=NOW - 20 * DAY),),
    )
    since, until = NOW - 19 * DAY, NOW - 2 * DAY
    then = history(facts, "CA", since, until, NOW - 2 * DAY, SHIPPED_POLICIES)
    now = history(facts, "CA", since, until, NOW, SHIPPED_POLICIES)
    assert [span.standing.verdict for span in then] == [Verdict.REFERABLE]
    assert [span.standing.verdict for span in now] == [Verdict.REFERABLE, Verdict.NOT_REFERABLE]
    assert ("licence", "LICENCE_SUSPENDED") in [(check.code, check.reason_code) for check in now[1].changed]
    assert late.evidence in now[1].standing.evidence
    at = NOW - 5 * DAY
    found = learnt(
        standing_in_force(facts, "CA", at, at, SHIPPED_POLICIES),
        standing_in_force(facts, "CA", at, NOW, SHIPPED_POLICIES),
    )
    assert [check.code for check in found] == ["licence", "compact"]


def test_an_empty_time_has_no_history_and_a_life_without_answers_no_beginning() -> None:
    facts = person()
    assert history(facts, "CA", NOW, NOW, NOW, SHIPPED_POLICIES) == ()
    assert first_answer(facts) == NOW - 2 * DAY
    assert first_answer(person(licence(), credentials=())) is None
    with pytest.raises(ValueError, match="zone"):
        history(facts, "CA", NOW.replace(tzinfo=None), None, NOW, SHIPPED_POLICIES)


def test_the_last_span_has_no_end_unless_one_is_asked_for() -> None:
    assert history(person(), "CA", NOW, None, NOW, SHIPPED_POLICIES)[-1].until is None
    cut = history(person(), "CA", NOW, NOW + timedelta(hours=1), NOW, SHIPPED_POLICIES)
    assert [span.until for span in cut] == [NOW + timedelta(hours=1)]
