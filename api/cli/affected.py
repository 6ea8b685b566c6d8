"""The command that looks back: whose patients were sent on a decision that later knowledge overturned.

- It lists referrals by id and the physicians who relied on the decision, and nothing about a patient.
- That nobody is affected is an answer, not a failure: the exit status is 0.
"""

from typing import Annotated, Any

import typer

from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import valid_npi
from api.settings import Settings
from graph.ids import global_id
from graph.reconsiderations import Affected
from graph.reconsiderations import affected as read_affected


@with_settings(STORE)
def affected(
    settings: Settings,
    npi: Annotated[str, typer.Argument(help="NPI of the practitioner, ten digits.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """List the referrals that rest on a decision about somebody which would come out otherwise now.

    Example: bonafide affected 2100000019
    """
    wanted = valid_npi("NPI", npi)
    found = with_database(settings, lambda database: read_affected(database, wanted))
    if as_json:
        print_json([_plain(each) for each in found])
        return
    if not found:
        typer.echo("No referral rests on a decision about this practitioner that would come out otherwise now.")
    for each in found:
        _print(each)


def _plain(each: Affected) -> dict[str, Any]:
    return {
        "referral": global_id(f"Referral:{each.referral}"),
        "physician": each.physician,
        "of": each.of,
        "at": each.at.isoformat(),
        "was": each.was,
        "now": each.now,
        "knownAt": each.known_at.isoformat(),
        "reasons": list(each.reasons),
    }


def _print(each: Affected) -> None:
    done = {"send": "sent", "accept": "accepted"}[each.of]
    typer.echo(f"{global_id(f'Referral:{each.referral}')}  {done} {each.at:%Y-%m-%d %H:%M} UTC by NPI {each.physician}")
    typer.echo(f"            was {each.was}, would be {each.now} as known since {each.known_at:%Y-%m-%d %H:%M} UTC")
    for reason in each.reasons:
        typer.echo(f"            {reason}")
