"""Count what an import does, and write down what it refuses.

Rules:
- Every row read ends as written, unchanged, refused or skipped; what needs a person's eye is listed besides.
- Refused rows go to a CSV file as they come, so that a million of them need no memory; none refused, no file.
- A spreadsheet must not take a value for a formula: cells that begin like one get an apostrophe (OWASP ASVS 1.2.10).

Does not know what the rows say.
"""

import csv
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from verification.formats.rows import Refused

FORMULA_BEGINNINGS: Final = ("=", "+", "-", "@", "\t", "\r")
MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """Something a person should look at, though the row may be in: `subject` is what it is about."""

    line: int
    subject: str
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """How an import ended. `listed` holds the first thousand of `listed_count`; `skipped` counts rows by why.

    `unknown_columns` are headers nobody here knows; `refused_file` is None when nothing was refused.
    """

    title: str
    read: int
    written: int
    unchanged: int
    refused: int
    skipped: Mapping[str, int]
    listed: tuple[Listed, ...]
    listed_count: int
    unknown_columns: tuple[str, ...]
    refused_file: Path | None
    seconds: float

    @property
    def rows_per_second(self) -> float:
        return self.read / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Outcome:
    """What one batch came to."""

    written: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    listed: list[Listed] = field(default_factory=list)


class Tally:
    """The counts of an import while it runs; a context manager, which closes the file of refused rows."""

    def __init__(self, title: str, refused_file: Path | None) -> None:
        self.title = title
        self.total = Outcome()
        self.read = 0
        self.refused = 0
        self.listed_count = 0
        self.unknown_columns: tuple[str, ...] = ()
        self._path = refused_file
        self._files = ExitStack()
        self._writer: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def refuse(self, rows: Iterable[Refused]) -> None:
        """Count refused rows and write them down."""
        for row in rows:
            self.refused += 1
            if self._path is not None:
                self._write(self._path, row)

    def list(self, entries: Iterable[Listed]) -> None:
        """Note what a person should look at."""
        for entry in entries:
            self.listed_count += 1
            if len(self.total.listed) < MOST_LISTED:
                self.total.listed.append(entry)

    def add(self, outcome: Outcome) -> None:
        """Take in a batch that is committed."""
        self.total.written += outcome.written
        self.total.unchanged += outcome.unchanged
        self.total.skipped += outcome.skipped
        self.refuse(outcome.refused)
        self.list(outcome.listed)

    def report(self) -> Report:
        """The counts as they stand."""
        return Report(
            title=self.title,
            read=self.read,
            written=self.total.written,
            unchanged=self.total.unchanged,
            refused=self.refused,
            skipped=dict(self.total.skipped),
            listed=tuple(self.total.listed),
            listed_count=self.listed_count,
            unknown_columns=self.unknown_columns,
            refused_file=self._path if self._writer is not None else None,
            seconds=time.monotonic() - self._began,
        )

    def _write(self, path: Path, row: Refused) -> None:
        if self._writer is None:
            file = self._files.enter_context(path.open("w", encoding="utf-8", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow(("line", "column", "value", "reason"))
        self._writer.writerow((row.line, harmless(row.column), harmless(row.value), harmless(row.reason)))


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and that UTF-8 can hold."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return f"'{clean}" if clean.startswith(FORMULA_BEGINNINGS) else clean
