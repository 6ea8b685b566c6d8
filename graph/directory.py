"""The one door for whatever changes what search can show: windows of standing, profiles, places.

Rules:
- Windows, credential projections and facets are replaced in the transaction that changed what they rest on, and the
  directory's version goes up with them; it is always locked last.
- A window is stored, never a verdict: what ends at midnight in its board's zone is gone then with no job run.
- One facet edge for each window, concern, payer (and any payer) and place of a therapist; whoever names no concern has
  none.
- The persons concerned are locked before their facts are read, in the order of their ids.
- What has not changed is not written.
- With it is kept what it was decided by: the evidence's revision, what counts for everybody, and until when it holds.

Does not know how standing is decided: `verification.standing` does.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from graph.consequences import follow
from graph.database import Database, Statements
from graph.instants import FOR_EVER, millis
from graph.standing import READ_STANDING, Shared, facts_from, shared_facts
from verification.confirmations import HORIZONS
from verification.credentials import YES, CredentialStatus
from verification.evidence import Facts
from verification.policies import Policies
from verification.reviews import waiting_for_review
from verification.standing import CredentialProjection, Window, outlook

BATCH: Final = 500
_AHEAD: Final = timedelta(HORIZONS[-1])
_LONG_GONE: Final = 1900
DEADLINE: Final = 120.0
BREATH: Final = 20
"""People decided between two looks at the network, so that whoever is served beside it does not wait."""

_REPLACE_WINDOWS: Final = """
CALL (t) { MATCH (t)-[w:REFERABLE_IN]->() DELETE w }
CALL (t, standing) {
  UNWIND standing.windows AS window
  MERGE (j:Jurisdiction {code: window.jurisdiction})
  CREATE (t)-[:REFERABLE_IN {from: window.from, until: window.until, notice: window.notice,
    because: window.because}]->(j)
}
"""

_PROJECT_CREDENTIALS: Final = """
CALL (t, standing) {
  UNWIND standing.credentials AS held
  MATCH (t)-[:HOLDS]->(c:Credential {id: held.id})
  SET c.status = held.status, c.statusUntil = held.statusUntil, c.statusAfter = held.statusAfter,
      c.issued = held.issued, c.expires = held.expires, c.endsOn = held.endsOn, c.confirmedAt = held.confirmedAt,
      c.waits = held.waits, c.waitsOn = held.waitsOn, c.lookAt = held.lookAt, c.reviewDue = held.reviewDue
}
"""

# Codes hold no bar, so that a facet's key can be told apart again. An empty payer is any.
_REPLACE_FACETS: Final = """
CALL (t) { MATCH (t)-[f:FOUND_UNDER]->() DELETE f }
CALL (t) {
  MATCH (t)-[:TREATS]->(concern:Concern)
  MATCH (t)-[w:REFERABLE_IN]->(j:Jurisdiction)
  WITH t, w, j.code + '|' + concern.code + '|' AS begin,
       [''] + COLLECT { MATCH (t)-[:ACCEPTS]->(p:Payer) RETURN p.code } AS payers,
       COLLECT { MATCH (t)-[:SPEAKS]->(l:Language) RETURN l.code ORDER BY l.code } AS languages,
       COLLECT { MATCH (t)-[:OFFERS]->(m:Modality) RETURN m.code ORDER BY m.code } AS modalities
  OPTIONAL MATCH (t)-[:PRACTISES_AT]->(place:Practice)
  UNWIND payers AS payer
  MERGE (f:Facet {key: begin + payer})
  CREATE (t)-[o:FOUND_UNDER {from: w.from, until: w.until, notice: w.notice,
    acceptsNew: coalesce(t.acceptsNew, false), languages: languages, modalities: modalities}]->(f)
  SET o.location = place.location
}
"""

# The revision is read where the person is locked, so that it is the one the standing was decided at.
_STAMP: Final = """
SET t.decidedRevision = coalesce(t.revision, 0), t.decidedUnder = standing.decidedUnder,
    t.decidedUntil = standing.decidedUntil
"""

_BUMP: Final = """
MERGE (directory:Directory {name: 'directory'})
  SET directory.version = coalesce(directory.version, 0) + 1
"""

DIRECTORY_CLAUSE: Final = _STAMP + _REPLACE_WINDOWS + _PROJECT_CREDENTIALS + _REPLACE_FACETS + _BUMP
"""Goes after `UNWIND $standings AS standing MATCH (t:Practitioner {id: standing.id})`; rows are `standing_row`'s."""

PROFILE_CLAUSE: Final = _REPLACE_FACETS + _BUMP
"""What stands after a therapist `t` whose profile or places were changed in the same statement."""

_BEGIN: Final = "UNWIND $standings AS standing MATCH (t:Practitioner {id: standing.id})"
_END: Final = f"WITH count(t) AS persons WHERE persons > 0 {_BUMP} RETURN persons"
_RECORD: Final = _BEGIN + _STAMP + _REPLACE_WINDOWS + _PROJECT_CREDENTIALS + _REPLACE_FACETS + _END
_RECORD_STAMPS: Final = _BEGIN + _STAMP
_RECORD_FACETS: Final = f"UNWIND $ids AS id MATCH (t:Practitioner {{id: id}}) {_REPLACE_FACETS} {_END}"

