"""Everybody reads everything, by every way there is, and what goes out of the house is kept and looked through.

- Referral by id and as a node, worklists and their counts, the letters, attachments, live updates, webhooks, e-mails,
  the log, and what notices and receipts hold.
- Nobody but the sender is told who else was asked.
- Every referral of a viewer lies in exactly one folder of each side, wherever its pages end.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

import httpx
import orjson
from starlette.applications import Starlette

from api.attachments.routes import Desk, attachment_routes
from api.delivery.deliverer import Channel, Deliverer
from api.delivery.sending import TAKEN, Sent
from api.delivery.signatures import SigningKey
from api.delivery.webhooks import Webhooks
from api.delivery.wording import mail
from api.execute import Request, Streaming
from api.letters.routes import letter_routes
from graph.deliveries import Claim, EndpointKind, Waiting
from graph.ids import global_id, plain_id
from tests.api.delivery.outside_world import Receiver, receiving
from tests.api.letters.reading import opened
from tests.everything import PIECES, documents
from tests.loop.canaries import Of, ReferralNow
from tests.loop.people import Actor, Company
from tests.network import key, own
from verification.worklists import WORKLIST_FOLDERS

if TYPE_CHECKING:
    from tests.loop.play import Loop

WHO: Final = """
query Who($id: ID!) {
  referral(id: $id) {
    sentBy { name } candidates { id name } currentAttempt { recipient { id name } }
    attempts(first: 20) { edges { node { recipient { id name } } } }
    events(first: 50) { edges { node { number by { name actsFor } } } }
    messages(first: 50) { edges { node { writtenBy } } } attachments { attachedBy }
    chain { referral lane status }
  }
}
"""
FOLDER: Final = """
query Folder($folder: WorklistFolder!, $after: String) {
  worklist(folder: $folder, first: 3, after: $after) {
    totalCount edges { node { id reason patient { familyName phone } } } pageInfo { hasNextPage endCursor }
  }
}
"""
COUNTS: Final = "{ worklistCounts { folder count overdue } }"
STREAM: Final = "subscription { worklistChanged { object topic at version } }"
WATCHING: Final = ("author", "other physician", "first", "second", "stranger", "steward")
DOCUMENTS: Final = (*documents(PIECES), WHO)
FEW: Final = (*documents(("patient", "attempts")), WHO)
"""The questions that most is told by; each new one has to be planned first."""


@dataclass(slots=True)
class Post:
    """The mail as it would have gone out."""

    sent: list[bytes] = field(default_factory=list)

    async def send(self, endpoint: Claim, notice: Waiting) -> Sent:
        written = mail(
            sender="network@example.invalid", to=endpoint.address, message=notice.message, opaque=notice.object,
            public_url="https://bonafide.example",
        )  # fmt: skip
        self.sent.append(bytes(written))
        return TAKEN


@dataclass(slots=True)
class Watch:
    """The ways in and out."""

    client: httpx.AsyncClient
    receiver: Receiver
    post: Post
    deliverer: Deliverer
    sources: tuple[str, ...]
    streams: dict[str, Streaming] = field(default_factory=dict)

    async def read_some(self, loop: "Loop", referral: ReferralNow, chance: Random) -> None:
        """Everybody asks one thing about the referral, each another."""
        for actor in loop.company.actors.values():
            await self._read(loop, actor, referral, chance.choice(self.sources))

    async def read_all(self, loop: "Loop", referral: ReferralNow) -> None:
        """Everybody asks for everything about the referral."""
        for actor in loop.company.actors.values():
            for query in self.sources:
                await self._read(loop, actor, referral, query)

    async def _read(self, loop: "Loop", actor: Actor, referral: ReferralNow, query: str) -> None:
        body = await loop.company.ask(actor, query, {"id": global_id(f"Referral:{referral.id}")})
        loop.look_through(actor, body, query[:7])
        if b'"INTERNAL"' in body:
            loop.fault(f"{query[:200]} came to {body[:300]!r}")
        if query == WHO:
            self._names(loop, actor, referral, body)
        if not referral.is_party(actor.practitioner) and b"errors" not in body:
            data = orjson.loads(body)["data"]
            if any(data.values()):
                loop.fault(f"{actor.name} sees something of a referral of others: {body[:200]!r}")

    def _names(self, loop: "Loop", actor: Actor, referral: ReferralNow, body: bytes) -> None:
        """Whoever is not the sender learns of nobody but the sender and the own side."""
        if actor.practitioner == referral.author:
            return
        for other in loop.company.actors.values():
            if other.practitioner in (actor.practitioner, referral.author) and other.practitioner:
                continue
            names = [other.account, *([other.person.name, other.person.opaque] if other.person else [])]
            for name in filter(None, names):
                if name.encode() in body and other.role != "steward":
                    loop.fault(f"{actor.name} learns of {other.name} from a referral {referral.status}")

    async def folders(self, loop: "Loop", actor: Actor) -> None:
        """Follow every folder to its end: each referral of the viewer's in exactly one of each side."""
        found: dict[str, Counter[str]] = {"sender": Counter(), "recipient": Counter()}
        counted = {
            each["folder"]: each["count"] for each in (await loop.company.data(actor, COUNTS, {}))["worklistCounts"]
        }
        for name, folder in WORKLIST_FOLDERS.items():
            ids = await self._pages(loop, actor, name)
            found[folder.side].update(ids)
            if len(ids) != counted[name]:
                loop.fault(f"{actor.name}: {name} holds {len(ids)} and counts {counted[name]}")
        now = loop.promises.now
        sent = {each.id for each in now.values() if each.author == actor.practitioner}
        mine = {each.id for each in now.values() if any(a.recipient == actor.practitioner for a in each.attempts)}
        for side, wanted in (("sender", sent), ("recipient", mine)):
            if set(found[side]) != wanted or any(times > 1 for times in found[side].values()):
                missing, twice = wanted - set(found[side]), [each for each, times in found[side].items() if times > 1]
                loop.fault(f"{actor.name} as {side}: in no folder {[now[m].status for m in missing]}, twice {twice}")

    async def _pages(self, loop: "Loop", actor: Actor, folder: str) -> list[str]:
        ids, after = [], None
        for _ in range(1_000):
            body = await loop.company.ask(actor, FOLDER, {"folder": folder, "after": after})
            loop.look_through(actor, body, "worklist")
            page = orjson.loads(body)["data"]["worklist"]
            ids += [found[1] for edge in page["edges"] if (found := plain_id(edge["node"]["id"]))]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        return ids

    async def attach(self, loop: "Loop", actor: Actor, referral: ReferralNow, chance: Random) -> None:
        """Attach a file with a title that is watched, under the right referral or another's."""
        title, content = loop.canaries.text(), loop.canaries.text()
        headers = {"idempotency-key": key(), "content-type": "text/plain", "attachment-title": title}
        opaque = global_id(f"Referral:{referral.id}")
        before = await loop.promises.fingerprint(referral.id)
        answer = await self._http(actor, "POST", f"/referrals/{opaque}/attachments", headers, content.encode())
        attempt = referral.current
        taken = answer.status_code == 201
        by_recipient = attempt is not None and attempt.recipient == actor.practitioner
        about = referral.id if taken else ""
        loop.canaries.keep(
            about, Of.FILE, [("title", title), ("content", content)], attempt.id if by_recipient and attempt else None
        )
        loop.look_through(actor, answer.content, "attaching")
        if not taken:
            if await loop.promises.fingerprint(referral.id) != before:
                loop.fault("a refused attachment changed something")
            return
        if not referral.in_charge(actor.practitioner or ""):
            loop.fault(f"{actor.name} attached to a referral {referral.status}")
        file = answer.json()["attachment"]["id"]
        for other in chance.sample(list(loop.company.actors.values()), 6):
            got = await self._http(other, "GET", f"/attachments/{file}", {})
            loop.look_through(other, got.content + str(got.headers).encode(), "attachment")

    async def letters(self, loop: "Loop", actor: Actor, referral: ReferralNow) -> None:
        """Fetch every sheet, and read what is printed on it."""
        for name in ("letter", "handout", "report"):
            opaque = global_id(f"Referral:{referral.id}")
            answer = await self._http(actor, "GET", f"/referrals/{opaque}/{name}.pdf", {})
            text = opened(answer.content).text.encode() if answer.status_code == 200 else answer.content
            loop.look_through(actor, text + str(answer.headers).encode(), name)
            if answer.status_code >= 500:
                loop.fault(f"{name} came to {answer.status_code}")

    async def _http(
        self, actor: Actor, method: str, path: str, headers: dict[str, str], content: bytes = b""
    ) -> httpx.Response:
        given = headers | ({"authorization": f"Bearer {actor.token}"} if actor.token else {})
        return await self.client.request(method, path, headers=given, content=content)

    async def deliver(self, loop: "Loop") -> None:
        """Let everything out, and look through what went: nobody outside may see any text at all."""
        while await self.deliverer.once():
            pass
        outside = Actor("somebody outside", "anonymous", None)
        for request in self.receiver.received:
            loop.look_through(outside, request.body + str(request.headers).encode(), "webhook")
        for sent in self.post.sent:
            loop.look_through(outside, sent, "mail")
        for line in loop.company.logged:
            loop.look_through(outside, line.encode(), "log")
        loop.look_through(outside, await loop.promises.written(), "problems")
        loop.faults += await loop.promises.told_amiss()
        await self.news(loop)

    async def news(self, loop: "Loop") -> None:
        """What was told live: of one's own referrals alone, and nothing but that something changed."""
        await asyncio.sleep(0.4)
        for name, streaming in self.streams.items():
            actor = loop.company.actors[name]
            while True:
                change = await streaming.stream.next(0.01)
                if change is None or isinstance(change, str):
                    break
                body = await streaming.answer(change)
                loop.look_through(actor, body, "live")
                found = plain_id(change.object)
                referral = loop.promises.now.get(found[1]) if found and found[0] == "Referral" else None
                if referral is not None and not referral.is_party(actor.practitioner) and actor.role != "steward":
                    loop.fault(f"{name} was told live of a referral of others")


