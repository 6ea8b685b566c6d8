"""clamd's INSTREAM, spoken to a stand-in that keeps its protocol."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from api.attachments.scanner import Scanned, Scanner, scanner_at


@asynccontextmanager
async def clamd(answer: Callable[[bytes], bytes]) -> AsyncIterator[Scanner]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        data = b""
        while size := struct.unpack(">I", await reader.readexactly(4))[0]:
            data += await reader.readexactly(size)
        writer.write(answer(data))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Scanner("127.0.0.1", server.sockets[0].getsockname()[1])


def says(data: bytes) -> bytes:
    return b"stream: Eicar-Signature FOUND\0" if b"EICAR" in data else b"stream: OK\0"


async def test_clean_and_found() -> None:
    async with clamd(says) as scanner:
        assert await scanner.scan(b"a" * 200_000) is Scanned.CLEAN
        assert await scanner.scan(b"a" * 200_000 + b"EICAR") is Scanned.FOUND


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK maybe\0", b"OK\0"])
async def test_anything_else_is_not_clean(answer: bytes) -> None:
    async with clamd(lambda _data: answer) as scanner:
        assert await scanner.scan(b"a") is Scanned.UNKNOWN


async def test_nobody_there() -> None:
    async with clamd(says) as scanner:
        pass
    assert await scanner.scan(b"a") is Scanned.UNKNOWN
    assert await Scanner(path="/nowhere/clamd.ctl").scan(b"a") is Scanned.UNKNOWN


def test_addresses() -> None:
    assert scanner_at(None) is None
    assert scanner_at("/run/clamd.ctl") == Scanner(path="/run/clamd.ctl")
    assert scanner_at("[::1]:3310") == Scanner("::1", 3310)
    for wrong in ("clamd", "clamd:0", "clamd:99999", "http://clamd:3310", "a b:1"):
        with pytest.raises(ValueError, match="clamd"):
            scanner_at(wrong)