_LOCK: Final = """
UNWIND $ids AS id MATCH (n:Practitioner {id: id}) SET n._lock = $now
"""

# Whoever was decided by somebody else since it was read, or has other evidence now, is left out.
_LOCK_UNCHANGED: Final = """
UNWIND $read AS before MATCH (n:Practitioner {id: before.id}) SET n._lock = $now
WITH n, before WHERE coalesce(n.revision, 0) = before.revision
  AND coalesce(n.decidedRevision, -1) = coalesce(before.decided[0], -1)
  AND coalesce(n.decidedUnder, '') = coalesce(before.decided[1], '')
  AND coalesce(n.decidedUntil, -1) = coalesce(before.decided[2], -1)
RETURN n.id
"""

_HOLDERS: Final = """
MATCH (n:Practitioner) WHERE n.id > $after AND EXISTS { (n)-[:HOLDS]->(:Credential) }
RETURN n.id ORDER BY n.id LIMIT $limit
"""


def standing_row(facts: Facts, now: datetime, policies: Policies, under: str | None = None) -> dict[str, Any]:
    """What is to be stored about one practitioner, in the form `DIRECTORY_CLAUSE` reads.

    Windows are in the order of place and beginning, credentials in that of their ids. `under` is `decided_under` of the
    same, where it is known already.
    """
    found, due = outlook(facts, now, policies), waiting_for_review(facts, now, policies)
    windows = [_window_row(place, window) for place, opened in found.windows.items() for window in opened]
    credentials = [_credential_row(own, found.credentials[own], due=own in due) for own in sorted(found.credentials)]
    return {
        "id": facts.practitioner,
        "windows": windows,
        "credentials": credentials,
        "decidedUnder": under or decided_under((facts.exclusion_editions, facts.compact_members), policies, now),
        "decidedUntil": _until(windows, credentials, millis(now)),
    }


def decided_under(shared: Shared, policies: Policies, now: datetime) -> str:
    """A text that changes whenever something changes that counts for everybody: policies, editions of the exclusion
    list, members of compacts.
    """
    editions, members = shared
    known = [policies.fingerprint(now.date()), *map(repr, editions), *sorted(map(repr, members))]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:32]


def _until(windows: Iterable[Mapping[str, Any]], credentials: Iterable[Mapping[str, Any]], now: int) -> int:
    """The first instant after `now` at which what is stored says something else."""
    edges = (edge for window in windows for edge in (window["from"], window["until"]))
    ends = (held["statusUntil"] for held in credentials if held["statusUntil"] is not None)
    return min((at for at in (*edges, *ends) if at > now), default=FOR_EVER)


def _window_row(place: str, window: Window) -> dict[str, Any]:
    return {
        "jurisdiction": place,
        "from": millis(window.start),
        "until": FOR_EVER if window.until is None else min(millis(window.until), FOR_EVER),
        "notice": window.notice,
        "because": list(window.because),
    }


def _credential_row(own_id: str, shown: CredentialProjection, *, due: bool) -> dict[str, Any]:
    ends = min(filter(None, (shown.expires, shown.reverify_by)), default=None)
    return {
        "id": own_id,
        "status": shown.status.value,
        "statusUntil": None if shown.status_until is None else millis(shown.status_until),
        "statusAfter": None if shown.status_after is None else shown.status_after.value,
        "issued": None if shown.issued is None else shown.issued.isoformat(),
        "expires": None if shown.expires is None else shown.expires.isoformat(),
        "endsOn": None if ends is None else ends.isoformat(),
        "confirmedAt": None if shown.confirmed_at is None else millis(shown.confirmed_at),
        "waits": None if shown.waits is None else shown.waits.why.value,
        "waitsOn": None if shown.waits is None or shown.waits.day is None else shown.waits.day.isoformat(),
        "lookAt": _look_at(shown),
        "reviewDue": due or None,
    }


def _look_at(shown: CredentialProjection) -> int:
    """From when on its body should look at a credential, in epoch milliseconds: at once where it waits already."""
    if shown.waits is not None:
        return 0
    stale = shown.status_until if shown.status_after is CredentialStatus.UNKNOWN else None
    ends = shown.expires if shown.status in YES else None
    # A year in which nothing of this was there yet is as good as any other that is long gone.
    near = None if ends is None or ends.year < _LONG_GONE else datetime.combine(ends, time(), UTC) - _AHEAD
    found = [millis(each) for each in (stale, near) if each is not None]
    return min(found, default=FOR_EVER if ends is None or near is not None else 0)


