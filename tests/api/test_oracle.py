"""The quick way and graphql-core give the same bytes, for whatever valid document."""

from random import Random
from typing import Any

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.execute import Request
from graph.database import count_statements
from tests.api.conftest import Served
from tests.api.random_documents import random_document

pytestmark = pytest.mark.neo4j


def pool(served: Served) -> dict[str, list[Any]]:
    """Values that bring data."""
    own = [therapist.opaque for therapist in served.therapists]
    return {
        "ConcernCode": ["erectile-difficulty", "low-desire"],
        "JurisdictionCode": ["CA", "NV"],
        "NPI": [served.therapists[0].npi, served.doctor.npi],
        "ID": [*own[:2], served.doctor.opaque, served.referral],
        "String": ["a", ""],
        "Boolean": [True, False],
        "Int": [1, 3],
        "Float": [37.0],
        "Date": ["2026-01-01"],
        "DateTime": ["2026-11-20T00:00:00Z", "2026-11-25T09:30:00-08:00"],
        "first": [0, 1, 2, 3],
        "after": ["WzEsIngiXQ"],
        "near": [{"postalCode": "94110", "withinKm": 900.0}, {"latitude": 34.0, "longitude": -118.4, "withinKm": 50.0}],
        "payer": ["Aetna", "blue cross"],
        "language": ["es", "English"],
        "name": ["robin"],
        "acceptingNew": [True],
        "folder": ["ACTIVE", "TO_BOOK", "NEW"],
        "jurisdiction": ["CA"],
    }


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
    # A document comes from a seed, which has no smaller form that would mean anything.
    phases=[Phase.explicit, Phase.generate],
)
@given(seed=st.integers(0, 2**32), who=st.sampled_from(["physician", "therapist", "officer"]))
async def test_both_ways_agree(served: Served, seed: int, who: str) -> None:
    text, variables = random_document(served.executor.schema, Random(seed), pool(served), depth=4)
    if validate(served.executor.schema, parse(text)):
        return  # a merge conflict between two members of an interface; nothing to compare
    token = getattr(served, who)
    with count_statements() as counted:
        quick = await served.executor.run(Request(text, variables, None, token))
    plain = await served.executor.run(Request(text, variables, None, token, core=True))
    assert quick.body == plain.body
    if quick.code == "TOO_EXPENSIVE":
        return
    result = quick.result
    codes = {error["extensions"]["code"] for error in result.get("errors", ())}
    assert codes <= {"BAD_INPUT", "TOO_EXPENSIVE"}, (text, result)
    assert counted.count <= 2  # the document has at most two root fields


async def test_random_documents_bring_data(served: Served) -> None:
    """The property above would be hollow if most documents were refused or empty."""
    brought = 0
    for seed in range(40):
        text, variables = random_document(served.executor.schema, Random(seed), pool(served), depth=4)
        answer = await served.executor.run(Request(text, variables, None, served.physician))
        data = answer.result.get("data") or {}
        brought += any(value not in (None, [], {}) for value in data.values())
    assert brought >= 20


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("{ viewer { name role practitioner { npi credentials(first: 2) { totalCount } } } }", 1),
        ('{ practitioner(npi: "%s") { name standing(jurisdiction: "CA") { verdict checks { code } } } }', 1),
        ("{ a: concerns { code } b: viewer { id } }", 2),
        ('{ referral(id: "%s") { patient { initials } events(first: 5) { edges { node { name } } } } }', 1),
    ],
)
async def test_one_statement_for_each_root_field(served: Served, query: str, statements: int) -> None:
    filled = query.replace("%s", served.therapists[0].npi if "npi:" in query else served.referral)
    with count_statements() as counted:
        await served.data(served.physician, filled)
    assert counted.count == statements


async def test_a_missing_promise_is_told_as_graphql_core_tells_it(served: Served) -> None:
    """A null where the schema promises a value goes the plain way: the error has a path, the data a null."""
    await served.network.database.write(
        "MATCH (n:Practitioner {id: $id}) SET n.kept = n.name REMOVE n.name", {"id": served.therapists[4].id}
    )
    try:
        result = await served.ask(
            served.physician, f'{{ node(id: "{served.therapists[4].opaque}") {{ ...on Therapist {{ name }} }} }}'
        )
    finally:
        await served.network.database.write(
            "MATCH (n:Practitioner {id: $id}) SET n.name = n.kept REMOVE n.kept", {"id": served.therapists[4].id}
        )
    assert result["data"] == {"node": None}
    assert result["errors"][0]["path"] == ["node", "name"]
