"""A steward's list of pairs: both sides, what decides them, what was decided; nothing for anybody else."""

from secrets import token_hex
from typing import Any

import pytest

from api.pairs import pairs_of
from graph.database import count_statements
from tests.api.conftest import Served, served
from tests.network import NOW, surname

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

PAIRS = """
query P($verdict: PairVerdict, $first: Int!, $after: String) {
  matches(verdict: $verdict, first: $first, after: $after) {
    totalCount
    edges { node {
      source practitioner row verdict likeness fields
      person { name npi birthDate places } listed { name npi birthDate places exclusionType excludedOn }
      decision { verdict why decidedAt fields evidence }
    } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
LIST = """
MATCH (n:Practitioner {id: $id})
CREATE (:Exclusion {id: $row, row: $row, content: $row, familyName: n.familyName, givenName: n.givenName,
  foldedName: n.foldedName, city: 'Fresno', state: 'CA', exclusionType: '1128b4', excludedOn: '2020-01-20',
  first: '2026-11', last: '2026-11'})
"""


async def pairs(served: Served, token: str, **how: Any) -> list[dict[str, Any]]:
    found = (await served.data(token, PAIRS, first=100, **how))["matches"]
    return [edge["node"] for edge in found["edges"]]


async def test_a_steward_sees_both_sides_decides_and_finds_the_decision(served: Served) -> None:
    person = await served.network.therapist(familyName=surname())
    await served.network.database.write(LIST, {"id": person.id, "row": (row := token_hex(16))})
    with count_statements() as counted:
        (pair,) = [pair for pair in await pairs(served, served.steward) if pair["row"] == row]
    assert counted.count == 1
    assert (pair["practitioner"], pair["source"], pair["likeness"]) == (person.opaque, "LEIE", "POSSIBLE")
    assert pair["fields"] == ["name"]
    assert pair["person"]["npi"] == person.npi
    assert pair["person"]["places"] == ["Oakland CA"]
    assert pair["listed"]["places"] == ["Fresno CA"]
    assert (pair["listed"]["exclusionType"], pair["listed"]["excludedOn"]) == ("1128b4", "2020-01-20")
    assert pair["decision"] is None
    said = {"practitioner": pair["practitioner"], "row": row, "verdict": "DIFFERENT", "why": "Another birth date."}
    done = await served.change(served.steward, "decideMatch", said, "therapist { id }")
    assert done["problems"] == [], done
    assert row not in {pair["row"] for pair in await pairs(served, served.steward)}
    (decided,) = [pair for pair in await pairs(served, served.steward, verdict="DIFFERENT") if pair["row"] == row]
    assert decided["decision"]["verdict"] == "DIFFERENT"
    assert decided["decision"]["why"] == "Another birth date."
    node = "query N($id: ID!) { node(id: $id) { id ... on Evidence { source method position chain } } }"
    seen = (await served.data(served.steward, node, id=decided["decision"]["evidence"]))["node"]
    assert (seen["source"], seen["method"]) == ("STEWARDS", "decision")
    assert seen["position"] >= 1


async def test_nobody_else_sees_any(served: Served) -> None:
    for token in (served.physician, served.therapist, served.officer):
        found = (await served.data(token, PAIRS, first=10))["matches"]
        assert (found["totalCount"], found["edges"]) == (0, [])


async def test_pages(served: Served) -> None:
    for _ in range(2):
        person = await served.network.therapist(familyName=surname())
        await served.network.database.write(LIST, {"id": person.id, "row": token_hex(16)})
    whole = [pair["row"] for pair in await pairs(served, served.steward)]
    seen, after = [], None
    while True:
        page = (await served.data(served.steward, PAIRS, first=1, after=after))["matches"]
        seen += [edge["node"]["row"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert pairs_of(None, "UNKNOWN", NOW) == []
