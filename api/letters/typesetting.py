"""A sheet becomes a PDF: run as a process of its own for each, from standard input to standard output.

- Tagged PDF/UA-1 (ISO 14289-1): the typesetter refuses what would not conform.
- Every text passes `legible` here on its way to the template: there is no other door.
- Nothing is read but the template and the typefaces beside it, and nothing is fetched.
- Memory and processor time are bounded by the system, so that hostile text ends this process and nothing else.
- It does not know whose letter it is, and forgets it by ending.
"""

import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import segno
import typst

from api.letters.legible import legible

_TEMPLATE: Final = Path(__file__).parent / "sheet.typ"
_FACES: Final = Path(__file__).parent / "faces"
_INK: Final = "#15211f"
MOST_MEMORY: Final = 2**30
MOST_SECONDS: Final = 15


def typeset(encoded: bytes) -> bytes:
    """The PDF of a `Sheet` in JSON. Raises typst.TypstError when it cannot be set."""
    sheet = _legible(orjson.loads(encoded))
    pdf = typst.compile(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_faces(),
        format="pdf",
        sys_inputs={"sheet": orjson.dumps(sheet).decode()},
        pdf_standards=["ua-1"],
        timestamp=int(datetime.fromisoformat(sheet["made"]).timestamp()),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("one document is expected")
    return pdf


@cache
def _faces() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FACES])


def _legible(part: Any) -> Any:
    """The same tree with every text made fit to print, and a picture beside every address of a code."""
    if isinstance(part, str):
        return _spaced(part)
    if isinstance(part, list):
        return [_legible(item) for item in part]
    if isinstance(part, dict):
        shown = {name: _legible(value) for name, value in part.items()}
        return shown if "address" not in part else {**shown, "image": _picture(part["address"])}
    return part


def _spaced(text: str) -> str:
    """A stretch of text keeps one space at either end, where it meets its neighbour."""
    before = " " if text[:1].isspace() else ""
    after = " " if text.strip() and text[-1:].isspace() else ""
    return f"{before}{legible(text)}{after}"


def _picture(address: str) -> str:
    """A QR code (ISO 18004) as SVG, correcting errors of 15 %; the panel around it is its quiet zone."""
    return segno.make(address, error="m", micro=False).svg_inline(border=0, dark=_INK)


def bound() -> None:
    """Let the system stop this process when it takes too much; where it cannot, the caller's clock still does."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    bound()
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read()))
