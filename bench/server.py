"""What is measured: Bonafide's own application, and beside it the same Cypher behind the barest endpoint.

- Both run in one process on one database connection pool, so that the ratio is about the layers between alone.
- The bare endpoint trusts its caller: it checks nothing and knows one question. Its answer is the same.
- The statement of the bare endpoint is the one that the compiler made for the question.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson
import uvicorn
import uvloop
from neo4j.spatial import WGS84Point
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.app import build
from api.clock import utc_now
from api.documents import Documents
from api.plans import plan_for
from api.schema import build_schema
from api.settings import Settings
from api.tokens import hash_token
from graph.database import Database, ServerAddress
from graph.ids import global_id, plain_id
from graph.instants import millis

SEARCH: Final = """
query Search($where: TherapistFilter!, $near: Near!, $first: Int!) {
  therapists(where: $where, near: $near, first: $first) {
    edges {
      distanceKm
      node {
        id npi name acceptsNew waitWeeks
        credentials(first: 5) {
          edges { node { kind number status expires jurisdiction issuedBy { code name kind } } }
        }
      }
    }
  }
}
"""

REFERRAL: Final = """
query Referral($id: ID!) {
  referral(id: $id) {
    version status priority
    concern { code name }
    patient { ageBand area payer familyName givenName birthDate phone }
    currentAttempt { number status recipient { npi name } }
    events(first: 20) { edges { node { number name fromStatus toStatus } } }
  }
}
"""


def _text(document: str, variables: dict[str, Any]) -> str:
    schema = build_schema()
    read = Documents(schema).get(document)
    plan = plan_for(schema, read, read.operation(None), variables)
    (root,) = plan.roots
    slot = root.selection.slot
    return root.statement(plan.arguments(variables)[slot] if slot is not None else {}).text


def _answer(data: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps({"data": data}), media_type="application/json")


def _search_rows(answer: Mapping[str, Any], first: int) -> list[dict[str, Any]]:
    return [
        {
            "distanceKm": row["edges.distanceKm"],
            "node": {
                "id": global_id(node["id"]),
                "npi": node["npi"],
                "name": node["name"],
                "acceptsNew": node["acceptsNew"],
                "waitWeeks": node["waitWeeks"],
                "credentials": {
                    "edges": [
                        {
                            "node": {
                                "kind": held["kind"],
                                "number": held["number"],
                                "status": held["status"],
                                "expires": held["expires"],
                                "jurisdiction": held["jurisdiction"],
                                "issuedBy": {
                                    "code": held["issuedBy"]["code"],
                                    "name": held["issuedBy"]["name"],
                                    "kind": held["issuedBy"]["kind"],
                                },
                            }
                        }
                        for held in (inner["edges.node"] for inner in node["credentials"]["rows"][:5])
                    ]
                },
            },
        }
        for row in answer["rows"][:first]
        for node in (row["edges.node"],)
    ]


def bare_routes(database: Database) -> list[Route]:
    """`/bare/search` and `/bare/referral`."""
    near = {"latitude": 0.0, "longitude": 0.0, "withinKm": 1.0}
    where = {"concern": "erectile-difficulty", "jurisdiction": "CA", "payer": "x", "acceptingNew": True}
    search_text = _text(SEARCH, {"where": where, "near": near, "first": 1})
    referral_text = _text(REFERRAL, {"id": global_id("Referral:x")})

    def account(request: Request) -> str:
        return hash_token(request.headers["authorization"].removeprefix("Bearer "))

    async def search(request: Request) -> Response:
        given = orjson.loads(await request.body())["variables"]
        where, near, first = given["where"], given["near"], given["first"]
        ((answer,),) = await database.read(
            search_text,
            {
                "viewer": account(request),
                "now": millis(utc_now()),
                "s0_facet": f"{where['jurisdiction']}|{where['concern']}|{where['payer']}",
                "s0_acceptingNew": where["acceptingNew"],
                "s0_here": WGS84Point((near["longitude"], near["latitude"])),
                "s0_within": near["withinKm"] * 1000,
                "s0_first": first + 1,
                "s0_after": None,
                "s1_first": 6,
                "s1_after": None,
            },
        )
        return _answer({"therapists": {"edges": _search_rows(answer, first)}})

    async def referral(request: Request) -> Response:
        given = orjson.loads(await request.body())["variables"]
        own = plain_id(given["id"])
        ((answer,),) = await database.read(
            referral_text,
            {
                "viewer": account(request),
                "now": millis(utc_now()),
                "s0_id": own[1] if own else "",
                "s1_first": 21,
                "s1_after": None,
            },
        )
        return _answer({"referral": _referral(answer)})

    return [Route("/bare/search", search, methods=["POST"]), Route("/bare/referral", referral, methods=["POST"])]


def _picked(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names}


def _referral(found: Mapping[str, Any]) -> dict[str, Any]:
    patient, attempt = found["patient"], found["currentAttempt"]
    decade = (utc_now().year - int(patient["ageBand"][:4])) // 10 * 10  # invented birthdays are on 1 January
    return {
        **_picked(found, "version", "status", "priority"),
        "concern": _picked(found["concern"], "code", "name"),
        "patient": {**patient, "ageBand": f"{decade}-{decade + 9}"},
        "currentAttempt": {
            **_picked(attempt, "number", "status"),
            "recipient": _picked(attempt["recipient"], "npi", "name"),
        },
        "events": {
            "edges": [
                {"node": _picked(row["edges.node"], "number", "name", "fromStatus", "toStatus")}
                for row in found["events"]["rows"][:20]
            ]
        },
    }


def application(settings: Settings, database: Database) -> Starlette:
    """Everything that is measured."""
    app = build(settings, database)
    app.router.routes.extend(bare_routes(database))
    return app


def serve(address: ServerAddress, port: int) -> None:
    """A process of its own: the application on `port` until it is ended."""

    async def run() -> None:
        database = await Database.open(address, clock_deadline=30)
        app = application(Settings(), database)
        config = uvicorn.Config(app, port=port, access_log=False, log_level="warning", http="httptools")
        await uvicorn.Server(config).serve()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
