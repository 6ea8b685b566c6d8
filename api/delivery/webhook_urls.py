"""A webhook's address: which are taken at all, by their text alone.

- https, a host name or public address, port 443 or 8443, no user, no fragment. Nothing is resolved here: where a name
  leads is looked at each time something is sent.
- With `loopback`, for developers, `http://127.0.0.1:PORT` and nothing else beside.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from api.delivery.addresses import is_public
from verification.errors import Refusal

PORTS: Final = frozenset({443, 8443})
LOOPBACK: Final = "127.0.0.1"
LONGEST: Final = 1_000
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])", re.ASCII | re.IGNORECASE)
_AT_HOME: Final = (".localhost", ".local", ".internal", ".home.arpa", ".onion")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: `path` with its query; `secure` is https."""

    secure: bool
    host: str
    port: int
    path: str


def webhook_target(url: str, *, loopback: bool = False) -> Target:
    """The address in parts. Raises Refusal BAD_INPUT that says what would do; nothing of the address is in it."""
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url):
        raise _refusal(f"An address has at most {LONGEST} characters, all of them printable ASCII.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal("This is no address.") from None
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.username is not None or parts.password is not None or "#" in url or "\\" in url:
        raise _refusal("An address has no user, no fragment and no backslash.")
    if loopback and parts.scheme == "http" and host == LOOPBACK:
        return Target(secure=False, host=host, port=port or 80, path=path)
    _check_public(parts, host, port)
    return Target(secure=True, host=host, port=port or 443, path=path)


def _check_public(parts: SplitResult, host: str, port: int | None) -> None:
    if parts.scheme != "https":
        raise _refusal("Only https is taken.")
    if port is not None and port not in PORTS:
        raise _refusal("Only the ports 443 and 8443 are taken.")
    if host.endswith(_AT_HOME) or not (_NAME.fullmatch(host) or is_public(host)):
        raise _refusal("Its host must be a full public name.")


def _refusal(message: str) -> Refusal:
    return Refusal("BAD_INPUT", message, ("url",))
