"""A year of referrals in compressed time: nobody lost, nobody stuck, nothing shown too early.

- `python -m bench.year --days 365 --referrals 20` runs on an embedded server of its own and leaves nothing behind.
- It is a check more than a measurement: the exit status is 1 when anything is found.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.seeding import seed
from tests.graphs import own_graph
from tests.year import Year

START = datetime(2027, 1, 4, 17, tzinfo=UTC)
CONFIRMED_EVERY = 5
SUSPENDED = 0.1
QUIET_DAYS = 90
SHOWN = 10


def main() -> None:
    """Play the days, let everybody go away, and say what came of it."""
    parser = argparse.ArgumentParser(description="People of chance over simulated days.")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--referrals", type=int, default=20, help="new ones each day")
    parser.add_argument("--therapists", type=int, default=30)
    parser.add_argument("--physicians", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="bonafide-year-") as folder:
        sys.exit(asyncio.run(_play(Path(folder, "data"), wanted)))


async def _play(folder: Path, wanted: argparse.Namespace) -> int:
    async with own_graph(folder, large=True) as database:
        await seed(database)
        year = await Year.begin(database, START, wanted.seed, wanted.therapists, wanted.physicians)
        begun = time.perf_counter()
        for number in range(1, wanted.days + 1):
            await year.day(wanted.referrals)
            if number % CONFIRMED_EVERY == 0:
                await year.confirm(SUSPENDED)
                minutes = (time.perf_counter() - begun) / 60
                _say(f"day {number}: {year.sent} referrals, {year.moves} moves, {len(await year.faults())} faults, "
                     f"{minutes:.1f} min")  # fmt: skip
        await year.rest(QUIET_DAYS)
        faults = await year.faults()
        rows = await database.read("MATCH (r:Referral) RETURN r.status, count(*) ORDER BY r.status")
    for fault in faults[:SHOWN]:
        _say(str(fault))
    _say(f"{year.sent} referrals in {wanted.days} days, {year.moves} moves, {year.refused} refused: {dict(rows)}")
    _say(f"{len(faults)} lost, stuck or shown too early.")
    return 1 if faults else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
