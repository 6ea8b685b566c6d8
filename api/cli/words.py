"""The command that lists the words of bodies which nobody has said the meaning of.

- A credential with such a word is unknown, never active, until its meaning is in the program's tables.
- It does not map a word: that is an entry of statuses.toml, under the body that uses it.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import known_body
from api.settings import Settings
from graph.words import UnmappedWord, unmapped_words


@with_settings(STORE)
def words(
    settings: Settings,
    *,
    body: Annotated[str | None, typer.Option(help="Only words of this body, such as CA-BBS.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the words in rosters that nobody has mapped, with the body, how many credentials they hold up, since when.

    What is known of a body's words is told by `bonafide bodies CODE --words`.
    """
    code = None if body is None else known_body("--body", body)
    found = with_database(settings, lambda database: unmapped_words(database, code))
    if as_json:
        print_json([asdict(word) for word in found])
        return
    for word in found:
        _print_word(word)
    if not found:
        typer.echo("Every word is mapped.")


def _print_word(word: UnmappedWord) -> None:
    known = "; known by now, and read anew with the next roster" if word.known_now else ""
    typer.echo(
        f"{word.body:<10} {word.about:<6} {word.credentials:>7,}  since {word.since:%Y-%m-%d}  “{word.word}”{known}"
    )
