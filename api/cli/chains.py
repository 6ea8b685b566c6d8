"""The command that walks the chains of evidence: whether all of each holds, and where each ends.

- A head that is written down outside the store is what later shows that nobody linked everything anew: `--json` writes
  them for a program, and `--heads` compares with what was written then.
- The exit status is 0 when all of it holds and 1 when anything does not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli.counting import counting
from api.cli.failures import Status, fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.clock import utc_now
from api.settings import Settings
from graph.chain_checks import Walked, heads, walk
from graph.chains import link_unlinked, unlinked
from graph.database import Database

Known = Mapping[str, Mapping[int, str | None]]


@with_settings(STORE)
def check_chain(
    settings: Settings,
    *,
    body: Annotated[str | None, typer.Option(help="Only this source's: a body's code, LEIE, NPPES, STEWARDS …")] = None,
    heads_file: Annotated[
        Path | None, typer.Option("--heads", help="Heads written down earlier by --json; each must still be there.")
    ] = None,
    links_only: Annotated[
        bool, typer.Option("--links-only", help="Do not read again what each import said, which is quicker.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="First put evidence that stands in no chain at the end of its source's.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check every source's chain of evidence, record by record, and print where each ends.

    Write the ends down where nobody who can change the store can change them, such as once a night:
    bonafide check-chain --json > heads-2026-11-25.json
    """
    source = body and body.strip().upper()
    known = _known(heads_file) if heads_file else {}
    checked = with_database(settings, lambda database: _check(database, source, known, link, not links_only))
    walked, outside = checked
    if source and not walked:
        fail(f"There is no chain of {source} in this store.")
    if as_json:
        print_json({"chains": [_chain(each) for each in walked], "unlinked": outside})
    else:
        _print(walked, outside)
    if outside or any(each.problem for each in walked):
        raise typer.Exit(Status.NOTHING_DONE)


async def _check(
    database: Database, source: str | None, known: Known, link: bool, rows: bool
) -> tuple[list[Walked], dict[str, int]]:
    if link:
        await link_unlinked(database, utc_now())
    ends = await heads(database, source)
    missing = sorted(known.keys() - {end.chain for end in ends}) if source is None else []
    if missing:
        fail(f"Heads were written down for {', '.join(missing)}, and this store has no such chain.")
    with counting("Walking the chains", sum(end.position for end in ends)) as advance:
        walked = [await walk(database, end, known=known.get(end.chain), rows=rows, advance=advance) for end in ends]
    outside = await unlinked(database)
    return walked, {name: count for name, count in outside.items() if source in {None, name}}


def _known(path: Path) -> Known:
    """The heads in a file that `--json` wrote; leaves with a message when it is none."""
    try:
        chains = orjson.loads(path.read_bytes())["chains"]
        return {chain["source"]: {int(chain["position"]): chain["head"]} for chain in chains}
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        fail(f"{path} is no file of heads that `bonafide check-chain --json` wrote.", Status.WRONG_USAGE)


def _chain(each: Walked) -> dict[str, Any]:
    problem = each.problem
    return {
        "source": each.head.chain,
        "position": each.head.position,
        "head": each.head.hash,
        "holds": problem is None,
        "brokenAt": problem.position if problem else None,
        "problem": problem.problem if problem else None,
    }


def _print(walked: list[Walked], outside: Mapping[str, int]) -> None:
    for each in walked:
        state = "holds" if each.problem is None else "BROKEN"
        typer.echo(f"{each.head.chain:<16} {each.head.position:>10,} {state:<7} {each.head.hash or '-'}")
        if each.problem is not None:
            typer.echo(f"  at {each.problem.position:,}: {each.problem.problem}")
    for source, count in outside.items():
        typer.echo(f"{source:<16} {count:>10,} IN NO CHAIN; an older version wrote them, or another hand (--link).")
    if not walked and not outside:
        typer.echo("There is no evidence in this store.")
