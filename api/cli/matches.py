"""Commands about who may be whom, on the federal exclusion list and in bodies' files: what is open, and deciding it.

- A therapist who may be somebody on the list is unknown to everybody, and so in no search, until a person decides.
- A decision goes the way every client's goes, through `api.execute`, under the command line's own account.
- What is printed is for telling two people apart; it is about therapists and the published list, never a patient.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer
from uuid_utils import uuid7

from api.cli.asking import data_of, execute
from api.cli.claims import claim_told, first_claims, print_claim
from api.cli.failures import Status, fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import valid_npi
from api.clock import utc_now
from api.settings import Settings
from graph.commands.claims import OpenClaim
from graph.commands.matches import OpenPair, open_pairs
from graph.database import Database
from verification.matches import compare

PRACTITIONER = "query Practitioner($npi: NPI!) { practitioner(npi: $npi) { id } }"
DECIDE = """
mutation Decide($input: DecideMatchInput!) {
  decideMatch(input: $input) { therapist { npi name } problems { code message } }
}
"""

app = typer.Typer(
    name="matches",
    help="Who may be whom on the exclusion list and in bodies' files: list it, decide it.",
    no_args_is_help=True,
)


@app.command("list")
@with_settings(STORE)
def list_matches(
    settings: Settings,
    *,
    first: Annotated[int, typer.Option(help="How many.", min=1)] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List what a person must decide: rows of the exclusion list that may be about a therapist, and rows of bodies'
    own files of which it is not certain whose credential they are about.
    """
    pairs, claims = with_database(settings, lambda database: _both(database, first + 1))
    shown, more = pairs[:first], max(len(pairs), len(claims)) > first
    if as_json:
        print_json([*map(_pair, shown), *map(claim_told, claims[:first])])
    else:
        for pair in shown:
            _print_pair(pair)
        for claim in claims[:first]:
            print_claim(claim)
        some = shown or claims
        typer.echo("`bonafide matches decide NPI ROW` decides one." if some else "Nothing has to be decided.")
    if more:
        typer.echo("There are more; --first shows more at once.", err=True)


@app.command()
@with_settings(STORE)
def decide(
    settings: Settings,
    npi: Annotated[str, typer.Argument(help="NPI of the therapist, ten digits.")],
    row: Annotated[str, typer.Argument(help="The row of the exclusion list, as `bonafide matches list` tells it.")],
    *,
    why: Annotated[str, typer.Option(help="How you found it; kept with the decision.")],
    same: Annotated[bool, typer.Option("--same", help="The row is about this therapist.")] = False,
    different: Annotated[bool, typer.Option("--different", help="The row is about somebody else.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Decide whether a row of the exclusion list is about a therapist. It holds at once, and is remembered.

    Example: bonafide matches decide 2100000019 0f3a… --different --why "OIG's check by SSN finds nobody."
    """
    if same == different:
        fail("say either --same or --different.", Status.WRONG_USAGE)
    verdict = "SAME" if same else "DIFFERENT"
    said = {"idempotencyKey": str(uuid7()), "row": row, "verdict": verdict, "why": why}
    number = valid_npi("NPI", npi)
    therapist = with_database(settings, lambda database: _decide(database, number, said))
    if as_json:
        print_json({**therapist, "row": row, "verdict": verdict})
    else:
        typer.echo(f"{therapist['name']} (NPI {therapist['npi']}) and row {row}: {verdict.lower()}.")


async def _first(database: Database, count: int) -> list[OpenPair]:
    found: list[OpenPair] = []
    async for pair in open_pairs(database, utc_now()):
        found.append(pair)
        if len(found) == count:
            break
    return found


async def _both(database: Database, count: int) -> tuple[list[OpenPair], list[OpenClaim]]:
    return await _first(database, count), await first_claims(database, count)


async def _decide(database: Database, npi: str, said: Mapping[str, str]) -> Any:
    """The therapist after the decision; leaves with the problem's message where there is one."""
    practitioner = data_of(await execute(database, PRACTITIONER, {"npi": npi}))["practitioner"]
    if practitioner is None:
        fail(f"NPI {npi} is not in this store. `bonafide import nppes` brings the registry in.")
    variables = {"input": {**said, "practitioner": practitioner["id"]}}
    done = data_of(await execute(database, DECIDE, variables))["decideMatch"]
    for problem in done["problems"]:
        fail(f"{problem['message']} ({problem['code']})")
    return done["therapist"]


def _pair(pair: OpenPair) -> dict[str, Any]:
    facts, row, found = pair.facts, pair.row, compare(pair.facts, pair.row)
    return {
        "npi": facts.npi,
        "name": pair.name,
        "birthDate": facts.birth_date,
        "places": [_town(place) for place in pair.places],
        "likeness": found.likeness.value,
        "fields": list(found.fields),
        "row": {
            "fingerprint": row.id,
            "name": " ".join(filter(None, (row.given_name, row.middle_name, row.family_name, row.suffix))),
            "birthDate": row.birth_date,
            "npi": row.npi,
            "place": _town(pair.listed),
            "exclusionType": row.exclusion_type,
            "excludedOn": row.excluded_on,
        },
    }


def _print_pair(pair: OpenPair) -> None:
    told = _pair(pair)
    row, fields = told["row"], " and ".join(told["fields"]).replace("_", " ")
    places = "; ".join(told["places"]) or "no place"
    typer.echo(f"{told['npi'] or '-':<10}  {told['name']}, {_born(told['birthDate'])}, {places}")
    typer.echo(f"{told['likeness']:<10}  same {fields}")
    typer.echo(f"  row {row['fingerprint']}")
    typer.echo(
        f"      {row['name']}, {_born(row['birthDate'])}, NPI {row['npi'] or 'none'}, {row['place'] or 'no place'}; "
        f"excluded {row['excludedOn'] or 'on an unknown day'} ({row['exclusionType']})"
    )


def _town(place: tuple[str, str]) -> str:
    return " ".join(filter(None, place))


def _born(day: date | None) -> str:
    return f"born {day}" if day else "birth date unknown"
