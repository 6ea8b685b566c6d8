"""A source is announced at half and nine tenths of its time, and when it is over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from verification.ageing import Age, SourceAge, told

ANSWERED = datetime(2026, 11, 1, tzinfo=UTC)
ORDER = list(Age)


def source(days: int = 30, people: int = 12, *, advisory: bool = False) -> SourceAge:
    return SourceAge("CA-BBS", ("LMFT", "LPCC"), ANSWERED, timedelta(days), people, advisory)


def test_half_and_nine_tenths_begin_exactly_then() -> None:
    moment = timedelta(milliseconds=1)
    for days, age in ((15, Age.HALF), (27, Age.NINE_TENTHS)):
        at = ANSWERED + timedelta(days)
        assert source().age(at) is age
        assert source().age(at - moment) is ORDER[ORDER.index(age) - 1]
    assert source().age(source().ends_at) is Age.NINE_TENTHS
    assert source().age(source().ends_at + moment) is Age.STALE


@given(st.integers(1, 400), st.integers(0, 500 * 86_400_000))
def test_the_next_change_is_the_next_instant_of_another_age(days: int, passed: int) -> None:
    aged, now = source(days), ANSWERED + timedelta(milliseconds=passed)
    change = aged.next_change(now)
    if change is None:
        assert aged.age(now) is Age.STALE
    else:
        assert aged.age(change) is not aged.age(now)
        assert aged.age(max(now, change - timedelta(milliseconds=1))) is aged.age(now)


def test_it_says_what_turns_unknown_when_and_for_how_many() -> None:
    text = told(source(), ANSWERED + timedelta(days=16))
    assert "CA-BBS about LMFT, LPCC" in text
    assert "turns unknown after 2026-12-01 00:00 UTC, and 12 people hang on it" in text
    assert "has been unknown since" in told(source(), ANSWERED + timedelta(days=31))
    assert "1 person hangs on it" in told(source(people=1), ANSWERED)
    assert "Nothing turns unknown" in told(source(advisory=True), ANSWERED)
