"""At least once: a dead, slow or killed side loses nothing and holds up nobody. All of it on 127.0.0.1."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from api.delivery import webhooks
from api.delivery.deliverer import Deliverer
from api.delivery.mail_addresses import Encryption
from api.delivery.mailing import Mailing, MailServer
from api.delivery.signatures import SigningKey
from api.delivery.webhooks import Webhooks
from graph.database import Database, ServerAddress
from graph.dead_letters import Letter, Which, list_letters, read_letter, read_outbox, retry
from graph.deliveries import EndpointKind, claim, message_id
from graph.outbox import STEWARDS, Notice, Topic, post
from tests.api.delivery.outside_world import OK, receiving
from tests.network import Network, key, own

pytestmark = pytest.mark.neo4j

KEY = SigningKey(b"k" * 32)
START = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
REFUSING = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"


@dataclass
class Post:
    """One practitioner with endpoints, and a clock that is moved by hand."""

    database: Database
    recipient: str
    account: str
    now: datetime

    async def endpoint(self, address: str, kind: EndpointKind = EndpointKind.WEBHOOK) -> str:
        endpoint = own()
        await self.database.write(
            "MATCH (a:Account {tokenHash: $account}) CREATE (a)<-[:OF]-(e:Endpoint) SET e = $endpoint",
            {
                "account": self.account,
                "endpoint": {"id": endpoint, "kind": kind.value, "address": address, "createdAt": 0, "secretNumber": 1},
            },
        )
        return endpoint

    async def notices(self, count: int = 1) -> list[str]:
        """New notices for the practitioner; the ids receivers know them by."""
        notices = [
            Notice(own(), Topic.REFERRAL_RECALLED, own(), self.recipient, f"test|{key()}", self.now)
            for _ in range(count)
        ]

        async def work(statements: Any) -> None:
            await post(statements, notices)

        await self.database.transact(work)
        return [message_id(notice.dedupe) for notice in notices]

    def deliverer(self, **given: Any) -> Deliverer:
        channels = {EndpointKind.WEBHOOK: Webhooks(KEY, loopback=True)}
        return Deliverer(self.database, channels, lambda: self.now, **given)

    async def letters(self, endpoint: str) -> list[Letter]:
        keys = await self.database.read(
            "MATCH (d:Delivery {endpoint: $id}) RETURN d.key ORDER BY d.key", {"id": endpoint}
        )
        return [letter for (each,) in keys if (letter := await read_letter(self.database, each)) is not None]


@pytest.fixture
async def posting(database: Database) -> Post:
    # What other tests left in the queue is no matter of these.
    await database.write("MATCH (o:Outbox) REMOVE o.nextAt")
    await database.write("MATCH (e:Endpoint) REMOVE e.nextAt")
    network = Network(database)
    person = await network.person("Therapist")
    return Post(database, person.id, await network.account("therapist", person.id), START)


async def until(done: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - the other side is another process's, or a stream's
            await asyncio.sleep(0.02)


async def test_told_once(posting: Post) -> None:
    async with receiving() as receiver:
        await posting.endpoint(receiver.url)
        ids = await posting.notices(3)
        deliverer = posting.deliverer()
        await deliverer.once()
        assert await deliverer.once() == 0
    assert sorted(receiver.ids) == sorted(ids)
    assert deliverer.tally.delivered == 3


async def test_without_an_endpoint_a_notice_stays(posting: Post) -> None:
    [message] = await posting.notices()
    assert await posting.deliverer().once() == 0
    rows = await posting.database.read(
        "MATCH (o:Outbox) WHERE o.recipient = $id RETURN o.dedupe, o.nextAt, COUNT { (o)<-[:OF]-() }",
        {"id": posting.recipient},
    )
    assert [(message_id(dedupe), queued, made) for dedupe, queued, made in rows] == [(message, None, 0)]


async def test_a_dead_receiver_is_left_alone_longer_each_time_and_then_dead(posting: Post) -> None:
    async with receiving(answer=lambda: REFUSING) as receiver:
        endpoint = await posting.endpoint(receiver.url)
        await posting.notices()
        deliverer = posting.deliverer()
        tries = 0
        while not any(letter.dead_at for letter in await posting.letters(endpoint)) and tries < 100:
            before = len(receiver.received)
            await deliverer.once()
            tries += len(receiver.received) - before
            posting.now += timedelta(hours=2)
        letters = await posting.letters(endpoint)
        assert max(letter.attempts for letter in letters) == 16
        assert all(letter.problem == "answered 500" for letter in letters)
        dead = next(letter for letter in letters if letter.dead_at)
        assert dead.key in [each.key for each in await list_letters(posting.database, Which.DEAD, 10_000)]
        receiver.answer = lambda: OK
        receiver.received.clear()
        assert await retry(posting.database, dead.key, posting.now) == 1
        posting.now += timedelta(hours=12)
        await deliverer.once()
        assert dead.message in receiver.ids
        assert not any(letter.dead_at for letter in await posting.letters(endpoint))


async def test_given_up_after_days_and_the_stewards_are_told(posting: Post) -> None:
    async with receiving(answer=lambda: REFUSING) as receiver:
        endpoint = await posting.endpoint(receiver.url)
        await posting.notices(3)
        deliverer = posting.deliverer()
        await deliverer.once()
        posting.now += timedelta(days=5, seconds=1)
        await deliverer.once()
        tried = len(receiver.received)
        posting.now += timedelta(days=1)
        await posting.notices()
        await deliverer.once()
        assert len(receiver.received) == tried
    letters = await posting.letters(endpoint)
    assert len(letters) == 3
    assert all(letter.dead_at and letter.disabled_at for letter in letters)
    rows = await posting.database.read(
        "MATCH (o:Outbox {topic: $topic, object: $id}) RETURN o.recipient",
        {"topic": "endpoint.disabled", "id": endpoint},
    )
    assert rows == [[STEWARDS]]
    assert (await read_outbox(posting.database)).disabled_endpoints >= 1


async def test_one_that_wants_nothing_more_is_asked_no_more(posting: Post) -> None:
    async with receiving(answer=lambda: b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n") as receiver:
        endpoint = await posting.endpoint(receiver.url)
        await posting.notices(3)
        await posting.deliverer().once()
        assert len(receiver.received) == 1
    assert all(letter.disabled_at for letter in await posting.letters(endpoint))


async def test_a_slow_one_holds_up_nobody(posting: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WHOLE_TRY", 3.0)
    async with receiving(pause=60.0) as slow, receiving() as quick:
        await posting.endpoint(slow.url)
        await posting.endpoint(quick.url)
        ids = await posting.notices(30)
        stop = asyncio.Event()
        running = asyncio.create_task(posting.deliverer().run(stop))
        await until(lambda: len(quick.ids) == 30, 10.0)
        assert len(slow.received) == 1
        later = await posting.notices(1)
        await until(lambda: len(quick.ids) == 31, 5.0)
        stop.set()
        await running
    assert sorted(quick.ids) == sorted(ids + later)


async def test_two_at_once_starve_nobody_and_send_nothing_twice(posting: Post) -> None:
    async with receiving() as one, receiving() as two:
        await posting.endpoint(one.url)
        await posting.endpoint(two.url)
        ids = await posting.notices(60)
        stop = asyncio.Event()
        deliverers = [posting.deliverer(at_once=1) for _ in range(2)]
        running = [asyncio.create_task(each.run(stop)) for each in deliverers]
        await until(lambda: len(one.ids) >= 60 and len(two.ids) >= 60, 30.0)
        stop.set()
        await asyncio.gather(*running)
    assert sorted(one.ids) == sorted(ids) == sorted(two.ids)
    assert sum(each.tally.delivered for each in deliverers) == 120


async def test_whoever_lost_the_claim_writes_nothing(posting: Post) -> None:
    """A process that slept past its claim: another sends again, and the sleeper's word does not count."""
    async with receiving() as receiver:
        endpoint = await posting.endpoint(receiver.url)
        await posting.notices()
        sleeper = posting.deliverer(lasts=0.01)
        receiver.pause = 0.5
        sleeping = asyncio.create_task(sleeper.once())
        await until(lambda: len(receiver.ids) == 1)
        receiver.pause = 0.0
        receiver.answer = lambda: REFUSING
        await posting.deliverer().once()
        [letter] = await posting.letters(endpoint)
        assert letter.problem == "answered 500"
        receiver.answer = lambda: OK
        await sleeping
        [letter] = await posting.letters(endpoint)
        assert letter.delivered_at is None
        assert letter.attempts == 1
        posting.now += timedelta(minutes=1)
        await posting.deliverer().once()
        [letter] = await posting.letters(endpoint)
        assert letter.delivered_at is not None
    assert len(set(receiver.ids)) == 1


