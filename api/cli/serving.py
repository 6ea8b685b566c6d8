"""Serve: one process, one worker, an open database, until somebody asks it to stop.

- The port is taken before the database is started, so that a port in use is told at once.
- The first Ctrl-C or SIGTERM lets the requests at work finish, for at most 25 seconds; the second does not wait.
- Bonafide's own Neo4j is stopped after the last request, whatever the reason for stopping.
- No access log: an address says who looked at whom.
- It does not know what is served.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import typer
import uvicorn
import uvloop

from api.cli.failures import fail
from api.cli.flags import SERVING, with_settings
from api.cli.store import bring_up_to_date, open_database, running_server, store_clock
from api.settings import LogLevel, Settings
from graph.database import ServerAddress

DRAIN_SECONDS = 25

_LEVELS = {LogLevel.DEBUG: 10, LogLevel.INFO: 20, LogLevel.WARNING: 30, LogLevel.ERROR: 40}


@with_settings(SERVING)
def serve(settings: Settings) -> None:
    """Serve the GraphQL API and the pages at http://HOST:PORT until stopped with Ctrl-C."""
    with listening(settings) as sock, running_server(settings, own=True) as address:
        run_server(settings, address, sock)


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket bound to the host and port; leaves with a message when they cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            yield sock
    except socket.gaierror:
        fail(f"BONAFIDE_HOST {settings.host!r}: there is no such address.")
    except OSError as problem:
        if problem.errno not in _CANNOT_BIND:
            raise
        fail(f"{settings.host}:{settings.port}: {_CANNOT_BIND[problem.errno]}; choose another with --port.")


def run_server(
    settings: Settings, address: ServerAddress, sock: socket.socket, *, announce: Callable[[], None] | None = None
) -> None:
    """Serve on a listening socket until a signal comes; `announce` is called when requests are answered."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.log_level]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, address, sock, announce or (lambda: _announce(settings))))


def url(settings: Settings) -> str:
    """Where a browser finds what is served."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


class _Server(uvicorn.Server):
    """A server that keeps signals to itself: raised again, they would end the process before the database is closed."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None], wind_down: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce, self._wind_down = announce, wind_down

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A stream never ends by itself, and would be waited for.
        self._wind_down()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what a signal handler is given
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


async def _serve(settings: Settings, address: ServerAddress, sock: socket.socket, announce: Callable[[], None]) -> None:
    from api.app import build  # noqa: PLC0415 - building the schema takes longer than every other command
    from api.live.websocket import LARGEST_MESSAGE  # noqa: PLC0415 - needs the schema too

    database = await open_database(settings, address)
    try:
        await bring_up_to_date(database)
        clock = await store_clock(settings, database)
        application = build(settings, database, now=clock)
        config = uvicorn.Config(
            application,
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            access_log=False,
            log_level=settings.log_level.value if settings.log_level is not LogLevel.INFO else "warning",
            server_header=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        await _Server(config, announce, application.state.wind_down).serve(sockets=[sock])
    finally:
        await database.close()


def _announce(settings: Settings) -> None:
    typer.echo(f"Bonafide is at {url(settings)}. Ctrl-C stops it.", err=True)


_CANNOT_BIND = {
    errno.EADDRINUSE: "something else listens there already, perhaps another `bonafide serve`",
    errno.EACCES: "this user may not listen there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}
