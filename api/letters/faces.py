"""Which characters our typefaces can draw, read from the fonts themselves.

- A font's `cmap` table in format 12, as the OpenType specification lays it out; nothing else of it is read.
- A character without a glyph would leave a hole in a letter, so whoever sets text asks here first.
"""

import struct
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "faces"
_FORMAT_12: Final = 12


@cache
def coverages() -> tuple[frozenset[int], ...]:
    """The code points of each typeface, in the order in which they are tried."""
    text = _covered("SourceSans3-Regular.otf") & _covered("SourceSans3-Semibold.otf")
    return text, _covered("DejaVuSans.ttf")


def _covered(name: str) -> frozenset[int]:
    font = (FOLDER / name).read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * number) for number in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", font, cmap + 2)
    starts = (cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)[2] for number in range(subtables))
    start = next(at for at in starts if struct.unpack_from(">H", font, at)[0] == _FORMAT_12)
    (count,) = struct.unpack_from(">I", font, start + 12)
    groups = (struct.unpack_from(">III", font, start + 16 + 12 * number) for number in range(count))
    return frozenset[int]().union(*(range(first, last + 1) for first, last, _ in groups))
