"""The command line: `bonafide COMMAND`, put together.

- Each command lives in the module of its kind; here they only get their names and their order in the help.
"""

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import (
    affected,
    asking,
    chains,
    demo,
    imports,
    keeping,
    matches,
    outbox,
    policies,
    proofs,
    reference,
    serving,
    standings,
    sweeping,
    words,
)

app = typer.Typer(
    name="bonafide",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("bonafide"))
        raise typer.Exit


@app.callback()
def _bonafide(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Bonafide: who is provably fit for a patient's place today, and the referral there and back.

    Start with `bonafide demo`. Every command tells more with --help.
    """


app.command()(demo.demo)
app.command()(serving.serve)
app.add_typer(imports.app)
app.command()(asking.find)
app.command()(standings.standing)
app.command()(proofs.proof)
app.command()(proofs.check_proof)
app.command()(chains.check_chain)
app.command()(affected.affected)
app.command()(reference.bodies)
app.command()(words.words)
app.command()(keeping.init)
app.command()(keeping.token)
app.command()(sweeping.reverify)
app.add_typer(matches.app)
app.add_typer(outbox.app)
app.add_typer(policies.app)
app.command()(keeping.doctor)
app.command()(reference.schema)


def main() -> None:
    """The entry point of `bonafide`."""
    app()
