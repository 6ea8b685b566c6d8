"""The command that asks for therapists, and how every command asks.

- They go the way every client goes, through `api.execute`: the same documents, limits and rules.
- Whoever can start the store may ask it; the command line has an account of its own, good for the one command.
- A negative verdict is an answer, not a failure: the exit status is 0.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.failures import fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import known_concern, known_instant, known_jurisdiction, known_modality
from api.clock import utc_now
from api.settings import Settings
from api.tokens import hash_token, new_token
from graph.accounts import command_line_account
from graph.database import Database
from verification.policies import SHIPPED_POLICIES

FIND = """
query Find($where: TherapistFilter!, $near: Near, $first: Int!) {
  therapists(where: $where, near: $near, first: $first) {
    edges {
      distanceKm
      because
      node { npi name acceptsNew waitWeeks practices { city state postalCode phone } languages { name } }
    }
  }
}
"""
MOST = 100


@with_settings(STORE)
def find(
    settings: Settings,
    concern: Annotated[str, typer.Argument(help="Why the patient comes, such as low-desire or 'painful sex'.")],
    jurisdiction: Annotated[str, typer.Option("--in", help="Where the patient is, such as CA.")],
    *,
    near: Annotated[str | None, typer.Option(help="Nearest first, from this US postal code.")] = None,
    within: Annotated[float, typer.Option(help="With --near: at most this far, in kilometres.", min=0.1)] = 50.0,
    language: Annotated[str | None, typer.Option(help="A language of sessions, such as es or Spanish.")] = None,
    payer: Annotated[str | None, typer.Option(help="Who is to pay, by name.")] = None,
    modality: Annotated[str | None, typer.Option(help="in-person or telehealth.")] = None,
    name: Annotated[str | None, typer.Option(help="Part of a name.")] = None,
    accepting: Annotated[bool, typer.Option("--accepting", help="Only those who take new patients.")] = False,
    first: Annotated[int, typer.Option(help="How many.", min=1, max=MOST)] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Find therapists who are provably fit for a concern in a place, right now.

    Example: bonafide find low-desire --in CA --near 94110 --language es --accepting
    """
    variables = {
        "where": {
            "concern": known_concern("CONCERN", concern),
            "jurisdiction": known_jurisdiction("--in", jurisdiction),
            "acceptingNew": True if accepting else None,
            "payer": payer,
            "language": language,
            "modality": known_modality("--modality", modality),
            "name": name,
        },
        "near": {"postalCode": near, "withinKm": within} if near else None,
        "first": first,
    }
    edges = ask(settings, FIND, variables)["therapists"]["edges"]
    if as_json:
        print_json(edges)
        return
    if not edges:
        typer.echo("Nobody who is proven fit now. A wider circle, another payer or another language may find somebody.")
    for edge in edges:
        _print_edge(edge)


def ask(settings: Settings, document: str, variables: Mapping[str, Any]) -> Any:
    """The data of one document; leaves with the first error's message when there is one."""
    given = {name: value for name, value in variables.items() if value is not None}
    return data_of(with_database(settings, lambda database: execute(database, document, given)))


def data_of(result: Mapping[str, Any]) -> Any:
    """The data of an answer; leaves with the first error's message when there is one."""
    if result.get("errors"):
        error = result["errors"][0]
        fail(f"{error['message']} ({error.get('extensions', {}).get('code', 'ERROR')})")
    return result["data"]


async def execute(database: Database, document: str, variables: Mapping[str, Any]) -> Any:
    """The answer to one document, asked for by the command line's own account."""
    from api.execute import Executor, Request  # noqa: PLC0415 - building the schema takes a second

    token = new_token()
    async with command_line_account(database, hash_token(token), utc_now()):
        executor = Executor(database, SHIPPED_POLICIES)
        answer = await executor.run(Request(document, variables, token=token))
    return answer.result


def instant_text(option: str, text: str | None) -> str | None:
    """An instant as the schema writes it."""
    at = known_instant(option, text)
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _print_edge(edge: Mapping[str, Any]) -> None:
    node = edge["node"]
    place = ", ".join(f"{each['city']} {each['state']} {each['postalCode']}" for each in node["practices"])
    away = f"{edge['distanceKm']:.0f} km, " if edge["distanceKm"] is not None else ""
    takes = "takes new patients" if node["acceptsNew"] else "takes no new patients"
    languages = ", ".join(language["name"] for language in node["languages"])
    typer.echo(f"{node['npi']}  {node['name']}")
    typer.echo(f"            {away}{place}; {takes}; {languages}")
    for because in edge["because"]:
        typer.echo(f"            {because}")
