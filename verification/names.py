"""People's names: folded for searching and comparing, and put into ordinary capitals for showing.

- Folding gives upper-case letters and single blanks: accents and apostrophes go, hyphens and points become blanks.
- Letters that Unicode does not decompose (ð, ø, ß, ł …) have their own table; letters of other scripts stay.
- A lone O, D or MC is joined to what follows, so that O'BRIEN, O BRIEN and OBRIEN are one name.
- Folded names find candidates; equal names alone never make two people the same.
- It does not know nicknames.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_UNDECOMPOSED: Final = str.maketrans(
    {
        "Æ": "AE",
        "Œ": "OE",
        "Ø": "O",
        "Ð": "D",
        "Đ": "D",
        "Þ": "TH",
        "Ł": "L",
        "Ħ": "H",
        "Ŋ": "NG",
        "Ŧ": "T",
        "\N{LATIN SMALL LETTER DOTLESS I}": "I",
        "Ə": "A",
    },
)
# The apostrophe as typed and as printed, and whatever else stands in for it.
_SILENT: Final = re.compile("['`\u2019\u2018\u02bc\u02bb\u00b4\u2032\uff07]")
_JOINED: Final = re.compile(r"\b(O|D|MC) (?=\w)")
_SUFFIXES: Final = {
    "JUNIOR": "JR",
    "SENIOR": "SR",
    "THE SECOND": "II",
    "THE THIRD": "III",
    "THE FOURTH": "IV",
    "2ND": "II",
    "3RD": "III",
    "4TH": "IV",
    "5TH": "V",
}
_ROMAN: Final = frozenset({"II", "III", "IV", "V", "VI", "VII", "VIII"})


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The text as upper-case letters and single blanks: "O'Brien-Núñez" and "o brien nunez" are "OBRIEN NUNEZ"."""
    upper = unicodedata.normalize("NFKC", text).upper().translate(_UNDECOMPOSED)
    bare = "".join(c for c in unicodedata.normalize("NFKD", _SILENT.sub("", upper)) if not unicodedata.combining(c))
    words = "".join(c if c.isalpha() else " " for c in bare).split()
    return _JOINED.sub(r"\1", " ".join(words))


def full_name_key(given: str, family: str) -> str:
    """The key under which equal full names are found: "GIVEN FAMILY", folded, without blanks inside either part.

    Blank when there is no family name, so that nameless rows never equal one another.
    """
    family_key = fold(family).replace(" ", "")
    return f"{fold(given).replace(' ', '')} {family_key}".strip() if family_key else ""


def initial(middle: str) -> str:
    """The folded first letter of a middle name; blank when there is none."""
    return fold(middle)[:1]


@lru_cache(maxsize=4096)
def suffix_key(suffix: str) -> str:
    """A generational suffix for comparing: 'Jr.' and 'junior' are both JR, '2nd' is II."""
    plain = " ".join("".join(c if c.isalnum() else " " for c in suffix.upper()).split())
    return _SUFFIXES.get(plain, plain)


def display_name(given: str, middle: str, family: str, suffix: str = "") -> str:
    """The name as it is shown, "Given Middle Family, Suffix", in ordinary capitals."""
    name = " ".join(part for part in map(_capitals, (given, middle, family)) if part)
    shown = _shown_suffix(suffix)
    return f"{name}, {shown}" if shown else name


@lru_cache(maxsize=4096)
def _shown_suffix(suffix: str) -> str:
    key = suffix_key(suffix)
    return key if key in _ROMAN else " ".join(suffix.split()).rstrip(".").capitalize() if suffix.strip() else ""


@lru_cache(maxsize=65536)
def _capitals(text: str) -> str:
    """Registers print names in capitals; a name that somebody wrote in mixed case is left as it is."""
    words = " ".join(text.split())
    if words and (words.isupper() or words.islower()):
        return re.sub(r"[^\W\d_]+", lambda found: _capitalised(found.group()), words)
    return words


def _capitalised(word: str) -> str:
    scottish = 4  # MCGEE is the shortest name in which the part after MC is a name of its own.
    if word.upper().startswith("MC") and len(word) > scottish:
        return "Mc" + word[2:].capitalize()
    return word.capitalize()
