"""Where attached files lie: below one folder, each under the SHA-256 of its content, once.

- A file comes into its place whole or not at all: written beside, made durable, and moved. One that is there already is
  replaced by the same content, so that it counts as new.
- What is in no place after a crash is an orphan, and is taken away when nobody needs it and it is old.
- What is read is compared with its name, so that a damaged file is never given out.
- It does not know whose a file is, nor who may have it.
"""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, Final

ORPHANED_AFTER: Final = timedelta(days=1)
_PIECE: Final = 65_536
_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows would change line ends
_DIGITS: Final = 64


class Damaged(Exception):  # noqa: N818 - it is about a file
    """A file is missing or is no longer what it was."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of attached files."""

    root: Path

    def place(self, digest: str) -> Path:
        """Where content of this SHA-256, in hexadecimal, lies."""
        return self.root / digest[:2] / digest[2:4] / digest

    def put(self, data: bytes) -> str:
        """Keep `data`; its SHA-256. Once this returns it survives a crash. Raises OSError."""
        digest = sha256(data).hexdigest()
        place = self.place(digest)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.parent / f".{secrets.token_hex(8)}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        for folder in (place.parent, place.parent.parent, self.root, self.root.parent):
            _make_durable(folder)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """The file, compared with its name, to be read from its beginning; the caller closes it. Raises Damaged."""
        try:
            file = self.place(digest).open("rb")
        except OSError:
            raise Damaged from None
        if file_digest(file, "sha256").hexdigest() != digest:
            file.close()
            raise Damaged
        file.seek(0)
        return file

    def read(self, digest: str) -> bytes:
        """The content, at most a few MB. Raises Damaged."""
        with self.open(digest) as file:
            return file.read()

    def old(self) -> Iterator[str]:
        """The names of files, finished or not, that have lain here longer than an orphan may."""
        until = time.time() - ORPHANED_AFTER.total_seconds()
        for path in self.root.glob("??/??/*") if self.root.is_dir() else ():
            if _modified(path) < until:
                yield path.name

    def drop(self, names: Collection[str]) -> int:
        """Take these files away, but for those that were put here again meanwhile; how many went."""
        return sum(self._dropped(name) for name in names if len(name) == _DIGITS) + self._drop_parts()

    def _dropped(self, digest: str) -> bool:
        place = self.place(digest)
        aside = place.with_name(f".{digest}.gone")
        until = time.time() - ORPHANED_AFTER.total_seconds()
        try:
            place.rename(aside)
        except OSError:
            return False
        # Somebody may have put it here again between the look and now: then it goes back, unless it is there again.
        if _modified(aside) >= until and not place.exists():
            aside.rename(place)
            return False
        aside.unlink(missing_ok=True)
        return True

    def _drop_parts(self) -> int:
        """Take away what was never finished."""
        until = time.time() - ORPHANED_AFTER.total_seconds()
        parts = [path for path in self.root.glob("??/??/.*") if _modified(path) < until]
        for path in parts:
            path.unlink(missing_ok=True)
        return len(parts)


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """The content in pieces, read as they are wanted, so that a slow reader holds no more than one."""
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
    finally:
        file.close()


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _make_durable(folder: Path) -> None:
    """Let the folder's list of names survive a crash, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
