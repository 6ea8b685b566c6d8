"""What waits for an officer and a steward, many confirmations at once, and reviews."""

import secrets
from datetime import date, timedelta
from typing import Any

import pytest

from api.operations.confirmations import MOST, confirm_credentials
from api.operations.outcomes import Context, Done, Outcome, Problems
from graph.commands.receipts import Answer
from graph.database import Database
from graph.directory import refresh
from graph.ids import global_id
from graph.instants import millis
from tests.api.conftest import Served, served
from tests.network import NOW, Network, Person, key, own
from verification.policies import SHIPPED_POLICIES

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

BODY = Answer("{code: node.code}", {})
LIST = """
query L($filter: ConfirmationFilter, $first: Int!, $after: String) {
  confirmations(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { node { id status waitsFor waitsOn issuedBy { code } } }
  }
}
"""


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


def codes(outcome: Outcome) -> list[tuple[str, tuple[Any, ...]]]:
    return [(p.code, p.path) for p in outcome.problems] if isinstance(outcome, Problems) else []


async def observe(database: Database, credential: str, body: str, **said: Any) -> None:
    """One more statement about a credential."""
    at = millis(NOW - timedelta(hours=1))
    when = {"answeredAt": at, "recordedAt": at}
    observation = {"id": own(), "word": "said", "status": "ACTIVE", **when, **said}
    kind = "aggregator" if body == "COMPACTCONNECT" else "primary"
    evidence = {"id": own(), "source": body, "sourceType": kind, "method": "roster", **when}
    await database.write(
        """
        MATCH (c:Credential {id: $credential})
        CREATE (e:Evidence) SET e = $evidence
        CREATE (o:Observation)-[:ABOUT]->(c) SET o = $observation
        CREATE (o)-[:FROM]->(e)
        """,
        {"credential": credential, "evidence": evidence, "observation": observation},
    )


async def holder(network: Network) -> tuple[Person, str]:
    """A therapist and the id of her licence."""
    found = await network.therapist()
    return found, found.credentials["LMFT"]


async def everything(served: Served, filter_: str, *, page: int = 100) -> dict[str, dict[str, Any]]:
    """The whole list of one filter, page by page, by credential's id."""
    nodes: dict[str, dict[str, Any]] = {}
    after = None
    while True:
        found = (await served.data(served.officer, LIST, filter=filter_, first=page, after=after))["confirmations"]
        for edge in found["edges"]:
            assert edge["node"]["id"] not in nodes
            nodes[edge["node"]["id"]] = edge["node"]
        if not found["pageInfo"]["hasNextPage"]:
            assert len(nodes) == found["totalCount"]
            return nodes
        after = found["pageInfo"]["endCursor"]