PROGRAM = """
import asyncio, os, signal, sys
from datetime import datetime
from api.delivery.deliverer import Deliverer
from api.delivery.signatures import SigningKey
from api.delivery.webhooks import Webhooks
from graph.database import Database, ServerAddress
from graph.deliveries import EndpointKind


class Killed(Webhooks):
    async def send(self, endpoint, notice):
        sent = await super().send(endpoint, notice)
        os.kill(os.getpid(), signal.SIGKILL)
        return sent


async def main():
    uri, user, password, now = sys.argv[1:5]
    database = await Database.open(ServerAddress(uri, user, password), clock_deadline=30)
    channels = {EndpointKind.WEBHOOK: Killed(SigningKey(b"k" * 32), loopback=True)}
    await Deliverer(database, channels, lambda: datetime.fromisoformat(now), lasts=1.0).once()


asyncio.run(main())
"""


async def test_killed_between_sending_and_marking(posting: Post, server_address: ServerAddress) -> None:
    async with receiving() as receiver:
        await posting.endpoint(receiver.url)
        [message] = await posting.notices()
        address = (server_address.uri, server_address.user, server_address.password, posting.now.isoformat())
        for _ in range(2):
            killed = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, *address, cwd=Path(__file__).parents[3], env={**os.environ}
            )
            assert await killed.wait() == -signal.SIGKILL
            await asyncio.sleep(1.1)
        deliverer = posting.deliverer()
        await deliverer.once()
        await deliverer.once()
    assert receiver.ids == [message] * 3
    assert deliverer.tally.delivered == 1


