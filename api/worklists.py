"""`worklistCounts`: every folder with how much lies in it, from how many referrals stand in each state."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from verification.referral_states import State
from verification.worklists import Side, Tally, counted

_SIDES: Final[tuple[Side, ...]] = ("sender", "recipient")


def folder_counts(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The field's value."""
    return [
        {"folder": row.folder, "count": row.count, "overdue": row.overdue, "unread": row.unread}
        for row in counted(_tallies(raw))
    ]


def _tallies(raw: Mapping[str, Any]) -> Iterator[Tally]:
    for side in _SIDES:
        for row in raw[side]:
            yield Tally(side, State(row["state"]), row["reportDue"], row["count"], row["overdue"], row["unread"])
