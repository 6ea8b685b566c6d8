"""Flags for settings: one for each BONAFIDE_ variable, the same on every command that needs it.

- A command that takes `settings` first gets them from its flags, then the environment, then the defaults.
- A wrong value is refused before the command does anything.
- It does not know what a command does with its settings.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from api.cli.failures import plainly
from api.settings import Settings, flag, load_settings, variable

P = ParamSpec("P")
Command = Callable[..., None]

STORE = ("data", "neo4j_uri", "neo4j_user", "neo4j_password", "neo4j_heap", "neo4j_pagecache", "log_level", "clock")
DELIVERING = (
    "clocks",
    "public_url",
    "smtp_host",
    "smtp_port",
    "smtp_encryption",
    "smtp_user",
    "smtp_password",
    "smtp_sender",
    "webhook_loopback",
    "keep_notices_days",
    "keep_dead_letters_days",
)
SERVING = (
    *STORE,
    "host",
    "port",
    "development",
    "behind_proxy",
    "background",
    "background_minutes",
    "scanner",
    *DELIVERING,
)

_SWITCHES = frozenset({"development", "behind_proxy", "background", "webhook_loopback"})
_PANEL = "Settings (each is an environment variable too)"
_HELP = {
    "data": "Folder of the store, accounts.json and files of refused rows.",
    "host": "Address to listen on.",
    "port": "Port to listen on.",
    "neo4j_uri": "A Neo4j server or cluster to use, such as neo4j+s://host:7687. Without it Bonafide runs its own.",
    "neo4j_user": "User of that server.",
    "neo4j_password": "Password of that server; better given as the variable, which other users cannot see.",
    "neo4j_heap": "Heap of Bonafide's own Neo4j, such as 1g.",
    "neo4j_pagecache": "Page cache of Bonafide's own Neo4j, such as 512m.",
    "development": "GraphiQL in the browser, and introspection for whoever is signed in.",
    "behind_proxy": "Believe X-Forwarded-For about who asks; only behind a proxy that sets it.",
    "log_level": "How much the log says: debug, info, warning or error.",
    "background": "Sweep, remind and watch over sources beside serving; on by default.",
    "background_minutes": "How often, in minutes, the whole network is looked over; 15 by default.",
    "clocks": "A TOML file with figures of your own for how long each side of a referral has.",
    "public_url": "Where people reach this network, such as https://bonafide.example.org; links in e-mails begin so.",
    "smtp_host": "The mail server notices are handed to. Without it no e-mail is sent.",
    "smtp_port": "Port of that mail server; 587 by default.",
    "smtp_encryption": "starttls (the default) or tls; none for a mail server on this machine only.",
    "smtp_user": "User of that mail server.",
    "smtp_password": "Password of that mail server; better given as the variable, which other users cannot see.",
    "smtp_sender": "Whom e-mails are from, such as no-reply@example.org.",
    "webhook_loopback": "For developers: take webhooks at http://127.0.0.1:PORT too.",
    "keep_notices_days": "Days after which notices that were delivered are deleted; 90 by default.",
    "keep_dead_letters_days": "Days after which notices are deleted that could not be delivered; 365 by default.",
    "scanner": "A clamd that scans attachments: host:port, or the path of its socket.",
    "clock": "What time it is, in a store made with `init --simulation`; forward only. Refused in any other.",
}


def with_settings(names: tuple[str, ...]) -> Callable[[Callable[Concatenate[Settings, P], None]], Command]:
    """Give a command the flags of the named settings, and the settings themselves as its first argument."""

    def decorate(command: Callable[Concatenate[Settings, P], None]) -> Command:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

        @functools.wraps(command)
        def run(*_: P.args, **arguments: P.kwargs) -> None:
            given = {name: arguments.pop(name) for name in names}
            with plainly():
                settings = load_settings(**given)
            with plainly(settings.log_level):
                command(settings, **arguments)  # type: ignore[call-arg]  # typer calls by name only

        parameters = [*own, *(_parameter(name) for name in names)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect looks for first
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _parameter(name: str) -> inspect.Parameter:
    kind: Any = bool if name in _SWITCHES else str
    spelling = f"{flag(name)}/--no-{name}" if kind is bool else flag(name)
    option = typer.Option(
        spelling,
        help=f"{_HELP[name]} [{variable(name)}]",
        rich_help_panel=_PANEL,
        show_default=False,
        metavar=None if kind is bool else "VALUE",
    )
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )
