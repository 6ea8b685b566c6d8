"""What may be attached: four kinds of content, each told by its structure and never by a name or a label.

- The declared type must be what the content is; content of no kind we take is refused whatever it is called.
- A file is one thing only: it begins and ends as its format says, with nothing before or behind, and holds no archive,
  page or script that another reader could make of it.
- Names come from us: what is offered to be saved says nothing of a patient.
- It knows no file and no network; a virus scanner comes after it and does not replace it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from verification.errors import Refusal
from verification.pictures import jpeg_problem, png_problem
from verification.portable_documents import pdf_problem

LARGEST: Final = 5 * 1024 * 1024
"""Bytes."""


class Media(StrEnum):
    """The content types that are taken."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class _Format:
    begins: bytes
    problem: Callable[[bytes], str | None]
    file_name: str


def _text_problem(data: bytes) -> str | None:
    """UTF-8 without control characters, which does not begin as something else does."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "it is not text in UTF-8"
    if _CONTROLS.search(text) is not None:
        return "it holds control characters"
    start = text.lstrip().lower()[:20]
    if start.startswith(_OTHER_STARTS):
        return "it begins as another kind of file does"
    return None


_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# The page-like beginnings of the WHATWG MIME Sniffing standard, and scripts and documents that are plain text.
_OTHER_STARTS: Final = (
    "<!doctype", "<html", "<head", "<body", "<script", "<iframe", "<style", "<svg", "<?xml", "<?php", "<!--", "<table",
    "<h1", "<div", "<font", "<title", "<a ", "<b>", "<br", "<p>", "%pdf", "%!ps", "#!", "{\\rtf",
    "<a\t", "mime-version:",
)  # fmt: skip

_FORMATS: Final[Mapping[Media, _Format]] = {
    Media.PDF: _Format(b"%PDF-", pdf_problem, "document.pdf"),
    Media.PNG: _Format(b"\x89PNG\r\n\x1a\n", png_problem, "image.png"),
    Media.JPEG: _Format(b"\xff\xd8\xff", jpeg_problem, "image.jpg"),
    Media.TEXT: _Format(b"", _text_problem, "text.txt"),
}
# An archive is read from its end, a page wherever it begins.
_ARCHIVE_ENDS: Final = (b"PK\x05\x06", b"PK\x06\x06")
_ARCHIVE_REACH: Final = 66_000
_ACTIVE: Final = (b"<script", b"<?php", b"<iframe", b"<html")


def media_of(declared: str) -> Media:
    """The content type of a header, its parameters left out. Raises Refusal for one that is not taken."""
    kind, *parameters = (part.strip().lower() for part in declared.split(";"))
    charsets = [p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")]
    if kind not in set(Media) or any(charset not in {"utf-8", "us-ascii"} for charset in charsets):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", f"Send one of {', '.join(Media)}; text in UTF-8.")
    return Media(kind)


def file_name(media: Media) -> str:
    """The name under which such content is offered."""
    return _FORMATS[media].file_name


def check_content(data: bytes, declared: Media) -> None:
    """Raises Refusal when `data` is not whole and harmless content of the declared type, as far as structure tells."""
    if not data:
        raise Refusal("EMPTY", "The file is empty.")
    if len(data) > LARGEST:
        raise Refusal("TOO_LARGE", f"A file has at most {LARGEST} bytes.")
    if _begins_as(data) is not declared:
        raise Refusal("TYPE_MISMATCH", f"The content is not {declared.value}.")
    problem = _FORMATS[declared].problem(data) or _other_problem(data)
    if problem is not None:
        raise Refusal("CONTENT_REFUSED", f"The file cannot be taken: {problem}.")


def _begins_as(data: bytes) -> Media:
    return next((media for media, kind in _FORMATS.items() if kind.begins and data.startswith(kind.begins)), Media.TEXT)


def _other_problem(data: bytes) -> str | None:
    if any(end in data[-_ARCHIVE_REACH:] for end in _ARCHIVE_ENDS):
        return "it can be read as an archive too"
    lower = data.lower()
    return "it can be read as a page or a script too" if any(mark in lower for mark in _ACTIVE) else None
