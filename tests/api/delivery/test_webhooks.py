"""Sending a webhook: to the checked address only, signed, and never waiting for long. Nothing leaves this machine."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from api.delivery import webhooks
from api.delivery.pinned import AddressRefused, PinnedBackend
from api.delivery.sending import Came
from api.delivery.signatures import FILE, SigningKey, signing_key
from api.delivery.webhooks import Webhooks
from tests.api.delivery.outside_world import NOTICE, RecordingBackend, claim, receiving
from tests.api.delivery.test_addresses import REFUSED

KEY = SigningKey(b"k" * 32)


def pinned(dial: RecordingBackend, *answers: Sequence[str], loopback: bool = False) -> PinnedBackend:
    """A backend whose resolver gives these answers one after another."""
    left = list(answers)

    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0)

    return PinnedBackend(loopback=loopback, dial=dial, resolver=resolver)


@pytest.mark.parametrize("address", [a for a in REFUSED if a[:1].isdigit() or ":" in a])
async def test_a_name_that_leads_inside_is_not_dialled(address: str) -> None:
    dial = RecordingBackend()
    sender = Webhooks(KEY, backend=pinned(dial, [address]))
    sent = await sender.send(claim("https://hooks.example.org/"), NOTICE)
    assert sent.came is Came.NOT_TAKEN
    assert dial.dialled == []


@pytest.mark.parametrize("answers", [["1.1.1.1", "10.0.0.1"], ["::1", "1.1.1.1"], []])
async def test_one_bad_address_refuses_the_name(answers: list[str]) -> None:
    dial = RecordingBackend()
    with pytest.raises(AddressRefused):
        await pinned(dial, answers).connect_tcp("hooks.example.org", 443)
    assert dial.dialled == []


async def test_what_was_checked_is_dialled() -> None:
    """A name that leads elsewhere a moment later: it is resolved once for a connection, and anew for the next."""
    dial = RecordingBackend()
    backend = pinned(dial, ["1.1.1.1"], ["127.0.0.1"])
    sender = Webhooks(KEY, backend=backend)
    assert (await sender.send(claim("https://hooks.example.org/"), NOTICE)).came is Came.TAKEN
    assert dial.dialled == [("1.1.1.1", 443)]
    assert (await sender.send(claim("https://hooks.example.org/"), NOTICE)).came is Came.NOT_TAKEN
    assert dial.dialled == [("1.1.1.1", 443)]


async def test_loopback_is_an_address_and_never_a_name() -> None:
    dial = RecordingBackend()
    with pytest.raises(AddressRefused):
        await pinned(dial, ["127.0.0.1"], loopback=True).connect_tcp("hooks.example.org", 443)
    with pytest.raises(AddressRefused):
        await pinned(dial, ["127.0.0.1"]).connect_tcp("127.0.0.1", 80)
    assert dial.dialled == []


async def test_redirects_are_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    dial = RecordingBackend(answer)
    sent = await Webhooks(KEY, backend=pinned(dial, ["1.1.1.1"])).send(claim("https://hooks.example.org/"), NOTICE)
    assert sent.came is Came.NOT_TAKEN
    assert "redirect" in sent.problem
    assert dial.dialled == [("1.1.1.1", 443)]


@pytest.mark.parametrize(
    ("status", "came"),
    [(200, Came.TAKEN), (204, Came.TAKEN), (400, Came.NOT_TAKEN), (410, Came.GONE), (500, Came.NOT_TAKEN)],
)
async def test_status(status: int, came: Came) -> None:
    dial = RecordingBackend(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
    sent = await Webhooks(KEY, backend=pinned(dial, ["1.1.1.1"])).send(claim("https://hooks.example.org/"), NOTICE)
    assert sent.came is came


async def test_retry_after_is_heard_within_reason() -> None:
    for value, seconds in (("120", 120.0), ("9999999", 86_400.0), ("-1", 0.0), ("soon", 0.0)):
        dial = RecordingBackend(f"HTTP/1.1 503 X\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n".encode())
        sent = await Webhooks(KEY, backend=pinned(dial, ["1.1.1.1"])).send(claim("https://h.example.org/"), NOTICE)
        assert sent.after == seconds


async def test_an_endless_answer_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LARGEST_ANSWER", 1_000)
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + b"x" * 5_000
    async with receiving(answer=lambda: endless) as receiver:
        sent = await Webhooks(KEY, loopback=True).send(claim(receiver.url), NOTICE)
    assert sent.came is Came.TAKEN


async def test_a_slow_receiver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WHOLE_TRY", 0.2)
    async with receiving(pause=5.0) as receiver:
        began = time.monotonic()
        sent = await Webhooks(KEY, loopback=True).send(claim(receiver.url), NOTICE)
        assert sent.came is Came.NOT_TAKEN
        assert time.monotonic() - began < 1


async def test_nobody_there() -> None:
    async with receiving() as receiver:
        url = receiver.url
    assert (await Webhooks(KEY, loopback=True).send(claim(url), NOTICE)).came is Came.NOT_TAKEN


async def test_a_receiver_can_verify_it() -> None:
    """With the published library, with the new and, while they overlap, with the former secret."""
    async with receiving() as receiver:
        until = datetime.now(UTC) + timedelta(hours=1)
        ours = claim(receiver.url, secret_number=2, overlap_until=until)
        assert (await Webhooks(KEY, loopback=True).send(ours, NOTICE)).came is Came.TAKEN
        over = claim(receiver.url, secret_number=2, overlap_until=datetime.now(UTC) - timedelta(seconds=1))
        assert (await Webhooks(KEY, loopback=True).send(over, NOTICE)).came is Came.TAKEN
    first, second = receiver.received
    for number in (1, 2):
        said = Webhook(KEY.secret("e1", number)).verify(first.body, first.headers)
        assert said == {
            "type": "referral.recalled",
            "timestamp": "2026-11-25T18:00:00.000Z",
            "data": {"object": "UmVmZXJyYWw6MQ"},
        }
    assert first.headers["webhook-id"] == "msg_1"
    assert len(second.headers["webhook-signature"].split()) == 1
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(KEY.secret("e1", 1)).verify(second.body, second.headers)


def test_published_vector() -> None:
    """The example of the Standard Webhooks reference library."""
    signed = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    at = datetime.fromtimestamp(1614265330, UTC)
    ours = KEY.signatures("e1", 1, former=False, message="msg_1", at=at, body=b"{}")
    assert ours == Webhook(KEY.secret("e1", 1)).sign("msg_1", at, "{}")


def test_the_key_is_made_once_and_closed(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "new")
    assert signing_key(tmp_path / "new").secret("e", 1) == first.secret("e", 1)
    assert (tmp_path / "new" / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]
    assert len({first.secret("e", 1), first.secret("e", 2), first.secret("f", 1)}) == 3
    (tmp_path / "new" / FILE).write_bytes(b"short")
    with pytest.raises(ValueError, match="key of 32 bytes"):
        signing_key(tmp_path / "new")
