"""Which policy counts where and when, and what its coming does to a decision."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verification import interpreter
from tests.verification.histories import END, START, histories, instants, places
from tests.verification.people import DAY, MS, NOW, certificate, edition, licence, membership, observed, person
from verification.calendars import start_of
from verification.evidence import Facts
from verification.policies import SHIPPED_POLICIES, Policies, only, policies_of
from verification.policy import POLICIES, US_POLICY, Policy, PolicyError, policy_from, policy_table
from verification.standing import Verdict, projection, standing, standing_in_force, windows

LATER = date(2027, 1, 1)


def version(number: str, effective: date, base: Policy = US_POLICY, **changes: Any) -> Policy:
    """Another version of a policy."""
    return policy_from(policy_table(base) | {"version": number, "effective": effective} | changes)


def with_limit(days: int, number: str = "2", effective: date = LATER) -> Policy:
    """A version under which every answer counts so many days."""
    return version(number, effective, freshness=dict.fromkeys(US_POLICY.freshness, days))


TWO = policies_of((*POLICIES, with_limit(10)))


def test_the_version_in_force_on_a_day() -> None:
    assert TWO.at("CA", date(2026, 12, 31)).version == "1"
    assert TWO.at("CA", date(2027, 1, 1)).version == "2"
    assert TWO.at("GB", date(2027, 1, 1)).id == "gb"
    assert TWO.at("CA", date(2020, 1, 1)).version == "1", "nobody is judged by no rule at all"


def test_a_version_comes_with_the_day_of_the_patients_place() -> None:
    change = datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert TWO.in_force("CA", change - MS).version == "1"
    assert TWO.in_force("CA", change).version == "2"
    assert TWO.in_force("NY", change - 3 * DAY / 24).version == "2"
    assert [start for start, _ in TWO.spans("HI", NOW)] == [NOW, datetime(2027, 1, 1, 10, tzinfo=UTC)]
    assert len(TWO.spans("CA", change + DAY)) == 1


@pytest.mark.parametrize("place", ["IE", "", "XX", "ZZ"])
def test_a_place_without_a_policy_is_unknown(place: str) -> None:
    decided = standing_in_force(person(), place, NOW, NOW, SHIPPED_POLICIES)
    assert decided.verdict is Verdict.UNKNOWN
    assert decided.good_until is None
    (found,) = (check for check in decided.checks if check.outcome == "UNKNOWN")
    assert (found.code, found.reason_code) == ("policy", "POLICY_NONE")
    assert {check.outcome.value for check in decided.checks if check is not found} == {"SKIPPED"}
    assert windows(person(), place, NOW, SHIPPED_POLICIES) == ()


def test_a_decision_about_a_day_gone_by_is_made_under_its_policy() -> None:
    later = NOW + 60 * DAY
    facts = person()
    before = standing_in_force(facts, "CA", NOW, later, TWO)
    assert (before.verdict, before.policy_version) == (Verdict.REFERABLE, "1")
    assert standing_in_force(facts, "CA", later, later, TWO).policy_version == "2"


def test_good_until_knows_the_version_to_come() -> None:
    answered = datetime(2026, 12, 20, tzinfo=UTC)
    fresh = [observed(answered=answered, source=body) for body in ("CA-BBS", "AASECT", "AASECT")]
    facts = person(licence(fresh[0]), certificate(fresh[1]), membership(fresh[2]))
    change = start_of(LATER, "America/Los_Angeles")
    facts = replace(facts, exclusion_editions=(edition(fetched=answered),))
    decided = standing_in_force(facts, "CA", answered, answered, TWO)
    assert decided.good_until == change, "more than ten days old when ten become the limit"
    (window,) = windows(facts, "CA", answered, TWO)
    assert (window.start, window.until) == (answered, change)


def test_a_yes_goes_on_under_the_version_to_come() -> None:
    wider = policies_of((*POLICIES, with_limit(60, effective=date(2026, 12, 1))))
    (window,) = windows(person(), "CA", NOW, wider)
    assert window.until == NOW - 3 * DAY + 60 * DAY + MS, "the limits of the second version, without a gap"
    assert standing_in_force(person(), "CA", NOW, NOW, wider).good_until == window.until


def test_what_is_shown_of_a_credential_goes_by_its_own_place() -> None:
    strict = policies_of((*POLICIES, with_limit(1, effective=date(2026, 11, 1))))
    assert projection(licence(), NOW, strict).status == "UNKNOWN"
    british = certificate(observed(source="COSRT"), kind="COSRT-ACCREDITED", body="COSRT", place="GB")
    assert projection(british, NOW, strict).status == "ACTIVE"


def test_the_fingerprint_changes_with_what_counts() -> None:
    today = NOW.date()
    plain, coming = SHIPPED_POLICIES.fingerprint(today), TWO.fingerprint(today)
    assert plain != coming, "a version to come ends windows that are stored now"
    assert plain != TWO.fingerprint(LATER) != coming
    assert SHIPPED_POLICIES.fingerprint(LATER) == plain
    assert "us@1:" in plain
    assert "gb@1:" in plain
    edited = policies_of((*(p for p in POLICIES if p.id != "us"), with_limit(29, "1", US_POLICY.effective)))
    assert edited.fingerprint(today) != plain


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ((*POLICIES, US_POLICY), "there are two policies us@1"),
        ((*POLICIES, with_limit(3, effective=US_POLICY.effective)), "take effect for the same places on the same day"),
        ((US_POLICY,), "no policy is for the places that no other governs"),
    ],
)
def test_versions_that_cannot_be_told_apart_are_refused(versions: tuple[Policy, ...], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        policies_of(versions)


def test_names() -> None:
    assert TWO.named("us@1") is US_POLICY
    newest = TWO.named("us")
    assert newest is not None
    assert newest.version == "2"
    assert TWO.named("us@3") is TWO.named("fr") is None
    assert only(US_POLICY, TWO).in_force("CA", NOW + 365 * DAY) is US_POLICY


CHANGE = date(2026, 2, 10)
CHANGING = policies_of((*POLICIES, with_limit(7, effective=CHANGE)))


def _naive(facts: Facts, place: str, instant: datetime) -> str:
    """The verdict by the second reading of the rules, under whichever version it is the day of."""
    days = 7 if instant >= start_of(CHANGE, ZONES[place]) else None
    return interpreter.verdict(facts, place, instant, END, days)


ZONES = {"CA": "America/Los_Angeles", "FL": "America/New_York", "TX": "America/Chicago", "GB": "Europe/London"}


@settings(deadline=None, derandomize=True, max_examples=100)
@given(histories, places, instants, st.floats(0, 1))
def test_good_until_is_exact_across_a_change_of_policy(facts: Facts, place: str, at: datetime, part: float) -> None:
    decided = standing_in_force(facts, place, at, END, CHANGING)
    assert decided.verdict == _naive(facts, place, at)
    until = decided.good_until
    between = at + timedelta(milliseconds=int(part * (((until or END) - at) / MS)))
    if until is None or between < until:
        assert _naive(facts, place, max(between, at)) == decided.verdict
    if until is not None:
        assert _naive(facts, place, until - MS) == decided.verdict
        assert _naive(facts, place, until) != decided.verdict
    for check in decided.checks:
        if check.good_until is not None:
            assert check.good_until > at


@settings(deadline=None, derandomize=True, max_examples=60)
@given(histories, places, instants, st.floats(0, 1))
def test_windows_are_exact_across_a_change_of_policy(facts: Facts, place: str, at: datetime, part: float) -> None:
    found = windows(facts, place, at, CHANGING)
    for earlier, later in pairwise(found):
        assert earlier.until is not None
        assert earlier.until <= later.start
    horizon = found[-1].start if len(found) == 4 else END
    change = start_of(CHANGE, ZONES[place])
    probes = [at, change - MS, change, START + part * (END - START)]
    for instant in [*probes, *(i for w in found for i in (w.start, w.until) if i is not None)]:
        if at <= instant < horizon:
            decided = standing(facts, place, instant, at, CHANGING.in_force(place, instant))
            covering = [w for w in found if w.start <= instant and (w.until is None or instant < w.until)]
            assert decided.referable == bool(covering)


def test_all_that_is_shipped_is_in_order() -> None:
    assert isinstance(SHIPPED_POLICIES, Policies)
    assert [policy.name for policy in SHIPPED_POLICIES.all()] == ["gb@1", "none@1", "us@1"]
