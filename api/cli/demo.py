"""`bonafide demo`: a synthetic state-wide network to look at, from nothing to served.

- The files are written in the published formats and come in by the ordinary imports; nothing takes a short cut.
- A demo that is there already is used again; only one that has grown stale is told anew, for today, by the same people.
- Accounts of every role are made once; their tokens are in accounts.json, which only this user can read.
- Invented people never get among others: a store that holds anybody else is left alone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import typer

from api.cli.demo_record import Made, accounts_file, remember, remembered, wanted, write_accounts
from api.cli.failures import fail
from api.cli.flags import SERVING, with_settings
from api.cli.imports import as_evidence, in_words, load_file
from api.cli.keeping import make_account, new_account
from api.cli.serving import listening, run_server, url
from api.cli.store import bring_up_to_date, open_database, running_server, store_clock
from api.clock import SimulatedClock, utc_now
from api.demo.network import Network, write_network
from api.demo.places import STATE
from api.settings import Settings
from api.tokens import new_token
from graph.accounts import referable_therapists
from graph.condition import holds_people
from graph.database import Database, ServerAddress
from graph.loading.compact import load_compact
from graph.loading.deactivations import load_deactivations
from graph.loading.leie import load_leie
from graph.loading.nppes import load_nppes
from graph.loading.profiles import load_profiles
from graph.loading.report import Report
from graph.loading.roster import load_roster
from verification.access import Role
from verification.formats.compact import Compact

EACH_ROLE = 2
FEW = 5_000
OFFICERS_OF = ("CA-BBS", "AASECT", "CA-PSY")
"""The bodies with officers in the demo: two each, since what lifts needs two."""

_UROLOGY, _FAMILY_MEDICINE = "208800000X", "207Q00000X"


@with_settings(SERVING)
def demo(
    settings: Settings,
    *,
    seed: Annotated[int | None, typer.Option(help="Another number makes other people.")] = None,
    size: Annotated[
        int | None, typer.Option(help="How many people the registry holds; one in twenty is a therapist.", min=60)
    ] = None,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it, or only make it.")] = True,
) -> None:
    """Make a synthetic network of one state, import it, make accounts, and serve it.

    Nobody in it is real. Run again it uses what is there. Tokens to try it with are in accounts.json.
    """
    made = remembered(settings)
    number, people = wanted(settings, made, seed, size)
    with ExitStack() as stack:
        sock = stack.enter_context(listening(settings)) if serving else None
        writer = stack.enter_context(ThreadPoolExecutor(1))

        def write() -> Future[Network]:
            folder, today = settings.data / "demo", utc_now().date()
            return writer.submit(write_network, folder, today=today, seed=number, size=people)

        # Written while the server starts: both take seconds, and one of two processors each.
        ahead = write() if made is None or not made.complete or made.stale(utc_now().date()) else None
        address = stack.enter_context(running_server(settings, own=True, brief=not serving and people < FEW))
        asyncio.run(_prepare(settings, address, made, ahead, write))
        if sock is not None:
            run_server(settings, address, sock, announce=lambda: _announce(settings))


async def _prepare(
    settings: Settings,
    address: ServerAddress,
    made: Made | None,
    ahead: Future[Network] | None,
    write: Callable[[], Future[Network]],
) -> None:
    """Make what is missing of the demo in this store."""
    database = await open_database(settings, address)
    try:
        await bring_up_to_date(database)
        if isinstance(await store_clock(settings, database), SimulatedClock):
            fail("the demo is made in real time, and this store is simulated; name another folder with --data.")
        inhabited = await holds_people(database)
        if made is None and inhabited:
            fail("this store holds people, and invented ones must not get among them; name another folder with --data.")
        if not inhabited:
            accounts_file(settings).unlink(missing_ok=True)
        if made is None or ahead is not None or not inhabited:
            made = await _make(database, settings, ahead or write())
        else:
            _say(f"The demo of {made.made_on} is in {settings.data} and is used again.")
        if not accounts_file(settings).exists():
            await _make_accounts(database, settings, made)
    finally:
        await database.close()


async def _make(database: Database, settings: Settings, writing: Future[Network]) -> Made:
    began = time.monotonic()
    network = await asyncio.wrap_future(writing)
    _say(f"{network.size:,} invented people, as files: {network.registry.parent}")
    made = Made(network.seed, network.size, network.today.isoformat(), _referrers(network), complete=False)
    remember(settings, made)
    async for report in _import(database, settings, network):
        for line in in_words(report, listed=0):
            _say(line)
    made = replace(made, complete=True)
    remember(settings, made)
    _say(f"The demo network is in after {time.monotonic() - began:.0f} s.")
    return made


async def _import(database: Database, settings: Settings, network: Network) -> AsyncIterator[Report]:
    """Bring every file in, the registry first; what a body said earlier before what it says now."""
    now = as_evidence(None)
    yield await load_file(database, settings, network.registry, load_nppes, **now)
    yield await load_file(database, settings, network.deactivations, load_deactivations, **now)
    yield await load_file(database, settings, network.exclusions, load_leie, edition=network.edition, **now)
    for roster in network.rosters:
        then = as_evidence(utc_now() - timedelta(roster.days_ago)) if roster.days_ago else now
        yield await load_file(database, settings, roster.path, load_roster, body=roster.body, **then)
    if network.compact is not None:
        whose = {"jurisdiction": "AZ", "compact": Compact.COUNSELING}
        yield await load_file(database, settings, network.compact, load_compact, **whose, **now)
    yield await load_file(database, settings, network.profiles, load_profiles)


def _referrers(network: Network) -> list[str]:
    """A urologist, a family doctor, and whoever comes first of the rest."""
    by_calling = {taxonomy: npi for npi, taxonomy in reversed(network.physicians)}
    first = [by_calling[taxonomy] for taxonomy in (_UROLOGY, _FAMILY_MEDICINE) if taxonomy in by_calling]
    return list(dict.fromkeys([*first, *(npi for npi, _ in network.physicians)]))[: EACH_ROLE + 1]


async def _make_accounts(database: Database, settings: Settings, made: Made) -> None:
    """At least two accounts of each role; the therapists are such as may be referred to now and take patients."""
    therapists = await referable_therapists(database, STATE, utc_now(), EACH_ROLE + 1)
    acting: list[dict[str, Any]] = [
        *({"role": Role.PHYSICIAN, "npi": npi} for npi in made.physicians),
        *({"role": Role.THERAPIST, "npi": npi} for npi in therapists),
        {"role": Role.DELEGATE, "npi": made.physicians[0], "name": "Front desk"},
        {"role": Role.DELEGATE, "npi": made.physicians[0], "also": made.physicians[1:], "name": "Referral coordinator"},
        *(
            {"role": Role.OFFICER, "body": body, "name": f"Officer {number} of {body}"}
            for body in OFFICERS_OF
            for number in range(1, EACH_ROLE + 1)
        ),
        *({"role": Role.STEWARD, "name": f"Steward {number}"} for number in range(1, EACH_ROLE + 1)),
    ]
    accounts = []
    for each in acting:
        token = new_token()
        accounts.append(await make_account(database, new_account(token, **each), token))
    write_accounts(settings, accounts)
    _say(f"{len(accounts)} accounts, with their tokens: {accounts_file(settings)}")


def _announce(settings: Settings) -> None:
    _say(f"Bonafide is at {url(settings)}. Accounts to try it with: {accounts_file(settings)}")
    _say("Nobody in it is real. Ctrl-C stops it.")


def _say(line: str) -> None:
    typer.echo(line, err=True)
