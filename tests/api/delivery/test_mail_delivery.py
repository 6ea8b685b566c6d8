"""By mail: taken, refused, away, and to nobody who has not said that they read it. All of it on 127.0.0.1."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from api.delivery.deliverer import Deliverer
from api.delivery.mail_addresses import Encryption
from api.delivery.mailing import Mailing, MailServer
from graph.deliveries import EndpointKind
from graph.outbox import Notice, Topic, post
from tests.api.delivery.outside_world import receiving
from tests.api.delivery.posting import KEY, Post, posting
from tests.network import own

__all__ = ["posting"]  # the fixture, used here
pytestmark = pytest.mark.neo4j


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
        await work(Deliverer(posting.database, {EndpointKind.EMAIL: Mailing(server, KEY)}, lambda: posting.now))


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


async def test_a_mail_that_is_never_taken_ends_and_keeps_nobody_waiting_for_ever(posting: Post) -> None:
    """Refused after it was looked at: that is about this mail, and is counted."""
    box = Box()
    box.handle_DATA = refusing_once  # type: ignore[method-assign]  # the first mail alone is refused
    endpoint = await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    await posting.notices(2)

    async def work(deliverer: Deliverer) -> None:
        await deliverer.once()
        posting.now += timedelta(seconds=2)
        await deliverer.once()

    await with_mail(posting, box, work)
    letters = await posting.letters(endpoint)
    assert sorted(letter.attempts for letter in letters) == [1, 1]
    assert {letter.problem for letter in letters} == {None, "the mail was refused for good (status 554)"}


refused: list[Any] = []


async def refusing_once(_server: Any, _session: Any, envelope: Any) -> str:
    refused.append(envelope)
    return "554 no" if len(refused) == 1 else "250 taken"


async def test_an_address_nobody_confirmed_gets_its_code_and_nothing_else(posting: Post) -> None:
    endpoint = await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    await posting.database.write("MATCH (e:Endpoint {id: $id}) REMOVE e.confirmedAt", {"id": endpoint})
    await posting.notices(3)
    topic = Topic.ENDPOINT_CONFIRMATION
    brings = Notice(own(), topic, endpoint, endpoint, f"{topic}|{endpoint}", posting.now)
    await posting.database.transact(lambda statements: post(statements, [brings]))
    box = Box()
    await with_mail(posting, box, lambda deliverer: deliverer.once())
    [envelope] = box.taken
    assert f"https://b.example.org/confirm-address/{KEY.code(endpoint)}" in envelope.content.decode()
    await posting.database.write("MATCH (e:Endpoint {id: $id}) SET e.confirmedAt = 1", {"id": endpoint})
    await posting.notices()
    await with_mail(posting, box, lambda deliverer: deliverer.once())
    assert len(box.taken) == 2
    assert KEY.code(endpoint) not in box.taken[1].content.decode()


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
