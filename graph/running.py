"""Find the embedded server that another process of this user already runs, to use it as well.

- A data folder has one owner, which alone starts and stops the server; whoever else may read the folder may ask it.
- Nothing is found when the owner is gone, or has not yet written down where its server listens.
- It starts and stops nothing.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import psutil

from graph.data_folder import DataFolder
from graph.database import ServerAddress
from graph.server_files import USER

_LISTENS = re.compile(r"^server\.bolt\.listen_address=(?P<address>\S+:[0-9]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Running:
    """A server somebody else runs: its address, and the process that owns it."""

    address: ServerAddress
    owner: int


def running_in(data: Path) -> Running | None:
    """The server of the data folder, None when nobody runs it."""
    folder = DataFolder(data.absolute())
    try:
        owner = int(json.loads(folder.owner.read_text())["pid"])
        listens = _LISTENS.search(folder.settings.read_text())
        password = folder.password.read_text().strip()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if listens is None or not psutil.pid_exists(owner):
        return None
    return Running(ServerAddress(f"bolt://{listens['address']}", USER, password), owner)
