"""Subscriptions as clients see them: a served application, a real SSE client and a real websocket client."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.execute import Executor
from api.graphql_http import GraphQLEndpoint
from api.live import websocket
from api.live.websocket import GraphQLSocket
from graph.database import Database
from tests.api.conftest import Served
from tests.network import NOW, Network, key
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

REFERRAL = "subscription R($id: ID!) { change: referralChanged(id: $id) { object topic at version __typename } }"
WORKLIST = "subscription { worklistChanged { object topic version } }"
PROTOCOL = Subprotocol("graphql-transport-ws")


@dataclass
class Running:
    """The application on a port of this machine."""

    executor: Executor
    port: int

    @asynccontextmanager
    async def sse(self, token: str | None, query: str, **variables: Any) -> AsyncIterator["Events"]:
        headers = {"accept": "text/event-stream"} | ({"authorization": f"Bearer {token}"} if token else {})
        async with (
            httpx.AsyncClient(trust_env=False, timeout=20) as client,
            client.stream(
                "POST",
                f"http://127.0.0.1:{self.port}/graphql",
                json={"query": query, "variables": variables},
                headers=headers,
            ) as response,
        ):
            yield Events(response)

    def ws(self, **given: Any) -> connect:
        given = {"subprotocols": [PROTOCOL], "proxy": None} | given
        return connect(f"ws://127.0.0.1:{self.port}/graphql", **given)


class Events:
    """What a stream of events says."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.lines = response, response.aiter_lines()

    async def comment(self) -> None:
        async for line in self.lines:
            if line.startswith(":"):
                return

    async def next(self) -> tuple[str, Any]:
        """The next event's name and data, with nothing of comments."""
        name, data = "", ""
        async for line in self.lines:
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
            elif not line and name:
                return name, orjson.loads(data) if data else None
        return "end", None


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Running]:
    executor = Executor(database, SHIPPED_POLICIES, lambda: NOW)
    application = Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(executor)),
            WebSocketRoute("/graphql", GraphQLSocket(executor).serve),
        ]
    )
    config = uvicorn.Config(
        application,
        http="httptools",
        ws="websockets-sansio",
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server._serve(sockets=[listening]))  # noqa: SLF001 - serve() would take the signals
        while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
            await asyncio.sleep(0.01)
        yield Running(executor, listening.getsockname()[1])
        executor.live.close()
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
async def running(database: Database, served: Served) -> AsyncIterator[Running]:
    del served
    async with serving(database) as found:
        yield found


async def say(client: ClientConnection, **message: Any) -> None:
    await client.send(orjson.dumps(message).decode())


async def hear(client: ClientConnection) -> Any:
    async with asyncio.timeout(10):
        return orjson.loads(await client.recv())


async def admitted(client: ClientConnection, token: str) -> None:
    await say(client, type="connection_init", payload={"Authorization": f"Bearer {token}"})
    assert await hear(client) == {"type": "connection_ack"}


async def closed_with(client: ClientConnection) -> int:
    try:
        async with asyncio.timeout(10):
            while True:
                await client.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


async def test_sse_tells_both_sides_of_a_change(running: Running, served: Served) -> None:
    draft = await served.draft()
    async with running.sse(served.physician, REFERRAL, id=draft["id"]) as author:
        assert author.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        await author.comment()
        async with running.sse(served.therapist, WORKLIST) as recipient:
            await recipient.comment()
            sent = await served.moved(served.physician, "sendReferral", draft)
            name, said = await author.next()
            assert (name, said["data"]["change"]["object"]) == ("next", draft["id"])
            assert said["data"]["change"]["version"] == sent["version"]
            assert said["data"]["change"]["topic"] == "referral.changed"
            assert said["data"]["change"]["__typename"] == "Change"
            name, said = await recipient.next()
            assert said["data"]["worklistChanged"]["object"] == draft["id"]


