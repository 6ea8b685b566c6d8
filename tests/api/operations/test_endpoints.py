"""Where an account is told: its own webhooks and address, made, changed and taken away by itself alone."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.confirming import confirming_routes
from api.delivery.codes import LASTS, MOST_AN_HOUR, MOST_WRONG
from api.delivery.mailing import MailServer
from api.delivery.outside import Outside
from api.delivery.signatures import SigningKey
from api.execute import Executor, Request
from graph.database import Database
from graph.ids import plain_id
from tests.api.conftest import Served
from tests.network import NOW, Network, key
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

KEY = SigningKey(b"k" * 32)
ENDPOINT = "endpoint { id kind address disabledAt formerSecretUntil }"
URL = "https://hooks.example.org/bonafide"


class Asking:
    """Somebody with an account of their own, who asks an executor that reaches the outside."""

    def __init__(self, executor: Executor, token: str) -> None:
        self.executor, self.token = executor, token

    async def change(self, name: str, shape: str = ENDPOINT, **said: Any) -> Any:
        kind = name[0].upper() + name[1:] + "Input"
        query = f"mutation M($i: {kind}!) {{ done: {name}(input: $i) {{ problems {{ code path }} {shape} }} }}"
        answer = await self.executor.run(Request(query, {"i": {"idempotencyKey": key(), **said}}, None, self.token))
        assert "errors" not in answer.result, answer.result
        return answer.result["data"]["done"]

    async def endpoints(self) -> Any:
        query = "{ viewer { endpoints { id kind address } } }"
        return (await self.executor.run(Request(query, {}, None, self.token))).result["data"]["viewer"]["endpoints"]


@pytest.fixture
async def asking(database: Database, served: Served) -> Asking:
    del served  # the network it makes
    network = Network(database)
    doctor, token = await network.person("Physician"), f"bona_{key()}"
    await network.account("physician", doctor.id, token)
    mail = MailServer("127.0.0.1", 25, "no-reply@example.org")
    return Asking(Executor(database, SHIPPED_POLICIES, lambda: NOW, outside=Outside(KEY, mail)), token)


async def test_a_webhooks_life(asking: Asking) -> None:
    added = await asking.change("addWebhook", f"secret {ENDPOINT}", url=URL)
    assert added["problems"] == []
    assert added["endpoint"]["address"] == URL
    own = (plain_id(added["endpoint"]["id"]) or ("", ""))[1]
    assert added["secret"] == KEY.secret(own, 1)
    webhook = added["endpoint"]["id"]
    rotated = await asking.change("rotateWebhookSecret", f"secret {ENDPOINT}", webhook=webhook)
    assert rotated["secret"] == KEY.secret(own, 2)
    assert rotated["endpoint"]["formerSecretUntil"] == "2026-11-26T18:00:00.000Z"
    tested = await asking.change("testWebhook", webhook=webhook)
    assert tested["problems"] == []
    assert [each["id"] for each in await asking.endpoints()] == [webhook]
    removed = await asking.change("removeWebhook", webhook=webhook)
    assert removed["problems"] == []
    assert removed["endpoint"]["address"] is None
    assert await asking.endpoints() == []
    again = await asking.change("removeWebhook", webhook=webhook)
    assert again["problems"] == [{"code": "NOT_FOUND", "path": ["webhook"]}]


async def test_an_answer_that_was_lost_holds_the_secret_again(asking: Asking) -> None:
    said = {"idempotencyKey": key(), "url": URL}
    first = await asking.change("addWebhook", f"secret {ENDPOINT}", **said)
    assert await asking.change("addWebhook", f"secret {ENDPOINT}", **said) == first
    other = await asking.change("addWebhook", f"secret {ENDPOINT}", **{**said, "url": URL + "2"})
    assert other["problems"][0]["code"] == "IDEMPOTENCY_CONFLICT"
    assert other["secret"] is None
    rotate = {"idempotencyKey": key(), "webhook": first["endpoint"]["id"]}
    second = await asking.change("rotateWebhookSecret", "secret", **rotate)
    assert await asking.change("rotateWebhookSecret", "secret", **rotate) == second
    assert len(await asking.endpoints()) == 1


async def test_what_is_refused_changes_nothing(asking: Asking) -> None:
    for url in (
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "http://127.0.0.1:8000/",
        "https://h.example.org:22/",
    ):
        done = await asking.change("addWebhook", f"secret {ENDPOINT}", url=url)
        assert done == {"problems": [{"code": "BAD_INPUT", "path": ["url"]}], "endpoint": None, "secret": None}
    done = await asking.change("setNotificationEmail", address="a@example.org\r\nBcc: b@example.org")
    assert done["problems"] == [{"code": "BAD_INPUT", "path": ["address"]}]
    assert await asking.endpoints() == []


async def test_at_most_ten(asking: Asking) -> None:
    for _ in range(10):
        assert (await asking.change("addWebhook", url=URL))["problems"] == []
    assert (await asking.change("addWebhook", url=URL))["problems"][0]["code"] == "TOO_MANY"
    assert len(await asking.endpoints()) == 10


async def test_one_address_at_a_time(asking: Asking) -> None:
    await asking.change("setNotificationEmail", address="a@example.org")
    done = await asking.change("setNotificationEmail", address="b@example.org")
    assert done["endpoint"]["address"] == "b@example.org"
    assert [each["address"] for each in await asking.endpoints()] == ["b@example.org"]
    done = await asking.change("setNotificationEmail", address=None)
    assert done["problems"] == []
    assert done["endpoint"]["address"] is None
    assert await asking.endpoints() == []


async def mailed(database: Database, opaque: str) -> tuple[str, list[list[Any]]]:
    """The code that the mail to this endpoint holds, and what waits to be sent to it alone."""
    own_id = (plain_id(opaque) or ("", ""))[1]
    rows = await database.read("MATCH (o:Outbox {recipient: $id}) RETURN o.topic, o.object", {"id": own_id})
    assert rows == [["endpoint.confirmation", own_id]] * len(rows)
    return KEY.code(own_id), rows


CONFIRMED = "endpoint { id address confirmedAt }"


async def test_an_address_is_confirmed_by_its_code(asking: Asking, database: Database) -> None:
    first = (await asking.change("setNotificationEmail", CONFIRMED, address="a@example.org"))["endpoint"]
    assert first["confirmedAt"] is None
    code, waiting = await mailed(database, first["id"])
    assert len(waiting) == 1
    stored = await database.read("MATCH (e:Endpoint {id: $id}) RETURN e {.*}", {"id": waiting[0][1]})
    assert code not in str(stored), "a code is kept as its hash alone"
    said = {"idempotencyKey": key(), "code": f" {code[:13].upper()}-{code[13:]} "}
    done = await asking.change("confirmAddress", CONFIRMED, **said)
    assert done["endpoint"] == {**first, "confirmedAt": "2026-11-25T18:00:00.000Z"}
    assert await asking.change("confirmAddress", CONFIRMED, **said) == done
    again = await asking.change("confirmAddress", CONFIRMED, code=code)
    assert again == {"problems": [{"code": "CODE_NOT_GOOD", "path": ["code"]}], "endpoint": None}


async def test_the_former_address_stays_until_the_new_one_is_confirmed(asking: Asking, database: Database) -> None:
    first = (await asking.change("setNotificationEmail", address="a@example.org"))["endpoint"]["id"]
    await asking.change("confirmAddress", code=(await mailed(database, first))[0])
    waiting = {"first": (plain_id(first) or ("", ""))[1], "key": key()}
    await database.write(
        """
        MATCH (e:Endpoint {id: $first})
        CREATE (o:Outbox {dedupe: $key, id: $key, topic: 'referral.sent', object: 'o', at: 1})
        CREATE (d:Delivery {key: $key, endpoint: e.id, attempts: 0, nextAt: 1, at: 1})-[:OF]->(o)
        CREATE (d)-[:TO]->(e)
        """,
        waiting,
    )
    second = (await asking.change("setNotificationEmail", address="b@example.org"))["endpoint"]["id"]
    assert sorted(each["address"] for each in await asking.endpoints()) == ["a@example.org", "b@example.org"]
    await asking.change("confirmAddress", code=(await mailed(database, second))[0])
    assert [each["address"] for each in await asking.endpoints()] == ["b@example.org"]
    rows = await database.read("MATCH (d:Delivery {key: $key})-[:TO]->(e) RETURN d.endpoint = e.id, e.address", waiting)
    assert rows == [[True, "b@example.org"]], "what waited for the former goes to the new one"
    again = await asking.change("setNotificationEmail", CONFIRMED, address="b@example.org")
    assert again["endpoint"]["confirmedAt"] is not None
    assert (await mailed(database, again["endpoint"]["id"]))[1] == [], "who confirmed it once need not again"
    await database.write("MATCH (n {dedupe: $key}) DETACH DELETE n", waiting)
    await database.write("MATCH (n:Delivery {key: $key}) DETACH DELETE n", waiting)


async def test_a_code_is_good_for_a_while_and_not_for_anybody(
    asking: Asking, served: Served, database: Database
) -> None:
    endpoint = (await asking.change("setNotificationEmail", address="a@example.org"))["endpoint"]["id"]
    code, _ = await mailed(database, endpoint)
    other = Asking(asking.executor, served.steward)
    assert (await other.change("confirmAddress", code=code))["problems"][0]["code"] == "CODE_NOT_GOOD"
    outside = Outside(KEY, MailServer("127.0.0.1", 25, "no-reply@example.org"))
    late = Asking(Executor(database, SHIPPED_POLICIES, lambda: NOW + LASTS, outside=outside), asking.token)
    assert (await late.change("confirmAddress", code=code))["problems"][0]["code"] == "CODE_NOT_GOOD"
    for _ in range(MOST_WRONG - 1):
        wrong = await asking.change("confirmAddress", code="a" * 26)
        assert wrong["problems"] == [{"code": "CODE_NOT_GOOD", "path": ["code"]}]
    assert (await asking.change("confirmAddress", code=code))["problems"][0]["code"] == "CODE_NOT_GOOD"


async def test_nobodys_mailbox_is_filled(asking: Asking) -> None:
    for _ in range(MOST_AN_HOUR):
        assert (await asking.change("setNotificationEmail", address="a@example.org"))["problems"] == []
    assert (await asking.change("setNotificationEmail", address="b@example.org"))["problems"][0]["code"] == "TOO_MANY"
    assert (await asking.change("setNotificationEmail", address=None))["problems"] == []


async def test_the_link_asks_before_it_confirms(asking: Asking, database: Database) -> None:
    """Mail is opened by programs: a GET changes nothing, the button does, and once."""
    endpoint = (await asking.change("setNotificationEmail", CONFIRMED, address="a@example.org"))["endpoint"]["id"]
    path = f"/confirm-address/{(await mailed(database, endpoint))[0]}"
    app = Starlette(routes=confirming_routes(database, lambda: NOW))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bonafide") as client:
        for _ in range(3):
            shown = await client.get(path)
            assert (shown.status_code, '<form method="post">' in shown.text) == (200, True)
        assert shown.text == (await client.get("/confirm-address/nothing")).text
        own_id = (plain_id(endpoint) or ("", ""))[1]
        count = "MATCH (e:Endpoint {id: $id}) RETURN e.confirmedAt IS NOT NULL"
        assert await database.read(count, {"id": own_id}) == [[False]]
        assert (await client.post(path)).status_code == 200
        assert await database.read(count, {"id": own_id}) == [[True]]
        answers = {(await client.post(each)).status_code for each in (path, "/confirm-address/nothing") * 4}
        assert answers == {404}
        assert (await client.post(path)).status_code == 404
        assert (await client.post(path)).status_code == 429


async def test_nobody_elses(asking: Asking, served: Served) -> None:
    webhook = (await asking.change("addWebhook", url=URL))["endpoint"]["id"]
    for token in (served.physician, served.steward):
        other = Asking(asking.executor, token)
        for name in ("removeWebhook", "testWebhook", "rotateWebhookSecret"):
            done = await other.change(name, webhook=webhook)
            assert done["problems"][0]["code"] == "NOT_FOUND"
        assert webhook not in [each["id"] for each in await other.endpoints()]
    assert len(await asking.endpoints()) == 1


async def test_without_a_way_out(asking: Asking, database: Database) -> None:
    nowhere = Asking(Executor(database, SHIPPED_POLICIES, lambda: NOW), asking.token)
    assert (await nowhere.change("addWebhook", url=URL))["problems"][0]["code"] == "NOT_CONFIGURED"
    done = await nowhere.change("setNotificationEmail", address="a@example.org")
    assert done["problems"][0]["code"] == "NOT_CONFIGURED"


async def test_dead_letters_are_the_stewards(served: Served, database: Database) -> None:
    own_key = f"test|{key()}"
    await database.write(
        """
        CREATE (d:Delivery {key: $key, endpoint: $key, attempts: 16, problem: 'answered 500', deadAt: 1, at: 1})
        CREATE (d)-[:OF]->(:Outbox {dedupe: $key, id: $key, topic: 'referral.recalled', object: 'o', at: 1})
        CREATE (d)-[:TO]->(:Endpoint {id: $key, kind: 'WEBHOOK'})
        """,
        {"key": own_key},
    )
    query = "{ deadLetters(first: 100) { totalCount edges { node { id topic kind attempts problem deadAt } } } }"
    found = (await served.data(served.steward, query))["deadLetters"]["edges"]
    ids = [plain_id(edge["node"]["id"]) for edge in found]
    assert ("DeadLetter", own_key) in ids
    for token in (served.physician, served.therapist, served.officer):
        assert (await served.data(token, query))["deadLetters"]["totalCount"] == 0
    await database.write("MATCH (n {key: $key}) DETACH DELETE n", {"key": own_key})
