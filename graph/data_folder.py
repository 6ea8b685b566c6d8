"""Lay out an embedded server's data folder, and let one process at a time own it.

Rules:
- Ownership is a lock that the system gives back when its holder ends, however it ends; the name of the owner beside it
  only serves the message.
- Files that hold a secret are readable by their owner alone before anything is written to them.

Does not know what runs on the folder.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from graph.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class DataFolder:
    """What lies where below `root`."""

    root: Path

    @property
    def home(self) -> Path:
        """Neo4j's own folder: its data, logs and settings."""
        return self.root / "neo4j"

    @property
    def password(self) -> Path:
        return self.root / "neo4j-password"

    @property
    def lock(self) -> Path:
        return self.root / "owner.lock"

    @property
    def owner(self) -> Path:
        return self.root / "owner.json"

    @property
    def pid(self) -> Path:
        return self.home / "server.pid"

    @property
    def arguments(self) -> Path:
        """Java's argument file."""
        return self.home / "java.args"

    @property
    def settings(self) -> Path:
        return self.home / "conf" / "neo4j.conf"

    @property
    def output(self) -> Path:
        """What the server wrote to its standard output and error since it was last started."""
        return self.home / "logs" / "output.log"

    @property
    def log(self) -> Path:
        """The server's own log, over many starts."""
        return self.home / "logs" / "neo4j.log"

    def make(self) -> None:
        """Make the folders, closed to others. Raises OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.settings.parent, self.output.parent):
            folder.mkdir(parents=True, exist_ok=True)


def own(folder: DataFolder) -> FileLock:
    """Become the folder's one owner until the lock is released. Raises EmbeddedError naming who owns it, OSError."""
    lock = FileLock(folder.lock, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise EmbeddedError(
            f"The database in {folder.root} is in use by {_owner(folder)}. Stop that first, or name another data "
            "folder."
        ) from None
    write_private(folder.owner, json.dumps({"pid": os.getpid(), "program": Path(sys.argv[0]).name}))
    return lock


def disown(folder: DataFolder, lock: FileLock) -> None:
    """Give the folder free."""
    folder.owner.unlink(missing_ok=True)
    lock.release()


def _owner(folder: DataFolder) -> str:
    try:
        owner = json.loads(folder.owner.read_text())
        return f"process {owner['pid']} ({owner['program']})"
    except (OSError, ValueError, KeyError):
        return "another process"


def write_private(path: Path, text: str) -> None:
    """Put `text` into `path`, which only its owner may read, in one step. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
