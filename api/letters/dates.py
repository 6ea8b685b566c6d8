"""Dates and instants as they are printed: in one place's time, which is named.

- US English, the same on every machine: months are not asked of the system's locale.
- Instants come as GraphQL writes them (RFC 3339), dates as ISO 8601.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_COMMON_NAMES: Final = {
    "America/New_York": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
    "UTC": "UTC",
}
_SPACE: Final = "\u00a0"  # a date is not torn apart at the end of a line
_NOON: Final = 12


def day(iso: str) -> str:
    """`2026-07-28` as July 28, 2026."""
    return _day(date.fromisoformat(iso))


def day_of(instant: str, zone: str | None) -> str:
    """The day on which it was, at that place."""
    return _day(_local(instant, zone).date())


def moment(instant: str, zone: str | None) -> str:
    """July 28, 2026, 6:10 am Pacific."""
    at = _local(instant, zone)
    hour = f"{at.hour % _NOON or _NOON}:{at.minute:02}{_SPACE}{'am' if at.hour < _NOON else 'pm'}"
    return f"{_day(at.date())}, {hour}{_SPACE}{zone_name(zone)}"


def zone_name(zone: str | None) -> str:
    """What people call a time zone: Pacific, or the city it is named for with the word time."""
    known = _zone(zone).key
    return _COMMON_NAMES.get(known) or f"{known.rpartition('/')[2].replace('_', ' ')} time"


def _day(on: date) -> str:
    return f"{_MONTHS[on.month - 1]}{_SPACE}{on.day}, {on.year}"


def _local(instant: str, zone: str | None) -> datetime:
    return datetime.fromisoformat(instant).astimezone(_zone(zone))


def _zone(zone: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
