"""Signed webhooks: one POST to one checked address (Standard Webhooks).

- `webhook-id` is the same however often a notice is sent; `webhook-timestamp` and the signature are of this try.
- 2xx is taken; 410 says to send no more. No redirect is followed, at most 64 KiB of an answer are read, and the whole
  try ends after ten seconds, however slowly the other side speaks.
- Nothing an answer says is kept but its status.
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Final

import httpcore

from api.clock import machine_now
from api.delivery.pinned import AddressRefused, PinnedBackend
from api.delivery.sending import TAKEN, Came, Sent, not_taken
from api.delivery.signatures import SigningKey
from api.delivery.webhook_urls import Target, webhook_target
from api.delivery.wording import webhook_body
from graph.deliveries import Claim, Waiting
from verification.errors import Refusal

WHOLE_TRY: Final = 10.0
CONNECTING: Final = 5.0
LARGEST_ANSWER: Final = 64 * 1024
LONGEST_REST: Final = 24 * 3600.0
_GONE: Final = 410
_BUSY: Final = frozenset({429, 503})


class Webhooks:
    """Sends to webhooks; `backend` is what connections are made with."""

    def __init__(
        self,
        key: SigningKey,
        *,
        loopback: bool = False,
        backend: httpcore.AsyncNetworkBackend | None = None,
        clock: Callable[[], datetime] = machine_now,
    ) -> None:
        self._key, self._loopback, self._clock = key, loopback, clock
        self._backend = backend or PinnedBackend(loopback=loopback)

    async def send(self, endpoint: Claim, notice: Waiting) -> Sent:
        """Tell the endpoint; never raises but for cancellation."""
        try:
            target = webhook_target(endpoint.address, loopback=self._loopback)
        except Refusal:
            return not_taken("the address is no longer allowed")
        try:
            async with asyncio.timeout(WHOLE_TRY):
                return await self._post(target, *self._message(endpoint, notice))
        except AddressRefused:
            return not_taken("the name leads to no public address")
        except TimeoutError:
            return not_taken(f"no whole answer within {WHOLE_TRY:g} s")
        except httpcore.TimeoutException:
            return not_taken("no answer in time")
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
            return not_taken("no connection, or not one that speaks HTTP over TLS as it should")

    def _message(self, endpoint: Claim, notice: Waiting) -> tuple[list[tuple[str, str]], bytes]:
        at = self._clock()
        body = webhook_body(notice.topic, notice.at, notice.object)
        former = endpoint.overlap_until is not None and at < endpoint.overlap_until
        signature = self._key.signatures(
            endpoint.endpoint, endpoint.secret_number, former=former, message=notice.message, at=at, body=body
        )
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("user-agent", "Bonafide"),
            ("webhook-id", notice.message),
            ("webhook-timestamp", str(int(at.timestamp()))),
            ("webhook-signature", signature),
        ]
        return headers, body

    async def _post(self, target: Target, headers: list[tuple[str, str]], body: bytes) -> Sent:
        url = httpcore.URL(
            scheme=b"https" if target.secure else b"http",
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        )
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), CONNECTING)
        # A pool for one request: a connection that is kept would outlive what its address was checked for.
        async with (
            httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=self._backend, retries=0) as pool,
            pool.stream(
                "POST", url, headers=[*_host(target), *headers], content=body, extensions={"timeout": timeouts}
            ) as answer,
        ):
            await _read(answer)
            return _judged(answer)


async def _read(answer: httpcore.Response) -> None:
    """Some of the answer, so that the other side can finish what it says; what it is does not matter."""
    size = 0
    async for part in answer.aiter_stream():
        size += len(part)
        if size > LARGEST_ANSWER:
            return


def _judged(answer: httpcore.Response) -> Sent:
    status = answer.status
    if 200 <= status < 300:  # noqa: PLR2004 - the class of success
        return TAKEN
    if status == _GONE:
        return Sent(Came.GONE, "answered 410: it wants nothing more")
    if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
        return not_taken(f"answered {status}: redirects are not followed")
    return not_taken(f"answered {status}", _rest(answer) if status in _BUSY else 0.0)


def _rest(answer: httpcore.Response) -> float:
    """Retry-After in seconds; a date, or nonsense, is nothing."""
    for name, value in answer.headers:
        if name.lower() == b"retry-after" and value.strip().isdigit() and len(value.strip()) <= len("9999999"):
            return min(float(value), LONGEST_REST)
    return 0.0


def _host(target: Target) -> list[tuple[str, str]]:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = target.port == (443 if target.secure else 80)
    return [("host", host if usual else f"{host}:{target.port}")]


@cache
def _tls() -> ssl.SSLContext:
    context = httpcore.default_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
