"""Notices going out while the process that delivers them is killed again and again, seen from outside.

- The process is the real `bonafide serve`, ended by SIGKILL at moments of chance; the graph is on a server of its own.
- The receivers are strangers: webhooks are checked by the published Standard Webhooks library, mail arrives by SMTP.
  Some answer 500, some hang up, some say nothing, and some take what they were sent and never say so.
- What counts is what receivers have taken: every notice at every place at least once, and nothing that is not ours.
"""

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.clock import machine_now
from api.delivery.signatures import signing_key
from graph.database import Database, ServerAddress
from graph.deliveries import message_id
from graph.outbox import Notice, Topic, post
from tests.network import Network, key, own

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
REFUSED = b"HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOPICS = (Topic.REFERRAL_SENT, Topic.REFERRAL_DECLINED, Topic.REFERRAL_EXPIRED, Topic.CREDENTIAL_CHANGED)
PROGRAM = Path(sys.executable).parent / "bonafide"

_ENDPOINTS = """
MATCH (a:Account {tokenHash: $account})
UNWIND $endpoints AS row CREATE (a)<-[:OF]-(e:Endpoint) SET e = row
"""
_LEFT = """
RETURN COUNT { MATCH (o:Outbox) WHERE o.nextAt > 0 },
  COUNT { MATCH (d:Delivery) WHERE d.deliveredAt IS NULL AND d.deadAt IS NULL },
  COUNT { MATCH (d:Delivery) WHERE d.deadAt IS NOT NULL }
"""


