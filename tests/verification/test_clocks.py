"""Business days against a calendar read by hand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.clocks import after_business_days, first_answer_due
from verification.referral_reasons import Priority

PACIFIC = "America/Los_Angeles"


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
    ],
)
def test_business_days_in_the_united_states(start: str, days: int, end: str) -> None:
    assert after_business_days(local(start), days, PACIFIC) == local(end)


def test_elsewhere_only_weekends_rest() -> None:
    sent = local("2026-11-25T15:00", "Europe/London")
    assert after_business_days(sent, 1, "Europe/London", united_states=False) == local(
        "2026-11-26T15:00", "Europe/London"
    )


def test_the_day_is_the_recipients() -> None:
    sent = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)  # still Friday evening in California
    assert first_answer_due(sent, Priority.URGENT, PACIFIC) == local("2026-11-30T19:00")


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.integers(0, 30))  # noqa: DTZ001 - made aware below
def test_more_days_are_never_sooner(start: datetime, days: int) -> None:
    sent = start.replace(tzinfo=UTC)
    assert after_business_days(sent, days, PACIFIC) <= after_business_days(sent, days + 1, PACIFIC)
    assert after_business_days(sent, days + 1, PACIFIC) > sent
