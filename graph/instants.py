"""Instants between Python and the graph: aware UTC datetimes here, epoch milliseconds there.

- Every instant in the graph is an int of milliseconds, so that comparing two of them is comparing numbers.
- "No end" is None in Python and `FOR_EVER` in the graph, so that a window without an end needs no special case.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

FOR_EVER: Final = 253402300799999  # 9999-12-31T23:59:59.999Z
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def millis(at: datetime) -> int:
    """An aware datetime as epoch milliseconds, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def instant(milliseconds: int) -> datetime:
    """Epoch milliseconds as an aware UTC datetime."""
    return _EPOCH + milliseconds * _MILLISECOND


def optional_instant(milliseconds: int | None) -> datetime | None:
    """As `instant`; None and `FOR_EVER` are None."""
    return None if milliseconds is None or milliseconds >= FOR_EVER else instant(milliseconds)