@dataclass(slots=True)
class World:
    """The receivers, and what reached them: `taken` counts (place, message id) that were said to be taken."""

    chance: random.Random
    trouble: float
    secrets: dict[str, str] = field(default_factory=dict)
    expected: set[tuple[str, str]] = field(default_factory=set)
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    came: Counter[tuple[str, str]] = field(default_factory=Counter)
    order: dict[str, list[str]] = field(default_factory=dict)
    forged: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    killed: float | None = None
    ports: dict[str, int] = field(default_factory=dict)

    def arrived(self, place: str, message: str) -> None:
        """Something genuine has come, whatever is said to it."""
        if (place, message) not in self.expected:
            self.forged.append(f"unknown {message} at {place}")
        self.came[place, message] += 1
        if self.killed is not None:
            self.gaps.append(time.monotonic() - self.killed)
            self.killed = None

    def took(self, place: str, message: str) -> None:
        """It was kept, and the sender may know so."""
        if not self.taken[place, message]:
            self.order.setdefault(place, []).append(message)
        self.taken[place, message] += 1

    @property
    def lost(self) -> set[tuple[str, str]]:
        """What was not taken yet."""
        return self.expected - self.taken.keys()

    @property
    def overtaken(self) -> int:
        """How many were first taken after one of the same place that was posted later."""
        number = {message: at for at, message in enumerate(self.posted)}
        return sum(
            number[message] < max((number[each] for each in taken[:at]), default=-1)
            for taken in self.order.values()
            for at, message in enumerate(taken)
        )

    async def hook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request to a webhook, whose path ends in the endpoint's id."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])}
            body = await reader.readexactly(int(headers["content-length"]))
            await self._answer(lines[0].split()[1].rpartition("/")[2], headers, body, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, place: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            Webhook(self.secrets[place]).verify(body, headers)
        except (WebhookVerificationError, KeyError) as problem:
            self.forged.append(f"{type(problem).__name__} at {place}")
            return
        message = headers["webhook-id"]
        self.arrived(place, message)
        trouble = self.chance.random() / self.trouble if self.trouble else 1.0
        if trouble < 0.5:
            writer.write(REFUSED)
        elif trouble < 0.9:
            pass
        elif trouble < 1.0:
            await asyncio.sleep(12)
        else:
            self.took(place, message)
            if self.chance.random() < self.trouble / 2:
                return
            writer.write(OK)
        await writer.drain()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """One mail."""
        place, message = envelope.rcpt_tos[0], str(message_from_bytes(envelope.content)["Message-ID"])
        message = message.strip("<>").partition("@")[0]
        self.arrived(place, message)
        if self.chance.random() < self.trouble:
            return "451 not now"
        self.took(place, message)
        return "250 taken"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: `gaps` are seconds from a kill to the next arrival, `left` what the graph still holds of it."""

    expected: int
    lost: int
    duplicates: int
    overtaken: int
    forged: list[str]
    kills: int
    gaps: list[float]
    seconds: float
    left: list[int]
    complaints: list[str]

    @property
    def good(self) -> bool:
        """Nothing lost, nothing forged, nothing left in the queue or dead."""
        return not self.lost and not self.forged and not any(self.left)

    def told(self) -> str:
        """In a few lines."""
        gaps = sorted(self.gaps)
        middle = f"median {gaps[len(gaps) // 2]:.1f} s, longest {gaps[-1]:.1f} s" if gaps else "-"
        return (
            f"lost {self.lost}, delivered {self.expected - self.lost} of {self.expected}, "
            f"duplicates {self.duplicates}, forged {len(self.forged)}, overtaken {self.overtaken}; "
            f"{self.kills} kills in {self.seconds:.0f} s\n"
            f"from a kill to the next arrival: {middle}\n"
            f"left in the graph: {self.left[0]} queued, {self.left[1]} waiting, {self.left[2]} dead"
        ) + "".join(f"\n{line}" for line in [*self.forged[:5], *self.complaints[:5]])


@dataclass(frozen=True, slots=True)
class Soak:
    """One run over one graph. `trouble` is the part of answers that are bad ones, until the last kill."""

    database: Database
    address: ServerAddress
    folder: Path
    people: int = 8
    trouble: float = 0.08
    seed: int = 1

    async def run(self, notices: int, kills: int, seconds: float) -> Result:
        """Post `notices` bit by bit, kill `kills` times, and wait for the rest, at most `seconds` in all."""
        began, chance = time.monotonic(), random.Random(self.seed)
        world, done = World(chance, self.trouble), 0
        async with _listening(world):
            recipients = await self._endpoints(world)
            while done < kills and time.monotonic() - began < seconds:
                await self._post(world, recipients, notices // (kills + 1))
                async with self._serving(world) as process:
                    await _until_something_comes(world, 30.0)
                    await asyncio.sleep(chance.random() * 2)
                    process.kill()
                    world.killed = time.monotonic()
                done += 1
            world.trouble = 0.0
            await self._post(world, recipients, notices - len(world.posted))
            async with self._serving(world) as process:
                left = await self._rest(world, began + seconds)
                process.send_signal(signal.SIGTERM)
        return Result(
            expected=len(world.expected),
            lost=len(world.lost),
            duplicates=sum(count - 1 for count in world.taken.values() if count > 1),
            overtaken=world.overtaken,
            forged=world.forged,
            kills=done,
            gaps=world.gaps,
            seconds=time.monotonic() - began,
            left=left,
            complaints=_complaints(self.folder / "serve.log"),
        )

    async def _endpoints(self, world: World) -> dict[str, list[str]]:
        """People with a webhook and an address each; the places of every one."""
        network, signing = Network(self.database), signing_key(self.folder / "serve")
        recipients: dict[str, list[str]] = {}
        for number in range(self.people):
            person = await network.person("Therapist")
            account = await network.account("therapist", person.id)
            hook, box = own(), own()
            address = f"robin{number}@example.org"
            shared = {"createdAt": 0, "failures": 0, "fence": 0, "secretNumber": 1}
            url = f"http://127.0.0.1:{world.ports['web']}/hooks/{hook}"
            rows = [
                {**shared, "id": hook, "kind": "WEBHOOK", "address": url},
                {**shared, "id": box, "kind": "EMAIL", "address": address, "confirmedAt": 0},
            ]
            await self.database.write(_ENDPOINTS, {"account": account, "endpoints": rows})
            world.secrets[hook] = signing.secret(hook, 1)
            recipients[person.id] = [hook, address]
        return recipients

    async def _post(self, world: World, recipients: dict[str, list[str]], count: int) -> None:
        """So many notices, each to somebody of chance, as operations write them."""
        begun = machine_now()
        notices = [
            Notice(own(), world.chance.choice(TOPICS), own(), world.chance.choice(list(recipients)), f"soak|{key()}",
                   begun + timedelta(milliseconds=number))
            for number in range(count)
        ]  # fmt: skip
        for notice in notices:
            message = message_id(notice.dedupe)
            world.posted.append(message)
            world.expected |= {(place, message) for place in recipients[notice.recipient]}
        await self.database.transact(lambda statements: post(statements, notices))

    @asynccontextmanager
    async def _serving(self, world: World) -> AsyncIterator[asyncio.subprocess.Process]:
        """`bonafide serve`, until the block has ended it."""
        settings = {
            "DATA": str(self.folder / "serve"),
            "PORT": str(free_port()),
            "NEO4J_URI": self.address.uri,
            "NEO4J_USER": self.address.user,
            "NEO4J_PASSWORD": self.address.password,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(world.ports["mail"]),
            "SMTP_ENCRYPTION": "none",
            "SMTP_SENDER": "no-reply@example.org",
            "WEBHOOK_LOOPBACK": "true",
        }
        given = {name: value for name, value in os.environ.items() if not name.startswith("BONAFIDE_")}
        given |= {f"BONAFIDE_{name}": value for name, value in settings.items()}
        with (self.folder / "serve.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(PROGRAM, "serve", stdout=log, stderr=log, env=given)
        try:
            yield process
            await asyncio.wait_for(process.wait(), 30)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _rest(self, world: World, until: float) -> list[int]:
        """Wait until everything has arrived and is written down as such; what the graph holds of the rest."""
        while True:
            [left] = await self.database.read(_LEFT)
            if (not world.lost and not any(left[:2])) or time.monotonic() > until:
                return left
            await asyncio.sleep(0.2)


async def _until_something_comes(world: World, seconds: float) -> None:
    """Until the process that was just started has sent something, or has had long enough for it."""
    before, give_up = world.came.total(), time.monotonic() + seconds
    while world.came.total() == before and world.lost and time.monotonic() < give_up:  # noqa: ASYNC110 - a process's
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _listening(world: World) -> AsyncIterator[None]:
    """The receivers, on ports of their own."""
    loop = asyncio.get_running_loop()
    web = await asyncio.start_server(world.hook, "127.0.0.1", 0)
    mail = await loop.create_server(lambda: SMTP(world, hostname="localhost"), "127.0.0.1", 0)
    world.ports = {"web": web.sockets[0].getsockname()[1], "mail": mail.sockets[0].getsockname()[1]}
    try:
        yield
    finally:
        web.close()
        mail.close()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _complaints(log: Path) -> list[str]:
    """What the served processes said of mistakes of their own."""
    return [line for line in log.read_text("utf-8", "replace").splitlines() if "[error" in line or "Traceback" in line]
