"""Delivery while the process that delivers is killed: what is lost, what comes twice, what is forged.

- `python -m bench.delivery --notices 400 --kills 12 --seconds 300` runs `bonafide serve` against an embedded server of
  its own, with receivers of mail and webhooks on this machine, and leaves nothing behind.
- It is a check more than a measurement: the exit status is 1 when anything was lost, forged or left over.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.database import Database
from graph.embedded import Embedded
from graph.migrations import migrate
from tests.killing import Soak


def main() -> None:
    """Run it once and say what came of it."""
    parser = argparse.ArgumentParser(description="Notices, and a process that is killed while it delivers them.")
    parser.add_argument("--notices", type=int, default=400, help="each goes to a webhook and to an address")
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=300.0, help="the longest it may take")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--trouble", type=float, default=0.08, help="part of answers that are bad ones")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="bonafide-delivery-") as folder:
        sys.exit(asyncio.run(_soak(Path(folder), wanted)))


async def _soak(folder: Path, wanted: argparse.Namespace) -> int:
    with Embedded.start(folder / "graph", heap=512, page_cache=128, short_lived=True, stays_small=True) as server:
        database = await Database.open(server.address, clock_deadline=30)
        try:
            await migrate(database)
            soak = Soak(database, server.address, folder, wanted.people, wanted.trouble, wanted.seed)
            result = await soak.run(wanted.notices, wanted.kills, wanted.seconds)
        finally:
            await database.close()
    sys.stdout.write(f"{result.told()}\n")
    return 0 if result.good else 1


if __name__ == "__main__":
    main()
