"""Where a postal code lies, with no network: coordinates and time zone of US ZIP codes.

Rules:
- The table is compiled into the `zipcodes` package and looked at one code at a time; what was found is kept.
- A ZIP code is five digits, alone or with four more; anything else lies nowhere we know.
- Coordinates are those of the code's centre, good to a few kilometres.

Does not know addresses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import zipcodes

ZIP: Final = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")

# The package says that it is typed, and its functions are not.
_matching: Final[Callable[[str], list[dict[str, Any]]]] = zipcodes.matching


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


@lru_cache(maxsize=65536)
def _look_up(code: str) -> Place | None:
    rows = _matching(code)
    if not rows:
        return None
    row = rows[0]
    return Place(float(row["lat"]), float(row["long"]), row["timezone"] or None, row["city"], row["state"])
