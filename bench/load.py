"""A closed loop of clients over keep-alive connections, on raw sockets so that it costs the machine little.

- Each of `concurrency` clients sends its next request when the last is answered; what is counted is whole answers.
- Every answer is checked by the caller; one that is not as it must be ends the run.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send to, as what."""

    port: int
    path: str
    token: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Answers per second and the median time of one in milliseconds."""

    per_second: float
    median_ms: float


def wire(target: Target, body: bytes) -> bytes:
    """One request as bytes."""
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nAuthorization: Bearer {target.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    start = head.index(b"content-length:") + 15
    body = await reader.readexactly(int(head[start : head.index(b"\r\n", start)]))
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"{head[:20]!r}: {body[:300]!r}")
    return body


async def ask(target: Target, body: bytes) -> bytes:
    """One answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    writer.write(wire(target, body))
    try:
        return await _answer(reader)
    finally:
        writer.close()


async def loop(
    target: Target, bodies: Sequence[bytes], concurrency: int, seconds: float, check: Callable[[int, bytes], None]
) -> Rate:
    """Run `bodies` round and round for `seconds`; `check(index, answer)` raises on a wrong one."""
    requests = [wire(target, body) for body in bodies]
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        index = first % len(requests)
        while (began := time.perf_counter()) < end:
            writer.write(requests[index])
            body = await _answer(reader)
            times.append(time.perf_counter() - began)
            check(index, body)
            index = (index + concurrency) % len(requests)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(concurrency)))
    return Rate(len(times) / (time.perf_counter() - began), statistics.median(times) * 1000)
