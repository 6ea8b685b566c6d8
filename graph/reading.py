"""Open a table somebody handed in and give out its rows, whatever state the file is in.

Rules:
- UTF-8 with or without a mark, lines ended by LF, CRLF or CR. UTF-16 is refused with words; a line that is not UTF-8
  keeps its odd bytes as surrogates, which the row parsers refuse with the column.
- What is wrong with one row is that row's trouble: a quotation mark that is never closed costs its own line, a line
  without an end costs itself, and memory never holds more than one of either.
- A zip archive is streamed, never unpacked: the one member that fits is read, and one that would swell to more than two
  hundred times its size is refused.
- A file's SHA-256 is that of its bytes as they lie on the disk.

Does not know what the columns mean.
"""

import csv
import hashlib
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineWorkbook

CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 20
LINES_IN_ONE_ROW: Final = 20
LARGEST_SWELLING: Final = 200
LARGEST_SHEET: Final = 500_000_000
ZIPPED: Final = b"PK\x03\x04"
UTF8_MARK: Final = b"\xef\xbb\xbf"
UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")

Advance = Callable[[int], None]


class ImportRefused(Exception):  # noqa: N818 - the file's fault, not an error of ours
    """The whole file cannot be taken. Its message is a sentence for people, with the place where there is one."""


@dataclass(frozen=True, slots=True)
class Line:
    """The cells that stand on one line (or, quoted, on a few), and that line's number from 1.

    `problem` says why the cells could not be told apart; there are none then.
    """

    number: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file that can be read: `size` in bytes of what will be streamed, `sha256` in hex of what is on the disk."""

    path: Path
    name: str
    size: int
    sha256: str
    member: str | None


def open_source(path: Path, *, member: re.Pattern[str] | None = None) -> Source:
    """Look at a file and name what in it is to be read; `member` is what the table in a zip archive is called.

    Raises ImportRefused for a folder, a missing, unreadable or empty file, and an archive that does not hold it.
    """
    try:
        digest, size, head = _digest(path)
    except OSError as problem:
        raise ImportRefused(_why_unreadable(path, problem)) from None
    if not size:
        raise ImportRefused(f"{path} is empty.")
    if not head.startswith(ZIPPED) or path.suffix.lower() == ".xlsx":
        return Source(path, path.name, size, digest, None)
    info = _find_member(path, member or re.compile(r".*\.csv", re.IGNORECASE))
    return Source(path, path.name, info.file_size, digest, info.filename)


def _why_unreadable(path: Path, problem: OSError) -> str:
    if isinstance(problem, FileNotFoundError):
        return f"There is no file {path}."
    if isinstance(problem, IsADirectoryError):
        return f"{path} is a folder, not a file."
    if isinstance(problem, PermissionError):
        return f"There is no permission to read {path}."
    return f"{path} cannot be read: {problem.strerror or problem}."


def _digest(path: Path) -> tuple[str, int, bytes]:
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            head = head or chunk[:4]
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size, head


def _find_member(path: Path, wanted: re.Pattern[str]) -> zipfile.ZipInfo:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if wanted.fullmatch(Path(info.filename).name)]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise ImportRefused(f"{path} is a damaged zip archive.") from None
    if len(found) != 1:
        many = "no" if not found else "more than one"
        raise ImportRefused(f"{path} holds {many} file that fits; unpack the one you mean and name it.")
    info = found[0]
    if info.flag_bits & 1:
        raise ImportRefused(f"{path} is locked with a password.")
    if info.file_size > LARGEST_SWELLING * max(info.compress_size, 1):
        raise ImportRefused(f"{info.filename} in {path} would swell to {info.file_size:,} bytes: that is no table.")
    return info


def read_lines(source: Source, advance: Advance = lambda _: None) -> Iterator[Line]:
    """The rows of a CSV source in order, blank ones left out; `advance` is told of bytes as they are read.

    Raises ImportRefused when the file is UTF-16 or turns out damaged on the way.
    """
    with _opened(source) as file:
        try:
            yield from _rows(_Lines(_decoded(_chunks(file, source, advance))))
        except (zipfile.BadZipFile, EOFError, OSError) as problem:
            raise ImportRefused(f"{source.path} broke off while being read: {problem}.") from None


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    if source.member is None:
        with source.path.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(source.path) as archive, archive.open(source.member) as member:
            yield member  # type: ignore[misc] # a reader of bytes in all but name


def _chunks(file: BinaryIO, source: Source, advance: Advance) -> Iterator[bytes]:
    first = file.read(CHUNK)
    if first.startswith(ZIPPED):
        raise ImportRefused(f"{source.path} is a workbook or an archive; save the table as CSV UTF-8.")
    if first.startswith(UTF16_MARKS) or (b"\x00" in first[:200] and first[:200].count(b"\x00") > len(first[:200]) // 3):
        raise ImportRefused(f"{source.path} is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8).")
    chunk = first.removeprefix(UTF8_MARK)
    while chunk:
        yield chunk
        advance(len(chunk))
        chunk = file.read(CHUNK)


def _decoded(chunks: Iterator[bytes]) -> Iterator[str]:
    """Lines with their ends. One that is too long comes as its beginning only, and without an end."""
    rest = b""
    skipping = False
    for chunk in chunks:
        *lines, rest = (rest + chunk).splitlines(keepends=True) or [b""]
        # A CR at the end of a chunk may be half of a CRLF; anything else at the end of one is half a line.
        if rest.endswith(b"\n"):
            lines.append(rest)
            rest = b""
        for line in lines:
            if not skipping:
                yield line.decode("utf-8", "surrogateescape")
            skipping = False
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield rest[:LONGEST_LINE].decode("utf-8", "surrogateescape")
            rest, skipping = b"", True
    if rest and not skipping:
        yield rest.decode("utf-8", "surrogateescape")


class _Lines:
    """Numbered lines that can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = enumerate(lines, 1)
        self._back: deque[tuple[int, str]] = deque()

    def next(self) -> tuple[int, str] | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        self._back.extendleft(reversed(lines))


