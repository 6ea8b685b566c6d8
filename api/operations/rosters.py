"""A body's roster sent by its officer: the same import as of a file, with the refused rows as problems.

- A roster is applied in batches, each with what follows for the directory; it is the one mutation that takes more than
  two statements.
- Applying the same bytes again changes nothing, so a try whose outcome was in doubt is simply made again; the receipt
  is left when all of it is in, with the counts it ended with.
- Only the officer's own body is spoken for.
"""

import asyncio
import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from api.operations.outcomes import (
    Context,
    Done,
    Outcome,
    Problem,
    Problems,
    Said,
    asked,
    refused,
    settled_before,
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.receipts import Asked
from graph.commands.rosters import RosterGround, leave_receipt, read_body
from graph.errors import Conflict
from graph.loading.roster import load_roster
from graph.reading import ImportRefused
from verification.access import Action

LONGEST_ROSTER: Final = 2_000_000
MOST_PROBLEMS: Final = 100


async def apply_roster(context: Context, said: Said) -> Outcome:
    """Loads the roster for the officer's body, or says why not; refused rows come beside the counts."""
    if problem := unusable(said, any_length="roster") or _too_long(said):
        return problem
    try_ = asked(context, Action.APPLY_ROSTER, said)
    ground = await read_body(context.database, try_)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(
        context, Action.APPLY_ROSTER, try_, ground.who, ground.receipt, label="CertifyingBody"
    )
    if settled is not None:
        return _again(settled, ground)
    if ground.body is None:
        return refused("FORBIDDEN", "This account speaks for no body.")
    return await _apply(context, said, try_, ground.body, ground.who.account)


def _too_long(said: Said) -> Problems | None:
    if len(said["roster"]) <= LONGEST_ROSTER:
        return None
    return refused("BAD_INPUT", "A roster this long is imported as a file.", "roster")


async def _apply(context: Context, said: Said, try_: Asked, body: str, account: str) -> Outcome:
    with TemporaryDirectory(prefix="roster-") as folder:
        path, refused_rows = Path(folder, "roster.csv"), Path(folder, "refused.csv")
        await asyncio.to_thread(path.write_bytes, said["roster"].encode())
        try:
            report = await load_roster(
                context.database,
                path,
                body=body,
                clock=context.now,
                policy=context.policy,
                complete=bool(said.get("complete")),
                refused_file=refused_rows,
                asked_by=account,
            )
        except ImportRefused as refusal:
            return refused("BAD_INPUT", str(refusal).replace(str(path), "The roster"), "roster")
        problems = await asyncio.to_thread(_row_problems, refused_rows)
    counts = {"read": report.read, "written": report.written, "unchanged": report.unchanged, "refused": report.refused}
    result = orjson.dumps({"counts": counts, "problems": [[p.code, p.message, p.path] for p in problems]}).decode()
    try:
        node = await leave_receipt(context.database, try_, body, result, context.answer)
    except Conflict:
        return await apply_roster(context, said)
    return Done(node, counts, problems)


def _row_problems(path: Path) -> tuple[Problem, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for _, row in zip(range(MOST_PROBLEMS), csv.DictReader(file), strict=False)]
    return tuple(_row_problem(row) for row in rows)


def _row_problem(row: dict[str, Any]) -> Problem:
    where = f"Line {row['line']}" + (f", {row['column']}" if row["column"] else "")
    return Problem("ROW_REFUSED", f"{where}: {row['reason']}.", ("roster", int(row["line"]), row["column"] or ""))


def _again(settled: Outcome, ground: RosterGround) -> Outcome:
    """An earlier success, told as it was told then."""
    if not isinstance(settled, Done) or ground.result is None:
        return settled
    told = orjson.loads(ground.result)
    problems = tuple(Problem(code, message, tuple(path)) for code, message, path in told["problems"])
    return Done(settled.node, told["counts"], problems)
