"""The secrets webhooks are signed with, and the signatures (Standard Webhooks, symmetric scheme v1).

- Codes that confirm addresses are derived from it in the same way.
- A secret is derived from one key of the store, the endpoint and a number: nothing to be read in the graph signs
  anything, and a copy of the graph without the data folder is worth nothing to a forger.
- After a rotation both the new and the former secret sign until the overlap ends.
- The key is made once, closed to everybody but its owner. Whoever loses it has to give every receiver a new secret;
  several processes of one network share it.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

PREFIX: Final = "whsec_"
FILE: Final = "webhook-key"
_BYTES: Final = 32


class SigningKey:
    """The key of one store, given or fetched when it is first needed."""

    __slots__ = ("_fetch", "_key")

    def __init__(self, key: bytes | None = None, fetch: Callable[[], bytes] | None = None) -> None:
        self._key, self._fetch = key, fetch

    def secret(self, endpoint: str, number: int) -> str:
        """What the endpoint's owner is shown once: `whsec_` and base64 of 32 bytes."""
        return PREFIX + base64.b64encode(self._derived(endpoint, number)).decode()

    def code(self, endpoint: str) -> str:
        """What shows that mail to this endpoint's address is read: 26 letters and digits of base32 (RFC 4648)."""
        return base64.b32encode(self._digest(f"bonafide address|{endpoint}")[:16]).decode().rstrip("=").lower()

    def signatures(self, endpoint: str, number: int, *, former: bool, message: str, at: datetime, body: bytes) -> str:
        """The header `webhook-signature`; with `former` by the secret before this one too."""
        signed = f"{message}.{int(at.timestamp())}.".encode() + body
        numbers = (number, number - 1) if former and number > 1 else (number,)
        found = (hmac.digest(self._derived(endpoint, each), signed, sha256) for each in numbers)
        return " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in found)

    def _derived(self, endpoint: str, number: int) -> bytes:
        return self._digest(f"bonafide webhook|{endpoint}|{number}")

    def _digest(self, about: str) -> bytes:
        if self._key is None:
            if self._fetch is None:
                raise RuntimeError("a signing key is given or can be fetched")
            self._key = self._fetch()
        return hmac.digest(self._key, about.encode(), sha256)


def signing_key(data: Path) -> SigningKey:
    """The key in the data folder; if there is none it is made when first needed, and two who make it get the same one.

    Raises OSError, ValueError for a file that is not such a key.
    """
    path = data / FILE
    return SigningKey(_read(path)) if path.exists() else SigningKey(fetch=lambda: _made(path))


def _made(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise ValueError(f"{path} does not hold a key of {_BYTES} bytes")
    return key


def _make(path: Path) -> None:
    """A whole key appears under its name or none: it is written aside and linked, which fails where one is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink()