async def record_standings(statements: Statements, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace windows, projections and facets of the persons in `rows` (see `standing_row`), who must be locked."""
    if rows:
        await statements.run(_RECORD, {"standings": list(rows)})


async def refresh_facets(statements: Statements, practitioner_ids: Iterable[str]) -> None:
    """Replace the facets of persons whose profile or places changed, from the windows they have."""
    if ids := sorted(practitioner_ids):
        await statements.run(_RECORD_FACETS, {"ids": ids})


async def recompute(statements: Statements, practitioner_ids: Iterable[str], now: datetime, policies: Policies) -> int:
    """Bring what is stored about these persons' standing up to what is known; the number of persons changed.

    Two or three statements for all of them together, within the transaction that changed the evidence.
    """
    ids = sorted(set(practitioner_ids))
    if not ids:
        return 0
    await statements.run(_LOCK, {"ids": ids, "now": millis(now)})
    ((shared, found),) = await statements.run(READ_STANDING, {"ids": ids})
    decided = await _decide(shared, found, now, policies)
    await _record(statements, decided)
    await follow(statements, ids, now, policies)
    return len(decided.changed)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of the persons that were read: the rows of those for whom something changes, the stamps of those
    for whom only what it rests on does, and of everybody what the decision was made on.
    """

    changed: list[dict[str, Any]]
    same: list[dict[str, Any]]
    read: list[dict[str, Any]]

    def only(self, ids: Container[str]) -> "Decided":
        """The same for some of them."""
        return Decided(*([row for row in rows if row["id"] in ids] for rows in (self.changed, self.same, self.read)))


async def decide_ahead(
    database: Database, practitioner_ids: Sequence[str], now: datetime, policies: Policies
) -> Decided:
    """Decide anew on these persons, by id, without a lock; `record_ahead` writes it unless they changed meanwhile."""
    ((shared, found),) = await database.read(READ_STANDING, {"ids": list(practitioner_ids)}, deadline=DEADLINE)
    return await _decide(shared, found, now, policies)


async def record_ahead(statements: Statements, decided: Decided, now: datetime, policies: Policies) -> int:
    """Write what was decided ahead, and decide again on whoever changed since; the number of persons changed."""
    rows = await statements.run(_LOCK_UNCHANGED, {"read": decided.read, "now": millis(now)})
    unchanged = {own for (own,) in rows}
    still = decided.only(unchanged)
    await _record(statements, still)
    await follow(statements, unchanged, now, policies)
    rest = [row["id"] for row in decided.read if row["id"] not in unchanged]
    return len(still.changed) + await recompute(statements, rest, now, policies)


async def _decide(
    shared: Mapping[str, Any], found: Sequence[Mapping[str, Any]], now: datetime, policies: Policies
) -> Decided:
    everybody = shared_facts(shared)
    under = decided_under(everybody, policies, now)
    decided = Decided([], [], [])
    for number, person in enumerate(found, 1):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        row = standing_row(facts_from(person["facts"], everybody), now, policies, under)
        revision = person["facts"]["revision"]
        decided.read.append({"id": row["id"], "revision": revision, "decided": person["decided"]})
        _keep_beginnings(row["windows"], person["windows"], millis(now))
        if row["windows"] != person["windows"] or row["credentials"] != person["credentials"]:
            decided.changed.append(row)
        elif [revision, under, row["decidedUntil"]] != person["decided"]:
            decided.same.append({name: row[name] for name in ("id", "decidedUnder", "decidedUntil")})
    return decided


async def _record(statements: Statements, decided: Decided) -> None:
    await record_standings(statements, decided.changed)
    if decided.same:
        await statements.run(_RECORD_STAMPS, {"standings": decided.same})


def _keep_beginnings(computed: list[dict[str, Any]], stored: Sequence[Mapping[str, Any]], now: int) -> None:
    """A window that is open now began when it was first seen open, not at every look at it."""
    for window in computed:
        if window["from"] == now:
            open_before = (
                old["from"]
                for old in stored
                if old["jurisdiction"] == window["jurisdiction"]
                and old["notice"] == window["notice"]
                and old["from"] <= now < old["until"]
            )
            window["from"] = min(open_before, default=now)


async def refresh(
    database: Database,
    practitioner_ids: Iterable[str] | None,
    now: datetime,
    policies: Policies,
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Recompute the standing of these practitioners, or of all who hold a credential; the number of persons changed.

    In transactions of 500 persons; `advance` is told of each further number of persons done. May be stopped and run
    again: what is up to date is not written.
    """
    changed = 0
    batches = _holders(database) if practitioner_ids is None else _in_batches(practitioner_ids)
    async for ids in batches:

        async def work(statements: Statements, ids: Sequence[str] = ids) -> int:
            return await recompute(statements, ids, now, policies)

        changed += await database.transact(work, deadline=DEADLINE)
        advance(len(ids))
    return changed


async def _holders(database: Database) -> AsyncIterator[Sequence[str]]:
    """Everybody who holds a credential, by id, a batch at a time."""
    after = ""
    while rows := await database.read(_HOLDERS, {"after": after, "limit": BATCH}, deadline=DEADLINE):
        after = rows[-1][0]
        yield [row[0] for row in rows]


async def _in_batches(ids: Iterable[str]) -> AsyncIterator[Sequence[str]]:
    rest = sorted(set(ids))
    for start in range(0, len(rest), BATCH):
        yield rest[start : start + BATCH]