async def test_why_each_waits(served: Served) -> None:
    database, network = served.network.database, served.network
    made = {why: await holder(network) for why in ("conflict", "word", "stale", "soon", "later", "pending", "good")}
    await observe(database, made["conflict"][1], "COMPACTCONNECT", status="SUSPENDED", statusDate="2025-01-01")
    await observe(database, made["word"][1], "CA-BBS", status="UNKNOWN", word="zzz", statusDate="2026-01-01")
    await observe(database, made["pending"][1], "CA-BBS", status="PENDING", statusDate="2026-01-01")
    await observe(database, made["soon"][1], "CA-BBS", statusDate="2026-02-01", expires="2026-12-10")
    await observe(database, made["later"][1], "CA-BBS", statusDate="2026-02-01", expires="2027-02-01")
    await database.write(
        "MATCH (:Credential {id: $id})<-[:ABOUT]-(o) SET o.answeredAt = $old, o.recordedAt = $old",
        {"id": made["stale"][1], "old": millis(NOW - timedelta(days=40))},
    )
    await refresh(database, [person.id for person, _ in made.values()], NOW, SHIPPED_POLICIES)
    ids = {why: global_id(f"Credential:{licence}") for why, (_, licence) in made.items()}
    listed = await everything(served, "ALL", page=3)
    told = {why: (node["waitsFor"], node["waitsOn"]) for why, own_id in ids.items() if (node := listed.get(own_id))}
    stale_on = (NOW - timedelta(days=40)).date().isoformat()
    assert told == {
        "conflict": ("CONFLICT", "2025-01-01"),
        "word": ("UNKNOWN_WORD", "2026-01-01"),
        "stale": ("STALE", stale_on),
        "pending": ("NEW_CLAIM", "2026-01-01"),
        "soon": ("EXPIRING", "2026-12-10"),
        "later": ("EXPIRING", "2027-02-01"),
    }
    order = [node["waitsFor"] for node in listed.values()]
    ranks = ["CONFLICT", "UNKNOWN_WORD", "MISSING", "STALE", "NEW_CLAIM", "EXPIRING"]
    assert order == sorted(order, key=ranks.index)
    assert {node["issuedBy"]["code"] for node in listed.values()} == {"CA-BBS"}
    for filter_, inside in (
        ("CONFLICTS", {"conflict"}),
        ("UNKNOWN_WORDS", {"word"}),
        ("STALE", {"stale"}),
        ("NEW_CLAIMS", {"pending"}),
        ("EXPIRING_30", {"soon"}),
        ("EXPIRING_60", {"soon"}),
        ("EXPIRING_90", {"soon", "later"}),
    ):
        found = await everything(served, filter_)
        assert {why for why, own_id in ids.items() if own_id in found} == inside, filter_
    query = "{ confirmationCounts { all conflicts expiring30 expiring90 stale } }"
    counts = (await served.data(served.officer, query))["confirmationCounts"]
    assert counts["all"] == len(listed)
    assert counts["expiring90"] == len(await everything(served, "EXPIRING_90"))
    assert counts["conflicts"] == len(await everything(served, "CONFLICTS"))


async def test_nobody_else_is_told_why_anything_waits(served: Served) -> None:
    person, _ = await holder(served.network)
    shape = "credentials(first: 5) { edges { node { waitsFor waitsOn } } }"
    query = f'{{ practitioner(npi: "{person.npi}") {{ {shape} }} }}'
    for who in (served.physician, served.therapist, served.steward):
        edges = (await served.data(who, query))["practitioner"]["credentials"]["edges"]
        assert {str(edge["node"]) for edge in edges} == {str({"waitsFor": None, "waitsOn": None})}
        counted = await served.data(who, "{ confirmationCounts { all } proposals(first: 1) { totalCount } }")
        assert counted == {"confirmationCounts": {"all": 0}, "proposals": {"totalCount": 0}}


async def confirm(served: Served, viewer: str, items: list[dict[str, Any]], **said: Any) -> Outcome:
    context = Context(served.network.database, viewer, lambda: NOW, SHIPPED_POLICIES, BODY)
    return await confirm_credentials(context, {"idempotencyKey": key(), "items": items, **said})


def item(licence: str, **said: Any) -> dict[str, Any]:
    return {"credential": global_id(f"Credential:{licence}"), "expires": date(2028, 1, 31), **said}


async def test_fifty_renewals_before_lunch(served: Served) -> None:
    licences = [(await holder(served.network))[1] for _ in range(50)]
    viewer = await served.network.account("officer", "CA-BBS")
    words = {"idempotencyKey": key()}
    outcome = done(await confirm(served, viewer, [item(each) for each in licences], **words))
    assert outcome.node == {"code": "CA-BBS"}
    assert [(r["status"], r["expires"]) for r in outcome.values["results"]] == [("ACTIVE", "2028-01-31")] * 50
    rows = await served.network.database.read(
        """
        MATCH (c:Credential) WHERE c.id IN $ids
        RETURN c.expires, COUNT { (c)<-[:ABOUT]-(:Observation) }, COUNT { (c)<-[:ABOUT]-()-[:FROM]->(:Evidence:Link) }
        """,
        {"ids": licences},
    )
    assert rows == [["2028-01-31", 2, 1]] * 50
    again = done(await confirm(served, viewer, [item(each) for each in licences], **words))
    assert again.values["results"] == outcome.values["results"]
    [[said]] = await served.network.database.read(
        "MATCH (c:Credential) WHERE c.id IN $ids RETURN sum(COUNT { (c)<-[:ABOUT]-(:Observation) })", {"ids": licences}
    )
    assert said == 100


