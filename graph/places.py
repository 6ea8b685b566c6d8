"""Where a postal code lies, with no network: coordinates and time zone of US ZIP codes.

Rules:
- The table is that of the `zipcodes` package, read once when the first code is asked for (about a second).
- A ZIP code is five digits, alone or with four more; anything else lies nowhere we know.
- Coordinates are those of the code's centre, good to a few kilometres.

Does not know addresses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import zipcodes

ZIP: Final = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")

# The package says that it is typed, and its functions are not.
_list_all: Final[Callable[[], list[dict[str, Any]]]] = zipcodes.list_all


@dataclass(frozen=True, slots=True)
class Place:
    """The centre of a postal code on WGS-84, its IANA zone (None on a military address), and its city and state."""

    latitude: float
    longitude: float
    zone: str | None
    city: str
    state: str


def find_place(postal_code: str) -> Place | None:
    """Where a US ZIP code lies; None for one that is not in the table."""
    found = ZIP.fullmatch(postal_code.strip())
    return _look_up(found[1]) if found else None


def printed_postal_code(postal_code: str) -> str:
    """A ZIP code with its hyphen, which NPPES leaves out; other codes as they are."""
    found = ZIP.fullmatch(postal_code)
    return f"{found[1]}-{found[2]}" if found and found[2] else postal_code


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Every code once, since looking one up in the package's list walks all 43,000."""
    return {row["zip_code"]: row for row in reversed(_list_all())}


@cache
def _look_up(code: str) -> Place | None:
    row = _table().get(code)
    if row is None:
        return None
    return Place(float(row["lat"]), float(row["long"]), row["timezone"] or None, row["city"], row["state"])
