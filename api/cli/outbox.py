"""Commands about the outbox: what waits to be delivered, what nobody takes, and trying again.

- What is printed is about notices, which hold nothing about a patient; of an address only the host is shown.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from api.cli.failures import Status, fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.clock import utc_now
from api.settings import Settings
from graph.database import Database
from graph.dead_letters import Letter, OutboxCounts, Which, list_letters, read_letter, read_outbox, retry

Key = Annotated[str, typer.Argument(help="The delivery, as `bonafide outbox list` tells it.")]

app = typer.Typer(
    name="outbox",
    help="Notices to the outside: what waits, what nobody takes, trying again.",
    no_args_is_help=True,
)


@app.command("list")
@with_settings(STORE)
def list_outbox(
    settings: Settings,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="What is still tried, instead of what is dead.")] = False,
    first: Annotated[int, typer.Option(help="How many.", min=1)] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List the notices that could not be delivered, or with --waiting those that are still tried."""
    which = Which.WAITING if waiting else Which.DEAD

    async def look(database: Database) -> tuple[list[Letter], OutboxCounts]:
        return await list_letters(database, which, first), await read_outbox(database)

    letters, counts = with_database(settings, look)
    if as_json:
        print_json({"counts": asdict(counts), "deliveries": [_told(letter) for letter in letters]})
        return
    for letter in letters:
        until = letter.next_at if waiting else letter.dead_at
        typer.echo(f"{letter.key}")
        typer.echo(
            f"  {letter.topic}, {letter.kind.lower()} at {letter.host or 'an endpoint taken away'}, "
            f"{letter.attempts} tries, {'next' if waiting else 'dead since'} {_minute(until)}: {letter.problem or '-'}"
        )
    typer.echo(
        f"{counts.queued} queued, {counts.waiting} waiting, {counts.dead} dead; "
        f"{counts.disabled_endpoints} endpoints given up."
    )


@app.command()
@with_settings(STORE)
def show(settings: Settings, key: Key, *, as_json: JsonFlag = False) -> None:
    """Show one delivery: of what, to whom, how often it was tried and what came of it."""
    letter = with_database(settings, lambda database: read_letter(database, key))
    if letter is None:
        fail(f"There is no delivery {key}; `bonafide outbox list` lists them.")
    if as_json:
        print_json(_told(letter))
        return
    for name, value in _told(letter).items():
        typer.echo(f"{name:<12} {value if value is not None else '-'}")


@app.command("retry")
@with_settings(STORE)
def retry_dead(
    settings: Settings,
    key: Annotated[str | None, typer.Argument(help="The delivery, as `bonafide outbox list` tells it.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are dead.")] = False,
) -> None:
    """Have a dead notice tried again, or --all of them; an endpoint that was given up is turned on again.

    A serving process delivers them. Example: bonafide outbox retry --all
    """
    if (key is None) == (not everything):
        fail("name one delivery, or say --all.", Status.WRONG_USAGE)
    count = with_database(settings, lambda database: retry(database, key, utc_now()))
    if not count:
        fail("Nothing of the kind is dead.")
    typer.echo(f"{count} to be tried again.")


def _told(letter: Letter) -> dict[str, Any]:
    return asdict(letter)


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"