async def test_a_list_through_the_contract(served: Served) -> None:
    _, licence = await holder(served.network)
    items = [{"credential": global_id(f"Credential:{licence}"), "expires": "2028-01-31"}]
    shape = "certifyingBody { code } results { credential status expires }"
    told = await served.change(served.officer, "confirmCredentials", {"items": items}, shape)
    assert told == {
        "problems": [],
        "certifyingBody": {"code": "CA-BBS"},
        "results": [{"credential": items[0]["credential"], "status": "ACTIVE", "expires": "2028-01-31"}],
    }


async def test_one_that_cannot_be_taken_keeps_all_out(served: Served) -> None:
    database, network = served.network.database, served.network
    good, suspended, restricted = [await holder(network) for _ in range(3)]
    await observe(database, suspended[1], "CA-BBS", status="SUSPENDED", statusDate="2026-05-01")
    await observe(database, restricted[1], "CA-BBS", status="RESTRICTED", statusDate="2026-05-01")
    viewer = await network.account("officer", "CA-BBS")
    foreign = good[0].credentials["CST"]
    items = [item(good[1]), item(suspended[1]), item(restricted[1]), item(good[1]), item(foreign)]
    outcome = await confirm(served, viewer, items)
    assert codes(outcome) == [
        ("ILLEGAL_TRANSITION", ("items", 1, "status")),
        ("NEEDS_SECOND_OFFICER", ("items", 2, "credential")),
        ("BAD_INPUT", ("items", 3, "credential")),
        ("NOT_FOUND", ("items", 4, "credential")),
    ]
    [[said]] = await database.read(
        "MATCH (:Credential {id: $id})<-[:ABOUT]-(o:Observation) RETURN count(o)", {"id": good[1]}
    )
    assert said == 1
    assert codes(await confirm(served, viewer, [])) == [("BAD_INPUT", ("items",))]
    assert codes(await confirm(served, viewer, [item(good[1])] * (MOST + 1))) == [("BAD_INPUT", ("items",))]


async def test_a_review_lets_a_therapist_be_found_again(served: Served) -> None:
    database, network = served.network.database, served.network
    person, _ = await holder(network)
    await database.write(
        """
        MERGE (b:CertifyingBody {code: 'TX-COU'})
          ON CREATE SET b.id = $id, b.name = 'Texas', b.zone = 'America/Chicago', b.kind = 'licence-board'
        """,
        {"id": own()},
    )
    texan = await network.credential(person, "LPC", "TX-COU", "TX", status="SUSPENDED")
    await refresh(database, [person.id], NOW, SHIPPED_POLICIES)

    async def waits() -> bool:
        shape = "edges { node { id } } pageInfo { hasNextPage endCursor }"
        query = f"query R($after: String) {{ reviewsDue(first: 100, after: $after) {{ {shape} }} }}"
        after, ids = None, set()
        while True:
            page = (await served.data(served.steward, query, after=after))["reviewsDue"]
            ids |= {edge["node"]["id"] for edge in page["edges"]}
            if not page["pageInfo"]["hasNextPage"]:
                return global_id(f"Credential:{texan}") in ids
            after = page["pageInfo"]["endCursor"]

    async def windows() -> int:
        counted = "MATCH (:Practitioner {id: $id})-[w:REFERABLE_IN]->() RETURN count(w)"
        return int((await database.read(counted, {"id": person.id}))[0][0])

    assert await waits()
    assert await windows() == 0
    said = {"credential": global_id(f"Credential:{texan}"), "reason": "The Texas order was about unpaid fees."}
    change = "credential { status }"
    for who in (served.physician, served.officer):
        refused = await served.change(who, "recordReview", said, change)
        assert [p["code"] for p in refused["problems"]] == ["FORBIDDEN"]
    blank = await served.change(served.steward, "recordReview", {**said, "reason": " "}, change)
    assert [p["code"] for p in blank["problems"]] == ["BAD_INPUT"]
    assert await waits()
    recorded = await served.change(served.steward, "recordReview", said, change)
    assert recorded == {"problems": [], "credential": {"status": "SUSPENDED"}}
    assert not await waits()
    assert await windows() == 1
    shown = f"""{{ practitioner(npi: "{person.npi}") {{ standing(jurisdiction: "CA") {{ verdict
      checks {{ code outcome reason evidence {{ source method }} }} }} }} }}"""
    standing = (await served.data(served.physician, shown))["practitioner"]["standing"]
    assert standing["verdict"] == "REFERABLE_WITH_NOTICE"
    (check,) = (c for c in standing["checks"] if c["code"] == "licence-elsewhere")
    assert "unpaid fees" in check["reason"]
    assert {"source": "STEWARDS", "method": "review"} in check["evidence"]
    nothing = {"credential": global_id(f"Credential:{person.credentials['LMFT']}"), "reason": "Why not."}
    refused = await served.change(served.steward, "recordReview", nothing, change)
    assert [p["code"] for p in refused["problems"]] == ["NOTHING_TO_REVIEW"]


