"""Fetch jars from a Maven repository, several at once, each checked before it becomes visible.

Rules:
- A download is written beside its target and renamed only when whole and what the lock says; else it is thrown away.
- A passing fault (no connection, a busy server, a damaged file) is tried again; a refusal is not.
- No repository is named here: the default is jgo's.

Does not know which jars are missing: `graph.jars` says so.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import requests
from jgo.constants import MAVEN_CENTRAL_URL
from requests.adapters import HTTPAdapter

from graph.errors import EmbeddedError
from graph.jar_lock import Jar
from graph.progress import Progress

WORKERS = 8
TRIES = 3
FIRST_PAUSE = 0.5
CHUNK = 1 << 18
CONNECT_AND_READ_SECONDS = (10, 60)
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _PassingError(Exception):
    """A fault that may not be there next time; its text continues a sentence."""


@dataclass(frozen=True, slots=True)
class _Download:
    session: requests.Session
    repository: str
    store: Path
    progress: Progress
    advance: Callable[[int], None]

    def fetch(self, jar: Jar) -> None:
        """Bring one jar. Raises EmbeddedError after the last try."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._fetch_once(jar)
            except (_PassingError, requests.RequestException) as error:
                problem = str(error) if isinstance(error, _PassingError) else "the package repository cannot be reached"
            if attempt < TRIES:
                self.progress.say(f"{jar.path.name}: {problem}; trying again.")
                time.sleep(FIRST_PAUSE * 2**attempt)
        raise EmbeddedError(
            f"The database server could not be downloaded. {jar.path.name}: {problem}. Check the network and run this "
            f"again; what has arrived is kept in {self.store}."
        )

    def _fetch_once(self, jar: Jar) -> None:
        target = self.store / jar.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        url = f"{self.repository}/{jar.path}"
        try:
            with self.session.get(url, stream=True, timeout=CONNECT_AND_READ_SECONDS) as response:
                _refuse_status(response.status_code, jar)
                with part.open("wb") as file:
                    self._receive(response, file, jar)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def _receive(self, response: requests.Response, file: BinaryIO, jar: Jar) -> None:
        """Write the body into `file` while hashing it; progress is taken back when it turns out wrong."""
        got, digest = 0, hashlib.sha256()
        try:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                got += len(chunk)
                self.advance(len(chunk))
            _refuse_damage(jar, got, digest.hexdigest())
        except BaseException:
            self.advance(-got)
            raise


def _refuse_damage(jar: Jar, size: int, sha256: str) -> None:
    if size != jar.size:
        raise _PassingError(f"arrived with {size} bytes in place of {jar.size}")
    if sha256 != jar.sha256:
        raise _PassingError("arrived damaged: its SHA-256 is not the one in the lock")


def _refuse_status(status: int, jar: Jar) -> None:
    if status in BUSY:
        raise _PassingError(f"the package repository is busy (HTTP {status})")
    if status != requests.codes.ok:
        raise EmbeddedError(f"The package repository does not give out {jar.coordinates} (HTTP {status}).")


def download(store: Path, jars: tuple[Jar, ...], progress: Progress, repository: str | None = None) -> None:
    """Bring all of `jars` into `store`, from jgo's default repository unless one is given. Raises EmbeddedError,
    OSError. What arrived before an error stays.
    """
    total = sum(jar.size for jar in jars)
    progress.say(f"Downloading the Neo4j server: {len(jars)} files, {total / 1e6:.1f} MB, into {store}.")
    with requests.Session() as session, progress.bytes("Neo4j", total) as advance:
        session.mount("https://", HTTPAdapter(pool_maxsize=WORKERS))
        task = _Download(session, repository or MAVEN_CENTRAL_URL, store, progress, _one_at_a_time(advance))
        # The largest first, so that no long download is left alone at the end.
        _all(task.fetch, sorted(jars, key=lambda jar: -jar.size))


def _all(fetch: Callable[[Jar], None], jars: list[Jar]) -> None:
    """Run in threads; the first error ends what has not begun and comes out."""
    with ThreadPoolExecutor(WORKERS) as pool:
        tasks = [pool.submit(fetch, jar) for jar in jars]
        try:
            for task in tasks:
                task.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one_at_a_time(advance: Callable[[int], None]) -> Callable[[int], None]:
    guard = threading.Lock()

    def guarded(count: int) -> None:
        with guard:
            advance(count)

    return guarded
