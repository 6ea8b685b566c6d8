"""`bonafide reverify`: find whose standing is due to be decided anew, over the whole network, and decide it.

- It may be stopped and run again, beside traffic and beside a serving process that sweeps too: one of them works at a
  time, and what is up to date is left alone.
- It does not know when somebody is due.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.counting import counting
from api.cli.failures import fail, warn
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.clock import utc_now
from api.settings import Settings
from graph.condition import count_credentials
from graph.database import Database
from graph.leases import LASTS, Fence, LeaseLost, give_back, take_lease
from graph.sweeps import LEASE, Swept, sweep, sweep_everybody
from verification.policies import SHIPPED_POLICIES


@with_settings(STORE)
def reverify(
    settings: Settings,
    *,
    everybody: Annotated[
        bool, typer.Option("--all", help="Decide anew on everybody, whether anything is due or not.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look every credential over, decide anew whose standing is due, and write what differs.

    Due is who has other evidence than was decided on, who was decided under another policy or exclusion list, and for
    whom an instant has passed at which what is stored changes. `serve` does the same by itself.
    """
    swept, seconds = with_database(settings, lambda database: _reverify(database, everybody=everybody), brief=False)
    if as_json:
        print_json(_as_json(swept, seconds))
        return
    rate, people = swept.checked / seconds, swept.decided / seconds
    typer.echo(
        f"{swept.checked:,} credentials checked, {swept.decided:,} people decided anew, {swept.changed:,} changed; "
        f"{seconds:.1f} s, {rate:,.0f} credentials/s" + (f", {people:,.0f} people/s." if swept.decided else ".")
    )


async def _reverify(database: Database, *, everybody: bool) -> tuple[Swept, float]:
    fence = await _fence(database)
    run = sweep_everybody if everybody else sweep
    began = time.monotonic()
    done = None
    try:
        with counting("Checking credentials", await count_credentials(database)) as count:
            swept = await run(database, utc_now(), SHIPPED_POLICIES, fence, _further(count))
        done = None if everybody else utc_now()
    except LeaseLost:
        fail("another process took the sweep over. What was written stays; the same command goes on from there.")
    finally:
        await give_back(database, fence, done)
    if swept.resumed:
        warn("went on where an earlier --all was stopped; the counts include it.")
    return swept, time.monotonic() - began


async def _fence(database: Database) -> Fence:
    """The lease on the sweep; another process's sweep is waited for, and a dead one's lease ends by itself."""
    owner, told = f"command line:{os.getpid()}:{secrets.token_hex(4)}", False
    give_up = time.monotonic() + LASTS + 5
    while (fence := await take_lease(database, LEASE, owner)) is None:
        if time.monotonic() > give_up:
            fail("another process is sweeping; its work is the same. Try again when it has finished.")
        if not told:
            warn("another process is sweeping, or was stopped a moment ago; waiting for it.")
            told = True
        await asyncio.sleep(0.5)
    return fence


def _further(count: Callable[[int], None]) -> Callable[[Swept], None]:
    """Tell the bar how many more were checked."""
    last = 0

    def advance(swept: Swept) -> None:
        nonlocal last
        count(swept.checked - last)
        last = swept.checked

    return advance


def _as_json(swept: Swept, seconds: float) -> dict[str, Any]:
    return {
        "checked": swept.checked,
        "decided": swept.decided,
        "changed": swept.changed,
        "resumed": swept.resumed,
        "seconds": round(seconds, 3),
    }
