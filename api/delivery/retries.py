"""When to try again: later each time, spread, and not for ever.

- It does not know what is tried.
"""

from datetime import datetime, timedelta
from typing import Final

FIRST: Final = timedelta(seconds=10)
FIRST_REST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(hours=6)
MOST_TRIES: Final = 16
"""After about a day and a half a notice is dead; what it tells of can still be seen by signing in."""
GIVES_UP_AFTER: Final = timedelta(days=5)
"""An endpoint that took nothing for so long is sent nothing more."""


def wait_before(tries: int, chance: float) -> timedelta:
    """How long to wait after `tries` tries that failed; `chance` in 0..1 spreads it from 75 % to 125 %."""
    doubled: timedelta = FIRST * (1 << min(max(tries - 1, 0), 20))
    return min(doubled, LONGEST) * (0.75 + 0.5 * chance)


def rest_after(failures: int, chance: float) -> timedelta:
    """How long an endpoint is left alone after `failures` in a row; a single one, as happens, holds up little."""
    doubled: timedelta = FIRST_REST * (1 << min(max(failures - 1, 0), 20))
    return min(doubled, LONGEST) * (0.75 + 0.5 * chance)


def next_try(tries: int, now: datetime, chance: float) -> datetime | None:
    """When to try again after `tries` tries that failed; None when that was the last."""
    return None if tries >= MOST_TRIES else now + wait_before(tries, chance)


def gives_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is given up."""
    return failing_since is not None and now - failing_since >= GIVES_UP_AFTER
