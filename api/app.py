"""The parts put together: an ASGI application from settings and a database.

- `/graphql` is the only way to data. `/healthz` says that the process runs, `/readyz` that it can answer, with reasons.
- Every answer carries the same few security headers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.editor import editor_routes
from api.execute import Executor, utc_now
from api.graphql_http import GraphQLEndpoint
from api.settings import Settings
from api.warming import first_statements
from graph.commands.referral_facts import STATEMENTS
from graph.database import Database
from graph.errors import DeadlineExceeded, Unavailable
from graph.migrations import applied_version, expected_version
from graph.warming import warm
from verification.policy import policy_on


def build(settings: Settings, database: Database, *, now: Callable[[], datetime] = utc_now) -> Starlette:
    """The application over an open database; the caller opens and closes it."""
    executor = Executor(database, policy_on(now().date()), now)

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
        return JSONResponse({"status": "ready"}, headers=_HEADERS)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # Beside whoever asks already: waiting for a server that has just started would not make it quicker.
        warming = asyncio.create_task(warm(database, (*first_statements(executor.schema), *STATEMENTS.values())))
        yield
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/graphql", GraphQLEndpoint(executor, development=settings.development)),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *(editor_routes() if settings.development else ()),
        ],
    )


def _unready(reason: str) -> Response:
    return JSONResponse({"status": "unavailable", "reasons": [reason]}, 503, headers=_HEADERS)


_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
