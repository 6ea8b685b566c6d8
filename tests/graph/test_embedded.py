"""The embedded server: whose it is, what survives a crash, and what a person is told when it cannot start.

- The server is started as seldom as can be: a start costs seconds.
"""

import asyncio
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from graph import embedded
from graph.data_folder import DataFolder, disown, own
from graph.database import Database, ServerAddress
from graph.embedded import Embedded
from graph.errors import EmbeddedError, OutcomeUnknown
from graph.server_files import MEGABYTE, Memory, hashed, java_arguments, settings_text, sized_for, store_password
from graph.server_log import why_it_died

MINIMUM = Memory(heap=512, page_cache=128)
OWNER = """
import sys, time
from pathlib import Path
from graph.embedded import Embedded
server = Embedded.start(Path(sys.argv[1]), heap=512, page_cache=128, short_lived=True)
print(server.address.uri, flush=True)
time.sleep(600)
"""


def started(data: Path) -> Embedded:
    return Embedded.start(data, heap=MINIMUM.heap, page_cache=MINIMUM.page_cache, short_lived=True)


def server_pid(data: Path) -> int:
    return int((data / "neo4j" / "server.pid").read_text())


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, seconds: float = 20) -> bool:
    give_up = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


@asynccontextmanager
async def opened(address: ServerAddress) -> AsyncIterator[Database]:
    database = await Database.open(address)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def another_owner(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], ServerAddress]]:
    """Another process that owns the folder and runs its server."""
    command = [sys.executable, "-c", OWNER, str(data)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd())
    assert owner.stdout is not None
    try:
        uri = owner.stdout.readline().decode().strip()
        yield owner, ServerAddress(uri, "neo4j", (data / "neo4j-password").read_text().strip())
    finally:
        owner.kill()
        owner.communicate()


async def kept(database: Database) -> list[int]:
    """The numbers in the graph."""
    rows = await database.read("MATCH (n:Kept) RETURN n.number ORDER BY n.number", deadline=60)
    return [number for [number] in rows]


async def write_through_a_crash(database: Database, pid: int) -> list[int]:
    """Write 40 numbers, kill the server meanwhile, and give the numbers that were acknowledged."""
    acknowledged = []
    for number in range(40):
        if number == 20:
            asyncio.get_running_loop().call_later(0.005, os.kill, pid, signal.SIGKILL)
        with suppress(OutcomeUnknown):
            await database.write("CREATE (:Kept {number: $number})", {"number": number}, deadline=120)
            acknowledged.append(number)
    return acknowledged


@pytest.mark.neo4j
async def test_what_was_acknowledged_survives_a_killed_server_and_a_killed_owner(tmp_path: Path) -> None:
    with another_owner(tmp_path) as (owner, address):
        assert stat.S_IMODE((tmp_path / "neo4j-password").stat().st_mode) == 0o600
        with pytest.raises(EmbeddedError, match=rf"in use by process {owner.pid} .*Stop that first"):
            started(tmp_path)

        async with opened(address) as database:
            first_pid = server_pid(tmp_path)
            acknowledged = await write_through_a_crash(database, first_pid)
            # The tether started it again on the same port, and the connections mended by themselves.
            numbers = await kept(database)
            assert set(acknowledged) <= set(numbers)
            assert len(set(numbers)) == len(numbers) >= 39
            assert server_pid(tmp_path) != first_pid

        owner.kill()
        assert gone(server_pid(tmp_path))
    with started(tmp_path) as server:
        async with opened(server.address) as database:
            assert await kept(database) == numbers
    assert not server.running()
    assert not (tmp_path / "owner.json").exists()


@pytest.mark.neo4j
def test_a_server_that_cannot_start_says_why_and_gives_the_folder_free(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(EmbeddedError, match="too little memory"):
            Embedded.start(tmp_path, heap=1 << 40, page_cache=128)
    (tmp_path / "neo4j" / "data" / "databases").mkdir(parents=True)
    (tmp_path / "neo4j-password").unlink()
    with pytest.raises(EmbeddedError, match="neo4j-password is missing"):
        started(tmp_path)


def test_a_folder_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="cannot be used"):
        started(tmp_path / "file" / "data")


