"""The clocks of a referral: how long each side has, counted in business days of the place where it has to act.

- A business day is 24 hours of local wall clock on a Monday to Friday that is no public holiday there. What is sent on
  another day starts at midnight of the next business day.
- A first answer is due after 1, 3 or 5 business days, by priority; reminders go out at half and nine tenths of that
  time, and the attempt expires after twice as long.
- Public holidays are the eleven federal ones of the United States (5 U.S.C. 6103), moved to the nearest weekday; for
  other countries none are known here, and only weekends rest.
- It does not know what day it is.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from verification.referral_reasons import Priority

FIRST_ANSWER: Final[Mapping[Priority, int]] = {Priority.URGENT: 1, Priority.SOON: 3, Priority.ROUTINE: 5}
"""Business days until a first answer is due."""

EXPIRY_FACTOR: Final = 2
REMINDERS: Final = (0.5, 0.9)
UNANSWERED_CANCELLATION: Final = 5
"""Business days after which a request to cancel counts as confirmed."""

UNACKNOWLEDGED_REPORT: Final = timedelta(days=30)
UNATTENDED_REMINDERS: Final = (timedelta(days=7), timedelta(days=14))
UNATTENDED_WITHDRAWAL: Final = timedelta(days=30)

_SATURDAY, _SUNDAY = 5, 6
_MONDAY, _THURSDAY = 0, 3


def after_business_days(start: datetime, days: int, zone: str, *, united_states: bool = True) -> datetime:
    """The instant `days` business days after `start`, in UTC.

    `start` is aware; `zone` is the IANA zone of whoever has to act. The wall clock there is kept, so that an answer
    due at three in the afternoon is due at three also across a change of summer time.
    """
    here = ZoneInfo(zone)
    local = start.astimezone(here)
    day, clock = local.date(), local.time()
    if not _is_business_day(day, united_states=united_states):
        day, clock = _next_business_day(day, united_states=united_states), time()
    for _ in range(days):
        day = _next_business_day(day, united_states=united_states)
    return datetime.combine(day, clock, here).astimezone(UTC)


def first_answer_due(sent_at: datetime, priority: Priority, zone: str, *, united_states: bool = True) -> datetime:
    """By when the recipient should have answered a referral sent at `sent_at`."""
    return after_business_days(sent_at, FIRST_ANSWER[priority], zone, united_states=united_states)


def _is_business_day(day: date, *, united_states: bool) -> bool:
    return day.weekday() < _SATURDAY and not (united_states and day in _federal_holidays(day.year))


def _next_business_day(day: date, *, united_states: bool) -> date:
    day += timedelta(days=1)
    while not _is_business_day(day, united_states=united_states):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=64)
def _federal_holidays(year: int) -> frozenset[date]:
    """The days on which federal offices rest in `year`; New Year's Day of the next may fall on 31 December."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    observed = [_observed(day) for day in [*fixed, date(year + 1, 1, 1)]]
    floating = [
        _nth(year, 1, _MONDAY, 3),  # Birthday of Martin Luther King, Jr.
        _nth(year, 2, _MONDAY, 3),  # Washington's Birthday
        _last(year, 5, _MONDAY),  # Memorial Day
        _nth(year, 9, _MONDAY, 1),  # Labor Day
        _nth(year, 10, _MONDAY, 2),  # Columbus Day
        _nth(year, 11, _THURSDAY, 4),  # Thanksgiving Day
    ]
    return frozenset([*observed, *floating])


def _observed(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == _SUNDAY else day


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last(year: int, month: int, weekday: int) -> date:
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
