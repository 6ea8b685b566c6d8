"""Printing beside the event loop: a process for each sheet, few at a time, none for long.

- A sheet that is not done in time ends with its process; so does one that nobody waits for any more.
- What the process says when it fails is thrown away: it may hold what people wrote.
"""

import asyncio
import sys
from typing import Final

import orjson

from api.letters import typesetting
from api.letters.sheets import Sheet

AT_ONCE: Final = 2
DEADLINE_SECONDS: Final = 10.0
_COMMAND: Final = (sys.executable, "-m", typesetting.__name__)


class Unprintable(Exception):  # noqa: N818 - told to the client as a fault of ours
    """The sheet could not be set."""


class Press:
    """Prints at most `at_once` sheets together, and gives each `deadline` seconds, waiting included."""

    def __init__(self, *, at_once: int = AT_ONCE, deadline: float = DEADLINE_SECONDS) -> None:
        self._places, self._deadline = asyncio.Semaphore(at_once), deadline

    async def print(self, sheet: Sheet) -> bytes:
        """The sheet's PDF. Raises TimeoutError when there is no time left, Unprintable when it cannot be set."""
        async with asyncio.timeout(self._deadline), self._places:
            return await _set(orjson.dumps(sheet))


async def _set(sheet: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        pdf, _ = await process.communicate(sheet)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Unprintable
    return pdf
