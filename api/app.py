"""The parts put together: an ASGI application from settings and a database.

- `/graphql` is the only way to data, but for `/check`, the public look-up of one credential.
- `/healthz` says that the process runs, `/readyz` that it can answer, with reasons, and what is about to need
  somebody's attention.
- The duties that nobody asks for run beside it, and end with it.
- Every answer carries the same few security headers.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from api.attachments.files import Shelf
from api.attachments.routes import Desk, attachment_routes
from api.attachments.scanner import scanner_at
from api.attachments.scanning import attachment_duties
from api.background import Background
from api.clock import Clock, SimulatedClock, machine_now
from api.confirming import confirming_routes
from api.delivery.deliverer import Deliverer
from api.delivery.outside import outside
from api.duties import duties, keeping
from api.editor import editor_routes
from api.execute import Executor
from api.graphql_http import GraphQLEndpoint
from api.letters.routes import LETTER_QUESTIONS, letter_routes
from api.live.websocket import GraphQLSocket
from api.lookups import lookup_routes
from api.opening import opening_routes
from api.settings import Settings, read_clocks
from api.simulation import SimulationClock
from api.warming import first_statements
from graph.attachments import FIRST as FILES
from graph.changes import FIRST
from graph.commands.referral_facts import STATEMENTS
from graph.commands.threads import FIRST as THREADS
from graph.database import Database
from graph.dead_letters import OutboxCounts, read_outbox
from graph.deliveries import EVERY_TIME
from graph.errors import DeadlineExceeded, Unavailable
from graph.migrations import applied_version, expected_version
from graph.old_notices import Kept
from graph.sources import stored_sources
from graph.warming import warm
from verification.ageing import Age, SourceAge, told
from verification.clocks import load_calendars
from verification.policies import SHIPPED_POLICIES


def build(settings: Settings, database: Database, *, now: Clock = machine_now) -> Starlette:
    """The application over an open database; the caller opens and closes it."""
    reach = outside(settings)
    policies = replace(SHIPPED_POLICIES, clocks=read_clocks(settings.clocks))
    executor = Executor(database, policies, now, outside=reach)
    deliverer = Deliverer(database, reach.channels(), now)
    stop = asyncio.Event()
    desk = Desk(database, now, Shelf(settings.data / "attachments"), scanner_at(settings.scanner))
    every = timedelta(minutes=settings.background_minutes)
    kept = Kept(timedelta(days=settings.keep_notices_days), timedelta(days=settings.keep_dead_letters_days))
    its_duties = (*duties(policies, every), keeping(kept), *attachment_duties(desk.shelf, desk.scanner))
    background = Background(database, now, its_duties)

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def readyz(_request: Request) -> Response:
        try:
            await database.ready()
            applied = await applied_version(database)
        except (Unavailable, DeadlineExceeded) as problem:
            return _unready(str(problem))
        if applied != expected_version():
            return _unready(f"The graph is at schema version {applied}; this program needs {expected_version()}.")
        counts = await read_outbox(database)
        details = _details(now, await stored_sources(database), counts)
        return JSONResponse({"status": "ready"} | details, headers=_HEADERS)

    def wind_down() -> None:
        executor.live.close()
        stop.set()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # Beside whoever asks already: waiting for a server that has just started would not make it quicker.
        letters = first_statements(executor.schema, LETTER_QUESTIONS)
        warming = warm(
            database,
            (*first_statements(executor.schema), *STATEMENTS.values(), *FIRST, *EVERY_TIME, *THREADS, *FILES, *letters),
        )
        beside = [
            warming,
            asyncio.to_thread(load_calendars),
            background.follow(),
            *([background.work()] if settings.background else []),
        ]
        running = [asyncio.create_task(work) for work in beside]
        delivering = [asyncio.create_task(deliverer.run(stop))] if settings.background else []
        yield
        wind_down()
        # What is being sent is finished: a try takes fifteen seconds at most.
        await asyncio.gather(*delivering, return_exceptions=True)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    application = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", GraphQLEndpoint(executor, development=settings.development)),
            WebSocketRoute("/graphql", GraphQLSocket(executor).serve),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *lookup_routes(database, now, behind_proxy=settings.behind_proxy),
            *letter_routes(executor, settings.public_url or f"http://{settings.host}:{settings.port}"),
            *attachment_routes(desk),
            Route("/simulation/clock", SimulationClock(background).answer, methods=["POST"]),
            *opening_routes(),
            *confirming_routes(database, now, behind_proxy=settings.behind_proxy),
            *(editor_routes() if settings.development else ()),
        ],
    )
    application.state.wind_down = wind_down
    return application


def _unready(reason: str) -> Response:
    return JSONResponse({"status": "unavailable", "reasons": [reason]}, 503, headers=_HEADERS)


def _details(now: Clock, sources: Iterable[SourceAge], outbox: OutboxCounts) -> dict[str, Any]:
    """What whoever watches over the service should know, though it can answer."""
    simulated = {"simulated": True, "clock": f"{now().isoformat(timespec='seconds').replace('+00:00', 'Z')}"}
    warnings = [told(source, now()) for source in sources if source.age(now()) is not Age.FRESH]
    details: dict[str, Any] = {"outbox": asdict(outbox)} | (simulated if isinstance(now, SimulatedClock) else {})
    return {"details": details} | ({"warnings": warnings} if warnings else {})


_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
