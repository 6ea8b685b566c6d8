"""The command line with a store behind it: a demo from nothing, imports and their exit statuses, accounts, answers."""

import csv
import json
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.cli.failures import Status
from api.cli.store import running_server
from api.settings import load_settings
from verification.bundles import decided_by_people, evidence_ids, facts_of

pytestmark = pytest.mark.neo4j

SIZE = 600


def bonafide(*arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert "Traceback" not in result.output
    return result


def answer(*arguments: str) -> Any:
    result = bonafide(*arguments, "--json")
    assert result.exit_code == Status.DONE, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a small demo, its server running in this process: commands use it as they would `serve`'s."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD"):
            patch.delenv(f"BONAFIDE_{name}", raising=False)
        patch.setenv("BONAFIDE_DATA", str(folder))
        patch.setenv("BONAFIDE_NEO4J_HEAP", "512m")
        patch.setenv("BONAFIDE_NEO4J_PAGECACHE", "128m")
        made = bonafide("demo", "--no-serve", "--size", str(SIZE))
        assert made.exit_code == Status.DONE, made.output
        with running_server(load_settings(), brief=True):
            yield folder


def accounts(data: Path) -> list[dict[str, str]]:
    return list(json.loads((data / "accounts.json").read_text("utf-8")))


def test_the_demo_has_two_accounts_of_each_role_that_only_this_user_can_read(data: Path) -> None:
    made = accounts(data)
    assert all(count >= 2 for count in Counter(account["role"] for account in made).values())
    assert {account["role"] for account in made} == {"physician", "therapist", "delegate", "officer", "steward"}
    assert {"CA-BBS", "AASECT"} <= {account.get("body") for account in made}
    for account in made:
        assert account["name"]
        assert account["token"].startswith("bona_")
        assert ("npi" in account) == (account["role"] in {"physician", "therapist", "delegate"})
    assert sorted(len(a.get("npis", ())) for a in made if a["role"] == "delegate") == [0, 3]
    assert len({account["token"] for account in made}) == len(made)
    for file in ("accounts.json", "demo.json"):
        assert stat.S_IMODE((data / file).stat().st_mode) == 0o600


def test_the_demos_therapists_can_be_referred_to(data: Path) -> None:
    for account in accounts(data):
        if account["role"] == "therapist":
            found = answer("standing", account["npi"], "--in", "CA")
            assert found["standing"]["verdict"] in {"REFERABLE", "REFERABLE_WITH_NOTICE"}
            assert all(check["reason"] for check in found["standing"]["checks"])


def test_every_row_of_the_demo_was_taken(data: Path) -> None:
    assert not list(data.glob("*.refused.csv"))
    counts = answer("doctor")["Counts"]
    assert counts["Practitioner"] == SIZE
    assert counts["Therapist"] == SIZE // 20
    assert counts["referable windows"] > 5
    assert counts["facets"] > 50


@pytest.mark.usefixtures("data")
def test_a_second_demo_in_the_same_folder_must_be_the_same() -> None:
    result = bonafide("demo", "--no-serve", "--size", "900")
    assert result.exit_code == Status.NOTHING_DONE
    assert f"has a demo with --seed 1 --size {SIZE}" in result.stderr


@pytest.mark.usefixtures("data")
def test_serving_a_store_in_use_is_refused() -> None:
    result = bonafide("serve", "--port", "8799")
    assert result.exit_code == Status.NOTHING_DONE
    assert "is in use by process" in result.stderr


@pytest.mark.usefixtures("data")
def test_find_names_therapists_with_their_reasons() -> None:
    edges = answer("find", "low desire", "--in", "California", "--first", "50")
    assert edges
    assert all(edge["because"] for edge in edges)
    near = answer("find", "low-desire", "--in", "CA", "--near", "90012", "--within", "900")
    distances = [edge["distanceKm"] for edge in near]
    assert distances == sorted(distances)
    text = bonafide("find", "low-desire", "--in", "CA", "--payer", "Nobody Insures Me")
    assert text.exit_code == Status.DONE
    assert "Nobody who is proven fit now." in text.stdout


@pytest.mark.usefixtures("data")
def test_standing_of_somebody_unknown_is_told() -> None:
    result = bonafide("standing", "2999999990", "--in", "CA")
    assert result.exit_code == Status.NOTHING_DONE
    assert "NPI 2999999990 is not in this store" in result.stderr


def test_a_proof_is_the_standing_and_holds_without_the_store(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    for npi in [account["npi"] for account in accounts(data) if "npi" in account]:
        result = bonafide("proof", npi, "--in", "CA", "--out", str(file))
        assert result.exit_code == Status.DONE, result.output
        bundle = json.loads(file.read_text("utf-8"))
        told = answer("standing", npi, "--in", "CA", "--at", bundle["question"]["at"])["standing"]
        assert bundle["decision"]["verdict"] == told["verdict"]
        assert [check["reason"] for check in bundle["decision"]["checks"]] == [c["reason"] for c in told["checks"]]
        facts = facts_of(bundle)
        missing = set(evidence_ids(facts)) - {row["id"] for row in bundle["evidence"]}
        assert missing <= decided_by_people(facts)
        checked = bonafide("check-proof", str(file))
        assert checked.exit_code == Status.DONE, checked.output
        assert result.stdout == f"{file}: {told['verdict']}, SHA-256 over all {bundle['sha256']['all']}.\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_proof_of_another_day_or_as_fhir(data: Path, tmp_path: Path) -> None:
    npi = next(account["npi"] for account in accounts(data) if account["role"] == "therapist")
    early = bonafide("proof", npi, "--in", "CA", "--at", "2019-01-01T00:00:00Z", "--known-at", "2019-01-01T00:00:00Z")
    assert json.loads(early.stdout)["decision"]["verdict"] == "UNKNOWN"
    file = tmp_path / "early.json"
    file.write_text(early.stdout, "utf-8")
    assert bonafide("check-proof", str(file)).exit_code == Status.DONE
    found = json.loads(bonafide("proof", npi, "--in", "CA", "--fhir").stdout)
    assert (found["resourceType"], found["status"]) == ("VerificationResult", "validated")
    assert found["target"][0]["identifier"]["value"] == npi
    assert len(found["primarySource"]) > 2
    file.write_text(json.dumps(found), "utf-8")
    assert bonafide("check-proof", str(file)).exit_code == Status.NOTHING_DONE


@pytest.mark.usefixtures("data")
def test_no_proof_of_somebody_unknown(tmp_path: Path) -> None:
    result = bonafide("proof", "2999999990", "--in", "CA", "--out", str(tmp_path / "proof.json"))
    assert result.exit_code == Status.NOTHING_DONE
    assert "NPI 2999999990 is not in this store" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_roster_with_a_bad_row_is_taken_but_for_that_row(data: Path, tmp_path: Path) -> None:
    with (data / "demo" / "rosters" / "CA-PSY.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["npi"] = row["npi"] and f"{row['npi']} " if row is rows[0] else row["npi"]
    mixed = tmp_path / "CA-PSY-mixed.csv"
    with mixed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    result = bonafide("import", "roster", str(mixed), "--body", "CA-PSY", "--json")
    assert result.exit_code == Status.ROWS_REFUSED, result.output
    report = json.loads(result.stdout)
    assert (report["read"], report["refused"]) == (len(rows), 1)
    with Path(report["refusedFile"]).open(encoding="utf-8", newline="") as file:
        refused = list(csv.DictReader(file))
    assert [(row["line"], row["column"]) for row in refused] == [("2", "npi")]


def test_a_file_that_is_something_else_changes_nothing(data: Path) -> None:
    before = answer("doctor")["Counts"]
    roster = data / "demo" / "rosters" / "CA-BBS.csv"
    for arguments in (
        ("import", "nppes", str(roster)),
        ("import", "leie", str(roster), "--edition", "2031-01"),
        ("import", "nppes-deactivated", str(roster)),
        ("import", "profiles", str(data / "demo" / "UPDATED.csv")),
    ):
        result = bonafide(*arguments)
        assert result.exit_code == Status.NOTHING_DONE, arguments
        assert str(arguments[2]) in result.stderr
    older = bonafide("import", "leie", str(data / "demo" / "UPDATED.csv"), "--edition", "2019-01")
    assert older.exit_code == Status.NOTHING_DONE
    assert "2019-01" in older.stderr
    assert answer("doctor")["Counts"] == before


def test_importing_the_same_again_writes_nothing(data: Path) -> None:
    report = answer("import", "profiles", str(data / "demo" / "profiles.csv"))
    assert (report["written"], report["refused"]) == (0, 0)


@pytest.mark.usefixtures("data")
def test_a_token_is_shown_once_and_can_be_revoked() -> None:
    body = answer("token", "--role", "officer", "--body", "ca-bbs", "--name", "Desk 4")
    assert (body["role"], body["name"], body["body"]) == ("officer", "Desk 4", "CA-BBS")
    listed = {account["id"]: account for account in answer("token", "--list")}
    assert listed[body["id"]]["active"]
    assert body["token"] not in json.dumps(list(listed.values()))
    assert bonafide("token", "--revoke", body["id"]).exit_code == Status.DONE
    assert not {account["id"]: account for account in answer("token", "--list")}[body["id"]]["active"]


def test_an_account_needs_somebody_to_act_for(data: Path) -> None:
    before = answer("token", "--list")
    physician = next(account["npi"] for account in accounts(data) if account["role"] == "physician")
    for npi in ("2999999990", physician):
        result = bonafide("token", "--role", "therapist", "--npi", npi)
        assert result.exit_code == Status.NOTHING_DONE
        assert f"NPI {npi} is no therapist in this store" in result.stderr
    assert bonafide("token", "--revoke", "nobody").exit_code == Status.NOTHING_DONE
    assert answer("token", "--list") == before


@pytest.mark.usefixtures("data")
def test_a_possible_match_is_listed_and_decided() -> None:
    listed = answer("matches", "list", "--first", "1000")
    assert listed
    assert answer("matches", "list", "--first", "1") == listed[:1]
    pair = listed[0]
    why = ("--why", "Another Social Security number.")
    assert pair["row"]["fingerprint"] in bonafide("matches", "list").stdout
    for wrong in ((), ("--same", "--different")):
        result = bonafide("matches", "decide", pair["npi"], pair["row"]["fingerprint"], *why, *wrong)
        assert result.exit_code == Status.WRONG_USAGE
    result = bonafide("matches", "decide", pair["npi"], "nothing", "--different", *why)
    assert result.exit_code == Status.NOTHING_DONE
    assert "NOT_FOUND" in result.stderr
    assert answer("matches", "list", "--first", "1000") == listed
    result = bonafide("matches", "decide", pair["npi"], pair["row"]["fingerprint"], "--different", *why)
    assert (result.exit_code, pair["npi"] in result.stdout) == (Status.DONE, True)
    assert answer("matches", "list", "--first", "1000") == listed[1:]


@pytest.mark.usefixtures("data")
def test_reverify_finds_everything_as_it_is() -> None:
    counted = answer("reverify")
    assert counted["checked"] >= SIZE // 20 - 1
    assert counted["changed"] == 0


def test_every_chain_of_the_demos_evidence_holds_and_its_ends_can_be_written_down(data: Path, tmp_path: Path) -> None:
    told = bonafide("check-chain")
    assert told.exit_code == Status.DONE, told.output
    assert "BROKEN" not in told.stdout
    heads = answer("check-chain")
    assert heads["unlinked"] == {}
    assert {"CA-BBS", "AASECT", "LEIE", "NPPES"} <= {chain["source"] for chain in heads["chains"]}
    file = tmp_path / "heads.json"
    file.write_text(json.dumps(heads), "utf-8")
    assert bonafide("check-chain", "--heads", str(file)).exit_code == Status.DONE
    heads["chains"][0]["head"] = "00" * 32
    file.write_text(json.dumps(heads), "utf-8")
    forged = bonafide("check-chain", "--heads", str(file), "--links-only")
    assert forged.exit_code == Status.NOTHING_DONE
    assert "Another hash was written down for this position." in forged.stdout
    assert bonafide("check-chain", "--body", "NONE").exit_code == Status.NOTHING_DONE
    file.write_text("[]", "utf-8")
    assert bonafide("check-chain", "--heads", str(file)).exit_code == Status.WRONG_USAGE
    assert data.exists()


def test_standing_of_a_day_gone_by_tells_what_was_learnt_since(data: Path) -> None:
    npi = next(account["npi"] for account in accounts(data) if account["role"] == "therapist")
    early = ("--known-at", "2019-01-01T00:00:00Z")
    told = bonafide("standing", npi, "--in", "CA", *early)
    assert told.exit_code == Status.DONE, told.output
    assert "Learnt since:" in told.stdout
    assert "answered 20" in told.stdout
    now = bonafide("standing", npi, "--in", "CA", "--history")
    assert "Learnt since" not in now.stdout
    assert "History:" in now.stdout
    found = answer("standing", npi, "--in", "CA", "--history", *early)
    assert found["standing"]["verdict"] == "UNKNOWN"
    assert found["asKnownNow"]["verdict"] in {"REFERABLE", "REFERABLE_WITH_NOTICE"}
    assert [edge["node"]["verdict"] for edge in found["standingHistory"]["edges"]] == ["UNKNOWN"]
