"""Which addresses may be connected to, and which webhooks are taken at all."""

import pytest

from api.delivery.addresses import is_public
from api.delivery.webhook_urls import Target, webhook_target
from verification.errors import Refusal

REFUSED = (
    "0.0.0.0", "0.1.2.3",  # noqa: S104 - looked at, not bound to
    "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:db8::1",
    "2002:7f00:1::", "2002:808:808::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "ff02::1",
    "5f00::1", "", "localhost", "example.org", "8.8.8", "0x7f.1", "2130706433", "127.1",
)  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.org", Target(secure=True, host="hooks.example.org", port=443, path="/")),
        (
            "https://Hooks.example.org:8443/a?b=c",
            Target(secure=True, host="hooks.example.org", port=8443, path="/a?b=c"),
        ),
        ("https://1.1.1.1/x", Target(secure=True, host="1.1.1.1", port=443, path="/x")),
    ],
)
def test_taken(url: str, target: Target) -> None:
    assert webhook_target(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "", "http://hooks.example.org/", "ftp://hooks.example.org/", "https://", "https:///x", "hooks.example.org",
        "https://hooks.example.org:80/", "https://hooks.example.org:22/", "https://hooks.example.org:99999/",
        "https://user@hooks.example.org/", "https://user:pass@hooks.example.org/", "https://hooks.example.org/#part",
        "https://hooks.example.org\\@evil.example/", "https://localhost/", "https://printer.local/", "https://a.internal/",
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://017700000001/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://169.254.169.254/latest",
        "https://intranet/", "https://hooks.example.org/\r\nX: y", "https://hooks.exämple.org/",
        "https://hooks .example.org/",
        "https://hooks.example.org/" + "a" * 1000, "http://127.0.0.1:8080/", "https://example.123/",
    ],
)  # fmt: skip
def test_not_taken(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        webhook_target(url)
    assert refused.value.code == "BAD_INPUT"
    assert refused.value.path == ("url",)


def test_developers_have_this_machine_and_nothing_more() -> None:
    assert webhook_target("http://127.0.0.1:8123/x", loopback=True) == Target(False, "127.0.0.1", 8123, "/x")
    for url in ("http://127.0.0.2/", "http://localhost:8123/", "http://[::1]/", "http://example.org/", "http://0/"):
        with pytest.raises(Refusal):
            webhook_target(url, loopback=True)
