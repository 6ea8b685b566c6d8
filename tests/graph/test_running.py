"""A server that another process runs is found by what its owner wrote down, and only while the owner lives."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.running import running_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as its owner, this very process, leaves it while its server runs."""
    (tmp_path / "neo4j" / "conf").mkdir(parents=True)
    (tmp_path / "neo4j" / "conf" / "neo4j.conf").write_text(
        "server.default_listen_address=127.0.0.1\nserver.bolt.listen_address=127.0.0.1:40375\n"
    )
    (tmp_path / "neo4j-password").write_text("secret\n")
    (tmp_path / "owner.json").write_text(json.dumps({"pid": os.getpid(), "program": "bonafide"}))
    return tmp_path


def test_the_owners_server_is_found_with_its_address(folder: Path) -> None:
    found = running_in(folder)
    assert found is not None
    assert (found.address.uri, found.address.user, found.address.password) == (
        "bolt://127.0.0.1:40375",
        "neo4j",
        "secret",
    )
    assert found.owner == os.getpid()


def test_nothing_is_found_when_the_owner_is_gone(folder: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / "owner.json").write_text(json.dumps({"pid": ended.pid}))
    assert running_in(folder) is None


@pytest.mark.parametrize("missing", ["owner.json", "neo4j-password", "neo4j/conf/neo4j.conf"])
def test_nothing_is_found_where_something_is_missing(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert running_in(folder) is None


@pytest.mark.parametrize("owner", ["", "{}", "[]", '{"pid": "x"}', "null"])
def test_nothing_is_found_where_the_owner_cannot_be_read(folder: Path, owner: str) -> None:
    (folder / "owner.json").write_text(owner)
    assert running_in(folder) is None
