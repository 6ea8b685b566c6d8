"""Sheets read back from their PDF, as a reader's software would."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from api.letters.sheets import Sheet
from api.letters.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF and what is in it; `text` has one space wherever there is white space, and no breaks within words."""

    pdf: bytes
    reader: PdfReader

    @property
    def text(self) -> str:
        pages = "\n".join(page.extract_text() for page in self.reader.pages)
        return " ".join(pages.replace("\u200b", "").split())

    @property
    def catalog(self) -> Any:
        return self.reader.trailer["/Root"]

    @property
    def title(self) -> str | None:
        return self.reader.metadata.title if self.reader.metadata else None

    def tags(self) -> list[tuple[str, Any]]:
        """Every structure element, in reading order: its tag and the element."""
        return list(_elements(self.catalog["/StructTreeRoot"]))

    def longest_line(self) -> int:
        """How many characters the longest line has."""
        return max(len(row) for page in self.reader.pages for row in page.extract_text().splitlines())

    def names(self) -> list[str]:
        return [name for name, _ in self.tags()]


def printed(sheet: Sheet | None) -> Printed:
    """The sheet set and opened."""
    assert sheet is not None
    return opened(typeset(orjson.dumps(sheet)))


def opened(pdf: bytes) -> Printed:
    """A PDF as it came."""
    return Printed(pdf, PdfReader(io.BytesIO(pdf)))


def _elements(node: Any) -> Iterator[tuple[str, Any]]:
    kids = node.get("/K") if isinstance(node, DictionaryObject) else None
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        found = kid.get_object() if kid is not None else None
        if isinstance(found, DictionaryObject) and "/S" in found:
            yield str(found["/S"]).removeprefix("/"), found
            yield from _elements(found)
