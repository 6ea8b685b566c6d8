"""The command line says plainly what is wrong, with the right exit status, and does what it says."""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.failures import Status, plainly
from api.cli.imports import in_words
from api.settings import Settings, flag
from api.tokens import hash_token, new_token
from graph.errors import Unavailable
from graph.loading.report import Listed, Report
from verification.errors import Refusal

NPI = "2000000010"


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder of its own, and no other setting."""
    for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD", "PORT", "HOST", "LOG_LEVEL"):
        monkeypatch.delenv(f"BONAFIDE_{name}", raising=False)
    monkeypatch.setenv("BONAFIDE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def bonafide(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def refused(result: Result, status: Status) -> str:
    """The one message of a command that failed as it should."""
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return result.stderr


def test_help_names_every_command() -> None:
    result = bonafide("--help")
    assert result.exit_code == Status.DONE
    for command in [
        "demo",
        "serve",
        "import",
        "init",
        "bodies",
        "find",
        "standing",
        "proof",
        "check-proof",
        "reverify",
        "token",
        "schema",
        "doctor",
    ]:
        assert re.search(rf"^. {command} ", result.output, re.MULTILINE), command


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_and_option_is_explained() -> None:
    found = list(commands(typer.main.get_command(app)))
    assert len(found) >= 15
    for path, command in found:
        assert len(command.help or "") > 30, path
        for parameter in command.params:
            assert getattr(parameter, "help", None), (path, parameter.name)


def test_every_setting_is_a_flag_of_the_serving_commands() -> None:
    for name in ("serve", "demo"):
        command = dict(commands(typer.main.get_command(app)))[name,]
        flags = {option for parameter in command.params for option in parameter.opts}
        assert {flag(setting) for setting in Settings.model_fields} <= flags


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("standing", "2000000011", "--in", "CA"), "NPI '2000000011': "),
        (("standing", NPI, "--in", "Atlantis"), "--in 'Atlantis': no such place"),
        (("standing", NPI, "--in", "CA", "--at", "yesterday"), "--at 'yesterday': must be an instant"),
        (("standing", NPI, "--in", "CA", "--known-at", "2026-11-25T09:00:00"), "needs an offset"),
        (("proof", "2000000011", "--in", "CA"), "NPI '2000000011': "),
        (("proof", NPI, "--in", "CA", "--at", "yesterday"), "--at 'yesterday': must be an instant"),
        (("find", "headache", "--in", "CA"), "CONCERN 'headache': no known concern; they are low-desire"),
        (("find", "low-desire", "--in", "CA", "--modality", "post"), "--modality 'post': must be in-person"),
        (("import", "leie", "x.csv", "--edition", "Nov 2026"), "--edition 'Nov 2026': must be a year and a month"),
        (("import", "roster", "x.csv", "--body", "CA-XYZ"), "--body 'CA-XYZ': there is no such body"),
        (("import", "roster", "x.csv", "--body", "CA-BBS", "--answered", "1.1.2026"), "--answered '1.1.2026': "),
        (("import", "compact", "x.csv", "--jurisdiction", "AZ", "--compact", "dental"), "--compact 'dental': must be"),
        (("token",), "--role '': must be physician, therapist, delegate, officer or steward"),
        (("token", "--role", "king"), "--role 'king': must be"),
        (("token", "--role", "physician"), "--role physician needs --npi, and no --body"),
        (("token", "--role", "officer", "--npi", NPI), "--role officer needs --body, and no --npi"),
        (("token", "--role", "steward", "--npi", NPI), "--role steward takes neither"),
        (("token", "--role", "delegate", "--npi", NPI), "--role delegate needs --for and no --npi"),
        (("token", "--role", "physician", "--for", NPI), "no other role takes --for"),
        (("token", "--role", "delegate", "--for", "2000000011"), "--for '2000000011': "),
        (("token", "--role", "delegate", "--for", NPI, "--for", "2000000011"), "--for '2000000011': "),
        (("token", "--role", "therapist", "--npi", " 2000000010"), "--npi ' 2000000010': "),
        (("init", "--port", "8000"), "No such option"),
        (("init", "--neo4j-heap", "lots"), "--neo4j-heap is 'lots': must be a whole number"),
        (("serve", "--port", "70000"), "--port is '70000': "),
        (("bodies", "NOBODY"), "CODE 'NOBODY': there is no such body"),
    ],
)
def test_wrong_usage_is_told_with_option_and_value(arguments: tuple[str, ...], message: str, data: Path) -> None:
    assert message in refused(bonafide(*arguments), Status.WRONG_USAGE)
    assert not data.exists()


def test_a_wrong_variable_is_told_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_PORT", "http")
    assert "BONAFIDE_PORT is 'http': " in refused(bonafide("serve"), Status.WRONG_USAGE)


def test_files_that_cannot_be_read_are_told_before_anything_is_started(tmp_path: Path, data: Path) -> None:
    missing, empty = tmp_path / "no such.csv", tmp_path / "empty.csv"
    empty.write_bytes(b"")
    for path, message in (
        (missing, f"{missing}: no such file or directory."),
        (empty, f"{empty} is empty."),
        (tmp_path, f"{tmp_path} is a folder; a file is needed."),
    ):
        assert message in refused(bonafide("import", "nppes", str(path)), Status.NOTHING_DONE)
    assert not data.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    locked = tmp_path / "locked.csv"
    locked.touch(mode=0)
    assert f"{locked}: permission denied." in refused(bonafide("import", "nppes", str(locked)), Status.NOTHING_DONE)


def test_a_database_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("BONAFIDE_NEO4J_PASSWORD", "none")
    assert "The database cannot be reached." in refused(bonafide("init"), Status.NOTHING_DONE)


def test_doctor_tells_what_it_can_when_the_database_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONAFIDE_NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("BONAFIDE_NEO4J_PASSWORD", "correct horse")
    result = bonafide("doctor", "--json")
    assert result.exit_code == Status.NOTHING_DONE
    report = json.loads(result.stdout)
    assert report["Settings"]["BONAFIDE_NEO4J_URI"] == "bolt://127.0.0.1:1"
    assert "correct horse" not in result.output
    assert report["Versions"]["neo4j"]
    assert "cannot be reached" in report["Database"]["problem"]


def test_a_port_in_use_is_told_before_a_database_is_started(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        message = refused(bonafide("serve", "--port", port), Status.NOTHING_DONE)
    assert f"127.0.0.1:{port}: something else listens there already" in message
    assert not data.exists()


def test_bodies_lists_codes_and_what_each_may_confirm() -> None:
    result = bonafide("bodies", "--in", "California")
    assert result.exit_code == Status.DONE
    assert "CA-BBS" in result.output
    assert "LMFT*" in result.output
    listed = json.loads(bonafide("bodies", "AASECT", "--json").output)
    assert [body["code"] for body in listed["bodies"]] == ["AASECT"]
    assert {"CST", "AASECT-MEMBER"} <= set(listed["bodies"][0]["kinds"])


@pytest.mark.parametrize(
    ("problem", "status", "message"),
    [
        (Refusal("CODE", "A rule forbids it."), Status.NOTHING_DONE, "A rule forbids it."),
        (Unavailable("The database is away."), Status.NOTHING_DONE, "The database is away."),
        (PermissionError(13, "Permission denied", "/a/file"), Status.NOTHING_DONE, "/a/file: permission denied."),
        (OSError(28, "No space left on device"), Status.NOTHING_DONE, "No space left on device."),
        (KeyboardInterrupt(), Status.STOPPED, "stopped. What was written stays"),
        (ZeroDivisionError("oh"), Status.NOTHING_DONE, "this is a fault in Bonafide: ZeroDivisionError: oh."),
    ],
)
def test_every_failure_has_one_sentence(
    problem: BaseException, status: Status, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, plainly():
        raise problem
    assert left.value.exit_code == status
    printed = capsys.readouterr().err
    assert message in printed
    assert "Traceback" not in printed


def test_counts_of_an_import_are_told_in_words(tmp_path: Path) -> None:
    report = Report(
        title="NPPES",
        read=61_100,
        written=60_000,
        unchanged=500,
        refused=2,
        skipped={"organisation": 598},
        listed=(Listed(3, "NPI 2000000010", "unmapped word"),),
        listed_count=1,
        unknown_columns=("Shoe Size",),
        refused_file=tmp_path / "npidata.csv.refused.csv",
        seconds=2.0,
    )
    text = "\n".join(in_words(report))
    assert "61,100 rows read, 60,000 written, 500 as known, 2 refused, 598 left out (organisation)" in text
    assert "30,550 rows/s" in text
    assert str(report.refused_file) in text
    assert "Shoe Size" in text
    assert "line 3, NPI 2000000010: unmapped word" in text


def test_tokens_cannot_be_guessed_and_only_a_hash_is_kept() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"bona_[A-Za-z0-9_-]{43}", token) for token in tokens)
    # SHA-256 of the text bona_x, computed elsewhere.
    assert hash_token("bona_x") == "9722f068d0f28f770133cb728d85b48f87f455a6cc26bd42eccb76f9cc16e658"
