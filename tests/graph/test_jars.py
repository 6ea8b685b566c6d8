"""Jars are what the lock says, or they are fetched again, or a person is told why not.

- A web server on this machine, serving a folder, stands where the package repository is.
"""

import errno
import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from graph import jar_download
from graph.errors import EmbeddedError
from graph.jar_lock import Jar, lock_text, parse_lock, read_lock, server_version
from graph.jars import disk_problem, fetch_jars


@dataclass
class Repository:
    """A Maven repository of two jars in `folder`, and what was asked of it."""

    folder: Path
    address: str
    jars: tuple[Jar, ...]
    asked: list[str] = field(default_factory=list)

    def spoil(self, jar: Jar, content: bytes) -> None:
        (self.folder / jar.path).write_bytes(content)


def published(folder: Path, artifact: str, content: bytes) -> Jar:
    jar = Jar("org.example", artifact, "1.0", "", len(content), hashlib.sha256(content).hexdigest())
    (folder / jar.path).parent.mkdir(parents=True)
    (folder / jar.path).write_bytes(content)
    return jar


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setattr(jar_download, "FIRST_PAUSE", 0.0)
    folder = tmp_path / "repository"
    jars = (published(folder, "one", b"1" * 300_000), published(folder, "two", b"2" * 7))
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
            asked.append(self.path)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Repository(folder, f"http://127.0.0.1:{server.server_port}", jars, asked)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(repository: Repository, tmp_path: Path) -> Callable[[], tuple[Path, ...]]:
    return lambda: fetch_jars(tmp_path / "store", repository=repository.address, jars=repository.jars)


def test_jars_come_once_and_are_then_found(repository: Repository, fetch: Callable[[], tuple[Path, ...]]) -> None:
    paths = fetch()
    assert [path.read_bytes()[:1] for path in paths] == [b"1", b"2"]
    assert fetch() == paths
    assert len(repository.asked) == 2


@pytest.mark.parametrize("damage", [b"", b"2" * 6, b"3" * 7])
def test_a_damaged_jar_is_fetched_again(
    repository: Repository, fetch: Callable[[], tuple[Path, ...]], damage: bytes
) -> None:
    path = fetch()[1]
    path.write_bytes(damage)
    assert fetch()[1].read_bytes() == b"2" * 7
    assert len(repository.asked) == 3


@pytest.mark.parametrize("damage", [b"2" * 6, b"3" * 7])
def test_a_damaged_download_is_thrown_away_and_said_plainly(
    repository: Repository, fetch: Callable[[], tuple[Path, ...]], tmp_path: Path, damage: bytes
) -> None:
    repository.spoil(repository.jars[1], damage)
    with pytest.raises(EmbeddedError, match=r"two-1\.0\.jar: arrived") as caught:
        fetch()
    assert "run this again" in caught.value.message
    left = sorted(path.name for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert left == [".downloading", "one-1.0.jar"]
    repository.spoil(repository.jars[1], b"2" * 7)
    assert len(fetch()) == 2


def test_a_jar_that_is_not_given_out_is_said_plainly(
    repository: Repository, fetch: Callable[[], tuple[Path, ...]]
) -> None:
    (repository.folder / repository.jars[0].path).unlink()
    with pytest.raises(EmbeddedError, match=r"does not give out org\.example:one:1\.0 \(HTTP 404\)"):
        fetch()


def test_no_network_is_said_plainly(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"cannot be reached\. Check the network"):
        fetch_jars(tmp_path / "store", repository="http://127.0.0.1:9", jars=repository.jars)


def test_two_who_start_together_download_once(repository: Repository, fetch: Callable[[], tuple[Path, ...]]) -> None:
    with ThreadPoolExecutor(2) as both:
        assert len(set(both.map(lambda _: fetch(), range(2)))) == 1
    assert len(repository.asked) == 2


def test_a_folder_that_cannot_be_made_is_said_plainly(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="cannot be used"):
        fetch_jars(tmp_path / "file" / "store", repository=repository.address, jars=repository.jars)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "may not write"), (errno.EROFS, "may not write")],
)
def test_trouble_with_the_disk_is_said_plainly(number: int, words: str) -> None:
    assert words in disk_problem(OSError(number, "trouble"), Path("/data"))


def test_the_lock_has_a_digest_for_every_jar_and_names_no_jar_twice() -> None:
    jars = read_lock()
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) >= 0 and jar.size > 0 for jar in jars)
    assert len({jar.path for jar in jars}) == len(jars) > 200
    assert any(f"{jar.group}:{jar.artifact}" == "org.neo4j.app:neo4j-server" for jar in jars)
    assert server_version(jars).startswith("2026.")


def test_the_lock_reads_back_as_it_was_written() -> None:
    jars = read_lock()
    assert parse_lock(lock_text(jars)) == jars
    assert any(jar.classifier for jar in jars)


@pytest.mark.parametrize("line", ["a:b:1 5 md5:0", "a:b:1 5 sha256:00"])
def test_a_line_without_a_digest_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="Not a jar"):
        parse_lock(line)


def test_a_classifier_is_part_of_the_name() -> None:
    jar = replace(read_lock()[0], group="a.b", artifact="c", version="1", classifier="linux")
    assert str(jar.path) == "a/b/c/1/c-1-linux.jar"
    assert jar.coordinates == "a.b:c:1:linux"
