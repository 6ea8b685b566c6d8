"""A stretch of the network's life in simulated time: people of chance write, answer, forget and err; nobody is lost.

- Everything is done through GraphQL with people's own tokens, and through the clock that moves the background work.
- People choose among what `availableActions` offers them; some sleep for weeks, some send a thing twice or too late.
- Standing is lost and won back; the background work rests now and then and has to catch up.
- What must hold is asked of the graph by rules of its own: see `Year.faults`.
- It wants a graph of its own, marked as simulated.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from api.background import Background
from api.clock import SimulatedClock
from api.duties import duties
from api.execute import Executor, Request
from graph.database import Database
from graph.directory import refresh
from graph.instants import millis
from graph.simulation import mark_simulated
from tests.network import CONCERN, Network, Person, key
from verification.policies import SHIPPED_POLICIES

FOLDERS: Final = {
    "physician": ("DRAFTS", "NEEDS_MY_ACTION", "WAITING", "ACTIVE", "NEW", "TO_BOOK"),
    "therapist": ("NEW", "NEEDS_INFORMATION", "TO_BOOK", "BOOKED", "IN_THERAPY", "REPORT_DUE", "REPORTED"),
}
# What somebody does is drawn from what is offered, some things more often than others; what is not here stays undone.
WEIGHTS: Final = {
    "sendReferral": 30, "openReferral": 20, "acceptReferral": 20, "waitlistReferral": 3, "declineReferral": 6,
    "returnReferral": 3, "requestInformation": 4, "answerInformation": 15, "redirectReferral": 6, "cancelReferral": 2,
    "scheduleVisit": 15, "recordNoShow": 3, "cancelVisit": 2, "startTherapy": 30, "holdReferral": 1,
    "resumeReferral": 8, "sendReport": 12, "referBack": 2, "endReferral": 3, "acknowledgeReport": 20,
    "confirmCancellation": 8, "refuseCancellation": 4, "clearMedicalReview": 10,
}  # fmt: skip
CLOSED: Final = ("CLOSED", "CANCELLED", "ENDED_EARLY", "ENTERED_IN_ERROR")
CANARY: Final = "Canarywood"

LIST: Final = """
query List($folder: WorklistFolder!) {
  worklist(folder: $folder, first: 40) {
    edges { node {
      id version status turn dueAt overdue reason
      patient { ageBand area initials familyName givenName phone email }
      currentAttempt { status acceptedAt endedAt comment }
      availableActions { action allowed }
    } }
  }
}
"""

_FAULTS: Final = """
MATCH (r:Referral)
WITH r, COLLECT { MATCH (r)<-[:OF]-(a:Attempt) RETURN a {.status, .endedAt, .number} } AS attempts,
  COLLECT { MATCH (r)<-[:OF]-(e:Event) RETURN e.number ORDER BY e.number } AS numbers
WITH r, numbers, size([a IN attempts WHERE a.endedAt IS NULL]) AS open
RETURN r.id, r.status, CASE
  WHEN numbers <> range(1, r.version) THEN 'events and version differ'
  WHEN open > 1 THEN 'two attempts are open'
  WHEN r.status IN $closed AND open > 0 THEN 'closed with an open attempt'
  WHEN r.status IN $closed THEN null
  WHEN r.turn IS NULL OR r.turn = 'NOBODY' THEN 'open, and nobody\\'s turn'
  WHEN r.dueAt IS NULL THEN 'open, and no date by which'
  WHEN r.wakeAt IS NULL THEN 'open, and the network never looks again'
  WHEN r.wakeAt < $now - $late THEN 'the network has overslept'
END AS fault
"""

_SAY: Final = """
MATCH (p:Practitioner)-[:HOLDS]->(c:Credential)-[:ISSUED_BY]->(body) WHERE p.id IN $ids
CREATE (e:Evidence {id: randomUUID(), source: body.code, sourceType: 'primary', method: 'roster', sha256: 'year',
  answeredAt: $now, recordedAt: $now})
CREATE (o:Observation {id: randomUUID(), status: CASE WHEN p.id IN $suspended AND c.kind = 'LMFT' THEN 'SUSPENDED'
    ELSE 'ACTIVE' END, word: 'said', statusDate: $day, expires: '2099-12-31', answeredAt: $now, recordedAt: $now})
