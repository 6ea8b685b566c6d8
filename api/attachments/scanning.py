"""What becomes of attachments beside requests: those that wait are scanned, and orphaned files are taken away.

- Without a scanner nothing waits: what the content checks let through is clean.
- A file that the scanner cannot tell about waits for the next time.
- A file that nothing refers to, a day old, is what a crash left between keeping it and writing of it.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from api.attachments.files import Damaged, Shelf
from api.attachments.scanner import Scanned, Scanner
from api.background import Duty
from graph.attachments import needed, waiting
from graph.commands.attachments import settle
from graph.database import Database
from graph.instants import millis
from graph.leases import Fence, keep

SCANS_EVERY: Final = timedelta(minutes=1)
TIDIES_EVERY: Final = timedelta(hours=6)
FOUND: Final = "The scanner found something in it."
_BATCH: Final = 500
log = structlog.get_logger(__name__)


async def scan(
    database: Database,
    scanner: Scanner | None,
    attachment: str,
    data: bytes,
    now: datetime,
    fence: Fence | None = None,
) -> bool:
    """Have one pending attachment scanned; whether it is settled."""
    said = Scanned.CLEAN if scanner is None else await scanner.scan(data)
    if said is Scanned.UNKNOWN:
        log.warning("scanner gives no answer")
        return False
    state, refusal = ("CLEAN", None) if said is Scanned.CLEAN else ("REFUSED", FOUND)
    return await settle(database, attachment, state, refusal, millis(now), fence)


def attachment_duties(shelf: Shelf, scanner: Scanner | None) -> tuple[Duty, ...]:
    """Scanning what waits, and tidying up."""

    async def scan_waiting(database: Database, now: datetime, fence: Fence) -> int:
        done = 0
        for attachment, digest, _media in await waiting(database):
            try:
                data = await asyncio.to_thread(shelf.read, digest)
            except Damaged:
                log.error("attachment damaged", attachment=attachment)  # noqa: TRY400 - there is nothing more to tell
                continue
            await keep(database, fence)
            if not await scan(database, scanner, attachment, data, now, fence):
                break
            done += 1
        return done

    async def tidy(database: Database, _now: datetime, fence: Fence) -> int:
        old, gone = await asyncio.to_thread(lambda: list(shelf.old())), 0
        for start in range(0, len(old), _BATCH):
            await keep(database, fence)
            batch = set(old[start : start + _BATCH])
            gone += await asyncio.to_thread(shelf.drop, batch - await needed(database, batch))
        return gone

    return Duty("scans", SCANS_EVERY, scan_waiting), Duty("orphaned files", TIDIES_EVERY, tidy)
