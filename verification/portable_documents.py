"""PDF files: whole, readable without a key, and without anything that acts.

- The file begins with its header and ends with its end mark (ISO 32000-2, 7.5); more than white space behind it is
  refused.
- A name that starts an action beyond showing a page, or carries another file, is looked for everywhere: in the file as
  it is, with names spelt in hexadecimal read out, and in every compressed stream, since objects may lie in one.
- What cannot be looked into is refused: encryption, and object streams packed in a way that is not undone here.
- It looks at structure and proves nothing: a reader that mends what is broken may see more.
- Links to the web are taken: a reader asks before following one.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

FORBIDDEN: Final = (
    "JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "FileAttachment", "RichMedia", "RichMediaContent",
    "ImportData", "SubmitForm", "GoToR", "GoToE", "Rendition", "Movie", "Sound", "XFA", "Encrypt",
)  # fmt: skip
UNFOLDS_TO: Final = 4 * 1024 * 1024
"""Bytes of one stream that are looked at."""
UNFOLDS_IN_ALL: Final = 96 * 1024 * 1024
MOST_STREAMS: Final = 5_000
_TAIL: Final = 1_024
_REACHES_BACK: Final = 16_384
_BLANKS: Final = 64
_FIRST_SLICE, _SLICE = 4_096, 65_536

_END: Final = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
_NAME: Final = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*#[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_HEXADECIMAL: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
# `XFA` and `Movie` are short enough to stand in packed data by chance, so they need what follows a name.
_ACTS: Final = re.compile(
    rb"/(" + b"|".join(name.encode() for name in FORBIDDEN) + rb")(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"
)
_STREAM: Final = re.compile(rb"stream[ \t]*\r?\n?")
_HEADER: Final = re.compile(rb"(?:^|[\r\n])[ \t]*\d+\s+\d+\s+obj\s*(?=<<)")
_BY_ZLIB_ALONE: Final = re.compile(rb"/Filter\s*(?:/FlateDecode|\[\s*/FlateDecode\s*\])\s*(?=/|>>)")
_TOKEN: Final = re.compile(rb"<<|>>|\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>|%[^\r\n]*|[^<>()%]+", re.DOTALL)


def pdf_problem(data: bytes) -> str | None:
    """What is wrong with a PDF file; None when nothing is."""
    if _END.search(data[-_TAIL:]) is None:
        return "it is cut off, or there is something behind its end"
    if found := _acting(data):
        return found
    left = UNFOLDS_IN_ALL
    for number, (word, start) in enumerate(_streams(data)):
        inside = _unfolded(data, start)
        left -= len(inside or b"")
        if left < 0 or number >= MOST_STREAMS:
            return "it unfolds to more than can be looked through"
        whole = inside is not None and len(inside) < UNFOLDS_TO
        says = _dictionary(data, word)
        if says is None and not data[max(0, word - _BLANKS) : word].rstrip().endswith(b">>"):
            says = b""  # a word in a text, not the beginning of a stream
        if _may_hold_objects(says) and not _looked_through(says, whole=whole):
            return "parts of it cannot be looked into"
        if inside and (found := _acting(inside)):
            return found
    return None


def _acting(data: bytes) -> str | None:
    """What acts in this text."""
    found = _ACTS.search(data) or _ACTS.search(b" ".join(_spelt_out(data)))
    if found is None:
        return None
    name = found[1].decode()
    return "it is encrypted" if name == "Encrypt" else f"it holds something that acts or another file ({name})"


def _spelt_out(data: bytes) -> Iterator[bytes]:
    """The names that are spelt in hexadecimal, read out."""
    return (_HEXADECIMAL.sub(lambda code: bytes([int(code[1], 16)]), found[0]) for found in _NAME.finditer(data))


def _streams(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the word before each stream stands, and where its content begins."""
    return (
        (found.start(), found.end())
        for found in _STREAM.finditer(data)
        if data[found.start() - 3 : found.start()] != b"end"
    )


def _unfolded(data: bytes, start: int) -> bytes | None:
    """What a stream packed by zlib holds, up to `UNFOLDS_TO`; None when it is not packed so."""
    unpack, parts, held, size = zlib.decompressobj(), [], 0, _FIRST_SLICE
    try:
        while start < len(data) and held < UNFOLDS_TO and not unpack.eof:
            parts.append(unpack.decompress(unpack.unconsumed_tail + data[start : start + size], UNFOLDS_TO - held))
            start, size, held = start + size, _SLICE, held + len(parts[-1])
    except zlib.error:
        return b"".join(parts) or None
    return b"".join(parts)


def _dictionary(data: bytes, word: int) -> bytes | None:
    """The dictionary of the stream whose word stands there; None where it cannot be told for certain.

    An object begins on a line of its own, and from there to the stream there is one dictionary: so no string and no
    comment inside passes for the beginning.
    """
    before = data[max(0, word - _REACHES_BACK) : word]
    headers = [found.end() for found in _HEADER.finditer(before)]
    if not headers:
        return None
    at, depth = headers[-1], 0
    while (token := _TOKEN.match(before, at)) is not None:
        depth += (token[0] == b"<<") - (token[0] == b">>")
        at = token.end()
        if depth == 0:
            break
    says = before[headers[-1] : at]
    return says + b" ".join(_spelt_out(says)) if depth == 0 and not before[at:].strip() else None


def _may_hold_objects(says: bytes | None) -> bool:
    """Whether objects may lie in a stream: its dictionary then says where the first one is."""
    return says is None or b"/First" in says or b"/ObjStm" in says


def _looked_through(says: bytes | None, *, whole: bool) -> bool:
    """Whether everything in such a stream has been seen: it is not packed, or by zlib alone and all of it."""
    if says is None:
        return False
    if b"/Filter" not in says:
        return True
    plainly = says.count(b"/Filter") == 1 and _BY_ZLIB_ALONE.search(says) is not None
    return whole and plainly and b"Parms" not in says and b"/DP" not in says