async def test_encumbrances_are_shown(served: Served) -> None:
    _, licence = await holder(served.network)
    said = {
        "credential": global_id(f"Credential:{licence}"),
        "status": "ACTIVE",
        "effective": "2026-06-01T12:00:00Z",
        "encumbrance": {"type": "REPRIMAND", "effective": "2026-06-01"},
    }
    shape = """credential { status encumbrances { type word status effective lifted public evidence { source } } }
      proposal { id }"""
    done_ = await served.change(served.officer, "confirmCredential", said, shape)
    assert done_["problems"] == []
    assert done_["proposal"] is None
    assert done_["credential"]["status"] == "ACTIVE_WITH_NOTICE"
    assert done_["credential"]["encumbrances"] == [
        {
            "type": "REPRIMAND", "word": "reprimand", "status": "ACTIVE_WITH_NOTICE", "effective": "2026-06-01",
            "lifted": None, "public": True, "evidence": {"source": "CA-BBS"},
        }
    ]  # fmt: skip


async def test_proposals_through_the_contract(served: Served) -> None:
    network = served.network
    _, licence = await holder(network)
    second = secrets.token_urlsafe(16)
    await network.account("officer", "CA-BBS", second)
    own_id = global_id(f"Credential:{licence}")
    await observe(network.database, licence, "CA-BBS", status="SUSPENDED", statusDate="2026-05-01")
    told = "id kind status mine madeBy wanted credential { id } certifyingBody { code }"
    shape = f"credential {{ status }} proposal {{ {told} }}"
    said = {"credential": own_id, "reason": "APPEAL_UPHELD"}
    first = await served.change(served.officer, "reinstateCredential", said, shape)
    assert first["problems"] == []
    proposal = first["proposal"]
    assert {**proposal, "id": "", "madeBy": ""} == {
        "id": "", "kind": "REINSTATE", "status": "OPEN", "mine": True, "madeBy": "", "wanted": "ACTIVE",
        "credential": {"id": own_id}, "certifyingBody": {"code": "CA-BBS"},
    }  # fmt: skip
    query = "{ proposals(status: OPEN, first: 100) { edges { node { id mine } } } }"
    listed = (await served.data(second, query))["proposals"]["edges"]
    assert {"node": {"id": proposal["id"], "mine": False}} in listed
    see = "query N($id: ID!) { node(id: $id) { id ... on Proposal { status } } }"
    assert (await served.data(second, see, id=proposal["id"]))["node"]["status"] == "OPEN"
    for who in (served.physician, served.therapist, served.steward):
        assert (await served.data(who, see, id=proposal["id"]))["node"] is None
    agreeing = {"proposal": proposal["id"]}
    approved = await served.change(second, "approveProposal", agreeing, "proposal { status settledBy }")
    assert approved["problems"] == []
    assert approved["proposal"]["status"] == "APPLIED"
