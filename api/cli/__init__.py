"""The command line: `bonafide COMMAND`, put together.

- Each command lives in the module of its kind; here they only get their names and their order in the help.
"""

import typer

from api.cli import asking, demo, imports, keeping, reference, serving

app = typer.Typer(
    name="bonafide",
    help=(
        "Bonafide: who is provably licensed and certified in sexual health, today, for a patient's place; "
        "and the referral there and back."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(serving.serve)
app.add_typer(imports.app)
app.command()(asking.find)
app.command()(asking.standing)
app.command()(reference.bodies)
app.command()(keeping.init)
app.command()(keeping.token)
app.command()(keeping.reverify)
app.command()(keeping.doctor)
app.command()(reference.schema)


def main() -> None:
    """The entry point of `bonafide`."""
    app()
