"""Rows that wait for a person to say whose credential they are about: the list of them, and the decisions.

- A decision frees whom the claim held back, in the same transaction; what follows is decided by the same rules as ever.
- Whom a row is not about is remembered candidate by candidate; the claim is closed with the last of them.
- Every decision says who made it, when and why. A claim that is closed stays so.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database, Statements
from graph.directory import recompute
from graph.instants import instant
from verification.policies import Policies

PAGE: Final = 100
DEADLINE: Final = 60.0

_PERSON: Final = ".id, .npi, .name, .birthDate"

_OPEN: Final = f"""
MATCH (k:Claim) WHERE k.id > $after AND k.decidedAt IS NULL
WITH k ORDER BY k.id LIMIT $limit
RETURN k {{.*,
  holder: head([(k)-[:CONTESTS]->(:Credential)<-[:HOLDS]-(n:Practitioner) | n {{{_PERSON}}}]),
  candidates: COLLECT {{ MATCH (k)-[m:MAY_BE]->(n:Practitioner) WHERE m.verdict IS NULL
    RETURN n {{{_PERSON}, likeness: m.likeness}} ORDER BY m.likeness DESC, n.id }}}}
"""

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (k:Claim {{id: $claim}})
RETURN {{account: viewer.id, role: viewer.role}} AS who, receipt {{.inputHash, .object}} AS receipt,
  k {{.claimedTwice, .decidedAt,
    candidate: EXISTS {{ (k)-[:MAY_BE]->(:Practitioner {{id: $practitioner}}) }},
    holder: EXISTS {{ (k)-[:CONTESTS]->(:Credential)<-[:HOLDS]-(:Practitioner {{id: $practitioner}}) }}}} AS claim
"""

_DECIDE: Final = f"""{ENTER} AND viewer.role = $role
MATCH (k:Claim {{id: $claim}})
SET k._lock = $now
WITH viewer, k WHERE k.decidedAt IS NULL
CALL (viewer, k) {{
  MATCH (k)-[m:MAY_BE]->(n:Practitioner) WHERE $everybody OR n.id = $practitioner
  SET m.verdict = $verdict, m.decidedAt = $now, m.decidedBy = viewer.id, m.why = $why
}}
WITH viewer, k, $verdict = 'same' OR NOT EXISTS {{ MATCH (k)-[m:MAY_BE]->() WHERE m.verdict IS NULL }} AS closes
FOREACH (_ IN CASE WHEN closes THEN [1] ELSE [] END | SET k.decidedAt = $now, k.decidedBy = viewer.id, k.why = $why)
RETURN CASE WHEN closes THEN COLLECT {{ MATCH (k)-[:FREEZES]->(n:Practitioner) RETURN n.id ORDER BY n.id }} ELSE [] END
"""

_FREED: Final = """
UNWIND $ids AS id MATCH (n:Practitioner {id: id}) SET n._lock = $now, n.revision = coalesce(n.revision, 0) + 1
"""

_FINISH: Final = f"{ENTER}MATCH (node:Practitioner {{id: $practitioner}})\n{LEAVE_RECEIPT}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a row could be about; `likeness` of the names, of 100, is shown and decides nothing."""

    npi: str | None
    name: str
    birth_date: date | None
    likeness: int | None = None


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A row that nobody has decided about, as the body worded it, with who holds the credential here."""

    id: str
    body: str
    kind: str
    number: str
    name: str
    npi: str | None
    birth_date: date | None
    reason: str
    claimed_twice: bool
    recorded_at: datetime
    holder: Candidate | None
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ClaimGround:
    """What a decision rests on. `found` says whether there is such a claim; `open` whether it is undecided.

    `candidate` and `holder` say what the practitioner that was named is to it.
    """

    who: Who | None
    receipt: Receipt | None = None
    found: bool = False
    open: bool = False
    claimed_twice: bool = False
    candidate: bool = False
    holder: bool = False


@dataclass(frozen=True, slots=True)
class ClaimDecision:
    """What is written: about one candidate or, with `everybody`, about all of them."""

    role: str
    claim: str
    practitioner: str
    verdict: str
    why: str
    everybody: bool


async def open_claims(database: Database, page: int = PAGE) -> AsyncIterator[OpenClaim]:
    """Every row that waits for a decision, in the order they came."""
    after = ""
    while rows := await database.read(_OPEN, {"after": after, "limit": page}, deadline=DEADLINE):
        for (found,) in rows:
            yield _claim(found)
        after = rows[-1][0]["id"]


def _claim(found: Mapping[str, Any]) -> OpenClaim:
    parts = (found.get(part) for part in ("givenName", "middleName", "familyName", "suffix"))
    return OpenClaim(
        found["id"],
        found["body"],
        found["kind"],
        found["number"],
        " ".join(part for part in parts if part),
        found.get("npi"),
        _day(found.get("birthDate")),
        found["reason"],
        found["claimedTwice"],
        instant(found["recordedAt"]),
        _candidate(found["holder"]) if found["holder"] else None,
        tuple(map(_candidate, found["candidates"])),
    )


def _candidate(found: Mapping[str, Any]) -> Candidate:
    return Candidate(found["npi"], found["name"] or "", _day(found["birthDate"]), found.get("likeness"))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def read_claim(database: Database, asked: Asked, claim: str, practitioner: str) -> ClaimGround:
    """What a decision about a claim and one practitioner needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "claim": claim, "practitioner": practitioner})
    if not rows:
        return ClaimGround(None)
    who, receipt, found = rows[0]
    known = Who(who["account"], who["role"], None)
    kept = Receipt(receipt["inputHash"], receipt["object"]) if receipt else None
    if found is None:
        return ClaimGround(known, kept)
    still = found["decidedAt"] is None
    return ClaimGround(known, kept, True, still, found["claimedTwice"], found["candidate"], found["holder"])


async def record_claim_decision(
    database: Database, asked: Asked, decision: ClaimDecision, answer: Answer, policies: Policies
) -> Any:
    """Writes the decision and returns the answer; None when somebody else has decided since.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    parameters = {
        **asked.parameters(),
        "role": decision.role,
        "claim": decision.claim,
        "practitioner": decision.practitioner,
        "verdict": decision.verdict,
        "why": decision.why,
        "everybody": decision.everybody,
    }

    async def work(statements: Statements) -> Any:
        rows = await statements.run(_DECIDE, parameters)
        if not rows:
            return None
        freed = rows[0][0]
        await statements.run(_FREED, {"ids": freed, "now": parameters["now"]})
        await recompute(statements, freed, asked.now, policies)
        answered = await statements.run(answer.wanted(_FINISH), {**answer.parameters, **parameters})
        return answered[0][0] if answered else None

    return await database.transact(work)
