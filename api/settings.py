"""What this process was told: one frozen record, read once from the environment and the command line.

- Every setting is an environment variable that begins with BONAFIDE_ and a flag of the same name; a flag wins.
- A value that cannot be used is refused by name and value before anything is opened.
- A password is never printed, not even in a message that refuses it.
- It does not know what the settings are used for.
"""

import os
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "BONAFIDE_"
SECRETS = frozenset({"neo4j_password"})

_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_ADDRESS = re.compile(r"(?P<scheme>[a-z0-9+]+)://(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(:(?P<port>[0-9]{1,5}))?/?")
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
    return settings


def variable(name: str) -> str:
    """The environment variable of a setting: `neo4j_uri` is BONAFIDE_NEO4J_URI."""
    return PREFIX + name.upper()


def flag(name: str) -> str:
    """The command-line flag of a setting: `neo4j_uri` is --neo4j-uri."""
    return "--" + name.replace("_", "-")


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
