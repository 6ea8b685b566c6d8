"""A run of the loop: so many steps of chance, and of a run that found something the fewest steps that find it again.

- Steps are drawn with one seeded chance and each carries its own, so a run is told by its seed, and a played step by
  its line. Hypothesis' state machines are not used: each of their examples wants an empty graph (seconds, not
  milliseconds), they own the event loop that the driver's connections live in, and they call a fault that depends on
  who is quicker "flaky" and drop it. What they give, fewer steps, is done here on the list of steps.
- A fault is searched again with the steps of the same referral and all that concern everybody, then with halves left
  out as long as it stays. Every try has people of its own in the same graph.
"""

import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.attachments.routes import Desk
from graph.database import Database
from graph.instants import millis
from tests.loop.canaries import Canaries
from tests.loop.people import Company, listening
from tests.loop.play import Loop
from tests.loop.promises import Promises
from tests.loop.steps import Chooser, Step
from tests.loop.watch import DOCUMENTS, watching

START: Final = datetime(2027, 2, 1, 17, tzinfo=UTC)
EVERY: Final = 25
"""Steps between two looks at everything: folders, deliveries, one referral with every question."""
TRIES: Final = 60


@dataclass(slots=True)
class Run:
    """What a run did and found."""

    steps: list[Step] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    culprit: int = -1


@asynccontextmanager
async def company(database: Database, sources: tuple[str, ...] = DOCUMENTS) -> AsyncIterator[Loop]:
    """Everybody anew, ready to begin."""
    with TemporaryDirectory(prefix="bonafide-loop-") as folder:
        people = await Company.gather(database, START, Path(folder))
        desk = Desk(database, people.clock, people.shelf, None)
        with listening(people):
            async with watching(people, desk, sources) as watch:
                yield Loop(people, Promises(database), Canaries(), watch, desk)


async def play_chance(
    database: Database,
    seed: int,
    count: int,
    *,
    sources: tuple[str, ...] = DOCUMENTS,
    without: Collection[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Run:
    """`count` steps of chance, or as many as find something; `sources` are the questions everybody asks meanwhile,
    `without` the kinds of steps that are left out.
    """
    run, chooser, begun = Run(), Chooser(seed, without), time.perf_counter()
    async with company(database, sources) as loop:
        names = {
            actor.practitioner: name for name, actor in reversed(loop.company.actors.items())
            if actor.practitioner and actor.role != "delegate"
        }  # fmt: skip
        for number in range(1, count + 1):
            step = chooser.next([loop.promises.now[id_] for id_ in loop.order], names)
            run.steps.append(step)
            if await loop.play(step):
                run.culprit = step.target
                break
            if number % EVERY == 0 and await look_at_all(loop, number // EVERY):
                break
            if number % 100 == 0:
                tell(f"{number} steps, {time.perf_counter() - begun:.0f} s, {dict(sorted(loop.counts.items()))}")
        else:
            await look_at_all(loop, 0)
        return _told(run, loop)


async def play_steps(database: Database, steps: Sequence[Step]) -> Run:
    """These steps and no others."""
    run = Run(list(steps))
    async with company(database) as loop:
        for step in steps:
            if await loop.play(step):
                break
        else:
            await look_at_all(loop, 0)
        return _told(run, loop)


async def look_at_all(loop: Loop, turn: int) -> list[str]:
    """Look at what every step is too short for; what is wrong."""
    before = len(loop.faults)
    loop.faults += await loop.promises.look(millis(loop.company.clock()), all_of_them=True)
    actors = [actor for actor in loop.company.actors.values() if actor.token]
    for actor in actors if turn == 0 else [actors[turn % len(actors)]]:
        await loop.watch.folders(loop, actor)
    await loop.watch.deliver(loop)
    if loop.order:
        await loop.watch.read_all(loop, loop.promises.now[loop.order[-(1 + turn % len(loop.order))]])
    return loop.faults[before:]


async def fewest(database: Database, run: Run, tell: Callable[[str], None]) -> list[Step]:
    """The fewest steps found that still find what the run found first."""
    wanted = _kind(run.faults[0])

    async def still(steps: Sequence[Step]) -> bool:
        found = await play_steps(database, steps)
        return bool(found.faults) and _kind(found.faults[0]) == wanted

    steps = list(run.steps)
    own = [step for step in steps if step.target in (-1, run.culprit)]
    if run.culprit >= 0 and len(own) < len(steps) and await still(own):
        steps = own
    size, tries = max(len(steps) // 2, 1), 0
    while size >= 1 and tries < TRIES:
        at = 0
        while at < len(steps) and tries < TRIES:
            without, tries = steps[:at] + steps[at + size :], tries + 1
            if without and await still(without):
                steps = without
                tell(f"{len(steps)} steps are enough")
            else:
                at += size
        size //= 2
    return steps


def _kind(fault: str) -> str:
    """A fault without its ids, so that it is known again."""
    return " ".join(word for word in fault.split() if not any(letter.isdigit() for letter in word))


def _told(run: Run, loop: Loop) -> Run:
    run.faults, run.counts = loop.faults, loop.counts
    for referral in loop.promises.now.values():
        run.states[referral.status] = run.states.get(referral.status, 0) + 1
    return run
