"""Connections to a checked address: a name is resolved once, every answer is checked, and that address is dialled.

- All addresses of a name must be public; one that is not refuses the name, whatever the others are.
- What was checked is what is connected to, so a name that leads elsewhere a moment later changes nothing. TLS is still
  made for the name.
- Each connection resolves anew and none is kept, so that yesterday's answer is not trusted today.
- It does not know what is sent.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

import httpcore

from api.delivery.addresses import is_public
from api.delivery.webhook_urls import LOOPBACK

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_LOOKUP: Final = 5.0


class AddressRefused(Exception):  # noqa: N818 - says what happened
    """The name leads to no address, or to one that is not public; nothing was connected to."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the system's resolver answers."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Dials only checked addresses. `loopback` lets 127.0.0.1 itself through, never a name that leads there."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        dial: httpcore.AsyncNetworkBackend | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._loopback, self._resolver = loopback, resolver
        self._dial = dial or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._checked(host, port)
        return await self._dial.connect_tcp(address, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del path, timeout, socket_options
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _checked(self, host: str, port: int) -> str:
        """The address to dial. Raises AddressRefused."""
        if self._loopback and host == LOOPBACK:
            return host
        try:
            async with asyncio.timeout(LONGEST_LOOKUP):
                addresses = await self._resolver(host, port)
        except (OSError, TimeoutError, UnicodeError):
            raise AddressRefused from None
        if not addresses or not all(is_public(address) for address in addresses):
            raise AddressRefused
        return addresses[0]
