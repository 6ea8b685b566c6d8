"""The commands about policies that need no store, and what a comparison reads like."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app, policies
from graph.policy_comparison import Compared
from tests.verification.people import NOW, certificate, licence, person
from tests.verification.test_policies import version
from verification.comparisons import compare, comparison
from verification.policy import US_POLICY, policy_table
from verification.tables import table

STRICT = version("2", date(2027, 1, 1), freshness={**policy_table(US_POLICY)["freshness"], "licence": 1})
SHIPPED = Path(__file__).parents[2] / "verification" / "data" / "policies" / "us-1.toml"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words])


def test_the_list() -> None:
    found = {row["id"]: row for row in json.loads(run("list", "--json").stdout)}
    assert set(found) == {"gb", "none", "us"}
    assert found["us"] == {
        "id": "us",
        "version": "1",
        "country": "US",
        "effective": "2026-01-01",
        "title": table("policies/us-1")["title"],
        "inForce": True,
    }
    assert "gb@1" in run("list").stdout


def test_one_policy() -> None:
    shown = run("show", "gb")
    assert shown.exit_code == 0
    assert "no law of the United Kingdom licenses psychotherapists" in shown.stdout
    assert "COSRT-ACCREDITED" in shown.stdout
    assert json.loads(run("show", "us@1", "--json").stdout)["country"] == "US"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('code = "certificate"', 'code = "certificat"', "rules has an unknown entry “certificat”"),
        ("licence = 30", "licence = 0", "freshness.licence must be a whole number of days"),
        ('country = "US"', 'country = "USA"', "“country” names “USA”"),
        ("[freshness]", "[freshnes", "is no TOML"),
    ],
)
def test_a_draft_that_is_wrong_names_the_entry(tmp_path: Path, old: str, new: str, message: str) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(SHIPPED.read_text("utf-8").replace(old, new), "utf-8")
    refused = run("show", str(draft))
    assert refused.exit_code == 1
    assert str(draft) in refused.stderr
    assert message in refused.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "us@9"), "there is no such policy and no such file"),
        (("diff", "us@1", "gb@1"), "they have no place in common"),
        (("diff", "us@1", "none@1"), "none@1 governs no place"),
        (("diff", "us@1", "us@1", "--at", "yesterday"), "must be an instant"),
    ],
)
def test_wrong_usage_needs_no_store(words: tuple[str, ...], message: str) -> None:
    refused = run(*words)
    assert refused.exit_code == 2
    assert message in refused.stderr


def tally(most: int = 20) -> policies.Tally:
    """A comparison of two people, of whom one loses."""
    asked = comparison(US_POLICY, STRICT, NOW, NOW)
    found = policies.Tally(most, people=2)
    for facts in (person(), person(licence(), certificate())):
        found.add(Compared(facts.npi, "Delphine Achterberg", "CA", compare(facts, "CA", asked)))
    return found


def test_what_a_comparison_tells(capsys: pytest.CaptureFixture[str]) -> None:
    asked = comparison(US_POLICY, STRICT, NOW, NOW)
    policies._print_comparison(asked, tally())  # noqa: SLF001 - the words of one command
    told = capsys.readouterr().out
    assert "freshness.licence: 30 → 1" in told
    assert "2 people in 2 places of theirs: 0 gain, 1 lose" in told
    assert "lose by licence: LICENCE_ACTIVE → LICENCE_STALE" in told
    assert "2000000010  Delphine Achterberg, CA: lose" in told
    as_json = policies._as_json(asked, tally(0))  # noqa: SLF001
    assert as_json["totals"] == {"gains": 0, "loses": 1, "notice": 0, "other": 0}
    assert as_json["jurisdictions"] == [{"jurisdiction": "CA", "gains": 0, "loses": 1, "notice": 0, "other": 0}]
    assert as_json["reasons"] == [
        {"change": "loses", "check": "licence", "before": "LICENCE_ACTIVE", "after": "LICENCE_STALE", "count": 1}
    ]
    assert as_json["practitioners"] == [], "memory is bounded by how many are to be named"
