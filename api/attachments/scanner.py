"""A virus scanner, when one is set: clamd's INSTREAM over TCP or a socket file.

- What it says is clean is clean, what it finds is refused, and anything else (no answer, an error, a limit of its own)
  means not yet: the file waits and is tried again.
- It does not know whose a file is; nothing but the content goes out, to the address that was set.
"""

import asyncio
import re
import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

WAITS: Final = 30.0
"""Seconds for one file."""
_CHUNK: Final = 65_536
_LONGEST_ANSWER: Final = 1_000
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT: Final = 65_535


class Scanned(Enum):
    """What a scanner made of a file."""

    CLEAN = "clean"
    FOUND = "found"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Scanner:
    """A clamd at `host:port`, or at the socket file `path`."""

    host: str = ""
    port: int = 0
    path: str = ""

    async def scan(self, data: bytes) -> Scanned:
        """What the scanner says of `data`; never raises for a scanner that fails."""
        try:
            async with asyncio.timeout(WAITS):
                return _meaning(await self._ask(data))
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            return Scanned.UNKNOWN

    async def _ask(self, data: bytes) -> bytes:
        if self.path:
            reader, writer = await asyncio.open_unix_connection(self.path)
        else:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), _CHUNK):
                part = data[start : start + _CHUNK]
                writer.write(struct.pack(">I", len(part)) + part)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return await reader.read(_LONGEST_ANSWER)
        finally:
            writer.close()


def _meaning(answer: bytes) -> Scanned:
    said = answer.rstrip(b"\0\r\n ")
    if said == b"stream: OK":
        return Scanned.CLEAN
    return Scanned.FOUND if said.startswith(b"stream: ") and said.endswith(b" FOUND") else Scanned.UNKNOWN


def scanner_at(address: str | None) -> Scanner | None:
    """The scanner at `host:port` or at the absolute path of a socket file. Raises ValueError."""
    if address is None:
        return None
    if address.startswith("/"):
        return Scanner(path=address)
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) <= _HIGHEST_PORT:
        raise ValueError("must be host:port of a clamd, or the path of its socket, such as /run/clamav/clamd.ctl")
    return Scanner(found["host"].strip("[]"), int(found["port"]))
