"""Deliveries: from the outbox to the places where people want to be told, one delivery for each notice and place.

Rules:
- A notice is handed out once: in one transaction it leaves the outbox's queue and each endpoint of its recipient's
  accounts gets a delivery; a notice may be for one endpoint alone. An e-mail address that nobody has confirmed gets
  nothing but what is for it alone. A recipient without any is no error: the notice
  stays to be seen.
- The endpoint is what is claimed, never a delivery alone, so that a slow one holds up nobody else, and whatever is
  sent to it is sent by one process at a time.
- A claim is proven by its fence in every transaction that writes for it, and ends by itself by the database's clock
  unless it is kept: a process that was killed after sending and before marking is soon followed by one that sends
  again, under the same id.
- What waits for an endpoint is told in the order in which it happened; what was not taken is overtaken meanwhile.
- An endpoint that fails is left alone for as long as the caller says, and what else waits for it waits along.
- What could not be told stays, with the reason, until somebody tries it again.

Does not know how anything is sent, nor when to try again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from graph.database import Database, Statements
from graph.ids import global_id
from graph.instants import instant, millis, optional_instant
from graph.outbox import STEWARDS, Notice, Topic, post

CLAIM_LASTS: Final = 10.0
"""Seconds after which the endpoints of a process that is gone are somebody else's; whoever lives keeps them."""
HANDED_OUT: Final = 200
"""Notices handed out in one transaction."""
BATCH: Final = 20
"""Deliveries of one endpoint taken at once."""

# The outbox's queue. Whoever comes second finds `nextAt` gone behind the lock.
_HAND_OUT: Final = """
MATCH (o:Outbox) WHERE o.nextAt <= $now
WITH o ORDER BY o.nextAt LIMIT $limit
WITH o ORDER BY o.id
SET o._lock = $now
WITH o WHERE o.nextAt IS NOT NULL
SET o.handedOutAt = $now
REMOVE o.nextAt
WITH o
CALL (o) {
  MATCH (:Practitioner {id: o.recipient})<-[:ACTS_AS]-(a:Account)<-[:OF]-(e:Endpoint) RETURN a, e
  UNION
  MATCH (:CertifyingBody {id: o.recipient})<-[:ACTS_AS]-(a:Account)<-[:OF]-(e:Endpoint) RETURN a, e
  UNION
  MATCH (a:Account {role: 'steward'})<-[:OF]-(e:Endpoint) WHERE o.recipient = $stewards RETURN a, e
  UNION
  MATCH (a:Account)<-[:OF]-(e:Endpoint {id: o.recipient}) RETURN a, e
}
WITH o, a, e WHERE a.active AND e.removedAt IS NULL AND e.disabledAt IS NULL
  AND (e.kind <> 'EMAIL' OR e.confirmedAt IS NOT NULL OR o.recipient = e.id)
MERGE (d:Delivery {key: o.dedupe + '|' + e.id})
  ON CREATE SET d.endpoint = e.id, d.at = $now, d.nextAt = o.at, d.attempts = 0
MERGE (d)-[:OF]->(o)
MERGE (d)-[:TO]->(e)
SET e.nextAt = CASE WHEN e.nextAt IS NULL THEN $now ELSE e.nextAt END
RETURN count(d)
"""

_WAITING: Final = "MATCH (o:Outbox) WHERE o.nextAt <= $now RETURN o.id LIMIT 1"

_CLAIM: Final = """
MATCH (e:Endpoint)
WHERE e.nextAt <= $now AND e.kind IN $kinds AND NOT e.id IN $busy
  AND coalesce(e.claimedUntil, 0) <= datetime.realtime().epochMillis
WITH e ORDER BY e.nextAt LIMIT $limit
WITH e ORDER BY e.id
SET e._lock = $now
WITH e, datetime.realtime().epochMillis AS real
WHERE e.nextAt <= $now AND coalesce(e.claimedUntil, 0) <= real AND e.disabledAt IS NULL AND e.removedAt IS NULL
SET e.fence = coalesce(e.fence, 0) + 1, e.claimedUntil = real + $lasts
RETURN e {.id, .kind, .address, .fence, .failures, .failingSince, .secretNumber, .overlapUntil},
  COLLECT {
    MATCH (d:Delivery {endpoint: e.id}) WHERE d.nextAt <= $now
    WITH d ORDER BY d.nextAt, d.key LIMIT $batch
    MATCH (d)-[:OF]->(o:Outbox)
    WITH d, o ORDER BY d.nextAt, d.key
    RETURN {key: d.key, attempts: d.attempts, dedupe: o.dedupe, topic: o.topic, object: o.object, at: o.at}
  }
"""