def _rows(lines: _Lines) -> Iterator[Line]:
    while (first := lines.next()) is not None:
        number, text = first
        more = _continuation(lines, text) if text.count('"') % 2 else []
        row = _split(number, text + "".join(part for _, part in more))
        if row.problem is not None and more:
            lines.put_back(more)
        if row.problem is not None or any(map(str.strip, row.cells)):
            yield row


def _continuation(lines: _Lines, text: str) -> list[tuple[int, str]]:
    """The further lines of a quoted cell that holds line ends; none, and all put back, if it is not closed soon."""
    more: list[tuple[int, str]] = []
    length = len(text)
    while len(more) < LINES_IN_ONE_ROW and length <= LONGEST_LINE:
        line = lines.next()
        if line is None:
            break
        more.append(line)
        length += len(line[1])
        if line[1].count('"') % 2:
            return more
    lines.put_back(more)
    return []


def _split(number: int, text: str) -> Line:
    """Tell the cells of one row apart, strictly: a row that only a guess could read is refused."""
    if len(text) >= LONGEST_LINE:
        return Line(number, [], f"the line is longer than {LONGEST_LINE:,} characters")
    try:
        rows = list(islice(csv.reader([text], strict=True), 2))
    except csv.Error as problem:
        return Line(number, [], _csv_problem(text, problem))
    return Line(number, rows[0] if rows else [])


def _csv_problem(text: str, problem: csv.Error) -> str:
    if "field larger" in str(problem):
        return f"a value is longer than {csv.field_size_limit():,} characters"
    if text.count('"') % 2:
        return "a quotation mark is opened and not closed; the line may be cut off"
    return "a quotation mark stands inside a value"


def read_sheet(source: Source, sheet: str) -> Iterator[Line]:
    """The rows of one sheet of an Excel workbook, every cell as text, blank rows left out.

    Raises ImportRefused when it is no workbook or has no such sheet.
    """
    try:
        with zipfile.ZipFile(source.path) as archive:
            swollen = sum(info.file_size for info in archive.infolist())
        if swollen > LARGEST_SHEET:
            raise ImportRefused(f"{source.path} would swell to {swollen:,} bytes: that is no such list.")
        rows = CalamineWorkbook.from_path(source.path).get_sheet_by_name(sheet).iter_rows()
        for number, cells in enumerate(rows, 1):
            texts = [str(cell) for cell in cells]
            if any(map(str.strip, texts)):
                yield Line(number, texts)
    except (CalamineError, zipfile.BadZipFile, OSError):
        raise ImportRefused(f"{source.path} is not an Excel workbook with a sheet {sheet!r}.") from None
