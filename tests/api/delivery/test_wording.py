"""What is said outside: neutral words only, whatever happened; and when it is tried again."""

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from api.delivery.codes import code_hash
from api.delivery.mail_addresses import mail_address
from api.delivery.retries import GIVES_UP_AFTER, MOST_TRIES, gives_up, next_try, rest_after, wait_before
from api.delivery.signatures import SigningKey
from api.delivery.wording import confirming_mail, mail, webhook_body
from graph.deliveries import message_id, opaque_object
from graph.outbox import Topic
from verification.concerns import APPROACHES, CONCERNS
from verification.errors import Refusal

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
OWN = "0193c0de-0000-7000-8000-000000000001"
CLINICAL = frozenset(
    """patient sex sexual therapy therapist erectile erection pain desire trauma abuse orgasm libido urology urologist
    physician doctor diagnosis disorder dysfunction symptom clinic clinical health medical treatment appointment
    session counselling mental depression anxiety gender menopause vaginismus ejaculation intimacy disease illness
    cancer medication prescription suicide""".split()  # noqa: SIM905 - a list of words reads best as words
)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


@pytest.mark.parametrize("topic", list(Topic))
def test_no_clinical_word_leaves(topic: Topic) -> None:
    opaque = opaque_object(topic, OWN)
    written = mail(
        sender="no-reply@example.org",
        to="a@example.org",
        message=message_id("x"),
        opaque=opaque,
        public_url="https://b.example.org",
    )
    body = webhook_body(topic, NOW, opaque)
    said = orjson.loads(body)
    assert said == {"type": topic.value, "timestamp": "2026-11-25T18:00:00.000Z", "data": {"object": opaque}}
    spoken = words(written.as_string().replace(opaque, "")) | words(body.decode().replace(opaque, ""))
    assert not spoken & CLINICAL
    # A source of data that grows old is told of by the one word that is a concern's too.
    known = {word for code in (*CONCERNS, *APPROACHES) for word in words(code)} - {"ageing", "in", "of", "and", "to"}
    assert not spoken & known


@pytest.mark.parametrize("public_url", [None, "https://b.example.org"])
def test_the_mail_that_confirms_says_nothing_either(public_url: str | None) -> None:
    code = "a" * 26
    written = confirming_mail(
        sender="s@example.org", to="a@example.org", message="msg_1", code=code, public_url=public_url
    )
    text = written.get_content()
    assert code in text
    assert ("https://b.example.org/confirm-address/" + code in text) == (public_url is not None)
    assert not words(written.as_string()) & CLINICAL


def test_a_code_may_be_typed() -> None:
    code = SigningKey(b"k" * 32).code("e1")
    assert code_hash(code) == code_hash(f" {code[:5].upper()}-{code[5:]} ") is not None
    assert code_hash(SigningKey(b"k" * 32).code("e2")) != code_hash(code)
    assert [code_hash(text) for text in ("", "a", code + "a", code[:-1] + "1")] == [None] * 4


def test_every_mail_is_alike_but_for_its_link() -> None:
    texts = {
        mail(
            sender="s@example.org", to="a@example.org", message="m", opaque=opaque_object(topic, OWN), public_url=None
        ).as_string()
        for topic in Topic
    }
    assert len(texts) == 1


def test_the_same_notice_has_the_same_id_and_gives_nothing_away() -> None:
    dedupe = "referral.recalled|canary-referral|7|canary-recipient"
    assert message_id(dedupe) == message_id(dedupe)
    assert "canary" not in message_id(dedupe)
    assert message_id(dedupe) != message_id(dedupe + "x")
    one, two = (
        mail(sender="s@example.org", to="a@example.org", message=message_id(dedupe), opaque="x", public_url=None)
        for _ in range(2)
    )
    assert one["Message-ID"] == two["Message-ID"]


@pytest.mark.parametrize("text", ["a@example.org", "first.last+tag@sub.example.co.uk", "o'brien@example.org"])
def test_addresses_taken(text: str) -> None:
    assert mail_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a@", "@example.org", "a@example", "a@-x.org", "a b@example.org", "a@example.org\nBcc: b@example.org",
        "a@example.org,b@example.org", "<a@example.org>", '"a"@example.org', "a@[127.0.0.1]", "a..b@example.org",
        ".a@example.org", "ä@example.org", "a@exämple.org", "a" * 65 + "@example.org", "a@" + "b" * 250 + ".org",
        "a@example.org\n", "a@b@example.org", "a@example.123",
    ],
)  # fmt: skip
def test_addresses_refused(text: str) -> None:
    with pytest.raises(Refusal):
        mail_address(text)


def test_tries_are_spread_and_end() -> None:
    assert wait_before(1, 0.5) == timedelta(seconds=10)
    assert wait_before(4, 0.5) == timedelta(seconds=80)
    assert wait_before(40, 1.0) == timedelta(hours=7, minutes=30)
    for tries in range(1, MOST_TRIES):
        again = next_try(tries, NOW, 0.0)
        assert again is not None
        assert again > NOW
    assert next_try(MOST_TRIES, NOW, 0.0) is None
    assert [rest_after(failures, 0.5).total_seconds() for failures in (1, 2, 5)] == [1, 2, 16]
    assert not gives_up(None, NOW)
    assert not gives_up(NOW - GIVES_UP_AFTER + timedelta(seconds=1), NOW)
    assert gives_up(NOW - GIVES_UP_AFTER, NOW)
