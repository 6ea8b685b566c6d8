"""What was measured: printed as a table, and written as a list for programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `baseline` is what was measured beside it in the same run, `ratio` the one over the other."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    concurrency: int | None = None
    rows: int | None = None


def against(name: str, value: float, unit: str, baseline: float, **more: int) -> Result:
    """A figure with its baseline."""
    return Result(name, value, unit, baseline, value / baseline, **more)


def show(results: Sequence[Result]) -> None:
    """The table."""
    table = Table("", "value", "unit", "baseline", "ratio", "concurrency", "rows")
    for found in results:
        table.add_row(
            found.name,
            f"{found.value:,.1f}",
            found.unit,
            "" if found.baseline is None else f"{found.baseline:,.1f}",
            "" if found.ratio is None else f"{found.ratio:.2f}",
            str(found.concurrency or ""),
            f"{found.rows:,}" if found.rows else "",
        )
    Console().print(table)


def write(path: Path, results: Sequence[Result]) -> None:
    """The list."""
    path.write_bytes(orjson.dumps([asdict(found) for found in results], option=orjson.OPT_INDENT_2))