def test_a_full_disk_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "ROOM", 1 << 80)
    with pytest.raises(EmbeddedError, match="The disk is full: "):
        started(tmp_path)


def test_a_leftover_server_is_ended_and_a_stranger_is_not(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    stranger = subprocess.Popen(sleeper)
    leftover = subprocess.Popen([*sleeper, f"@{folder.arguments}"])
    for process in (stranger, leftover):
        folder.pid.write_text(str(process.pid))
        embedded._end_leftover(folder)  # noqa: SLF001 - a crash of both guards cannot be arranged from outside
    assert stranger.poll() is None
    assert leftover.poll() is not None
    stranger.kill()
    stranger.wait()
    folder.pid.write_text("not a number")
    embedded._end_leftover(folder)  # noqa: SLF001


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    first = own(folder)
    assert json.loads(folder.owner.read_text())["pid"] == os.getpid()
    with pytest.raises(EmbeddedError, match=f"process {os.getpid()}"):
        own(folder)
    disown(folder, first)
    disown(folder, own(folder))


def test_a_store_has_one_random_password_on_file_and_its_hash_for_the_server(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    password = store_password(folder)
    assert store_password(folder) == password
    assert len(password) >= 32
    initial = folder.home / "data" / "dbms" / "auth.ini"
    assert password not in initial.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (initial, folder.password)} == {0o600}
    assert stat.S_IMODE((tmp_path / "neo4j").stat().st_mode) & 0o700 == 0o700


def test_a_password_is_stored_as_an_iterated_hash() -> None:
    algorithm, digest, salt, iterations = hashed("abc", b"\x01\x02").split(",")
    expected = hashlib.sha256(b"\x01\x02abc").digest()
    for _ in range(1023):
        expected = hashlib.sha256(expected).digest()
    assert (algorithm, digest, salt, iterations) == ("SHA-256", expected.hex(), "0102", "1024")


def test_the_server_listens_to_this_machine_alone_and_reports_to_nobody() -> None:
    settings = dict(line.split("=", 1) for line in settings_text(4711, MINIMUM).splitlines())
    assert {value.split(":")[0] for name, value in settings.items() if name.endswith("address")} == {"127.0.0.1"}
    for name in ("server.http.enabled", "dbms.usage_report.enabled", "db.logs.query.parameter_logging_enabled"):
        assert settings[name] == "false"


def test_paths_with_spaces_and_quotes_reach_java_whole(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / 'a "b" c')
    lines = java_arguments(folder, (Path("/x y/z.jar"),), MINIMUM).splitlines()
    assert '"/x y/z.jar"' in lines
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    assert '\\"b\\" c' in lines[-1]


@pytest.mark.parametrize(
    ("gigabytes", "memory"),
    [(1, Memory(512, 128)), (8, Memory(2048, 1024)), (24, Memory(4096, 3072)), (256, Memory(4096, 4096))],
)
def test_memory_fits_the_machine(gigabytes: int, memory: Memory) -> None:
    assert sized_for(gigabytes * 1024 * MEGABYTE) == memory


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("java.net.BindException: Address already in use", "could not get a port"),
        ("Error occurred during initialization of VM\nCould not reserve enough space for object heap", "too little"),
        ("java.io.IOException: No space left on device", "disk is full"),
        ("java.nio.file.AccessDeniedException: /data", "may not write"),
        ("Lock file has been locked by another process: store_lock", "in use by another Neo4j"),
        ("INFO Starting...\nERROR Failed to start: something new", "ERROR Failed to start: something new"),
    ],
)
def test_a_dead_server_has_one_plain_message(tmp_path: Path, log: str, words: str) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    earlier = "Address already in use\nNo space left on device\n"
    folder.log.write_text(earlier + log)
    death = why_it_died(folder, len(earlier))
    assert words in death.message
    assert death.port_taken == ("port" in words)
