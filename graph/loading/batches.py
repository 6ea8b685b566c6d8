"""Stream the rows of a file into the graph in batches, reading ahead while the database works.

Rules:
- One transaction at a time, in the order of the file; the next batch is read and parsed meanwhile.
- A commit whose outcome is in doubt is sent again: a batch says the same however often it is written.
- A batch has one instant and the same fresh ids however often its transaction is tried.
- Counts are taken in when a batch is committed, so that they are right wherever the import stops.
- A header with no rows under it is refused: it is more often a broken download than an empty list.

Does not know what is written.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, TypeVar

from graph.database import Database, Statements
from graph.errors import Conflict, OutcomeUnknown
from graph.loading.evidence import Evidence, complete_evidence
from graph.loading.people import new_id
from graph.loading.report import Outcome, Tally
from graph.reading import ImportRefused, Line, Source, read_lines
from verification.errors import Refusal
from verification.formats.columns import Columns, Layout, find_columns
from verification.formats.rows import Refused, Row

DEADLINE: Final = 120.0
BREATH: Final = 100
"""Rows parsed between two looks at the network."""
TRIES: Final = 5

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The instant of a batch, and fresh ids: the same ones however often it is tried."""

    now: datetime
    ids: Iterator[str]


Apply = Callable[[Statements, Sequence[R], Stamp], Awaitable[Outcome]]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose header was understood, and the lines under it."""

    columns: Columns
    lines: Iterator[Line]

    def rows(self, parse: Callable[[Row], R | Refused]) -> Iterator[R | Refused]:
        """Every line below the header, parsed or refused."""
        for line in self.lines:
            if line.problem is None:
                yield parse(Row(line.number, line.cells, self.columns))
            else:
                yield Refused(line.number, "", "", line.problem)


def open_table(source: Source, layout: Layout, lines: Iterator[Line] | None = None) -> Table:
    """Read the header of a file. Raises ImportRefused when it is not in the layout or nothing stands under it."""
    lines = read_lines(source) if lines is None else lines
    header = next(lines, None)
    if header is None:
        raise ImportRefused(f"{source.path} has no header and no rows.")
    if header.problem is not None:
        raise ImportRefused(f"{source.path}, line {header.number}: {header.problem}.")
    try:
        columns = find_columns(layout, header.cells)
    except Refusal as problem:
        raise ImportRefused(f"{source.path}, line {header.number}: {problem}") from None
    first = next(lines, None)
    if first is None:
        raise ImportRefused(f"{source.path} has a header and no rows under it.")
    return Table(columns, _and_then(first, lines))


def _and_then(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


async def load_batches(
    database: Database, rows: Iterable[R | Refused], apply: Apply[R], tally: Tally, *, clock: Clock, size: int
) -> None:
    """Give rows to `apply` in batches of `size`, each in its own transaction; refused ones go to the tally."""
    writing: asyncio.Task[Outcome] | None = None
    try:
        async for batch in _batches(rows, tally, size):
            if writing is not None:
                tally.add(await writing)
            writing = asyncio.create_task(write_batch(database, batch, apply, clock()))
        if writing is not None:
            tally.add(await writing)
    except BaseException:
        if writing is not None:
            await _stop(writing)
        raise


async def _stop(writing: asyncio.Task[Outcome]) -> None:
    """Let a batch that is no longer waited for roll back."""
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


async def _batches(rows: Iterable[R | Refused], tally: Tally, size: int) -> AsyncIterator[list[R]]:
    batch: list[R] = []
    for number, row in enumerate(rows, 1):
        tally.read += 1
        if isinstance(row, Refused):
            tally.refuse([row])
        else:
            batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
        if number % BREATH == 0:
            await asyncio.sleep(0)
    if batch:
        yield batch


async def write_batch(database: Database, batch: Sequence[R], apply: Apply[R], now: datetime) -> Outcome:
    """Write one batch, and again where another writer came in between or the outcome is in doubt."""
    ids: list[str] = []

    async def work(statements: Statements) -> Outcome:
        return await apply(statements, batch, Stamp(now, _remembered(ids)))

    for _ in range(TRIES - 1):
        try:
            return await database.transact(work, deadline=DEADLINE)
        except (Conflict, OutcomeUnknown):
            await asyncio.sleep(0)
    return await database.transact(work, deadline=DEADLINE)


def _remembered(ids: list[str]) -> Iterator[str]:
    """The ids in the list, and further ones, which join it."""
    for place in count():
        if place == len(ids):
            ids.append(new_id())
        yield ids[place]


async def finish_evidence(database: Database, evidence: Evidence, now: datetime) -> None:
    """Mark the evidence complete: every row of its file has been seen."""

    async def apply(statements: Statements, _rows: Sequence[object], stamp: Stamp) -> Outcome:
        await complete_evidence(statements, evidence, stamp.now)
        return Outcome()

    await write_batch(database, (), apply, now)
