"""Checking a proof needs no store, says what is wrong in one place, and never falls over a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app, proofs
from api.cli.failures import Status
from tests.verification.bundled import bundle_for, changed
from tests.verification.people import person
from verification.bundles import PARTS, bundle_text, sealed
from verification.policy import policy_from
from verification.tables import table


@pytest.fixture(autouse=True)
def no_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data folder that is not there, and must not be afterwards."""
    monkeypatch.setenv("BONAFIDE_DATA", str(tmp_path / "data"))


def check(path: Path) -> Result:
    result = CliRunner().invoke(app, ["check-proof", str(path)])
    assert "Traceback" not in result.output
    assert not (path.parent / "data").exists()
    return result


def written(folder: Path, content: Any) -> Path:
    path = folder / "proof.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else bundle_text(content), "utf-8")
    return path


def test_a_good_proof_is_shown_check_by_check(tmp_path: Path) -> None:
    bundle = bundle_for(person())
    result = check(written(tmp_path, bundle))
    assert result.exit_code == Status.DONE, result.output
    assert "Delphine Achterberg (NPI 2000000010), for a patient in CA: REFERABLE" in result.stdout
    for told in bundle["decision"]["checks"]:
        assert f"{told['outcome']:<8} {told['reason']}" in result.stdout
    assert f"All of it holds. SHA-256 over all: {bundle['sha256']['all']}" in result.stdout
    assert result.stderr == ""


def test_what_was_changed_is_told(tmp_path: Path) -> None:
    forged = changed(bundle_for(person()), ("decision", "checks", 1, "reason"), "All is well.")
    result = check(written(tmp_path, forged))
    assert result.exit_code == Status.NOTHING_DONE
    assert "WRONG    decision: The part “decision” is not what was sealed" in result.stdout
    assert "WRONG    decision: The check “licence” has reason “All is well.”; decided anew it is" in result.stdout
    assert "All of it holds" not in result.stdout
    assert "does not hold: 3 things are wrong." in result.stderr


def test_a_policy_not_shipped_here_is_told_and_no_fault(tmp_path: Path) -> None:
    policy = policy_from(table("policies/us-1") | {"version": "0"})
    result = check(written(tmp_path, bundle_for(person(), policy=policy)))
    assert result.exit_code == Status.DONE
    assert "this program ships no such policy" in result.stderr


def test_nothing_in_a_file_steers_the_terminal(tmp_path: Path) -> None:
    bundle = bundle_for(person())
    forged = changed(bundle, ("subject", "name"), "\x1b[2J\x1b]0;x\x07Nobody")
    forged["more\x1b[2J"] = 1
    for content in (forged, sealed({part: forged[part] for part in PARTS})):
        result = check(written(tmp_path, content))
        assert result.exit_code == Status.NOTHING_DONE
        assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is no proof: It is not JSON: Expecting value at line 1, column 1."),
        ("practitioner,npi\nx,1\n", "is no proof: It is not JSON"),
        (bundle_text(bundle_for(person()))[:2000], "is no proof: It is not JSON"),
        (b"\xff\xfe\x00", "is no proof: it is not UTF-8 text at byte 0."),
        ("[" * 200_000, "is no proof: It is nested too deeply"),
        ('{"a":' * 300 + "1" + "}" * 300, "does not hold: 1 thing is wrong."),
        ('{"a": 1e999}', "is no proof: It holds 1e999, but"),
        ('{"\\u001b[2J": 1, "\\u001b[2J": 2}', "twice in one object"),
        ("null", "does not hold: 1 thing is wrong."),
        ("[]", "does not hold: 1 thing is wrong."),
        ('{"resourceType": "VerificationResult"}', "does not hold: 1 thing is wrong."),
        (json.dumps(dict.fromkeys(bundle_for(person()), 3) | {"format": "bonafide-proof/1"}), "does not hold: "),
        (json.dumps(dict.fromkeys(bundle_for(person()), ()) | {"format": "bonafide-proof/1"}), "does not hold: "),
    ],
)
def test_a_file_that_is_no_proof_is_told(content: str | bytes, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    result = check(path)
    assert result.exit_code == Status.NOTHING_DONE
    assert f"{path}" in result.stderr
    assert message in result.stderr
    assert "fault in Bonafide" not in result.stderr
    assert "\x1b" not in result.output


def test_a_message_is_never_as_long_as_a_file(tmp_path: Path) -> None:
    long = changed(bundle_for(person()), ("decision", "checks", 0, "reason"), "x" * 1_000_000)
    assert len(check(written(tmp_path, long)).output) < 20_000


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "MOST_BYTES", 1024 * 1024)
    result = check(written(tmp_path, b" " * (1024 * 1024 + 1)))
    assert result.exit_code == Status.NOTHING_DONE
    assert "is larger than 1 MB, which no proof is." in result.stderr


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.json", "no such file"), (tmp_path, "is a directory")):
        result = check(path)
        assert result.exit_code == Status.NOTHING_DONE
        assert reason in result.stderr