async def test_a_change_is_told_within_a_second(running: Running, served: Served) -> None:
    """From its commit; the median of a few, since a machine has other things to do."""
    delays = []
    async with running.sse(served.therapist, WORKLIST) as recipient:
        await recipient.comment()
        for _ in range(5):
            draft = await served.draft()
            await served.moved(served.physician, "sendReferral", draft)
            committed = time.monotonic()
            await recipient.next()
            delays.append(time.monotonic() - committed)
    assert sorted(delays)[2] < 1.0, delays


async def test_sse_tells_nobody_else(running: Running, served: Served) -> None:
    async with running.sse(served.second, WORKLIST) as other, running.sse(served.officer, WORKLIST) as officer:
        await other.comment()
        await officer.comment()
        draft = await served.draft(served.therapists[0])
        await served.moved(served.physician, "sendReferral", draft)
        for stream in (other, officer):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.5):
                    await stream.next()


@pytest.mark.parametrize("who", ["second", "officer", "steward"])
async def test_what_is_not_ones_own_cannot_be_watched(running: Running, served: Served, who: str) -> None:
    draft = await served.draft(served.therapists[0])
    missing = "UmVmZXJyYWw6bm9uZQ"
    for opaque in (draft["id"], missing):
        async with running.sse(getattr(served, who), REFERRAL, id=opaque) as stream:
            assert stream.response.status_code == 400
            said = orjson.loads(await stream.response.aread())
            assert said["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("token", "query", "status"),
    [
        (None, WORKLIST, 401),
        ("bona_nobodys", WORKLIST, 401),
        ("physician", "subscription { worklistChanged { nothing } }", 400),
        ("physician", "subscription { a: worklistChanged { at } b: worklistChanged { at } }", 400),
        ("physician", "subscription { worklistChanged { " + " ".join(f"a{n}: at" for n in range(60)) + " } }", 400),
        ("physician", "nonsense", 400),
    ],
)
async def test_sse_refuses_before_it_begins(
    running: Running, served: Served, token: str | None, query: str, status: int
) -> None:
    async with running.sse(getattr(served, token or "", token), query) as stream:
        assert stream.response.status_code == status
        assert "errors" in orjson.loads(await stream.response.aread())


async def test_sse_answers_a_query_as_a_stream_of_one(running: Running, served: Served) -> None:
    async with running.sse(served.physician, "{ viewer { role } }") as stream:
        assert await stream.next() == ("next", {"data": {"viewer": {"role": "PHYSICIAN"}}})
        assert await stream.next() == ("complete", None)


async def test_a_subscription_is_not_answered_otherwise(served: Served) -> None:
    result = await served.ask(served.physician, WORKLIST)
    assert "event-stream" in result["errors"][0]["message"]


