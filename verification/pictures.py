"""The structure of PNG and JPEG files, walked from the first byte to the last.

- PNG (ISO/IEC 15948): signature, IHDR first, every chunk with its right CRC, picture data, and IEND as the very end.
- JPEG (ITU-T T.81): SOI, segments by their lengths, a frame, scans, and EOI as the very end.
- A picture that would unfold to more pixels than anybody can look at is refused.
- Pixels are not decoded.
"""

import re
import struct
import zlib
from typing import Final

MOST_PIXELS: Final = 100_000_000
LONGEST_SIDE: Final = 30_000

_BEHIND: Final = "there is something behind its end"
_CUT_OFF: Final = "it is cut off or damaged"
_TOO_BIG: Final = "it has too many pixels"

_PNG_START: Final = 8
_CHUNK_FRAME: Final = 12
_MOST_CHUNKS: Final = 20_000
_IHDR: Final = 13


def png_problem(data: bytes) -> str | None:
    """What is wrong with a PNG file; None when nothing is."""
    at, pixels, number = _PNG_START, False, 0
    while at + _CHUNK_FRAME <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + _CHUNK_FRAME + length
        if end > len(data) or number > _MOST_CHUNKS:
            return _CUT_OFF
        if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            return _CUT_OFF
        if number == 0 and (problem := _header_problem(kind, length, data[at + 8 : end - 4])):
            return problem
        pixels = pixels or kind == b"IDAT"
        if kind == b"IEND":
            return (None if pixels else _CUT_OFF) if end == len(data) else _BEHIND
        at, number = end, number + 1
    return _CUT_OFF


def _header_problem(kind: bytes, length: int, body: bytes) -> str | None:
    if kind != b"IHDR" or length != _IHDR:
        return _CUT_OFF
    return _size_problem(*struct.unpack_from(">II", body))


def _size_problem(width: int, height: int) -> str | None:
    if not width or not height:
        return _CUT_OFF
    return _TOO_BIG if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS else None


_MARK: Final = 0xFF
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SHORTEST_FRAME: Final = 8
_MOST_STEPS: Final = 50_000
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)


def jpeg_problem(data: bytes) -> str | None:
    """What is wrong with a JPEG file; None when nothing is."""
    at, framed, scanned = 2, False, False
    for _ in range(_MOST_STEPS):
        if at + 2 > len(data) or data[at] != _MARK:
            return _CUT_OFF
        kind = data[at + 1]
        if kind == _MARK:
            at += 1
        elif kind in _ALONE:
            at += 2
        elif kind == _END_OF_IMAGE:
            return _end_problem(whole=framed and scanned, last=at + 2 == len(data))
        else:
            end = _segment_end(data, at)
            if end is None:
                return _CUT_OFF
            if kind in _FRAMES:
                if problem := _frame_problem(data[at + 4 : end]):
                    return problem
                framed = True
            scanned = scanned or kind == _START_OF_SCAN
            at = _behind_scan(data, end) if kind == _START_OF_SCAN else end
    return _CUT_OFF


def _end_problem(*, whole: bool, last: bool) -> str | None:
    if not whole:
        return _CUT_OFF
    return None if last else _BEHIND


def _segment_end(data: bytes, at: int) -> int | None:
    """Where the segment at `at` ends; None when that is not in the file."""
    if at + 4 > len(data):
        return None
    (length,) = struct.unpack_from(">H", data, at + 2)
    end = at + 2 + int(length)
    return end if length >= 2 and end <= len(data) else None  # noqa: PLR2004 - the length counts its own two bytes


def _frame_problem(body: bytes) -> str | None:
    if len(body) < _SHORTEST_FRAME:
        return _CUT_OFF
    height, width = struct.unpack_from(">HH", body, 1)
    return _size_problem(width, height)


def _behind_scan(data: bytes, at: int) -> int:
    """The next marker behind coded data, in which FF is followed by 00 or a restart marker."""
    found = _NEXT_MARKER.search(data, at)
    return found.start() if found is not None else len(data)
