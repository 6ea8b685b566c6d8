"""The figures of a referral's clocks: how many days each side has, and when it is reminded.

- They are data: the table that ships with this package, or that table with some of its entries replaced by an
  operator's own. An entry that is not in the shipped table is refused, so that a misspelt one is not silently ignored.
- It does not know states, nor what a day is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from verification.referral_reasons import HoldReason, Priority
from verification.tables import table


class ClockError(ValueError):
    """A table of clocks cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Business days until an answer is due, by priority; `expires_after` is a multiple of them."""

    business_days: Mapping[Priority, int]
    reminders: tuple[float, ...]
    expires_after: float
    least_left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long somebody has for one kind of thing, and what happens when it is not done.

    `business_days` or `days` until it is due; `reminders` at parts of that time, `remind_after` at days from the
    start; `ends_after` days the network acts by itself, and where it never does, it reminds `again` and again.
    """

    business_days: int = 0
    days: int = 0
    reminders: tuple[float, ...] = ()
    remind_after: tuple[int, ...] = ()
    ends_after: int = 0
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Every figure; what each means stands beside it in `data/clocks.toml`."""

    first_answer: FirstAnswer
    booking: Allowance
    waitlist: Allowance
    visit: Allowance
    rebooking: Allowance
    hold: Mapping[HoldReason, Allowance]
    report: Allowance
    acknowledgement: Allowance
    cancellation: Allowance
    unattended: Allowance
    draft: Allowance


def clocks_of(found: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> Clocks:
    """The figures of a table in the form of `data/clocks.toml`, entries in `own` taking the place of those in `found`.

    Raises ClockError for an entry that is unknown or no usable figure.
    """
    merged = _merged(found, own or {}, ())
    try:
        return _clocks(merged)
    except (KeyError, TypeError, ValueError) as error:
        raise ClockError(f"the table of clocks cannot be used: {error}") from error


def _merged(found: Mapping[str, Any], own: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    merged = dict(found)
    for name, value in own.items():
        here = (*path, name)
        if name not in found:
            raise ClockError(f"there is no entry {'.'.join(here)} among the clocks")
        if isinstance(found[name], Mapping) != isinstance(value, Mapping):
            raise ClockError(f"{'.'.join(here)} is a table on one side only")
        merged[name] = _merged(found[name], value, here) if isinstance(value, Mapping) else _figure(value, here)
    return merged


def _figure(value: Any, path: tuple[str, ...]) -> Any:
    figures = value if isinstance(value, list) else [value]
    if not all(isinstance(figure, int | float) and not isinstance(figure, bool) and figure > 0 for figure in figures):
        raise ClockError(f"{'.'.join(path)} is not made of figures above nothing")
    return value


def _clocks(found: Mapping[str, Any]) -> Clocks:
    first, booking, hold, reading = found["first_answer"], found["booking"], found["hold"], found["acknowledgement"]
    alone = found["unattended"]
    return Clocks(
        FirstAnswer(
            {priority: first["business_days"][priority.value] for priority in Priority},
            tuple(first["reminders"]),
            first["expires_after"],
            first["least_left_business_days"],
        ),
        booking=_allowance(booking),
        waitlist=Allowance(days=booking["waitlist_days"], reminders=tuple(booking["reminders"]), again=_again(booking)),
        visit=_allowance(found["visit"]),
        rebooking=_allowance(found["rebooking"]),
        hold={reason: Allowance(days=hold["days"][reason.value], again=_again(hold)) for reason in HoldReason},
        report=_allowance(found["report"]),
        acknowledgement=_allowance(reading, ends_after=reading["closes_after_days"]),
        cancellation=_allowance(found["cancellation"]),
        unattended=_allowance(alone, ends_after=alone["withdrawn_after_days"]),
        draft=_allowance(found["draft"]),
    )


def _allowance(found: Mapping[str, Any], *, ends_after: int = 0) -> Allowance:
    return Allowance(
        business_days=found.get("business_days", 0),
        days=found.get("due_days", 0),
        reminders=tuple(found.get("reminders", ())),
        remind_after=tuple(found.get("remind_after_days", ())),
        ends_after=ends_after,
        again=_again(found),
    )


def _again(found: Mapping[str, Any]) -> timedelta | None:
    return timedelta(days=found["again_days"]) if "again_days" in found else None


CLOCK_TABLE: Final = table("clocks")
SHIPPED_CLOCKS: Final = clocks_of(CLOCK_TABLE)
"""The figures that come with this program."""