# One that was let go in between stays free.
_KEEP: Final = """
UNWIND $claims AS ours
MATCH (e:Endpoint {id: ours.endpoint})
SET e._lock = $now
WITH e, ours WHERE e.fence = ours.fence AND e.claimedUntil > 0
SET e.claimedUntil = datetime.realtime().epochMillis + $lasts
"""

_PROVE: Final = """
MATCH (e:Endpoint {id: $endpoint})
SET e._lock = $now
WITH e WHERE e.fence = $fence
"""

_DELIVERED: Final = f"""{_PROVE}
MATCH (d:Delivery {{key: $key}})
SET d.deliveredAt = $now, d.attempts = d.attempts + 1, e.lastDeliveredAt = $now, e.failures = 0
REMOVE d.nextAt, d.deadAt, d.problem, e.failingSince, e.problem
RETURN 1
"""

# `counts` is false where the fault is ours, as a mail server of our own that does not answer.
_FAILED: Final = f"""{_PROVE}
MATCH (d:Delivery {{key: $key}})
SET d.problem = $problem, d.attempts = d.attempts + CASE WHEN $counts THEN 1 ELSE 0 END,
  d.nextAt = CASE WHEN $dead THEN null ELSE $again END, d.deadAt = CASE WHEN $dead THEN $now END
SET e.problem = $problem, e.failures = coalesce(e.failures, 0) + CASE WHEN $counts THEN 1 ELSE 0 END,
  e.failingSince = CASE WHEN $counts THEN coalesce(e.failingSince, $now) ELSE e.failingSince END
RETURN 1
"""

_LET_GO: Final = f"""{_PROVE}
WITH e, head(COLLECT {{
  MATCH (d:Delivery {{endpoint: e.id}}) WHERE d.nextAt IS NOT NULL RETURN d.nextAt ORDER BY d.nextAt LIMIT 1
}}) AS next
SET e.claimedUntil = 0, e.nextAt = CASE WHEN next < $rests THEN $rests ELSE next END
"""

_DISABLE: Final = f"""{_PROVE}
SET e.disabledAt = $now, e.claimedUntil = 0, e.problem = $problem
REMOVE e.nextAt
WITH e
CALL (e) {{
  MATCH (d:Delivery {{endpoint: e.id}}) WHERE d.nextAt IS NOT NULL
  SET d.deadAt = $now, d.problem = coalesce(d.problem, $problem)
  REMOVE d.nextAt
}}
RETURN e.id
"""

EVERY_TIME: Final = (_WAITING, _HAND_OUT, _CLAIM, _KEEP, _DELIVERED, _LET_GO)
"""What every notice waits for."""


