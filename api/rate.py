"""How often somebody may ask: a bucket of tokens for each client, in memory that stays bounded.

- A client starts with a full bucket; each request takes a token, and tokens come back at a steady rate.
- The clients heard longest ago are forgotten first; whoever is forgotten starts anew.
- An IPv6 client is its /64 network, since one customer has that many addresses.
- Behind a proxy that is trusted, the client is the address that this proxy added last; without one, what a client says
  of itself counts for nothing.
- The clock is passed in. It does not know what is asked.
"""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from starlette.requests import Request


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Buckets of `size` tokens that fill at `per_second`, for at most `most` clients."""

    __slots__ = ("_buckets", "_most", "_per_second", "_size")

    def __init__(self, size: int, per_second: float, most: int = 10_000) -> None:
        self._size, self._per_second, self._most = size, per_second, most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str, now: float) -> int:
        """Take a token at `now` (seconds of any steady clock); 0 when there was one, else in how many whole seconds."""
        bucket = self._buckets.pop(client, None) or _Bucket(self._size, now)
        bucket.tokens = min(self._size, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._buckets[client] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return ceil((1 - bucket.tokens) / self._per_second)
        bucket.tokens -= 1
        return 0

    def __len__(self) -> int:
        return len(self._buckets)


def client_of(request: Request, *, behind_proxy: bool) -> str:
    """Who asks: an address, or the /64 network of one."""
    address = request.client.host if request.client else ""
    if behind_proxy:
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        address = forwarded.rpartition(",")[2].strip() or address
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
