"""The sweep over a large network: how many credentials it looks over in a second, and how many people it decides anew.

- `python -m bench.sweep PEOPLE` makes that many therapists of three credentials each, straight in the graph.
- First everybody is due, as after a change of policy; then nobody; then a hundredth, whose licences end.
- Each figure is of a whole sweep by the code that `bonafide reverify` and `serve` run, under its lease.
"""

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.million import EACH, write_people
from bench.results import Result, show, write
from graph.database import Database, ServerAddress
from graph.embedded import Embedded
from graph.leases import give_back, take_lease
from graph.migrations import migrate
from graph.progress import progress_on
from graph.seeding import seed
from graph.sweeps import LEASE, Swept, sweep
from verification.policies import SHIPPED_POLICIES

PEOPLE: Final = 333_334
ROUNDS: Final = 3
NOW: Final = datetime(2026, 11, 25, 20, tzinfo=UTC)
RESULTS: Final = Path(__file__).parent / "sweep.json"


def main() -> None:
    """A network of its own, swept."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    with tempfile.TemporaryDirectory(prefix="bonafide-sweep-") as folder:
        with Embedded.start(Path(folder), progress=progress_on()) as server:
            results = asyncio.run(measure(server.address, people))
        show(results)
        write(RESULTS, results)


async def measure(address: ServerAddress, people: int) -> list[Result]:
    """Write the network and sweep it three ways."""
    database = await Database.open(address, clock_deadline=60)
    try:
        await migrate(database)
        await seed(database)
        began = time.perf_counter()
        await write_people(database, people, NOW)
        written = time.perf_counter() - began
        first, deciding = await _swept(database, NOW)
        looks = [await _swept(database, NOW) for _ in range(ROUNDS)]
        if first.decided < people or any(swept.decided for swept, _ in looks):
            sys.exit(f"The sweep did not do its work: {first}, {looks}")
        later, ending = await _swept(database, NOW + timedelta(days=7, hours=20))
        return [
            Result("credentials written for it", people * EACH / written, "credentials/s", rows=people * EACH),
            Result("sweep, everybody due", first.decided / deciding, "people/s", rows=first.decided),
            Result("sweep, nobody due", people * EACH / min(s for _, s in looks), "credentials/s", rows=people * EACH),
            Result(f"sweep, {later.decided:,} people due", later.checked / ending, "credentials/s", rows=later.checked),
        ]
    finally:
        await database.close()


async def _swept(database: Database, now: datetime) -> tuple[Swept, float]:
    fence = await take_lease(database, LEASE, "bench")
    if fence is None:
        sys.exit("Somebody else sweeps this network.")
    began = time.perf_counter()
    swept = await sweep(database, now, SHIPPED_POLICIES, fence)
    seconds = time.perf_counter() - began
    await give_back(database, fence)
    return swept, seconds


if __name__ == "__main__":
    main()
