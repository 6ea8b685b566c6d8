"""Who takes part in the loop: people with tokens, two bodies' officers, a steward, and the clock that moves them all.

- Everybody is new in each run, so that runs can follow each other in one graph; the clock only ever goes on.
- It knows nothing of steps nor of what must hold.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from structlog.testing import capture_logs

from api.attachments.files import Shelf
from api.background import Background
from api.clock import SimulatedClock
from api.duties import duties
from api.execute import Answer, Executor, Request
from api.tokens import hash_token
from graph.database import Database
from graph.directory import refresh
from graph.ids import global_id
from graph.instants import millis
from graph.simulation import mark_simulated
from tests.network import Network, Person, key, own, surname
from verification.policies import SHIPPED_POLICIES

THERAPISTS: Final = ("first", "second", "third", "fourth")
SLOW: Final = 60.0
LATE: Final = frozenset({"DEADLINE_EXCEEDED", "OUTCOME_UNKNOWN"})

_EDITION: Final = "MATCH (e:ExclusionEdition) SET e.fetchedAt = $now, e.recordedAt = coalesce(e.recordedAt, $now)"
_NAMED: Final = "MATCH (a:Account {tokenHash: $hash}) SET a.name = $name"
_STEWARD: Final = """
CREATE (:Account {id: $id, tokenHash: $hash, role: 'steward', name: $name, active: true, createdAt: 0})
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks; `practitioner` is the own id of whom they act for, `token` None for whoever has none."""

    name: str
    role: str
    token: str | None
    account: str = ""
    person: Person | None = None

    @property
    def practitioner(self) -> str | None:
        return self.person.id if self.person else None


@dataclass(slots=True)
class Company:
    """Everybody, the application they use, and what it logged."""

    database: Database
    clock: SimulatedClock
    background: Background
    executor: Executor
    network: Network
    shelf: Shelf
    actors: dict[str, Actor] = field(default_factory=dict)
    logged: list[str] = field(default_factory=list)
    said_at: datetime | None = None

    @classmethod
    async def gather(cls, database: Database, start: datetime, folder: Path) -> "Company":
        """Everybody anew, at `start` or where the store's clock stands, if that is later."""
        rows = await database.read("MATCH (s:Simulation) RETURN s.now")
        clock = SimulatedClock(start)
        if rows and rows[0][0]:
            clock.move(datetime.fromtimestamp(rows[0][0] / 1000, tz=start.tzinfo))
        await mark_simulated(database)
        company = cls(
            database,
            clock,
            Background(database, clock, duties(SHIPPED_POLICIES, timedelta(hours=6))),
            Executor(database, SHIPPED_POLICIES, clock, deadline=SLOW),
            await Network(database, clock()).prepare(),
            Shelf(folder / "attachments"),
        )
        await company._everybody()
        await company.renew()
        return company

    async def _everybody(self) -> None:
        author, other = [await self.network.person("Physician") for _ in range(2)]
        await self._join("author", "physician", author)
        await self._join("author's delegate", "delegate", author)
        await self._join("other physician", "physician", other)
        for name in (*THERAPISTS, "stranger"):
            therapist = await self.network.therapist()
            await self._join(name, "therapist", therapist)
            if name == "first":
                await self._join("first's delegate", "delegate", therapist)
        for number in (1, 2):
            await self._join(f"officer {number}", "officer", None, "CA-BBS")
        await self._join("certifier", "officer", None, "AASECT")
        token, name = f"bona_{key()}", surname()
        await self.database.write(_STEWARD, {"id": own(), "hash": hash_token(token), "name": name})
        self.actors["steward"] = Actor("steward", "steward", token, name)
        self.actors["nobody"] = Actor("nobody", "anonymous", None)

    async def _join(self, name: str, role: str, person: Person | None, body: str = "") -> None:
        token, shown = f"bona_{key()}", surname()
        hashed = await self.network.account(role, person.id if person else body, token)
        await self.database.write(_NAMED, {"hash": hashed, "name": shown})
        self.actors[name] = Actor(name, role, token, shown, person)

    @property
    def therapists(self) -> tuple[Person, ...]:
        return tuple(person for name in THERAPISTS if (person := self.actors[name].person))

    async def renew(self) -> None:
        """Bodies say of everybody that they stand as they stood, so that no answer grows too old."""
        await self.database.write(_EDITION, {"now": millis(self.clock())})
        for person in (*self.therapists, self.person("stranger")):
            licence, *rest = person.credentials.values()
            status = await self.status_of(licence)
            await self._confirm("officer 1", (licence,) if status not in ("SUSPENDED", "REVOKED") else ())
            await self._confirm("certifier", rest)
        ids = [person.id for person in (*self.therapists, self.person("stranger"))]
        await refresh(self.database, ids, self.clock(), SHIPPED_POLICIES)
        self.said_at = self.clock()

    async def _confirm(self, officer: str, credentials: Any) -> None:
        items = [{"credential": global_id(f"Credential:{each}"), "expires": "2099-12-31"} for each in credentials]
        if items:
            said = {"idempotencyKey": key(), "items": items}
            query = (
                "mutation C($input: ConfirmCredentialsInput!) { done: confirmCredentials(input: $input) "
                "{ problems { code message } } }"
            )
            await self.ask(self.actors[officer], query, {"input": said})

    async def status_of(self, credential: str) -> str:
        rows = await self.database.read("MATCH (c:Credential {id: $id}) RETURN c.status", {"id": credential})
        return str(rows[0][0])

    def person(self, name: str) -> Person:
        person = self.actors[name].person
        assert person is not None
        return person

    async def ask(self, actor: Actor, query: str, variables: Mapping[str, Any]) -> bytes:
        """The answer's bytes. A busy machine may plan a question too late: it is asked again, key and all."""
        answer = Answer(b"")
        for _ in range(8):
            answer = await self.executor.run(Request(query, variables, None, actor.token))
            if answer.code not in LATE and not any(code.encode() in answer.body for code in LATE):
                break
        return answer.body

    async def data(self, actor: Actor, query: str, variables: Mapping[str, Any]) -> Any:
        return orjson.loads(await self.ask(actor, query, variables)).get("data")


class _Kept(logging.Handler):
    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.INFO)
        self.kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


@contextmanager
def listening(company: Company) -> Iterator[None]:
    """Keep every line of the log, by whomever it is written."""
    kept = _Kept(company.logged)
    logging.getLogger().addHandler(kept)
    try:
        with capture_logs() as lines:
            yield
        company.logged.extend(repr(line) for line in lines)
    finally:
        logging.getLogger().removeHandler(kept)
