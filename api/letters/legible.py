"""Text as it may be printed: whatever somebody wrote is shown, and nothing of it acts.

- A character that no typeface draws, and every one that steers others (controls, overrides of direction), is shown as
  its code point, such as [U+202E].
- A base and its combining marks need one typeface that has them all; otherwise each is shown as its code point, and so
  is every mark beyond the eighth.
- A word that would run off the paper may be broken; text written from right to left keeps to itself.
- The text comes back as a string that the typesetter takes as characters: it is never read as markup.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from api.letters.faces import coverages

LONGEST_WORD: Final = 40
MOST_MARKS: Final = 8
_BREAK: Final = "\u200b"  # zero width space: a line may end here
_ISOLATE: Final = "\u2068"  # first strong isolate, as UAX #9 has it
_END: Final = "\u2069"
_HARMLESS: Final = frozenset("\u00ad\u200c\u200d\u200e\u200f")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def legible(text: str) -> str:
    """One paragraph's text, safe to print: white space becomes single spaces."""
    words = " ".join(_visible(word) for word in text.split())
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in words):
        return f"{_ISOLATE}{words}{_END}"
    return words


def _visible(word: str) -> str:
    parts: list[str] = []
    length = 0
    for piece in _pieces(unicodedata.normalize("NFC", word)):
        length += len(piece)
        if length > LONGEST_WORD:
            parts.append(_BREAK)
            length = len(piece)
        parts.append(piece)
    return "".join(parts)


def _pieces(word: str) -> Iterator[str]:
    """The word as it is shown, in pieces that are not broken."""
    for cluster in _clusters(word):
        kept, rest = cluster[: 1 + MOST_MARKS], cluster[1 + MOST_MARKS :]
        if _drawable(kept):
            yield kept
        else:
            yield from _code_points(kept)
        yield from _code_points(rest)


def _code_points(text: str) -> Iterator[str]:
    return (f"[U+{ord(character):04X}]" for character in text)


def _clusters(word: str) -> Iterator[str]:
    """A base with the marks that sit on it."""
    start = 0
    for at, character in enumerate(word):
        if at > start and not (unicodedata.category(character).startswith("M") or character in _HARMLESS):
            yield word[start:at]
            start = at
    if start < len(word):
        yield word[start:]


def _drawable(cluster: str) -> bool:
    if any(_steers(character) for character in cluster):
        return False
    points = {ord(character) for character in cluster}
    return any(points <= covered for covered in coverages())


def _steers(character: str) -> bool:
    return unicodedata.category(character).startswith("C") and character not in _HARMLESS
