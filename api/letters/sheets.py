"""What stands on a sheet, in words alone: how it looks is the template's.

- A sheet is one document about one referral for one reader. Two sheets are never run together.
- `title` is the document's title to whoever lists files: it never says why or of whom.
- It does not know how a sheet is set, nor what can be drawn.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

LETTER_PAPER: Final = "us-letter"
A4: Final = "a4"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text."""

    text: str
    strong: bool = False


Line = tuple[Run, ...]


class Form(StrEnum):
    """How lines are set: as paragraphs, with bullets, or counted."""

    TEXT = "text"
    BULLETS = "bullets"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one form."""

    lines: tuple[Line, ...]
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code to scan: where it leads, what it is for those who cannot see it, and the words under it."""

    address: str
    description: str
    caption: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A framed statement with codes beside it."""

    heading: str
    lines: tuple[Line, ...]
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document. `letterhead` stands above on the left, `stamp` on the right, `footer` on every page."""

    title: str
    heading: str
    footer: str
    made: datetime
    paper: str = LETTER_PAPER
    large: bool = False
    letterhead: tuple[Line, ...] = ()
    stamp: tuple[Line, ...] = ()
    opening: tuple[Line, ...] = ()
    lead: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    closing: tuple[Line, ...] = ()
    panel: Panel | None = None
    small: tuple[Line, ...] = ()


def line(*texts: str | Run) -> Line:
    """A line of plain and strong runs."""
    return tuple(text if isinstance(text, Run) else Run(text) for text in texts)


def paragraphs(text: str | None) -> tuple[Line, ...]:
    """What somebody wrote, a paragraph for each of its lines."""
    return tuple(line(row) for row in (text or "").splitlines() if row.strip())
