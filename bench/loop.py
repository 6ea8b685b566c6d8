"""Thousands of steps of chance through the API, and whether everything that is promised of a referral held.

- `python -m bench.loop --steps 5000 --seed 7` runs on an embedded server of its own and leaves nothing behind.
- What was found is told with the steps; `--fewest` looks for the fewest that find it again and `--replay FILE` plays
  such a file. The exit status is 1 when anything is found.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from graph.seeding import seed
from tests.graphs import own_graph
from tests.loop.run import fewest, play_chance, play_steps
from tests.loop.steps import Step

SHOWN = 20


def main() -> None:
    """Play, and say what came of it."""
    parser = argparse.ArgumentParser(description="Steps of chance through the API.")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fewest", action="store_true", help="look for the fewest steps that find it again")
    parser.add_argument("--replay", type=Path, help="play the steps of this file")
    parser.add_argument("--out", type=Path, help="write the steps of a run that found something here")
    wanted = parser.parse_args()
    with TemporaryDirectory(prefix="bonafide-loop-") as folder:
        sys.exit(asyncio.run(_play(Path(folder, "data"), wanted)))


async def _play(folder: Path, wanted: argparse.Namespace) -> int:
    async with own_graph(folder) as database:
        await seed(database)
        if wanted.replay:
            lines = wanted.replay.read_bytes().splitlines()
            run = await play_steps(database, [Step.read(orjson.loads(line)) for line in lines])
        else:
            run = await play_chance(database, wanted.seed, wanted.steps, tell=_say)
        if run.faults and wanted.fewest:
            run.steps = await fewest(database, run, _say)
    for fault in run.faults[:SHOWN]:
        _say(fault)
    if run.faults and wanted.out:
        wanted.out.write_bytes(b"\n".join(orjson.dumps(step.line()) for step in run.steps))
    _say(f"seed {wanted.seed}: {len(run.steps)} steps, {dict(sorted(run.counts.items()))}, {run.states}")
    _say(f"{len(run.faults)} promises broken.")
    return 1 if run.faults else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
