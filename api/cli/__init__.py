"""The command line: `bonafide COMMAND`, put together.

- Each command lives in the module of its kind; here they only get their names and their order in the help.
"""

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import asking, demo, imports, keeping, matches, proofs, reference, serving

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
app.command()(asking.standing)
app.command()(proofs.proof)
app.command()(proofs.check_proof)
app.command()(reference.bodies)
app.command()(keeping.init)
app.command()(keeping.token)
app.command()(keeping.reverify)
app.add_typer(matches.app)
app.command()(keeping.doctor)
app.command()(reference.schema)


def main() -> None:
    """The entry point of `bonafide`."""
    app()
