"""`bonafide demo`: a synthetic state-wide network to look at, from nothing to served.

- The files are written in the published formats and come in by the ordinary imports; nothing takes a short cut.
- A demo that is there already is used again; only one that has grown stale is told anew, for today, by the same people.
- Accounts of every role are made once; their tokens are in accounts.json, which only this user can read.
- Demos are for looking at: a store that holds anything else is left alone.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failures import fail
from api.cli.flags import SERVING, with_settings
from api.cli.imports import as_evidence, in_words, load_file
from api.cli.keeping import make_account, new_account
from api.cli.serving import listening, run_server, url
from api.cli.store import bring_up_to_date, open_database, running_server
from api.cli.values import utc_now
from api.demo.network import SEED, SIZE, Network, write_network
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

STALE_AFTER = timedelta(days=7)
EACH_ROLE = 2
OFFICERS_OF = ("CA-BBS", "AASECT", "CA-PSY")
_UROLOGY, _FAMILY = "208800000X", "207Q00000X"


@dataclass(frozen=True, slots=True)
class Made:
    """What demo.json remembers: which network it is, for which day it was told, and who might refer.

    `complete` is False from the first write to the last, so that a demo that was stopped is gone on with.
    """

    seed: int
    size: int
    made_on: str
    physicians: list[str]
    complete: bool

    @property
    def stale(self) -> bool:
        return utc_now().date() - date.fromisoformat(self.made_on) > STALE_AFTER


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
    with ExitStack() as stack:
        sock = stack.enter_context(listening(settings)) if serving else None
        address = stack.enter_context(running_server(settings))
        asyncio.run(prepare(settings, address, seed=seed, size=size))
        if sock is not None:
            run_server(settings, address, sock, announce=lambda: _announce(settings))


async def prepare(
    settings: Settings, address: ServerAddress, *, seed: int | None = None, size: int | None = None
) -> None:
    """Make what is missing of the demo in this store."""
    database = await open_database(settings, address)
    try:
        await bring_up_to_date(database)
        made = await _ours(database, settings)
        wanted = _wanted(made, settings, seed, size)
        if made is None or made.stale or not made.complete:
            made = await _make(database, settings, *wanted)
        if not _accounts_file(settings).exists():
            await _make_accounts(database, settings, made)
    finally:
        await database.close()


async def _ours(database: Database, settings: Settings) -> Made | None:
    """The demo in this store, None for an empty one; leaves with a message when the store holds anything else."""
    file = _demo_file(settings)
    if file.exists():
        return Made(**json.loads(file.read_text("utf-8")))
    if await holds_people(database):
        fail("this store holds people already, and invented ones must not get among them; name another with --data.")
    return None


def _wanted(made: Made | None, settings: Settings, seed: int | None, size: int | None) -> tuple[int, int]:
    """Seed and size: as asked for, else as they are; leaves with a message when the two differ."""
    if made is None:
        return (SEED if seed is None else seed, SIZE if size is None else size)
    if seed not in {None, made.seed} or size not in {None, made.size}:
        fail(
            f"{settings.data} has a demo with --seed {made.seed} --size {made.size}; "
            "another one needs another folder (--data)."
        )
    return made.seed, made.size


async def _make(database: Database, settings: Settings, seed: int, size: int) -> Made:
    began, today = time.monotonic(), utc_now().date()
    typer.echo(f"Writing the files of {size:,} invented people.", err=True)
    network = await asyncio.to_thread(write_network, settings.data / "demo", today=today, seed=seed, size=size)
    made = Made(seed, size, today.isoformat(), _referrers(network), complete=False)
    _write_private(_demo_file(settings), asdict(made))
    async for report in _import(database, settings, network):
        for line in in_words(report):
            typer.echo(line, err=True)
    made = replace(made, complete=True)
    _write_private(_demo_file(settings), asdict(made))
    typer.echo(f"The demo network is in after {time.monotonic() - began:.0f} s.", err=True)
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
    first = [by_calling[taxonomy] for taxonomy in (_UROLOGY, _FAMILY) if taxonomy in by_calling]
    return list(dict.fromkeys([*first, *(npi for npi, _ in network.physicians)]))[: EACH_ROLE + 1]


async def _make_accounts(database: Database, settings: Settings, made: Made) -> None:
    """At least two accounts of each role; the therapists are such as may be referred to now and take patients."""
    therapists = await referable_therapists(database, STATE, utc_now(), EACH_ROLE + 1)
    acting: list[dict[str, Any]] = [
        *({"role": Role.PHYSICIAN, "npi": npi} for npi in made.physicians),
        *({"role": Role.THERAPIST, "npi": npi} for npi in therapists),
        *({"role": Role.OFFICER, "body": body} for body in OFFICERS_OF),
        *({"role": Role.STEWARD} for _ in range(EACH_ROLE)),
    ]
    accounts = []
    for wanted in acting:
        token = new_token()
        accounts.append(await make_account(database, new_account(token, **wanted), token))
    _write_private(_accounts_file(settings), accounts)
    typer.echo(f"{len(accounts)} accounts, with their tokens: {_accounts_file(settings)}", err=True)


def _announce(settings: Settings) -> None:
    typer.echo(f"Bonafide is at {url(settings)}. Accounts to try it with: {_accounts_file(settings)}", err=True)
    typer.echo("Nobody in it is real. Ctrl-C stops it.", err=True)


def _write_private(path: Path, value: Any) -> None:
    """Write JSON that only this user can read; a reader sees the old file or the new one, never half."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")
    part.replace(path)


def _accounts_file(settings: Settings) -> Path:
    return settings.data / "accounts.json"


def _demo_file(settings: Settings) -> Path:
    return settings.data / "demo.json"
