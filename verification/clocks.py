"""Business time: how long somebody has, counted in days on which people work at the place where they have to act.

- A business day is 24 hours of local wall clock on a Monday to Friday that is no public holiday there. What starts on
  another day starts at midnight of the next business day.
- Public holidays are those of the country, and of the state or nation within it where that has its own, as the
  `holidays` library keeps them. A country it does not know rests at weekends only.
- Parts of a day count too: half of a business day is twelve hours of it.
- It does not know what day it is, nor what anybody has to do.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from warnings import catch_warnings, simplefilter
from zoneinfo import ZoneInfo

BUSINESS_DAY: Final = timedelta(days=1)

_SATURDAY: Final = 5
_LONGEST_REST: Final = 60
"""Days in a row without a business day at which something must be wrong with a calendar."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody acts: the IANA zone, the ISO country and, where it has holidays of its own, the state or nation.

    An empty country rests at weekends only.
    """

    zone: str = "UTC"
    country: str = ""
    state: str = ""


NOWHERE: Final = Place()
"""Of somebody without a known practice."""


def place_of(zone: str | None, country: str | None, state: str | None) -> Place:
    """A practice's place. Registers in the United States leave the country out when it is theirs."""
    if not zone:
        return NOWHERE
    return Place(zone, (country or "US").upper().replace("USA", "US"), (state or "").strip())


def after_business_days(start: datetime, days: float, place: Place) -> datetime:
    """The instant `days` business days after `start`, in UTC; `start` is aware, `days` not negative."""
    return after_business_time(start, BUSINESS_DAY * days, place)


def after_business_time(start: datetime, amount: timedelta, place: Place) -> datetime:
    """The instant at which `amount` of business time has passed since `start`, in UTC.

    The wall clock there is kept, so that an answer due at three in the afternoon is due at three also across a change
    of summer time.
    """
    day, clock = _begin(start, place)
    whole, rest = divmod(clock + amount, BUSINESS_DAY)
    for _ in range(whole):
        day = _next_business_day(day, place)
    return _instant(day, rest, place)


def business_time_between(start: datetime, end: datetime, place: Place) -> timedelta:
    """How much business time passes there from `start` to `end`; nothing when `end` is not later."""
    if end <= start:
        return timedelta()
    day, clock = _begin(start, place)
    last, last_clock = _begin(end, place)
    passed = last_clock - clock
    while day < last:
        day = _next_business_day(day, place)
        passed += BUSINESS_DAY
    return passed


def is_business_day(day: date, place: Place) -> bool:
    """True on a Monday to Friday that is no public holiday there."""
    return day.weekday() < _SATURDAY and day not in _public_holidays(place.country, place.state, day.year)


def load_calendars() -> None:
    """Load what knows of holidays, which takes a second the first time; ahead of the first question."""
    _public_holidays("US", "", 2026)


def _begin(instant: datetime, place: Place) -> tuple[date, timedelta]:
    """The business day that counts at an instant, and how far into it the wall clock is."""
    local = instant.astimezone(ZoneInfo(place.zone))
    if not is_business_day(local.date(), place):
        return _next_business_day(local.date(), place), timedelta()
    clock = local.time()
    return local.date(), timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )


def _instant(day: date, clock: timedelta, place: Place) -> datetime:
    return (datetime.combine(day, time(), ZoneInfo(place.zone)) + clock).astimezone(UTC)


def _next_business_day(day: date, place: Place) -> date:
    for _ in range(_LONGEST_REST):
        day += timedelta(days=1)
        if is_business_day(day, place):
            return day
    raise ValueError(f"No business day in {_LONGEST_REST} days in {place.country} {place.state}")


@lru_cache(maxsize=1024)
def _public_holidays(country: str, state: str, year: int) -> frozenset[date]:
    # The library takes a second to load, which commands that count no days need not wait for.
    from holidays import country_holidays  # noqa: PLC0415

    if not country:
        return frozenset()
    with catch_warnings():
        # It warns of years for which it knows a part of a country's holidays only; that part still counts.
        simplefilter("ignore")
        try:
            known = country_holidays(country)
        except NotImplementedError:
            return frozenset()
        part = known.subdivisions_aliases.get(state.title(), state.upper())
        own = part if part in known.subdivisions else None
        return frozenset(country_holidays(country, subdiv=own, years=year, expand=False))
