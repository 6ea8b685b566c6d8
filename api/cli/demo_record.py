"""What a data folder remembers of its demo: demo.json says which network it is, accounts.json who may sign in.

- Both are readable by this user alone, and replaced in one step: a reader sees the old file or the new one.
- It does not know how a demo is made.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from api.cli.failures import fail
from api.demo.network import SEED, SIZE
from api.settings import Settings
from graph.data_folder import write_private

STALE_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Made:
    """A demo in a data folder: which network, for which day it was told, and NPIs of some who might refer.

    `complete` is False from the first write to the last, so that a demo that was stopped is gone on with.
    """

    seed: int
    size: int
    made_on: str
    physicians: list[str]
    complete: bool

    def stale(self, today: date) -> bool:
        """Whether the boards' words have grown so old that they soon prove nothing."""
        return today - date.fromisoformat(self.made_on) > STALE_AFTER


def remembered(settings: Settings) -> Made | None:
    """The demo of this data folder, None for none. Leaves with a message when its file cannot be understood."""
    file = _demo_file(settings)
    try:
        return Made(**json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        fail(f"{file} is not what `bonafide demo` writes; move it away, or name another folder with --data.")


def remember(settings: Settings, made: Made) -> None:
    """Write demo.json."""
    write_private(_demo_file(settings), _as_json(asdict(made)))


def wanted(settings: Settings, made: Made | None, seed: int | None, size: int | None) -> tuple[int, int]:
    """Seed and size: as asked for, else as they are; leaves with a message when the two differ."""
    if made is None:
        return (SEED if seed is None else seed, SIZE if size is None else size)
    if seed not in {None, made.seed} or size not in {None, made.size}:
        fail(
            f"{settings.data} has a demo with --seed {made.seed} --size {made.size}; "
            "another one needs another folder (--data)."
        )
    return made.seed, made.size


def accounts_file(settings: Settings) -> Path:
    """Where the tokens are."""
    return settings.data / "accounts.json"


def write_accounts(settings: Settings, accounts: list[dict[str, str]]) -> None:
    """Write accounts.json: a list of {role, name, npi or body, token}."""
    write_private(accounts_file(settings), _as_json(accounts))


def _demo_file(settings: Settings) -> Path:
    return settings.data / "demo.json"


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
