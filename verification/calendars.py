"""Printed dates as instants: when a day begins and ends where a body sits.

- A day is the half-open interval from its first instant to the first instant of the next day, in an IANA zone.
- What is good through a date ends at the start of the next day, so a summer-time change moves the end with it.
- CompactConnect's data keeps its own published rule: days begin and end at UTC-4, the whole year round.
- It does not know what day it is.
"""

from datetime import MAXYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

# CompactConnect: valid through the printed date, ending at the next day's first second in UTC-4, no daylight saving.
# IANA names count the other way round: Etc/GMT+4 is four hours behind.
COMPACT_ZONE: Final = "Etc/GMT+4"

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime(MAXYEAR, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)

_ZONES: dict[str, ZoneInfo] = {}


def _zone(name: str) -> ZoneInfo:
    found = _ZONES.get(name)
    if found is None:
        found = _ZONES[name] = ZoneInfo(name)
    return found


@lru_cache(maxsize=131072)
def start_of(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC.

    Where clocks skip midnight, the first instant is the one they skip to. Raises ZoneInfoNotFoundError for an unknown
    zone.
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(UTC)
    except OverflowError:
        return EARLIEST if day.year == 1 else LATEST


@lru_cache(maxsize=131072)
def end_of(day: date, zone: str) -> datetime:
    """The first instant after a day in a zone, in UTC; for the last day of the calendar, the last instant there is."""
    if day == date.max:
        return LATEST
    return start_of(day + timedelta(days=1), zone)


@lru_cache(maxsize=65536)
def day_at(instant: datetime, zone: str) -> date:
    """The date on the wall at an instant in a zone."""
    return instant.astimezone(_zone(zone)).date()
