"""At least once: a dead, slow or killed side loses nothing and holds up nobody. All of it on 127.0.0.1."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.delivery import deliverer as deliverer_module
from api.delivery import webhooks
from api.delivery.deliverer import Deliverer
from api.delivery.sending import Sent
from graph.database import ServerAddress
from graph.dead_letters import Which, list_letters, read_outbox, retry
from graph.deliveries import Claim, EndpointKind, Waiting, claim, hand_out, message_id
from graph.outbox import STEWARDS
from tests.api.delivery.outside_world import OK, receiving
from tests.api.delivery.posting import REFUSING, Post, posting, until

__all__ = ["posting"]  # the fixture, used here
pytestmark = pytest.mark.neo4j


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


async def test_what_happened_first_is_told_first(posting: Post) -> None:
    async with receiving() as receiver:
        await posting.endpoint(receiver.url)
        ids = []
        for _ in range(5):
            ids += await posting.notices()
            posting.now += timedelta(seconds=1)
        await posting.deliverer().once()
    assert receiver.ids == ids


async def test_a_claim_is_kept_while_its_turn_goes_on(posting: Post) -> None:
    """A receiver that takes longer than a claim lasts is not sent to twice."""
    async with receiving(pause=1.2) as receiver:
        await posting.endpoint(receiver.url)
        await posting.notices()
        stop = asyncio.Event()
        running = [asyncio.create_task(posting.deliverer(lasts=0.5).run(stop)) for _ in range(2)]
        await until(lambda: bool(receiver.ids))
        await asyncio.sleep(2.0)
        stop.set()
        await asyncio.gather(*running)
    assert len(receiver.ids) == 1


async def test_a_mistake_of_ours_ends_nothing(posting: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes = [ValueError("ours")]

    async def mistaken(*given: Any) -> int:
        if mistakes:
            raise mistakes.pop()
        return await hand_out(*given)

    monkeypatch.setattr(deliverer_module, "hand_out", mistaken)
    monkeypatch.setattr(deliverer_module, "AFTER_A_MISTAKE", 0.1)
    async with receiving() as receiver:
        await posting.endpoint(receiver.url)
        await posting.notices()
        stop = asyncio.Event()
        running = asyncio.create_task(posting.deliverer().run(stop))
        await until(lambda: bool(receiver.ids))
        stop.set()
        await running
    assert not mistakes


async def test_what_cannot_be_sent_at_all_is_dead_in_the_end(posting: Post) -> None:
    class Mistaken:
        async def send(self, endpoint: Claim, notice: Waiting) -> Sent:  # noqa: ARG002 - the signature is a channel's
            raise ValueError

    endpoint = await posting.endpoint("https://hooks.example.org")
    await posting.notices()
    deliverer = Deliverer(posting.database, {EndpointKind.WEBHOOK: Mistaken()}, lambda: posting.now)
    for _ in range(30):
        await deliverer.once()
        posting.now += timedelta(hours=8)
    [letter] = await posting.letters(endpoint)
    assert letter.dead_at is not None
    assert letter.problem == "a mistake of ours"


async def test_many_places_do_not_wait_for_each_other(posting: Post) -> None:
    """More than are sent to at once, in well under a second for each round."""
    async with receiving() as receiver:
        for _ in range(40):
            await posting.endpoint(receiver.url)
        await posting.notices(2)
        stop = asyncio.Event()
        running = asyncio.create_task(posting.deliverer(at_once=4).run(stop))
        await until(lambda: len(receiver.ids) == 80, 30.0)
        stop.set()
        await running
    assert len(set(receiver.ids)) == 2


async def test_what_a_process_does_not_know_waits(posting: Post) -> None:
    await posting.endpoint("robin@example.org", EndpointKind.EMAIL)
    await posting.notices()
    assert await posting.deliverer().once() == 0
    assert len(await claim(posting.database, posting.now, [EndpointKind.EMAIL], limit=5)) == 1
