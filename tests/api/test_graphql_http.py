"""GraphQL over HTTP, as the specification says it and as hostile clients try it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.app import build
from api.execute import Executor, Request
from api.http_accept import accepts
from api.settings import Settings
from api.tokens import hash_token
from tests.api.conftest import Served
from tests.network import NOW, key
from verification.policies import SHIPPED_POLICIES

JSON = "application/json"
MODERN = "application/graphql-response+json"


@pytest.fixture(scope="module")
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    app = build(Settings(), served.network.database, now=lambda: NOW)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bonafide") as opened:
        yield opened


async def post(client: httpx.AsyncClient, token: str | None, body: Any, accept: str = MODERN) -> httpx.Response:
    headers = {"accept": accept} | ({"authorization": f"Bearer {token}"} if token else {})
    return await client.post("/graphql", json=body, headers=headers)


pytestmark = pytest.mark.neo4j


async def test_an_answer(client: httpx.AsyncClient, served: Served) -> None:
    answer = await post(client, served.physician, {"query": "{ viewer { role } }"})
    assert (answer.status_code, answer.json()) == (200, {"data": {"viewer": {"role": "PHYSICIAN"}}})
    assert answer.headers["content-type"] == f"{MODERN}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "modern", "older", "code"),
    [
        ({"query": "{"}, 400, 200, "BAD_REQUEST"),
        ({"query": "{ nothing }"}, 400, 200, "BAD_REQUEST"),
        ({"query": "query($a: Int!) { certifyingBodies(first: $a) { totalCount } }"}, 400, 200, "BAD_REQUEST"),
        ({"query": "query a { __typename } query b { __typename }"}, 400, 200, "BAD_REQUEST"),
        ({"query": "{" + " ".join(f"a{i}: __typename" for i in range(100)) + "}"}, 400, 200, "TOO_EXPENSIVE"),
        ({"query": ""}, 400, 400, "BAD_REQUEST"),
        ({"query": 1}, 400, 400, "BAD_REQUEST"),
        ({"query": "{ __typename }", "variables": []}, 400, 400, "BAD_REQUEST"),
        ([{"query": "{ __typename }"}], 400, 400, "BAD_REQUEST"),
    ],
)
async def test_bad_requests(
    client: httpx.AsyncClient, served: Served, body: Any, modern: int, older: int, code: str
) -> None:
    for accept, status in ((MODERN, modern), (JSON, older)):
        answer = await post(client, served.physician, body, accept)
        assert answer.status_code == status
        assert answer.json()["errors"][0]["extensions"]["code"] == code
        assert "data" not in answer.json()


async def test_nobody_learns_the_schema_without_a_token(client: httpx.AsyncClient) -> None:
    bodies = set()
    for query in (
        "{ viewer { id } }",
        "{ xiewer { id } }",
        "{ viewe }",
        "mutation { sendReferral }",
        "{ __schema { types { name } } }",
    ):
        answer = await post(client, None, {"query": query})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        bodies.add(answer.content)
    assert len(bodies) == 1
    answer = await post(client, None, {"query": "{ __typename }"})
    assert answer.json() == {"data": {"__typename": "Query"}}
    typed = {"query": "query T($n: String!) { __type(name: $n) { fields { name } } }"}
    assert (await post(client, None, {**typed, "variables": {"n": "Therapist"}})).json() == {"data": {"__type": None}}
    assert (await post(client, None, {**typed, "variables": {"n": None}})).status_code == 400
    assert (await post(client, None, {"query": "query T($n: NPI) { __typename }"})).status_code == 401


@pytest.mark.parametrize("token", ["", "wrong", "null", "bona_" + "a" * 5000])
@pytest.mark.parametrize("query", ["{ viewer { id } }", "{ __schema { types { name } } }", "mutation { __typename }"])
async def test_a_token_that_is_nobodys(client: httpx.AsyncClient, token: str, query: str) -> None:
    answer = await client.post(
        "/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}", "accept": MODERN}
    )
    assert answer.status_code == 401


async def test_an_account_that_is_put_out_is_out_at_once(client: httpx.AsyncClient, served: Served) -> None:
    database = served.network.database
    token = f"bona_{key()}"
    await served.network.account("physician", served.doctor.id, token)
    assert (await post(client, token, {"query": "{ viewer { id } }"})).status_code == 200
    await database.write("MATCH (a:Account {tokenHash: $hash}) SET a.active = false", {"hash": hash_token(token)})
    assert (await post(client, token, {"query": "{ viewer { id } }"})).status_code == 401


async def test_who_is_signed_in_may_introspect(client: httpx.AsyncClient, served: Served) -> None:
    answer = await post(client, served.physician, {"query": get_introspection_query()})
    assert answer.status_code == 200
    assert answer.json()["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_suggestions_are_never_made(client: httpx.AsyncClient, served: Served) -> None:
    answer = await post(client, served.physician, {"query": "{ viewe { id } therapist }"})
    assert "mean" not in answer.text
    assert "viewer" not in answer.text


async def test_when_time_runs_out_a_change_may_have_been_stored(served: Served) -> None:
    hasty = Executor(served.network.database, SHIPPED_POLICIES, lambda: NOW, deadline=0)
    answer = await hasty.run(Request("{ viewer { id } }", token=served.physician))
    assert (answer.executed, answer.code) == (False, "DEADLINE_EXCEEDED")
    said = {"idempotencyKey": key(), "acceptsNew": True}
    query = "mutation M($i: UpdateAvailabilityInput!) { updateAvailability(input: $i) { problems { code } } }"
    answer = await hasty.run(Request(query, {"i": said}, token=served.therapist))
    assert (answer.executed, answer.code) == (False, "OUTCOME_UNKNOWN")
    assert "again" in answer.result["errors"][0]["message"]


async def test_get(client: httpx.AsyncClient, served: Served) -> None:
    headers = {"authorization": f"Bearer {served.physician}", "accept": MODERN}
    answer = await client.get("/graphql", params={"query": "{ viewer { role } }"}, headers=headers)
    assert answer.json() == {"data": {"viewer": {"role": "PHYSICIAN"}}}
    answer = await client.get("/graphql", params={"query": "mutation { __typename }"}, headers=headers)
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "text/plain"}, b'{"query":"{__typename}"}', 415),
        ({"content-type": "application/json; charset=utf-7"}, b'{"query":"{__typename}"}', 415),
        ({"content-type": JSON, "content-encoding": "gzip"}, b"\x1f\x8b", 415),
        ({"content-type": JSON, "accept": "text/html"}, b'{"query":"{__typename}"}', 406),
        ({"content-type": JSON}, b'{"query":"{__typename}', 400),
        ({"content-type": JSON}, b'{"query":"{__typename}","variables":{"a":NaN}}', 400),
        ({"content-type": JSON}, b"\xff\xfe", 400),
        ({"content-type": JSON}, b'{"query":"' + b" " * 200_000 + b'{__typename}"}', 413),
    ],
)
async def test_what_is_not_graphql_over_http(
    client: httpx.AsyncClient, headers: dict[str, str], content: bytes, status: int
) -> None:
    answer = await client.post("/graphql", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["errors"]


async def test_health_and_readiness(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    ready = (await client.get("/readyz")).json()
    assert (ready.pop("status"), set(ready)) == ("ready", {"details"})
    assert (await client.put("/graphql")).status_code == 405


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", JSON),
        ("*/*", JSON),
        (MODERN, MODERN),
        (JSON, JSON),
        (f"{MODERN}, {JSON};q=0.9", MODERN),
        (f"{MODERN};q=0.1, {JSON}", JSON),
        ("application/*", JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        ("application/json;q=x", None),
    ],
)
async def test_accept(header: str, found: str | None) -> None:
    assert accepts(header, (MODERN, JSON)) == found
