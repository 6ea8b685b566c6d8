"""Stand-ins for the outside world: a network that records and sends nothing, and a receiver on this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpcore

from graph.deliveries import Claim, EndpointKind, Waiting

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


class RecordingBackend(httpcore.AsyncNetworkBackend):
    """Answers every connection from memory and remembers what would have been dialled."""

    def __init__(self, answer: bytes = OK) -> None:
        self.dialled: list[tuple[str, int]] = []
        self._answer = answer

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the signature is httpcore's
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append((host, port))
        return httpcore.AsyncMockStream([self._answer])


@dataclass(slots=True)
class Received:
    """One request as it came in."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """A web server on 127.0.0.1 that takes whatever comes; `answer` says what it answers."""

    port: int = 0
    answer: Callable[[], bytes] = lambda: OK
    pause: float = 0.0
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.received]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
                if name
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(Received(headers, body))
            await asyncio.sleep(self.pause)
            writer.write(self.answer())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving(**given: Any) -> AsyncIterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver(**given)
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


def claim(address: str, **given: Any) -> Claim:
    """An endpoint that is ours."""
    values: dict[str, Any] = {
        "endpoint": "e1", "kind": EndpointKind.WEBHOOK, "address": address, "fence": 1, "failures": 0,
        "failing_since": None, "secret_number": 1, "overlap_until": None, "waiting": (),
    }  # fmt: skip
    return Claim(**(values | given))


NOTICE = Waiting(
    key="k", attempts=0, message="msg_1", topic="referral.recalled", object="UmVmZXJyYWw6MQ",
    at=datetime(2026, 11, 25, 18, 0, tzinfo=UTC),
)  # fmt: skip
