"""Tell a person how long work is going: lines, or a bar on a terminal.

Rules:
- Work says what it does through `Progress` and never prints by itself.
- A bar is drawn only on a terminal, or when somebody asked for one; elsewhere plain lines go out, few enough for a log.

Does not know what the work is.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as RichProgress

LINE_EVERY = 5.0
"""Seconds between two plain lines about the same piece of work."""


class Progress(Protocol):
    """What long work needs of whoever watches it."""

    def say(self, line: str) -> None:
        """One sentence for people."""
        ...

    def bytes(self, label: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """A piece of work of `total` bytes; the function it gives is told of each further number of bytes done."""
        ...


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody watches."""

    def say(self, line: str) -> None:
        pass

    @contextmanager
    def bytes(self, label: str, total: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 - the protocol's names
        yield lambda _: None


@dataclass(frozen=True, slots=True)
class Lines:
    """Plain lines, for logs and pipes."""

    stream: TextIO

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    @contextmanager
    def bytes(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        done, spoken = 0, time.monotonic()

        def advance(count: int) -> None:
            nonlocal done, spoken
            done += count
            if time.monotonic() - spoken >= LINE_EVERY:
                spoken = time.monotonic()
                self.say(f"{label}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

        yield advance


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with rate and remaining time, for a person at a terminal."""

    console: Console

    def say(self, line: str) -> None:
        self.console.print(line, highlight=False, markup=False)

    @contextmanager
    def bytes(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda count: bar.advance(task, count)


def progress_on(stream: TextIO | None = None, *, bar: bool | None = None) -> Progress:
    """The right way to speak to `stream` (standard error if None); `bar` True or False overrules the look at it."""
    stream = sys.stderr if stream is None else stream
    if stream.isatty() if bar is None else bar:
        return Bar(Console(file=stream, force_terminal=True))
    return Lines(stream)
