"""`bonafide import roster FILE --body CODE --preview`: what a roster would change, before anything is written.

- Counts of every effect come first, then the rows that change something, then those that cannot be taken.
- An officer's own roster of this kind would wait for a second officer where that is said; the operator's is applied at
  once.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typer

from api.cli.failures import Status, fail
from api.cli.reference import print_json
from api.cli.store import with_database
from api.clock import utc_now
from api.settings import Settings
from graph.database import Database
from graph.loading.preview import Preview, preview_file
from graph.progress import progress_on
from graph.reading import ImportRefused
from verification.policies import SHIPPED_POLICIES
from verification.roster_changes import Change, Effect, totals

SHOWN: Final = 50
_QUIET: Final = frozenset({Effect.UNCHANGED})


def preview_roster(
    settings: Settings, file: Path, *, body: str, complete: bool, answered: datetime | None, as_json: bool
) -> None:
    """Print what the roster would change, and leave with the status of its refused rows."""

    async def look(database: Database) -> Preview:
        return await preview_file(
            database,
            file,
            body=body,
            now=utc_now(),
            answered_at=answered,
            policies=SHIPPED_POLICIES,
            complete=complete,
            progress=progress_on(),
        )

    try:
        preview = with_database(settings, look)
    except ImportRefused as problem:
        fail(str(problem))
    if as_json:
        print_json(as_plain(preview))
    else:
        for line in in_words(preview):
            typer.echo(line)
    if preview.refused:
        raise typer.Exit(Status.ROWS_REFUSED)


def in_words(preview: Preview, *, shown: int = SHOWN) -> list[str]:
    """The preview for people."""
    counted = [f"{effect.value.lower()} {count:,}" for effect, count in totals(preview.changes).items() if count]
    lines = [
        f"roster of {preview.body}, not applied: {preview.read:,} rows read, {len(preview.refused):,} refused.",
        f"  {', '.join(counted) or 'changes nothing'}; {preview.open_referrals:,} open referrals affected.",
    ]
    if preview.second:
        lines.append(f"  An officer would need a second one: {preview.second}")
    if preview.complete and preview.unread:
        lines.append(f"  {preview.unread:,} rows could not be read, so nobody is taken for missing.")
    loud = [change for change in preview.changes if change.effect not in _QUIET]
    lines += [_line(change) for change in loud[:shown]]
    if len(loud) > shown:
        lines.append(f"  … and {len(loud) - shown:,} more; --json has all.")
    lines += [f"  line {row.line}, {row.column}: {row.reason}" for row in preview.refused[:shown]]
    lines.append(f"  digest {preview.digest}")
    return lines


def _line(change: Change) -> str:
    where = f"line {change.line}" if change.line else "not in the file"
    before = change.before.status.value.lower() if change.before else "not here"
    until = f" to {change.after.expires}" if change.after.expires else ""
    return (
        f"  {change.effect.value.lower():<10} {change.kind} {change.number} of {change.holder}: "
        f"{before} → {change.after.status.value.lower()}{until} (“{change.word}”, {where})"
    )


def as_plain(preview: Preview) -> dict[str, Any]:
    """The preview for programs."""
    return {
        "body": preview.body,
        "read": preview.read,
        "digest": preview.digest,
        "openReferrals": preview.open_referrals,
        "needsSecondOfficer": preview.second,
        "totals": {effect.value: count for effect, count in totals(preview.changes).items()},
        "changes": [_plain(change) for change in preview.changes],
        "refused": [{"line": row.line, "column": row.column, "reason": row.reason} for row in preview.refused],
    }


def _plain(change: Change) -> dict[str, Any]:
    return {
        "line": change.line,
        "kind": change.kind,
        "number": change.number,
        "jurisdiction": change.jurisdiction,
        "holder": change.holder,
        "word": change.word,
        "before": change.before and change.before.status.value,
        "after": change.after.status.value,
        "expires": change.after.expires,
        "effect": change.effect.value,
    }
