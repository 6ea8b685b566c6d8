"""A month of events at the size of a state: nobody is shown who should not be, by another reading of the rules.

- `python -m bench.month --therapists 10000` runs on an embedded server of its own and leaves nothing behind.
- It is a check more than a measurement: the exit status is 1 when graph and reading disagree about anybody.
"""

import argparse
import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.graphs import own_graph
from tests.imports import Imports
from tests.month import START, Month

DAYS = 31
SHOWN = 10


def main() -> None:
    """Play the month and say what came of it."""
    parser = argparse.ArgumentParser(description="A month of chance, search held against a second reading.")
    parser.add_argument("--therapists", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.1, help="of the members a body speaks of each day")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="bonafide-month-") as folder:
        sys.exit(asyncio.run(_play(Path(folder), wanted)))


async def _play(folder: Path, wanted: argparse.Namespace) -> int:
    wrong = []
    async with own_graph(folder / "data") as database:
        month = Month(await Imports(database, folder, START).prepare(), wanted.seed, wanted.therapists)
        begun = time.perf_counter()
        await month.begin()
        for number in range(1, DAYS + 1):
            await month.day(number, wanted.share)
            wrong += await month.differences(START + timedelta(days=number, hours=5))
            minutes = (time.perf_counter() - begun) / 60
            _say(f"day {number:>2}: {month.shown} of {month.checked} shown, {len(wrong)} wrong, {minutes:.1f} min")
    for difference in wrong[:SHOWN]:
        _say(str(difference))
    _say(f"{month.checked} verdicts of {wanted.therapists} therapists compared, {len(wrong)} differ.")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