CREATE (o)-[:FROM]->(e)
CREATE (o)-[:ABOUT]->(c)
WITH DISTINCT p SET p.revision = p.revision + 1
"""

_EDITION: Final = "MATCH (e:ExclusionEdition) SET e.fetchedAt = $now, e.recordedAt = coalesce(e.recordedAt, $now)"


@dataclass(slots=True)
class Actor:
    """Somebody with a token; `asleep` until that instant."""

    person: Person
    role: str
    token: str
    asleep: datetime


@dataclass(slots=True)
class Year:
    """The network, its people, and what was counted."""

    database: Database
    random: Random
    clock: SimulatedClock
    background: Background
    executor: Executor
    network: Network
    actors: list[Actor] = field(default_factory=list)
    sent: int = 0
    moves: int = 0
    refused: int = 0
    seen: list[str] = field(default_factory=list)

    @classmethod
    async def begin(cls, database: Database, start: datetime, seed: int, therapists: int, physicians: int) -> "Year":
        """Everybody in good standing at `start`, with an account."""
        await mark_simulated(database)
        clock = SimulatedClock(start)
        year = cls(
            database,
            Random(seed),
            clock,
            Background(database, clock, duties(SHIPPED_POLICIES, timedelta(hours=6))),
            Executor(database, SHIPPED_POLICIES, clock),
            await Network(database, start).prepare(),
        )
        for _ in range(therapists):
            await year._join(await year.network.therapist(), "therapist")
        for _ in range(physicians):
            await year._join(await year.network.person("Physician"), "physician")
        await year.confirm()
        return year

    async def _join(self, person: Person, role: str) -> None:
        token = f"bona_{key()}"
        await self.network.account(role, person.id, token)
        self.actors.append(Actor(person, role, token, self.clock()))

    async def confirm(self, suspended: float = 0.0) -> None:
        """Every body speaks of everybody again; a share of the therapists is suspended by it, the others stand."""
        now, ids = self.clock(), [actor.person.id for actor in self.actors if actor.role == "therapist"]
        out = [person for person in ids if self.random.random() < suspended]
        await self.database.write(
            _SAY, {"ids": ids, "suspended": out, "now": millis(now), "day": now.date().isoformat()}
        )
        await self.database.write(_EDITION, {"now": millis(now)})
        await refresh(self.database, ids, now, SHIPPED_POLICIES)

    async def day(self, referrals: int) -> None:
        """One day: new referrals in the morning, and people at three hours of it."""
        start = self.clock()
        for _ in range(referrals):
            await self._write()
        for hours in (1, 4, 8):
            await self.background.move_to(start + timedelta(hours=hours))
            for actor in self.actors:
                await self._act(actor)
        if not self.random.random() < 0.1:  # the background work is not there every night
            await self.background.move_to(start + timedelta(days=1))
        else:
            self.clock.move(start + timedelta(days=1))

    async def rest(self, days: int) -> None:
        """Everybody goes away; the network goes on."""
        for _ in range(days):
            await self.background.move_to(self.clock() + timedelta(days=1))

    async def faults(self) -> list[tuple[str, str, str]]:
        """Referrals that are lost or stuck, each with its status and why; and whatever was shown too early."""
        rows = await self.database.read(
            _FAULTS,
            {"closed": list(CLOSED), "now": millis(self.clock()), "late": 3 * 86_400_000},
            deadline=60,
        )
        found = [(referral, status, fault) for referral, status, fault in rows if fault]
        if len(rows) < self.sent:
            found.append(("", "", f"{self.sent - len(rows)} referrals are gone"))
        return found + [("", "", text) for text in self.seen]

    async def _write(self) -> None:
        author = self.random.choice([actor for actor in self.actors if actor.role == "physician"])
        therapists = [actor.person for actor in self.actors if actor.role == "therapist"]
        shortlist = self.random.sample(therapists, self.random.randint(1, min(4, len(therapists))))
        name = f"{CANARY}{key()[:8].translate(str.maketrans('0123456789', 'ghijklmnop'))}"
        done = await self._change(
            author,
            "createReferral",
            {
                "patient": {"familyName": name, "givenName": "Quillon", "birthDate": "1984-05-06",
                            "phone": "555-0177", "postalCode": "94610"},
                "concern": CONCERN,
                "jurisdiction": "CA",
                "priority": self.random.choice(["URGENT", "SOON", "ROUTINE"]),
                "candidates": [person.opaque for person in shortlist],
                "reason": f"{CANARY}reason",
                "consent": {"given": True, "method": "spoken"},
                "autoAdvance": self.random.random() < 0.7,
            },
        )  # fmt: skip
        if done:
            self.sent += 1
            await self._move(author, done, "sendReferral")

    async def _act(self, actor: Actor) -> None:
        if actor.asleep > self.clock():
            return
        if self.random.random() < 0.02:
            actor.asleep = self.clock() + timedelta(days=self.random.randint(3, 25))
            return
        for folder in FOLDERS[actor.role]:
            result = await self._ask(actor, LIST, {"folder": folder})
            for edge in result["worklist"]["edges"]:
                self._look(actor, edge["node"])
                if self.random.random() < 0.35:
                    await self._choose(actor, edge["node"])

    def _look(self, actor: Actor, node: dict[str, Any]) -> None:
        """Whoever is not in charge sees nothing that says who the patient is."""
        attempt = node["currentAttempt"] or {}
        if actor.role == "therapist" and node["reason"] is None and CANARY in str(node):
            self.seen.append(f"a name was shown at {node['status']}")
        if actor.role == "therapist" and attempt and not attempt["acceptedAt"] and CANARY in str(node["patient"]):
            author = node["patient"]["phone"] is not None and node["status"] == "SENT"
            if not author:
                self.seen.append(f"a patient was shown before acceptance at {node['status']}")

    async def _choose(self, actor: Actor, node: dict[str, Any]) -> None:
        offered = [each["action"] for each in node["availableActions"] if each["allowed"]]
        wanted = [action for action in offered if action in WEIGHTS]
        if wanted:
            (action,) = self.random.choices(wanted, [WEIGHTS[action] for action in wanted])
            await self._move(actor, node, action)

    async def _move(self, actor: Actor, node: dict[str, Any], action: str) -> None:
        version = node["version"] - (1 if self.random.random() < 0.02 else 0)
        said = {"referral": node["id"], "expectedVersion": version, **self._words(action)}
        own = key()
        done = await self._change(actor, action, said, own)
        if self.random.random() < 0.05:
            again = await self._change(actor, action, said, own)
            if (again is None) != (done is None):
                self.seen.append(f"the same key gave two answers to {action}")

    def _words(self, action: str) -> dict[str, Any]:
        chance, now = self.random, self.clock()
        soon = (now + timedelta(hours=chance.choice([2, 26, 100, 300]))).isoformat()
        decline = ["AT_CAPACITY", "OUTSIDE_SCOPE", "PATIENT_DECLINED", "MEDICAL_WORK_UP_NEEDED_FIRST"]
        words: dict[str, dict[str, Any]] = {
            "declineReferral": {"reason": chance.choice(decline)},
            "returnReferral": {"advice": "Please ask the cardiologist first."},
            "requestInformation": {"question": "Since when?"},
            "answerInformation": {"answer": "For a year."},
            "cancelReferral": {"reason": "NO_LONGER_NEEDED"},
            "scheduleVisit": {"startsAt": soon},
            "holdReferral": {"reason": "PATIENT_PAUSE"},
            "sendReport": {"kind": chance.choice(["INTERIM", "FINAL", "FINAL"]), "recommendation": "None."},
            "referBack": {"request": "INVESTIGATE", "hold": chance.random() < 0.5},
            "endReferral": {"reason": "DISENGAGED", "noContact": True},
            "refuseCancellation": {"reason": "The patient wants to stay."},
        }
        return words.get(action, {})

    async def _change(self, actor: Actor, action: str, said: dict[str, Any], own: str = "") -> dict[str, Any] | None:
        kind = action[0].upper() + action[1:] + "Input"
        query = (
            f"mutation M($input: {kind}!) {{ done: {action}(input: $input) "
            "{ problems { code } referral { id version status } } }"
        )
        done = (await self._ask(actor, query, {"input": {"idempotencyKey": own or key(), **said}}))["done"]
        if done["problems"]:
            self.refused += 1
            return None
        self.moves += 1
        found: dict[str, Any] = done["referral"]
        return found

    async def _ask(self, actor: Actor, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await self.executor.run(Request(query, variables, None, actor.token))
        assert "errors" not in answer.result, answer.result
        found: dict[str, Any] = answer.result["data"]
        return found