class Box:
    """What a mail server has taken."""

    def __init__(self, *answers: str) -> None:
        self.taken: list[Any] = []
        self.answers = list(answers)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 taken"


async def with_mail(posting: Post, box: Box, work: Callable[[Deliverer], Awaitable[object]]) -> None:
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        server = MailServer(
            "127.0.0.1", port, "no-reply@example.org", Encryption.NONE, public_url="https://b.example.org"
        )
        await work(Deliverer(posting.database, {EndpointKind.EMAIL: Mailing(server)}, lambda: posting.now))


async def test_by_mail(posting: Post) -> None:
    box = Box("450 later", "250 OK")
    endpoint = await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    [message] = await posting.notices()

    async def work(deliverer: Deliverer) -> None:
        await deliverer.once()
        [letter] = await posting.letters(endpoint)
        assert letter.problem == "the address was refused for now (status 450)"
        posting.now += timedelta(minutes=1)
        await deliverer.once()

    await with_mail(posting, box, work)
    [envelope] = box.taken
    assert envelope.rcpt_tos == ["robin@example.org"]
    text = envelope.content.decode()
    assert "Subject: You have a message in Bonafide\r\n" in text
    assert f"Message-ID: <{message}@" in text
    assert "https://b.example.org/open/" in text


async def test_a_mail_server_that_is_away_is_nobodys_fault(posting: Post) -> None:
    endpoint = await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    await posting.notices()
    async with receiving() as receiver:
        port = receiver.port
    away = Mailing(MailServer("127.0.0.1", port, "no-reply@example.org", Encryption.NONE))
    deliverer = Deliverer(posting.database, {EndpointKind.EMAIL: away}, lambda: posting.now)
    for _ in range(20):
        await deliverer.once()
        posting.now += timedelta(days=1)
    [letter] = await posting.letters(endpoint)
    assert letter.attempts == 0
    assert letter.dead_at is None
    assert letter.disabled_at is None
    box = Box()
    await with_mail(posting, box, lambda other: other.once())
    assert len(box.taken) == 1


async def test_what_a_process_does_not_know_waits(posting: Post) -> None:
    await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    await posting.notices()
    assert await posting.deliverer().once() == 0
    assert len(await claim(posting.database, posting.now, [EndpointKind.EMAIL], limit=5)) == 1
