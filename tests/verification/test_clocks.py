"""Business time against calendars read by hand."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.clocks import (
    NOWHERE,
    Place,
    after_business_days,
    after_business_time,
    business_time_between,
    is_business_day,
    place_of,
)

PACIFIC = "America/Los_Angeles"
NEVADA = Place(PACIFIC, "US", "NV")
CALIFORNIA = Place(PACIFIC, "US", "CA")
UNITED_STATES = Place(PACIFIC, "US")
ENGLAND = Place("Europe/London", "GB", "ENG")
SCOTLAND = Place("Europe/London", "GB", "Scotland")
PLACES = st.sampled_from(
    [NOWHERE, CALIFORNIA, ENGLAND, SCOTLAND, Place("Pacific/Auckland", "NZ"), Place("Asia/Kolkata", "IN")]
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 - made aware here
    lambda found: found.replace(tzinfo=UTC, microsecond=0)
)
SPANS = st.integers(0, 30 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def local(text: str, zone: str = PACIFIC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-23T15:00", 1, "2026-11-24T15:00"),  # Monday
        ("2026-11-25T15:00", 1, "2026-11-27T15:00"),  # over Thanksgiving
        ("2026-11-28T09:00", 1, "2026-12-01T00:00"),  # Saturday: the clock starts on Monday at midnight
        ("2026-11-20T15:00", 5, "2026-11-30T15:00"),  # a weekend and a holiday
        ("2026-07-02T10:00", 1, "2026-07-06T10:00"),  # 4 July 2026 is a Saturday, so Friday is the holiday
        ("2027-12-30T10:00", 1, "2028-01-03T10:00"),  # 1 January 2028 is a Saturday, observed on 31 December 2027
        ("2026-03-06T15:00", 1, "2026-03-09T15:00"),  # over the change to summer time
        ("2026-05-22T15:00", 1, "2026-05-26T15:00"),  # Memorial Day
        ("2026-11-23T15:00", 0.5, "2026-11-24T03:00"),  # half a day is twelve hours
        ("2026-11-27T15:00", 0.5, "2026-11-30T03:00"),  # nine hours on Friday, three on Monday
    ],
)
def test_business_days_in_the_united_states(start: str, days: float, end: str) -> None:
    assert after_business_days(local(start), days, UNITED_STATES) == local(end)


@pytest.mark.parametrize(
    ("place", "day", "works"),
    [
        (UNITED_STATES, "2026-11-27", True),
        (CALIFORNIA, "2026-11-27", False),  # Day after Thanksgiving
        (CALIFORNIA, "2026-03-31", False),  # Cesar Chavez Day
        (UNITED_STATES, "2026-03-31", True),
        (NEVADA, "2026-10-30", False),  # Nevada Day
        (CALIFORNIA, "2026-10-30", True),
        (ENGLAND, "2026-04-06", False),  # Easter Monday
        (SCOTLAND, "2026-04-06", True),
        (SCOTLAND, "2026-11-30", False),  # Saint Andrew's Day
        (ENGLAND, "2026-11-30", True),
        (Place("Europe/London", "GB"), "2026-12-25", False),
        (Place("Europe/Berlin", "DE"), "2026-10-03", False),
        (NOWHERE, "2026-12-25", True),
        (Place("Etc/UTC", "XX"), "2026-12-25", True),
        (NOWHERE, "2026-12-26", False),
    ],
)
def test_each_place_rests_on_its_own_days(place: Place, day: str, works: bool) -> None:
    assert is_business_day(date.fromisoformat(day), place) is works


def test_a_register_that_names_no_country_means_its_own() -> None:
    assert place_of(PACIFIC, None, "CA") == CALIFORNIA
    assert place_of(PACIFIC, "USA", "CA") == CALIFORNIA
    assert place_of(None, "US", "CA") == NOWHERE


def test_the_day_is_the_recipients() -> None:
    sent = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)  # still Friday evening in California
    assert after_business_days(sent, 1, UNITED_STATES) == local("2026-11-30T19:00")


@given(INSTANTS, SPANS, SPANS, PLACES)
def test_more_time_is_never_sooner(start: datetime, some: timedelta, more: timedelta, place: Place) -> None:
    soon = after_business_time(start, some, place)
    assert start <= soon <= after_business_time(start, some + more, place)


@given(INSTANTS, SPANS, PLACES)
def test_what_was_added_is_found_again(start: datetime, some: timedelta, place: Place) -> None:
    """But for an end that falls on midnight of a day of rest, and the hours that summer time skips or repeats."""
    end = after_business_time(start, some, place)
    assert business_time_between(start, end, place) == some
    assert business_time_between(end, start, place) == timedelta()


@given(INSTANTS, SPANS, PLACES)
def test_a_day_of_rest_counts_nothing(start: datetime, some: timedelta, place: Place) -> None:
    passed = business_time_between(start, start + some, place)
    assert passed <= some + timedelta(hours=1)
