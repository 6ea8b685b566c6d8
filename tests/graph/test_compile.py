"""The compiler: what a tree of selections becomes, without any database."""

import pytest
from graphql import GraphQLError

from api.documents import Documents
from api.plans import RootPlan, plan_for
from api.schema import build_schema
from graph.access import VISIBLE
from graph.compile import cursor_reader, page_size, to_cursor
from graph.model import MODEL
from graph.selection import BadArgument

SCHEMA = build_schema()
DOCUMENTS = Documents(SCHEMA)


def root(query: str, **variables: object) -> tuple[RootPlan, str]:
    document = DOCUMENTS.get(query)
    assert DOCUMENTS.errors_of(document) == []
    plan = plan_for(SCHEMA, document, document.operation(None), variables)
    (found,) = plan.roots
    slot = found.selection.slot
    return found, found.statement({} if slot is None else plan.arguments(variables)[slot]).text


def test_a_field_is_a_property_under_its_response_key() -> None:
    _, text = root('{ practitioner(npi: "2000000010") { called: name npi } }')
    assert "`called`: n1.name, `npi`: n1.npi" in text
    assert text.startswith("MATCH (viewer:Account {tokenHash: $viewer}) WHERE viewer.active RETURN ")


def test_values_never_reach_the_text() -> None:
    _, text = root('{ practitioner(npi: "2000000010") { name } }')
    assert "2000000010" not in text
    where = '{concern: "low-desire", jurisdiction: "CA", payer: "Nosuch Mutual", name: "Nosuch"}'
    _, text = root(f"{{ therapists(where: {where}, first: 7) {{ totalCount edges {{ node {{ id }} }} }} }}")
    assert not [word for word in ("low-desire", "Nosuch", "NOSUCH", " 7", " 8", "'CA'") if word in text]


def test_one_text_for_all_values_and_another_for_another_way_of_asking() -> None:
    query = "query($w: TherapistFilter!, $n: Near) { therapists(where: $w, near: $n, first: 2) { edges { cursor } } }"
    where = {"concern": "low-desire", "jurisdiction": "CA"}
    first = root(query, w=where, n={"latitude": 1.0, "longitude": 2.0, "withinKm": 3.0})[1]
    other = root(query, w={**where, "jurisdiction": "NV"}, n={"postalCode": "94110", "withinKm": 9.0})[1]
    anywhere = root(query, w=where)[1]
    assert first == other
    assert "point.distance" in first
    assert "point.distance" not in anywhere


def test_what_interfaces_share_is_written_once() -> None:
    _, text = root(
        '{ practitioner(npi: "2000000010") { credentials(first: 2) { totalCount } ... on Therapist { waitWeeks } } }'
    )
    assert text.count(":HOLDS") == 1
    assert "`%`: CASE WHEN n1:Therapist THEN 'Therapist'" in text


def test_every_private_node_and_edge_carries_a_rule() -> None:
    _, text = root(
        '{ referral(id: "UmVmZXJyYWw6eA") { patient { familyName } attempts(first: 2) { edges { node { id } } } } }'
    )
    assert "WHERE (author_n1 OR size(mine_n1) > 0)" in text
    assert "CASE WHEN known_n2 THEN n2.familyName END" in text
    assert "any(x IN mine_n1 WHERE x.id = n3.id)" in text
    assert text.count("EXISTS") == 1  # how the viewer stands to a referral is asked once


def test_default_deny() -> None:
    assert set(MODEL) <= set(VISIBLE)
    assert {VISIBLE[name] for name in ("Patient", "Event", "Visit", "Report")} == {"false"}


@pytest.mark.parametrize("first", [-1, 101, 2**31 - 1])
def test_page_sizes(first: int) -> None:
    with pytest.raises(BadArgument, match="first must be from 0 to 100"):
        page_size({"first": first})
    assert page_size({"first": 100}) == 101


def test_cursors() -> None:
    read = cursor_reader(2)
    assert read({"after": None}) is None
    assert read({"after": to_cursor([12.5, "id"])}) == [12.5, "id"]
    for text in ("", "=", "!", "bnVsbA", to_cursor([1]), to_cursor([True, "id"]), to_cursor([{}, []]), "é"):
        with pytest.raises(BadArgument):
            read({"after": text})


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{" + " ".join(f"a{i}: __typename" for i in range(41)) + "}",
        "{ viewer "
        + "{ practitioner { credentials(first: 1) { edges { node { holder " * 4
        + "{ id }"
        + "} } } } }" * 4
        + " }",
        "query a { ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
        "{ certifyingBodies(first: 100) { edges { node { id } } } " * 101 + "}" * 101,
    ],
)
def test_documents_that_are_refused(query: str) -> None:
    document = DOCUMENTS.get(query)
    problems = [document.syntax] if document.syntax else DOCUMENTS.errors_of(document)
    assert problems
    assert all(isinstance(problem, GraphQLError) and "mean" not in problem.message for problem in problems)
