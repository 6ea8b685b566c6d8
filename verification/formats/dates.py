"""Read the three ways in which registries print a date.

Rules:
- ISO 8601 `YYYY-MM-DD` (rosters), `MM/DD/YYYY` (NPPES), `yyyymmdd` with zeros for none (LEIE).
- Exactly that form, with the digits 0 to 9; nothing is guessed and no century is added.
- A year before 1900 is a slip of the pen and refused; 9999-12-31 is what some registers print for "no end".
"""

import re
from datetime import date

ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
AMERICAN = re.compile(r"(?P<month>[0-9]{2})/(?P<day>[0-9]{2})/(?P<year>[0-9]{4})")
COMPACT = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
PRINTED_AS = {ISO: "YYYY-MM-DD", AMERICAN: "MM/DD/YYYY", COMPACT: "YYYYMMDD"}

FIRST_YEAR = 1900


def read_date(text: str, form: re.Pattern[str]) -> date:
    """The day printed in `text`. Raises ValueError with a sentence for people."""
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(f"is not a date in the form {PRINTED_AS[form]}")
    year = int(found["year"])
    if year < FIRST_YEAR:
        raise ValueError("is not a plausible date; leave it empty where there is none")
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        raise ValueError("is not a day of the calendar") from None
