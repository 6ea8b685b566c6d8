"""What this process was told: one frozen record, read once from the environment and the command line.

- Every setting is an environment variable that begins with BONAFIDE_ and a flag of the same name; a flag wins.
- A value that cannot be used is refused by name and value before anything is opened.
- A password is never printed, not even in a message that refuses it.
- It does not know what the settings are used for.
"""

import os
import re
import tomllib
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.attachments.scanner import scanner_at
from api.delivery.mail_addresses import Encryption, mail_address
from verification.clock_settings import CLOCK_TABLE, SHIPPED_CLOCKS, Clocks, clocks_of
from verification.errors import Refusal

PREFIX = "BONAFIDE_"
SECRETS = frozenset({"neo4j_password", "smtp_password"})
FLAGS = {"clock": "--simulate-clock"}
"""Flags that say more than the variable of the same setting."""

_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_ADDRESS = re.compile(r"(?P<scheme>[a-z0-9+]+)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(:(?P<port>[0-9]{1,5}))?/?")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_MEMORY = re.compile(r"[1-9][0-9]*[kmg]")


class SettingsProblem(Exception):  # noqa: N818 - it is about what was given, not an error of ours
    """A setting that cannot be used; the message names the variable and the value."""


class LogLevel(StrEnum):
    """How much the log says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _address(value: str) -> str:
    """A Neo4j address with a scheme the driver knows; user and password have variables of their own."""
    match = _ADDRESS.fullmatch(value)
    if match is None or match["scheme"] not in _SCHEMES or int(match["port"] or 1) not in range(1, 65_536):
        raise ValueError("must look like neo4j://host:7687; schemes are " + ", ".join(_SCHEMES))
    return value


def _memory(value: str) -> str:
    """An amount of memory as Neo4j writes it: 512m, 2g."""
    if _MEMORY.fullmatch(value) is None:
        raise ValueError("must be a whole number followed by k, m or g, such as 512m or 2g")
    return value


def megabytes(amount: str | None) -> int | None:
    """An amount such as 512m or 2g in whole megabytes, rounded up; None for none."""
    if amount is None:
        return None
    bytes_per_unit = {"k": 2**10, "m": 2**20, "g": 2**30}[amount[-1]]
    return -(-int(amount[:-1]) * bytes_per_unit // 2**20)


def _folder(value: Path) -> Path:
    """An absolute folder path; `~` is the home folder."""
    folder = value.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise ValueError("is a file; a folder is needed")
    return folder


def read_clocks(path: Path | None) -> Clocks:
    """The figures of the referrals' clocks, with those of an operator's own table in their place. Raises ValueError."""
    return SHIPPED_CLOCKS if path is None else clocks_of(CLOCK_TABLE, tomllib.loads(path.read_text("utf-8")))


def _clock_table(value: Path) -> Path:
    """A readable table of clocks."""
    path = value.expanduser().absolute()
    try:
        read_clocks(path)
    except OSError:
        raise ValueError("must be a file that can be read") from None
    return path


def _instant(value: datetime) -> datetime:
    """An instant with its offset, in UTC and whole milliseconds."""
    if value.tzinfo is None:
        raise ValueError("needs an offset, such as Z or -08:00")
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


def _written(value: Any) -> Any:
    """An instant as people write it; a bare number or a date is none."""
    if isinstance(value, str) and _INSTANT.match(value) is None:
        raise ValueError("must be an instant such as 2026-11-25T09:00:00Z")
    return value


def _web_address(value: str) -> str:
    """An http or https address without anything behind the host but a path."""
    if _WEB_ADDRESS.fullmatch(value) is None:
        raise ValueError("must look like https://bonafide.example.org")
    return value.rstrip("/")


def _sender(value: str) -> str:
    """An e-mail address."""
    try:
        return mail_address(value)
    except Refusal:
        raise ValueError("must be an e-mail address such as no-reply@example.org") from None


def _scanner(value: str) -> str:
    """Where a clamd listens."""
    scanner_at(value)
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Memory = Annotated[str, AfterValidator(_memory)]


def default_data() -> Path:
    """The data folder of this user when none is named."""
    return Path(platformdirs.user_data_dir("bonafide", appauthor=False))


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    Fields
    ------
    data:
        Folder of the store, `accounts.json` and files of refused rows.
    host, port:
        Where `bonafide serve` listens.
    neo4j_uri, neo4j_user, neo4j_password:
        A Neo4j server or cluster to use. Without an address Bonafide runs its own embedded server in `data`.
    neo4j_heap, neo4j_pagecache:
        Memory of the embedded server; without them it is sized to the machine.
    development:
        GraphiQL in the browser, and introspection for whoever is signed in.
    log_level:
        debug, info, warning or error.
    behind_proxy:
        Whether a proxy of ours stands in front, whose X-Forwarded-For is believed.
    background:
        Whether `bonafide serve` does the work that nobody asks for: sweeps, reminders, watching over sources.
    background_minutes:
        How often, in minutes, it looks the whole network over.
    clock:
        In a store made with `bonafide init --simulation`: what time it is. Refused in any other.
    clocks:
        A TOML file with figures that take the place of those in verification/data/clocks.toml: how long each side has.
    public_url:
        Where people reach this network, such as https://bonafide.example.org: what links in e-mails
        and codes on letters begin with.
    smtp_host, smtp_port, smtp_encryption, smtp_user, smtp_password, smtp_sender:
        The mail server that notices are handed to, and whom they are from. Without a host no e-mail is sent.
        Encryption is starttls or tls; none is for a mail server on this machine only.
    webhook_loopback:
        For developers: takes webhooks at http://127.0.0.1:PORT too.
    keep_notices_days, keep_dead_letters_days:
        How long a notice stays in the graph that everybody was told, and one that somebody could not be told.
    scanner:
        A clamd that looks through attachments, as host:port or the path of its socket. Without one the checks of
        their content stand alone.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    data: Annotated[Path, AfterValidator(_folder)] = Field(default_factory=default_data)
    host: Annotated[str, Field(min_length=1, pattern=r"^\S+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    neo4j_uri: Annotated[str, AfterValidator(_address)] | None = None
    neo4j_user: Annotated[str, Field(min_length=1)] = "neo4j"
    neo4j_password: SecretStr | None = None
    neo4j_heap: Memory | None = None
    neo4j_pagecache: Memory | None = None
    development: bool = False
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = LogLevel.INFO
    behind_proxy: bool = False
    background: bool = True
    background_minutes: Annotated[int, Field(ge=1, le=1_440)] = 15
    clock: Annotated[datetime, BeforeValidator(_written), AfterValidator(_instant)] | None = None
    clocks: Annotated[Path, AfterValidator(_clock_table)] | None = None
    public_url: Annotated[str, AfterValidator(_web_address)] | None = None
    smtp_host: Annotated[str, Field(min_length=1, pattern=r"^\S+$")] | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    smtp_encryption: Annotated[Encryption, BeforeValidator(_lower)] = Encryption.STARTTLS
    smtp_user: Annotated[str, Field(min_length=1)] | None = None
    smtp_password: SecretStr | None = None
    smtp_sender: Annotated[str, AfterValidator(_sender)] | None = None
    webhook_loopback: bool = False
    keep_notices_days: Annotated[int, Field(ge=7, le=3_650)] = 90
    keep_dead_letters_days: Annotated[int, Field(ge=7, le=3_650)] = 365
    scanner: Annotated[str, AfterValidator(_scanner)] | None = None

    @property
    def embedded(self) -> bool:
        """Whether Bonafide runs its own Neo4j."""
        return self.neo4j_uri is None


def load_settings(**flags: Any) -> Settings:
    """Settings of this process: `flags` that are not None, then the environment, then the defaults.

    Raises SettingsProblem with one line per setting that cannot be used.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsProblem("\n".join(_complaint(item, frozenset(given)) for item in error.errors())) from None
    if settings.neo4j_uri is not None and settings.neo4j_password is None:
        raise SettingsProblem(
            f"{PREFIX}NEO4J_URI names a server ({settings.neo4j_uri}) but {PREFIX}NEO4J_PASSWORD is not set."
        )
    if settings.smtp_host is not None:
        _check_mail(settings)
    return settings


