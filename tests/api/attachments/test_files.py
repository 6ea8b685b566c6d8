"""Files under their hash: whole or not there, once, and orphans taken away only when nobody wants them."""

import os
import threading
from pathlib import Path

import pytest

from api.attachments.files import Damaged, Shelf

OLD = 1_000_000


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "data" / "attachments")


def test_it_comes_back_as_it_was_and_lies_there_once(shelf: Shelf) -> None:
    digest = shelf.put(b"content")
    assert shelf.put(b"content") == digest
    assert shelf.read(digest) == b"content"
    files = [path for path in shelf.root.rglob("*") if path.is_file()]
    assert files == [shelf.root / digest[:2] / digest[2:4] / digest]
    if os.name == "posix":
        assert files[0].stat().st_mode & 0o077 == 0
        assert shelf.root.stat().st_mode & 0o077 == 0


def test_many_at_once_keep_one_whole_file(shelf: Shelf) -> None:
    threads = [threading.Thread(target=shelf.put, args=(b"same" * 100_000,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (file,) = [path for path in shelf.root.rglob("*") if path.is_file()]
    assert shelf.read(file.name) == b"same" * 100_000


def test_what_is_damaged_or_gone_is_not_given_out(shelf: Shelf) -> None:
    digest = shelf.put(b"content")
    shelf.place(digest).write_bytes(b"contenT")
    with pytest.raises(Damaged):
        shelf.read(digest)
    shelf.place(digest).unlink()
    with pytest.raises(Damaged):
        shelf.read(digest)


def test_a_write_that_fails_leaves_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        shelf.put(b"content")
    assert not [path for path in shelf.root.rglob("*") if path.is_file()]


def test_orphans_go_when_they_are_old(shelf: Shelf) -> None:
    fresh, old = shelf.put(b"fresh"), shelf.put(b"old")
    os.utime(shelf.place(old), (OLD, OLD))
    part = shelf.place(old).with_name(".0123.part")
    part.write_bytes(b"half")
    os.utime(part, (OLD, OLD))
    assert set(shelf.old()) == {old, part.name}
    assert shelf.drop(set(shelf.old())) == 2
    assert shelf.read(fresh) == b"fresh"
    assert not shelf.place(old).exists()
    assert not part.exists()


def test_what_was_put_here_again_meanwhile_stays(shelf: Shelf) -> None:
    digest = shelf.put(b"content")
    os.utime(shelf.place(digest), (OLD, OLD))
    (found,) = shelf.old()
    assert shelf.put(b"content") == digest
    assert shelf.drop({found}) == 0
    assert shelf.read(digest) == b"content"


def test_an_empty_shelf_has_nothing_old(shelf: Shelf) -> None:
    assert list(shelf.old()) == []
