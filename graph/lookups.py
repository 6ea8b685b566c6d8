"""One credential for anybody who can name it exactly, and the notice to its holder that somebody did.

- It is found by its whole key alone: place, body, kind and number. Nothing here lists or completes anything.
- The holder is told at most once a day for each credential, and not of whom: that is never kept.
- It does not know whether the family name that was given is the holder's: the caller compares.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from uuid_utils import uuid7

from graph.database import Database, Statements
from graph.instants import millis, optional_instant
from graph.outbox import Notice, Topic, post
from verification.credentials import CredentialStatus

_FIND: Final = """
RETURN EXISTS { (:Simulation) }, head(COLLECT {
  MATCH (n:Practitioner)-[:HOLDS]->(c:Credential {key: $key})-[:ISSUED_BY]->(b:CertifyingBody)
  WITH n, c, b, c.statusUntil IS NOT NULL AND c.statusUntil <= $now AS passed LIMIT 1
  RETURN {
    id: c.id, holder: n.id, familyName: n.familyName, name: n.name, kind: c.kind, number: c.number,
    jurisdiction: c.jurisdiction, expires: c.expires, confirmedAt: c.confirmedAt, body: b.code,
    status: CASE WHEN passed THEN coalesce(c.statusAfter, 'UNKNOWN') ELSE coalesce(c.status, 'UNKNOWN') END,
    passedAt: CASE WHEN passed THEN c.statusUntil END,
    word: head(COLLECT { MATCH (c)<-[:ABOUT]-(o:Observation)-[:FROM]->(:Evidence {source: b.code})
      RETURN o {.status, .statusDate} ORDER BY o.answeredAt DESC, o.id DESC LIMIT 1 }),
    actions: COLLECT { MATCH (c)<-[:ABOUT]-(o:Observation)-[:FROM]->(:Evidence {source: b.code})
      WHERE o.disciplineType IS NOT NULL
      WITH o.disciplineType AS action, o.disciplineDate AS begun, max(o.disciplineLiftedDate) AS lifted
      RETURN {action: action, begun: begun, lifted: lifted} ORDER BY begun, action }
  }
})
"""


@dataclass(frozen=True, slots=True)
class PublicAction:
    """A public action against the holder, in the body's word; `lifted` is the day it ended."""

    action: str
    begun: date | None
    lifted: date | None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What anybody may know of a credential. `since` is the day its status holds from, where it is known."""

    id: str
    holder: str
    body: str
    family_name: str
    name: str
    kind: str
    number: str
    jurisdiction: str
    status: CredentialStatus
    since: date | None
    passed_at: datetime | None
    expires: date | None
    confirmed_at: datetime | None
    actions: tuple[PublicAction, ...]


async def look_up(database: Database, key: str, now: datetime) -> tuple[LookedUp | None, bool]:
    """The credential of that key (`verification.kinds.credential_key`), and whether the store is simulated.

    One statement; None when there is no such credential.
    """
    ((simulated, found),) = await database.read(_FIND, {"key": key, "now": millis(now)})
    return (_looked_up(found) if found else None), bool(simulated)


async def tell_holder(database: Database, found: LookedUp, now: datetime) -> None:
    """Tell the holder that somebody looked this credential up, once a day."""
    notice = Notice(
        id=str(uuid7()),
        topic=Topic.CREDENTIAL_LOOKED_UP,
        object=found.id,
        recipient=found.holder,
        dedupe=f"{Topic.CREDENTIAL_LOOKED_UP}|{found.id}|{now:%Y-%m-%d}",
        at=now,
    )

    async def work(statements: Statements) -> None:
        await post(statements, [notice])

    await database.transact(work, deadline=5)


def _looked_up(found: dict[str, Any]) -> LookedUp:
    word = found["word"] or {}
    said = word.get("statusDate") if word.get("status") == found["status"] else None
    return LookedUp(
        id=found["id"],
        holder=found["holder"],
        body=found["body"],
        family_name=found["familyName"] or "",
        name=found["name"] or "",
        kind=found["kind"],
        number=found["number"],
        jurisdiction=found["jurisdiction"],
        status=CredentialStatus(found["status"]),
        since=_day(said),
        passed_at=optional_instant(found["passedAt"]),
        expires=_day(found["expires"]),
        confirmed_at=optional_instant(found["confirmedAt"]),
        actions=tuple(
            PublicAction(action["action"], _day(action["begun"]), _day(action["lifted"])) for action in found["actions"]
        ),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
