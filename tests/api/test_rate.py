"""A client may ask so often, and memory stays bounded whoever asks."""

import pytest
from starlette.requests import Request

from api.rate import Buckets, client_of


def asked(host: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (host, 1) if host else None})


def test_a_bucket_empties_and_fills_again() -> None:
    buckets = Buckets(3, 0.1)
    assert [buckets.take("a", 0.0) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert buckets.take("b", 0.0) == 0
    assert buckets.take("a", 4.0) == 6
    assert buckets.take("a", 11.0) == 0
    assert [buckets.take("a", 1000.0) for _ in range(4)] == [0, 0, 0, 10]


def test_the_client_heard_longest_ago_is_forgotten() -> None:
    buckets = Buckets(1, 0.001, most=2)
    assert [buckets.take(client, 0.0) for client in ("a", "b", "a", "c", "b")] == [0, 0, 1000, 0, 0]
    assert len(buckets) == 2


@pytest.mark.parametrize(
    ("host", "forwarded", "behind_proxy", "client"),
    [
        ("192.0.2.7", (), False, "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), False, "192.0.2.7"),
        ("192.0.2.7", ("203.0.113.9, 198.51.100.1",), True, "198.51.100.1"),
        ("192.0.2.7", ("203.0.113.9", "198.51.100.1"), True, "198.51.100.1"),
        ("192.0.2.7", (), True, "192.0.2.7"),
        ("192.0.2.7", ("nonsense",), True, "unknown"),
        ("2001:db8:1:2:3::4", (), False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", (), False, "192.0.2.7"),
        (None, (), False, "unknown"),
    ],
)
def test_who_asks(host: str | None, forwarded: tuple[str, ...], behind_proxy: bool, client: str) -> None:
    assert client_of(asked(host, *forwarded), behind_proxy=behind_proxy) == client
