"""Keep the server's jars on this machine, each exactly as the lock says.

Rules:
- A jar is used only after its size and SHA-256 were found to be those of the lock, at every start (some 0.1 s).
- A missing or damaged jar is fetched again, and a person is told which was damaged.
- One process downloads at a time; others wait for it, then use what it brought.

Does not know what the jars do, nor how they are fetched.
"""

import errno
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from graph.errors import EmbeddedError
from graph.jar_lock import Jar, read_lock
from graph.progress import Progress, Silent

WAIT_FOR_OTHER_SECONDS = 1800.0


def jar_store() -> Path:
    """The folder on this machine that all of the user's stores share."""
    return platformdirs.user_cache_path("bonafide", appauthor=False) / "jars"


def fetch_jars(
    store: Path | None = None,
    *,
    progress: Progress | None = None,
    repository: str | None = None,
    jars: Iterable[Jar] | None = None,
) -> tuple[Path, ...]:
    """Paths of all `jars` (those of the lock) below `store` (`jar_store()`), in the lock's order, after bringing
    from the Maven repository at the address `repository` what was missing or damaged. Raises EmbeddedError.
    """
    store = jar_store() if store is None else store
    progress = Silent() if progress is None else progress
    wanted = tuple(read_lock() if jars is None else jars)
    try:
        if faulty(store, wanted):
            store.mkdir(parents=True, exist_ok=True)
            _bring_missing(store, wanted, progress, repository)
    except OSError as error:
        raise EmbeddedError(disk_problem(error, store)) from error
    return tuple(store / jar.path for jar in wanted)


def faulty(store: Path, jars: tuple[Jar, ...]) -> tuple[Jar, ...]:
    """The jars that are missing in `store` or are not what the lock says."""
    # Hashing lets other threads run, so each core helps.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        right = pool.map(lambda jar: _is_right(store / jar.path, jar), jars)
        return tuple(jar for jar, is_right in zip(jars, right, strict=True) if not is_right)


def _is_right(path: Path, jar: Jar) -> bool:
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _bring_missing(store: Path, wanted: tuple[Jar, ...], progress: Progress, repository: str | None) -> None:
    from graph.jar_download import download  # noqa: PLC0415 - half a second of imports that a usual start can spare

    lock = FileLock(store / ".downloading", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say("Another Bonafide is downloading the database server; waiting for it.")
        lock.acquire(timeout=WAIT_FOR_OTHER_SECONDS)
    try:
        # The other process may have brought everything while we waited.
        missing = faulty(store, wanted)
        for jar in missing:
            if (store / jar.path).exists():
                progress.say(f"{jar.path.name} is damaged; fetching it again.")
        if missing:
            download(store, missing, progress, repository)
    finally:
        lock.release()


def disk_problem(error: OSError, folder: Path) -> str:
    """A sentence for people about `error`, met while using `folder`."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk is full. Make room where {folder} is, then start again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"Bonafide may not write to {folder}. Change who owns the folder, or name another."
    return f"The folder {folder} cannot be used: {error.strerror or error}."