async def test_a_revoked_token_ends_the_stream(running: Running, served: Served, database: Database) -> None:
    network = Network(database)
    token = f"bona_{key()}"
    token_hash = await network.account("physician", served.doctor.id, token)
    draft = await served.draft()
    async with running.sse(token, REFERRAL, id=draft["id"]) as stream:
        await stream.comment()
        await database.write("MATCH (a:Account {tokenHash: $hash}) SET a.active = false", {"hash": token_hash})
        await served.moved(served.physician, "sendReferral", draft)
        name, said = await stream.next()
        assert (name, said["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await stream.next() == ("complete", None)


async def test_ws_tells_and_completes(running: Running, served: Served) -> None:
    draft = await served.draft()
    async with running.ws() as client:
        assert client.subprotocol == "graphql-transport-ws"
        await say(client, type="ping", payload={"a": 1})
        assert await hear(client) == {"type": "pong", "payload": {"a": 1}}
        await admitted(client, served.physician)
        await say(client, id="1", type="subscribe", payload={"query": REFERRAL, "variables": {"id": draft["id"]}})
        await say(client, id="2", type="subscribe", payload={"query": "{ viewer { role } }"})
        assert await hear(client) == {"id": "2", "type": "next", "payload": {"data": {"viewer": {"role": "PHYSICIAN"}}}}
        assert await hear(client) == {"id": "2", "type": "complete"}
        sent = await served.moved(served.physician, "sendReferral", draft)
        said = await hear(client)
        assert (said["id"], said["type"]) == ("1", "next")
        assert said["payload"]["data"]["change"]["version"] == sent["version"]
        await say(client, id="1", type="complete")
        await served.moved(served.therapist, "openReferral", sent)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await client.recv()
        await say(client, id="1", type="subscribe", payload={"query": "{ nothing }"})
        said = await hear(client)
        assert (said["id"], said["type"]) == ("1", "error")
        assert said["payload"][0]["message"]


async def test_ws_close_codes(running: Running, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {served.physician}"}}
    watch = {"id": "1", "type": "subscribe", "payload": {"query": WORKLIST}}
    cases: list[tuple[list[Any], int]] = [
        ([watch], 4401),
        ([init, init], 4429),
        ([init, watch, watch], 4409),
        ([{"type": "nonsense"}], 4400),
        ([["array"]], 4400),
        ([{"no": "type"}], 4400),
        ([init, {"id": "1", "type": "subscribe", "payload": {}}], 4400),
        ([init, {"id": 1, "type": "subscribe", "payload": {"query": WORKLIST}}], 4400),
        ([{"type": "connection_init"}], 4403),
        ([{"type": "connection_init", "payload": {"Authorization": "Bearer bona_nobodys"}}], 4403),
        ([init, *({**watch, "id": str(number)} for number in range(21))], 4400),
    ]
    for messages, code in cases:
        async with running.ws() as client:
            for message in messages:
                await client.send(orjson.dumps(message).decode())
            assert await closed_with(client) == code, messages
    async with running.ws() as client:
        await client.send(b"\x00")
        assert await closed_with(client) == 4400
    async with running.ws(subprotocols=[Subprotocol("graphql-ws")]) as client:
        assert await closed_with(client) == 4406
    monkeypatch.setattr(websocket, "ADMITTED_WITHIN", 0.1)
    async with running.ws() as client:
        assert await closed_with(client) == 4408


async def test_ws_of_another_origin_is_refused(running: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with running.ws(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with running.ws(origin=f"http://127.0.0.1:{running.port}") as client:
        assert client.subprotocol


async def test_ws_of_a_revoked_token_is_closed(running: Running, served: Served, database: Database) -> None:
    token = f"bona_{key()}"
    token_hash = await Network(database).account("physician", served.doctor.id, token)
    async with running.ws() as client:
        await admitted(client, token)
        await say(client, id="1", type="subscribe", payload={"query": WORKLIST})
        await asyncio.sleep(0.5)
        await database.write("MATCH (a:Account {tokenHash: $hash}) SET a.active = false", {"hash": token_hash})
        await served.draft()
        assert await closed_with(client) == 4403


async def test_a_change_by_another_process_is_told(running: Running, served: Served, database: Database) -> None:
    """Another executor over the same graph stands for another process: they share nothing else."""
    assert served.executor is not running.executor
    async with serving(database) as second:
        draft = await served.draft()
        async with second.sse(served.physician, REFERRAL, id=draft["id"]) as one:
            await one.comment()
            async with running.sse(served.physician, REFERRAL, id=draft["id"]) as other:
                await other.comment()
                await served.moved(served.physician, "sendReferral", draft)
                assert (await one.next())[0] == (await other.next())[0] == "next"


async def test_stopping_ends_streams_at_once(served: Served, database: Database) -> None:
    async with serving(database) as found:
        stream = found.sse(served.physician, WORKLIST)
        events = await stream.__aenter__()
        await events.comment()
        client = await found.ws()
        await admitted(client, served.physician)
        await say(client, id="1", type="subscribe", payload={"query": WORKLIST})
        await asyncio.sleep(0.3)
        began = time.monotonic()
        ending = (asyncio.create_task(events.next()), asyncio.create_task(closed_with(client)))
    assert time.monotonic() - began < 2.0
    assert await ending[0] == ("complete", None)
    assert await ending[1] == 1012
    await stream.__aexit__(None, None, None)
