"""The public look-up tells of exactly one credential to whoever can name it, and nothing to anybody else."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.lookups import BURST, lookup_routes
from graph.database import Database, count_statements
from graph.outbox import Topic
from tests.network import NOW, Network, Person
from tests.world import World, make_world
from verification.names import fold

pytestmark = pytest.mark.neo4j
JSON = {"accept": "application/json"}
_KEYS = {"name", "kind", "kindName", "number", "jurisdiction", "body", "bodyName", "status", "since", "expires",
         "confirmedOn", "discipline", "asOf"}  # fmt: skip


@pytest.fixture
async def world(database: Database) -> World:
    return await make_world(database)


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=lookup_routes(database, lambda: NOW))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bonafide") as opened:
        yield opened


async def named(world: World) -> dict[str, str]:
    """The therapist's licence, as printed."""
    ((number, family),) = await world.database.read(
        "MATCH (n:Practitioner)-[:HOLDS]->(c:Credential {id: $id}) RETURN c.number, n.familyName",
        {"id": world.therapist.credentials["LMFT"]},
    )
    return {"body": "CA-BBS", "kind": "LMFT", "number": number, "familyName": family}


async def told(world: World) -> int:
    ((count,),) = await world.database.read(
        "MATCH (o:Outbox {topic: $topic, object: $id, recipient: $holder}) RETURN count(o)",
        {
            "topic": Topic.CREDENTIAL_LOOKED_UP.value,
            "id": world.therapist.credentials["LMFT"],
            "holder": world.therapist.id,
        },
    )
    return int(count)


async def test_whoever_names_it_is_told_its_status_and_its_holder_that_somebody_did(
    world: World, client: httpx.AsyncClient
) -> None:
    asked = await named(world)
    with count_statements() as counted:
        answer = await client.get("/check", params=asked, headers=JSON)
    assert counted.count == 2, "one to look it up, and one afterwards to tell its holder"
    found = answer.json()["credential"]
    assert answer.status_code == 200
    assert set(found) == _KEYS
    assert (found["status"], found["since"], found["name"]) == ("ACTIVE", "2025-01-01", world.therapist.name)
    assert (found["body"], found["confirmedOn"], found["discipline"]) == ("CA-BBS", "2026-11-24", [])
    assert await told(world) == 1
    await client.get("/check", params=asked, headers=JSON)
    assert await told(world) == 1, "once a day"


@pytest.mark.parametrize(
    "other",
    [
        {"body": "AASECT"},
        {"body": "NONE"},
        {"kind": "LCSW"},
        {"number": "0"},
        {"number": ""},
        {"familyName": "Else"},
        {"familyName": ""},
        {"familyName": "%"},
        {"jurisdiction": "TX"},
        {"number": "*"},
    ],
)
async def test_anything_else_gets_one_and_the_same_answer(
    world: World, client: httpx.AsyncClient, other: dict[str, str]
) -> None:
    asked = {**await named(world), **other}
    answer = await client.get("/check", params=asked, headers=JSON)
    nothing = await client.get("/check", params={"body": "x"}, headers=JSON)
    assert answer.status_code == nothing.status_code == 404
    assert answer.content == nothing.content
    assert await told(world) == 0


async def test_spelling_that_means_the_same_name_is_the_same_name(world: World, client: httpx.AsyncClient) -> None:
    asked = await named(world)
    asked["familyName"] = f"  {fold(asked['familyName']).lower()} "
    asked["body"], asked["kind"] = "ca-bbs", "lmft"
    assert (await client.get("/check", params=asked, headers=JSON)).status_code == 200


async def test_public_actions_are_told_and_files_are_not(world: World, client: httpx.AsyncClient) -> None:
    asked = await named(world)
    await world.database.write(
        """
        MATCH (c:Credential {id: $id})<-[:ABOUT]-(o:Observation)
        SET o.disciplineType = 'probation', o.disciplineDate = '2025-02-01', o.disciplineLiftedDate = '2026-02-01',
          o.note = 'Canaryfile'
        """,
        {"id": world.therapist.credentials["LMFT"]},
    )
    answer = await client.get("/check", params=asked, headers=JSON)
    assert answer.json()["credential"]["discipline"] == [
        {"action": "probation", "from": "2025-02-01", "lifted": "2026-02-01"}
    ]
    page = await client.get("/check", params=asked)
    assert "probation, from Feb 1, 2025, lifted on Feb 1, 2026" in page.text
    assert "Canaryfile" not in answer.text + page.text


class _Page(HTMLParser):
    """What a page loads, and whether its labels have fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


async def test_the_page_needs_no_script_and_every_field_has_its_label(world: World, client: httpx.AsyncClient) -> None:
    for asked, status in ((await named(world), 200), ({"body": "<b>"}, 404), ({}, 200)):
        answer = await client.get("/check", params=asked, headers={"accept": "text/html"})
        assert answer.status_code == status
        tags = _Page(answer.text).tags
        names = {tag for tag, _ in tags}
        assert not names & {"script", "style", "img", "iframe", "b"}
        assert all("style" not in attrs and not any(name.startswith("on") for name in attrs) for _, attrs in tags)
        fields = {attrs["id"] for tag, attrs in tags if tag in {"input", "select"}}
        assert fields == {attrs["for"] for tag, attrs in tags if tag == "label"}
        assert {"h1", "main", "title"} <= names
        for name, value in {
            "cache-control": "no-store",
            "x-robots-tag": "noindex, nofollow",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "vary": "accept",
        }.items():
            assert answer.headers[name] == value
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    styles = await client.get("/pages/house.css")
    assert styles.status_code == 200
    assert "url(" not in styles.text


async def test_whoever_asks_too_often_waits(world: World, database: Database) -> None:
    app = Starlette(routes=lookup_routes(database, lambda: NOW))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bonafide") as client:
        answers = [
            await client.get("/check", params={"body": "x"}, headers={**JSON, "x-forwarded-for": f"192.0.2.{n}"})
            for n in range(BURST + 1)
        ]
        assert [answer.status_code for answer in answers] == [404] * BURST + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        page = await client.get("/check", params=await named(world))
        assert page.status_code == 429
        assert "Too many questions" in page.text


async def test_looking_with_head_tells_nobody(world: World, client: httpx.AsyncClient) -> None:
    assert (await client.head("/check", params=await named(world))).status_code == 200
    assert await told(world) == 0


async def test_a_licence_that_ran_out_is_shown_as_it_is_now(database: Database, client: httpx.AsyncClient) -> None:
    network = await Network(database).prepare()
    holder: Person = await network.person("Therapist")
    credential = await network.credential(holder, "LMFT", "CA-BBS", "CA")
    ((number, family),) = await database.write(
        """
        MATCH (n)-[:HOLDS]->(c:Credential {id: $id}) SET c.statusUntil = $ended, c.statusAfter = 'LAPSED'
        RETURN c.number, n.familyName
        """,
        {"id": credential, "ended": round(NOW.timestamp() * 1000)},
    )
    asked = {"body": "CA-BBS", "kind": "LMFT", "number": number, "familyName": family}
    found = (await client.get("/check", params=asked, headers=JSON)).json()["credential"]
    assert (found["status"], found["since"]) == ("LAPSED", "2026-11-25")