@asynccontextmanager
async def watching(company: Company, desk: Desk, sources: tuple[str, ...]) -> AsyncIterator[Watch]:
    """Everything open while the block runs: routes, a receiver of webhooks, live streams; and what is asked."""
    routes = [*letter_routes(company.executor, "https://bonafide.example"), *attachment_routes(desk)]
    async with AsyncExitStack() as stack:
        transport = httpx.ASGITransport(Starlette(routes=routes))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://bonafide.test")
        )
        receiver = await stack.enter_async_context(receiving())
        post = Post()
        channels: dict[EndpointKind, Channel] = {
            EndpointKind.WEBHOOK: Webhooks(SigningKey(b"k" * 32), loopback=True),
            EndpointKind.EMAIL: post,
        }
        watch = Watch(client, receiver, post, Deliverer(company.database, channels, company.clock), sources)
        for name in ("author", "first", "steward"):
            await _endpoints(company, company.actors[name], receiver.url)
        for name in WATCHING:
            streaming = await company.executor.begin(Request(STREAM, {}, None, company.actors[name].token))
            assert isinstance(streaming, Streaming), streaming
            stack.callback(streaming.let_go)
            watch.streams[name] = streaming
        yield watch
        company.executor.live.close()


async def _endpoints(company: Company, actor: Actor, url: str) -> None:
    for kind, address in ((EndpointKind.WEBHOOK, url), (EndpointKind.EMAIL, f"{actor.role}@example.invalid")):
        await company.database.write(
            "MATCH (a:Account {name: $name}) CREATE (a)<-[:OF]-(e:Endpoint) SET e = $endpoint",
            {
                "name": actor.account,
                "endpoint": {
                    "id": own(),
                    "kind": kind.value,
                    "address": address,
                    "createdAt": 0,
                    "secretNumber": 1,
                    "confirmedAt": 0,
                },
            },
        )
