"""Simulated time from the command line: marked for good, forward only, and told wherever the store speaks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.failures import Status
from api.cli.store import running_server
from api.settings import load_settings
from tests.published import fresh_npis, member_row, roster_file

pytestmark = pytest.mark.neo4j

START = "2026-01-05T09:00:00Z"


def bonafide(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder of its own, its server running in this process."""
    folder = tmp_path_factory.mktemp("simulated")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD", "CLOCK"):
            patch.delenv(f"BONAFIDE_{name}", raising=False)
        patch.setenv("BONAFIDE_DATA", str(folder))
        patch.setenv("BONAFIDE_NEO4J_HEAP", "512m")
        patch.setenv("BONAFIDE_NEO4J_PAGECACHE", "128m")
        with running_server(load_settings(), brief=True):
            yield folder


def database(*arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(bonafide("doctor", "--json", *arguments).stdout)["Database"]
    return report


@pytest.mark.usefixtures("data")
def test_a_year_is_replayed_in_one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One story, since each step rests on the one before."""
    refused = bonafide("init", "--simulate-clock", START)
    assert refused.exit_code == Status.NOTHING_DONE
    assert "in real time, and its clock cannot be set" in refused.stderr

    marked = bonafide("init", "--simulation", "--simulate-clock", START)
    assert marked.exit_code == Status.DONE, marked.output
    assert "this store is simulated; its clock stands at 2026-01-05T09:00:00Z" in marked.stderr

    npis = fresh_npis(2)
    roster = roster_file(tmp_path, [member_row(npi, npi, dateOfExpiration="2026-02-28") for npi in npis], "roster.csv")
    imported = bonafide("import", "roster", str(roster), "--body", "CA-BBS")
    assert imported.exit_code == Status.DONE, imported.output
    told = json.loads(bonafide("standing", npis[0], "--in", "CA", "--json").stdout)["standing"]
    assert told["knownAt"] == "2026-01-05T09:00:00.000Z"

    later = bonafide("reverify", "--json", "--simulate-clock", "2026-03-05T09:00:00+00:00")
    assert later.exit_code == Status.DONE, later.output
    assert json.loads(later.stdout)["changed"] == 2

    back = bonafide("import", "roster", str(roster), "--body", "CA-BBS", "--simulate-clock", START)
    assert back.exit_code == Status.NOTHING_DONE
    assert "stands at 2026-03-05T09:00:00Z and only moves forward" in back.stderr
    monkeypatch.setenv("BONAFIDE_CLOCK", START)
    assert bonafide("bodies").exit_code == Status.DONE
    assert bonafide("reverify").exit_code == Status.NOTHING_DONE
    monkeypatch.delenv("BONAFIDE_CLOCK")

    assert "stands at 2026-03-05T09:00:00Z" in database()["simulated"]
    proof = json.loads(bonafide("proof", npis[0], "--in", "CA").stdout)
    assert proof["store"] == {"simulated": True}
    assert proof["question"]["at"].startswith("2026-03-05T09:00:00")

    assert bonafide("init").exit_code == Status.DONE
    assert "simulated" in database()


@pytest.mark.parametrize("text", ["soon", "2026-01-05", "2026-01-05T09:00:00", "1767603600"])
def test_an_instant_that_is_none_is_wrong_usage(text: str) -> None:
    result = bonafide("init", "--simulate-clock", text)
    assert result.exit_code == Status.WRONG_USAGE
    assert f"--simulate-clock is '{text}'" in result.stderr
