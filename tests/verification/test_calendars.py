"""Days as instants, where clocks change and where they do not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.calendars import COMPACT_ZONE, LATEST, day_at, end_of, start_of

ZONES = [
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "Pacific/Honolulu",
    "Australia/Lord_Howe",
    "Europe/London",
    COMPACT_ZONE,
    "UTC",
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "start", "end"),
    [
        ("2026-05-31", "America/Los_Angeles", "2026-05-31T07:00", "2026-06-01T07:00"),
        ("2026-12-31", "America/Los_Angeles", "2026-12-31T08:00", "2027-01-01T08:00"),
        ("2026-12-31", "America/New_York", "2026-12-31T05:00", "2027-01-01T05:00"),
        ("2026-03-08", "America/Los_Angeles", "2026-03-08T08:00", "2026-03-09T07:00"),  # 23 hours
        ("2026-11-01", "America/Los_Angeles", "2026-11-01T07:00", "2026-11-02T08:00"),  # 25 hours
        ("2026-03-08", "America/Phoenix", "2026-03-08T07:00", "2026-03-09T07:00"),
        ("2026-07-01", "Pacific/Honolulu", "2026-07-01T10:00", "2026-07-02T10:00"),
        ("2026-10-04", "Australia/Lord_Howe", "2026-10-03T13:30", "2026-10-04T13:00"),  # half an hour is skipped
        ("2026-03-29", "Europe/London", "2026-03-29T00:00", "2026-03-29T23:00"),
        ("2026-10-25", "Europe/London", "2026-10-24T23:00", "2026-10-26T00:00"),
        ("2028-02-29", "America/New_York", "2028-02-29T05:00", "2028-03-01T05:00"),
        ("2026-07-04", COMPACT_ZONE, "2026-07-04T04:00", "2026-07-05T04:00"),
        ("2026-12-04", COMPACT_ZONE, "2026-12-04T04:00", "2026-12-05T04:00"),
        ("2022-09-11", "America/Santiago", "2022-09-11T04:00", "2022-09-12T03:00"),  # no midnight that day
    ],
)
def test_a_day(day: str, zone: str, start: str, end: str) -> None:
    assert start_of(date.fromisoformat(day), zone) == utc(start)
    assert end_of(date.fromisoformat(day), zone) == utc(end)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
def test_days_follow_one_another_without_a_gap(day: date, zone: str) -> None:
    assert end_of(day, zone) == start_of(day + timedelta(days=1), zone)
    assert day_at(start_of(day, zone), zone) == day
    assert day_at(end_of(day, zone) - timedelta(milliseconds=1), zone) == day
    assert start_of(day, zone).tzinfo is UTC


def test_the_calendar_has_ends() -> None:
    assert end_of(date.max, "America/Los_Angeles") == LATEST
    assert start_of(date.max, "America/Los_Angeles") <= LATEST
    assert start_of(date.min, "Pacific/Auckland") <= start_of(date(1, 1, 2), "Pacific/Auckland")
