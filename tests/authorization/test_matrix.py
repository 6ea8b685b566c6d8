"""Every role against every mutation and every private type: may do, may see, may not, and nothing else."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType, get_named_type

from api.schema import build_schema
from tests.api.conftest import Served, served
from verification.access import Action, Role, may

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

SCHEMA = build_schema()
MUTATIONS = sorted(SCHEMA.mutation_type.fields if SCHEMA.mutation_type else ())
ROLES = {
    "physician": Role.PHYSICIAN,
    "therapist": Role.THERAPIST,
    "delegate": Role.DELEGATE,
    "officer": Role.OFFICER,
    "steward": Role.STEWARD,
}
VALUES: dict[str, Any] = {
    "ID": "UmVmZXJyYWw6bm9uZQ",
    "Int": 1,
    "Boolean": True,
    "String": "text",
    "DateTime": "2026-12-01T10:00:00Z",
    "Date": "2026-12-01",
    "ConcernCode": "erectile-difficulty",
    "JurisdictionCode": "CA",
}


def needed(declared: Any) -> Any:
    """The least value that an input type takes."""
    named = get_named_type(declared)
    if isinstance(named, GraphQLInputObjectType):
        return {
            name: [] if "[" in str(given.type) else needed(given.type)
            for name, given in named.fields.items()
            if isinstance(given.type, GraphQLNonNull)
        }
    return VALUES.get(named.name) or next(iter(named.values))


def mutation(name: str) -> tuple[str, dict[str, Any]]:
    assert SCHEMA.mutation_type is not None
    field = SCHEMA.mutation_type.fields[name]
    kind = field.args["input"].type
    payload = get_named_type(field.type)
    assert isinstance(payload, GraphQLObjectType)
    return f"mutation M($input: {kind}) {{ {name}(input: $input) {{ problems {{ code }} }} }}", needed(kind)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_who_may_ask(served: Served, name: str, role: str) -> None:
    """A role without the right is refused before anything is looked at."""
    query, said = mutation(name)
    data = await served.data(getattr(served, role), query, input=said)
    codes = {problem["code"] for problem in data[name]["problems"]}
    if may(ROLES[role], Action(name)):
        assert "FORBIDDEN" not in codes
    else:
        assert codes == {"FORBIDDEN"}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_nobody_may_ask_for_anything(served: Served, name: str) -> None:
    query, said = mutation(name)
    result = await served.ask("bona_nobodys", query, input=said)
    assert result["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in result
    result = await served.ask(None, query, input=said)
    assert list(result) == ["errors"]
    assert "token" in result["errors"][0]["message"]


REACH = """
query Reach($id: ID!) {
  referral(id: $id) { id reason patient { familyName ageBand } }
  node(id: $id) { id ... on Referral { reason patient { familyName } attempts(first: 3) { edges { node { id } } } } }
}
"""


@pytest.mark.parametrize("who", ["second", "officer", "steward"])
async def test_a_referral_is_not_there_for_anybody_else(served: Served, who: str) -> None:
    data = await served.data(getattr(served, who), REACH, id=served.referral)
    assert data == {"referral": None, "node": None}


@pytest.mark.parametrize("who", ["physician", "therapist", "delegate"])
async def test_its_parties_see_it(served: Served, who: str) -> None:
    data = await served.data(getattr(served, who), REACH, id=served.referral)
    assert data["referral"]["patient"]["familyName"].startswith("Canarywood")


async def test_attempts_and_decisions_by_id(served: Served) -> None:
    query = "query A($id: ID!) { referral(id: $id) { currentAttempt { id } } }"
    attempt = (await served.data(served.physician, query, id=served.referral))["referral"]["currentAttempt"]["id"]
    see = "query N($id: ID!) { node(id: $id) { id ... on Attempt { status } } }"
    assert (await served.data(served.therapist, see, id=attempt))["node"]["status"] == "ACCEPTED"
    for who in ("second", "officer", "steward"):
        assert (await served.data(getattr(served, who), see, id=attempt))["node"] is None


async def test_confirmations_are_the_officers(served: Served) -> None:
    query = "{ confirmations(first: 5) { totalCount edges { node { issuedBy { code } } } } }"
    for who in ("physician", "therapist", "steward"):
        assert (await served.data(getattr(served, who), query))["confirmations"]["totalCount"] == 0
    edges = (await served.data(served.officer, query))["confirmations"]["edges"]
    assert {edge["node"]["issuedBy"]["code"] for edge in edges} <= {"CA-BBS"}