def _check_mail(settings: Settings) -> None:
    """Raises SettingsProblem when the mail server cannot be used as it is set."""
    if settings.smtp_sender is None:
        raise SettingsProblem(f"{PREFIX}SMTP_HOST names a mail server but {PREFIX}SMTP_SENDER is not set.")
    if (settings.smtp_user is None) != (settings.smtp_password is None):
        raise SettingsProblem(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD are set together or not at all.")
    if settings.smtp_encryption is Encryption.NONE and settings.smtp_host not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsProblem(f"{PREFIX}SMTP_ENCRYPTION is 'none': only a mail server on this machine may do without.")


def variable(name: str) -> str:
    """The environment variable of a setting: `neo4j_uri` is BONAFIDE_NEO4J_URI."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The command-line flag of a setting: `neo4j_uri` is --neo4j-uri."""
    return FLAGS.get(name, "--" + name.replace("_", "-"))


def unknown_variables() -> list[str]:
    """Variables that begin with BONAFIDE_ but are no setting: most often a slip of the pen."""
    known = {variable(name) for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def in_force(settings: Settings) -> dict[str, str]:
    """Every setting by its variable, as text for people; secrets hidden."""
    return {variable(name): _shown(name, getattr(settings, name)) for name in Settings.model_fields}


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "(not set)"
    if name in SECRETS:
        return "(hidden)"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _complaint(error: Any, flags: frozenset[str]) -> str:
    """One refused setting as `BONAFIDE_PORT is '99999': must be …`; a secret's value is left out."""
    name = str(error["loc"][0])
    label = flag(name) if name in flags else variable(name)
    value = "(hidden)" if name in SECRETS else repr(str(error["input"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{label} is {value}: {message[:1].lower()}{message[1:]}."
