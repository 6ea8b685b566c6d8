"""One practitioner with endpoints and a clock that is moved by hand, for tests of delivery."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from api.delivery.deliverer import Deliverer
from api.delivery.signatures import SigningKey
from api.delivery.webhooks import Webhooks
from graph.database import Database
from graph.dead_letters import Letter, read_letter
from graph.deliveries import EndpointKind, message_id
from graph.outbox import Notice, Topic, post
from tests.network import Network, key, own

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
                "endpoint": {
                    "id": endpoint,
                    "kind": kind.value,
                    "address": address,
                    "createdAt": 0,
                    "secretNumber": 1,
                    "confirmedAt": 0,
                },
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
