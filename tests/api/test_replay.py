"""A verdict's history, the evidence under it, and frozen decisions decided anew, through GraphQL."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.execute import Executor
from graph.database import Database, count_statements
from tests.api.conftest import Served, served
from tests.network import NOW, key
from tests.verification.people import MS
from verification.policies import SHIPPED_POLICIES

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

HISTORY = """
query H($npi: NPI!, $first: Int!, $after: String, $since: DateTime, $until: DateTime, $knownAt: DateTime) {
  practitioner(npi: $npi) {
    standingHistory(jurisdiction: "CA", first: $first, after: $after, since: $since, until: $until, knownAt: $knownAt) {
      totalCount
      edges { cursor node {
        start until verdict policy { id version }
        changed { code outcome reasonCode reason evidence { id } }
        evidence {
          id source position chain
          observations(first: 5) { totalCount edges { node { word evidence { id } } } }
        }
      } }
      pageInfo { hasNextPage endCursor }
    }
    at: standing(jurisdiction: "CA") { verdict goodUntil evidence { id source method answeredAt fileName completedAt } }
  }
}
"""
REPLAY = """
query R($id: ID!) {
  referral(id: $id) { currentAttempt { proofs {
    id verdict at knownAt jurisdiction agrees
    checks { code outcome reason evidence { id } }
    replay { verdict at knownAt policy { version } checks { code outcome reason evidence { id } } }
    now { verdict at knownAt checks { code reason } }
  } } }
}
"""


def iso(text: str) -> str:
    return text.replace("+00:00", "Z")


async def test_a_history_is_the_verdict_at_every_instant(served: Served) -> None:
    npi = served.therapists[1].npi
    with count_statements() as counted:
        data = await served.data(served.second, HISTORY, npi=npi, first=100)
    assert counted.count == 1
    found = data["practitioner"]["standingHistory"]
    spans = [edge["node"] for edge in found["edges"]]
    assert found["totalCount"] == len(spans) >= 2
    assert spans[-1]["until"] is None
    for before, after in pairwise(spans):
        assert before["until"] == after["start"]
        assert before["verdict"] != after["verdict"]
        assert after["changed"]
    ask = """query S($npi: NPI!, $at: DateTime!) {
      practitioner(npi: $npi) { standing(jurisdiction: "CA", at: $at) { verdict } } }"""
    for span in spans:
        there = await served.data(served.second, ask, npi=npi, at=span["start"])
        assert there["practitioner"]["standing"]["verdict"] == span["verdict"]
    good = next(span for span in spans if span["verdict"] == "REFERABLE")
    assert good["until"] == data["practitioner"]["at"]["goodUntil"]
    assert {item["source"] for item in good["evidence"]} == {"CA-BBS", "AASECT", "LEIE"}
    board = next(item for item in good["evidence"] if item["source"] == "CA-BBS")
    assert board["observations"]["totalCount"] == 1
    (said,) = board["observations"]["edges"]
    assert (said["node"]["word"], said["node"]["evidence"]["id"]) == ("active", board["id"])


async def test_pages_of_a_history_and_bad_ones(served: Served) -> None:
    npi = served.therapists[1].npi
    whole = (await served.data(served.second, HISTORY, npi=npi, first=100))["practitioner"]["standingHistory"]
    starts, after = [], None
    while True:
        page = (await served.data(served.second, HISTORY, npi=npi, first=1, after=after))["practitioner"]
        starts += [edge["node"]["start"] for edge in page["standingHistory"]["edges"]]
        after = page["standingHistory"]["pageInfo"]["endCursor"]
        if not page["standingHistory"]["pageInfo"]["hasNextPage"]:
            break
    assert starts == [edge["node"]["start"] for edge in whole["edges"]]
    for bad in ({"first": 101}, {"first": 1, "after": "nonsense"}):
        result = await served.ask(served.second, HISTORY, npi=npi, **bad)
        assert result["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_history_between_two_instants(served: Served) -> None:
    since, until = NOW - timedelta(hours=2), NOW + timedelta(hours=2)
    page = await served.data(
        served.second,
        HISTORY,
        npi=served.therapists[1].npi,
        first=10,
        since=iso(since.isoformat()),
        until=iso(until.isoformat()),
        knownAt=iso(since.isoformat()),
    )
    edges = page["practitioner"]["standingHistory"]["edges"]
    assert edges[0]["node"]["start"] == iso(since.isoformat(timespec="milliseconds"))
    assert edges[-1]["node"]["until"] == iso(until.isoformat(timespec="milliseconds"))


async def proof(served: Served, referral: str, token: str, executor: Executor | None = None) -> Any:
    asked = served if executor is None else Served(**{**fields(served), "executor": executor})
    found = await asked.data(token, REPLAY, id=referral)
    return found["referral"]["currentAttempt"]["proofs"][0]


def fields(served: Served) -> dict[str, Any]:
    return {name: getattr(served, name) for name in served.__slots__}


async def test_a_frozen_decision_comes_out_the_same_as_then_known_and_otherwise_as_known_now(
    served: Served, database: Database
) -> None:
    draft = await served.draft(served.therapists[3])
    sent = await served.moved(served.physician, "sendReferral", draft)
    frozen = await proof(served, sent["id"], served.physician)
    assert (frozen["agrees"], frozen["jurisdiction"], frozen["verdict"]) == (True, "CA", "REFERABLE")
    assert frozen["replay"]["checks"] == frozen["checks"]
    assert frozen["now"]["verdict"] == "REFERABLE"
    later = Executor(database, SHIPPED_POLICIES, lambda: NOW + MS * 1000)
    officer = Served(**{**fields(served), "executor": later})
    done = await officer.change(
        served.officer,
        "suspendCredential",
        {
            "credential": await licence(served, 3),
            "effective": iso((NOW - timedelta(days=30)).isoformat()),
            "reason": "EMERGENCY_ORDER",
            "idempotencyKey": key(),
        },
        "credential { status }",
    )
    assert done["problems"] == [], done
    again = await proof(served, sent["id"], served.physician, later)
    assert again["agrees"] is True
    assert again["replay"]["checks"] == frozen["checks"]
    assert again["now"]["verdict"] == "NOT_REFERABLE"
    node = "query N($id: ID!) { node(id: $id) { id ... on Decision { agrees replay { verdict } } } }"
    seen = await served.data(served.physician, node, id=frozen["id"])
    assert seen["node"]["agrees"] is True
    for stranger in (served.officer, served.steward, served.second):
        assert (await served.data(stranger, node, id=frozen["id"]))["node"] is None


async def licence(served: Served, number: int) -> str:
    query = "query C($npi: NPI!) { practitioner(npi: $npi) { credentials(first: 9) { edges { node { id kind } } } } }"
    found = await served.data(served.second, query, npi=served.therapists[number].npi)
    nodes = [edge["node"] for edge in found["practitioner"]["credentials"]["edges"]]
    return next(str(node["id"]) for node in nodes if node["kind"] == "LMFT")


async def test_evidence_by_its_id(served: Served) -> None:
    data = await served.data(served.second, HISTORY, npi=served.therapists[1].npi, first=1)
    (one, *_) = data["practitioner"]["at"]["evidence"]
    node = """query N($id: ID!) { node(id: $id) { id ... on Evidence {
      source sourceType method sha256 answeredAt recordedAt position previous chain
      observations(first: 3) { totalCount edges { node { status word } } } } } }"""
    seen = (await served.data(served.second, node, id=one["id"]))["node"]
    assert (seen["id"], seen["source"]) == (one["id"], one["source"])
    assert seen["observations"]["totalCount"] <= 1
