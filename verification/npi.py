"""The check of a National Provider Identifier: typed correctly or not, and nothing more.

- Ten ASCII digits, the first 1 or 2, no blanks around (45 CFR 162.406; 69 FR 3434).
- The last is a check digit: the Luhn sum over 80840 and the NPI is a multiple of ten; the prefix alone adds 24.
- No digit has a meaning: an NPI does not tell a person from an organisation.
- It does not know whether the NPI was ever given out, or to whom.
"""

from functools import lru_cache
from typing import Final

LENGTH: Final = 10
FIRST_DIGITS: Final = frozenset("12")
PREFIX_SUM: Final = 24
_DIGITS: Final = frozenset("0123456789")
_DOUBLED: Final = {str(digit): (2 * digit) // 10 + (2 * digit) % 10 for digit in range(10)}


@lru_cache(maxsize=65536)
def npi_problem(text: str) -> str | None:
    """Why the text is no NPI, as the end of a sentence ("…has a wrong check digit"); None when it is one."""
    if text != text.strip():
        return "has blanks around it"
    if not set(text) <= _DIGITS:
        return "has other characters than the digits 0 to 9"
    if len(text) != LENGTH:
        return f"has {len(text)} digits instead of {LENGTH}"
    if text[0] not in FIRST_DIGITS:
        return "does not begin with 1 or 2"
    if check_digit(text[:-1]) != text[-1]:
        return "has a wrong check digit"
    return None


def valid_npi(text: str) -> bool:
    """Whether the text is a well-formed NPI with a right check digit."""
    return npi_problem(text) is None


def check_digit(nine: str) -> str:
    """The tenth digit for the first nine, which must be ASCII digits."""
    total = PREFIX_SUM + sum(_DOUBLED[digit] for digit in nine[::2]) + sum(int(digit) for digit in nine[1::2])
    return str(-total % 10)