class EndpointKind(StrEnum):
    """By which way an endpoint is reached."""

    EMAIL = "EMAIL"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One delivery to be made: `message` is the id that stays the same however often it is sent.

    `object` is opaque. `attempts` counts the tries before this one.
    """

    key: str
    attempts: int
    message: str
    topic: str
    object: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """An endpoint that is ours for a while, and what waits for it, longest waiting first."""

    endpoint: str
    kind: EndpointKind
    address: str
    fence: int
    failures: int
    failing_since: datetime | None
    secret_number: int
    overlap_until: datetime | None
    waiting: tuple[Waiting, ...]


class ClaimLost(Exception):  # noqa: N818 - says what happened
    """Somebody else delivers to this endpoint now; nothing was written."""


async def hand_out(database: Database, now: datetime) -> int:
    """Give the notices that are due to the endpoints of their recipients; the number of deliveries made of them.

    Looks first, so that an empty outbox costs a read and no transaction.
    """
    made = 0
    while await database.read(_WAITING, {"now": millis(now)}):
        rows = await database.write(_HAND_OUT, {"now": millis(now), "limit": HANDED_OUT, "stewards": STEWARDS})
        made += rows[0][0]
    return made


async def claim(
    database: Database,
    now: datetime,
    kinds: Sequence[EndpointKind],
    *,
    limit: int,
    busy: Sequence[str] = (),
    lasts: float = CLAIM_LASTS,
) -> list[Claim]:
    """Up to `limit` endpoints that have something due, longest due first; `busy` are left out, being ours already.

    The claims end by themselves after `lasts` seconds.
    """
    parameters = {
        "now": millis(now),
        "kinds": [kind.value for kind in kinds],
        "limit": limit,
        "busy": list(busy),
        "batch": BATCH,
        "lasts": int(lasts * 1000),
    }
    if limit <= 0:
        return []
    return [_claim(*row) for row in await database.write(_CLAIM, parameters)]


async def keep_claims(database: Database, ours: Sequence[Claim], now: datetime, *, lasts: float = CLAIM_LASTS) -> None:
    """Put the end of these claims off; those that are no longer ours are left alone."""
    rows = [{"endpoint": each.endpoint, "fence": each.fence} for each in sorted(ours, key=lambda each: each.endpoint)]
    if rows:
        await database.write(_KEEP, {"claims": rows, "now": millis(now), "lasts": int(lasts * 1000)})


async def mark_delivered(database: Database, ours: Claim, delivery: Waiting, now: datetime) -> None:
    """Write down that it was taken. Raises ClaimLost."""
    await _mark(database, _DELIVERED, ours, now, key=delivery.key)


async def mark_failed(
    database: Database,
    ours: Claim,
    delivery: Waiting,
    now: datetime,
    *,
    problem: str,
    again: datetime | None,
    counts: bool = True,
) -> None:
    """Write down that it was not taken; to be tried `again`, or never by itself (None). Raises ClaimLost.

    `problem` is a short plain word for people who look after the network; it holds nothing the other side said.
    """
    given = {"problem": problem, "dead": again is None, "again": millis(again) if again else None, "counts": counts}
    await _mark(database, _FAILED, ours, now, key=delivery.key, **given)


async def let_go(database: Database, ours: Claim, now: datetime, rests: datetime | None = None) -> None:
    """The endpoint is free again; not to be looked at before `rests`. One that is no longer ours is left alone."""
    parameters = _proof(ours, now) | {"rests": millis(rests) if rests else 0}
    await database.write(_LET_GO, parameters)


async def disable(database: Database, ours: Claim, now: datetime, notice_id: str, *, problem: str) -> None:
    """Send there no more until somebody sees to it; what waits is dead, and the stewards are told. Raises ClaimLost."""

    async def work(statements: Statements) -> None:
        if not await statements.run(_DISABLE, _proof(ours, now) | {"problem": problem}):
            raise ClaimLost
        told = Notice(
            id=notice_id,
            topic=Topic.ENDPOINT_DISABLED,
            object=ours.endpoint,
            recipient=STEWARDS,
            dedupe=f"{Topic.ENDPOINT_DISABLED.value}|{ours.endpoint}|{ours.fence}",
            at=now,
        )
        await post(statements, [told])

    await database.transact(work)


async def _mark(database: Database, text: str, ours: Claim, now: datetime, **given: Any) -> None:
    if not await database.write(text, _proof(ours, now) | given):
        raise ClaimLost


def _proof(ours: Claim, now: datetime) -> dict[str, Any]:
    return {"endpoint": ours.endpoint, "fence": ours.fence, "now": millis(now)}


def _claim(endpoint: dict[str, Any], waiting: list[dict[str, Any]]) -> Claim:
    return Claim(
        endpoint=endpoint["id"],
        kind=EndpointKind(endpoint["kind"]),
        address=endpoint["address"],
        fence=endpoint["fence"],
        failures=endpoint["failures"] or 0,
        failing_since=optional_instant(endpoint["failingSince"]),
        secret_number=endpoint["secretNumber"] or 1,
        overlap_until=optional_instant(endpoint["overlapUntil"]),
        waiting=tuple(_waiting(row) for row in waiting),
    )


def _waiting(row: dict[str, Any]) -> Waiting:
    return Waiting(
        key=row["key"],
        attempts=row["attempts"],
        message=message_id(row["dedupe"]),
        topic=row["topic"],
        object=opaque_object(row["topic"], row["object"]),
        at=instant(row["at"]),
    )


def message_id(dedupe: str) -> str:
    """The id by which receivers know a notice again: the same for the same `dedupe`, and saying nothing of it."""
    return f"msg_{sha256(dedupe.encode()).hexdigest()[:32]}"


def opaque_object(topic: str, own: str) -> str:
    """The opaque id of what a notice is about: the word before the topic's dot is its type."""
    return global_id(f"{topic.partition('.')[0].capitalize()}:{own}")
