"""The one door for whatever changes what search can show: windows of standing, profiles, places.

Rules:
- Windows, credential projections and facets are replaced in the transaction that changed what they rest on, and the
  directory's version goes up with them; it is always locked last.
- A window is stored, never a verdict: what ends at midnight in its board's zone is gone then with no job run.
- One facet edge for each window, concern, payer (and any payer) and place of a therapist; whoever names no concern has
  none.
- The persons concerned are locked before their facts are read, in the order of their ids.
- What has not changed is not written.

Does not know how standing is decided: `verification.standing` does.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from graph.database import Database, Statements
from graph.instants import FOR_EVER, millis
from graph.standing import READ_STANDING, facts_from, shared_facts
from verification.evidence import Facts, HeldCredential
from verification.policy import Policy
from verification.standing import Window, jurisdictions, projection, windows

BATCH: Final = 500
DEADLINE: Final = 120.0

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
      c.issued = held.issued, c.expires = held.expires, c.confirmedAt = held.confirmedAt
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

_BUMP: Final = """
MERGE (directory:Directory {name: 'directory'})
  SET directory.version = coalesce(directory.version, 0) + 1
"""

DIRECTORY_CLAUSE: Final = _REPLACE_WINDOWS + _PROJECT_CREDENTIALS + _REPLACE_FACETS + _BUMP
"""Goes after `UNWIND $standings AS standing MATCH (t:Practitioner {id: standing.id})`; rows are `standing_row`'s."""

PROFILE_CLAUSE: Final = _REPLACE_FACETS + _BUMP
"""What stands after a therapist `t` whose profile or places were changed in the same statement."""

_BEGIN: Final = "UNWIND $standings AS standing MATCH (t:Practitioner {id: standing.id})"
_END: Final = f"WITH count(t) AS persons WHERE persons > 0 {_BUMP} RETURN persons"
_RECORD: Final = _BEGIN + _REPLACE_WINDOWS + _PROJECT_CREDENTIALS + _REPLACE_FACETS + _END
_RECORD_FACETS: Final = f"UNWIND $ids AS id MATCH (t:Practitioner {{id: id}}) {_REPLACE_FACETS} {_END}"

_LOCK: Final = """
UNWIND $ids AS id MATCH (n:Practitioner {id: id}) SET n._lock = $now
"""

_HOLDERS: Final = """
MATCH (n:Practitioner) WHERE n.id > $after AND EXISTS { (n)-[:HOLDS]->(:Credential) }
RETURN n.id ORDER BY n.id LIMIT $limit
"""


def standing_row(facts: Facts, now: datetime, policy: Policy) -> dict[str, Any]:
    """What is to be stored about one practitioner, in the form `DIRECTORY_CLAUSE` reads.

    Windows are in the order of place and beginning, credentials in that of their ids.
    """
    return {
        "id": facts.practitioner,
        "windows": [
            _window_row(place, window)
            for place in jurisdictions(facts)
            for window in windows(facts, place, now, policy)
        ],
        "credentials": [
            _credential_row(held, now, policy) for held in sorted(facts.credentials, key=lambda held: held.id)
        ],
    }


def _window_row(place: str, window: Window) -> dict[str, Any]:
    return {
        "jurisdiction": place,
        "from": millis(window.start),
        "until": FOR_EVER if window.until is None else min(millis(window.until), FOR_EVER),
        "notice": window.notice,
        "because": list(window.because),
    }


def _credential_row(held: HeldCredential, now: datetime, policy: Policy) -> dict[str, Any]:
    shown = projection(held, now, policy)
    return {
        "id": held.id,
        "status": shown.status.value,
        "statusUntil": None if shown.status_until is None else millis(shown.status_until),
        "statusAfter": None if shown.status_after is None else shown.status_after.value,
        "issued": None if shown.issued is None else shown.issued.isoformat(),
        "expires": None if shown.expires is None else shown.expires.isoformat(),
        "confirmedAt": None if shown.confirmed_at is None else millis(shown.confirmed_at),
    }


async def record_standings(statements: Statements, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace windows, projections and facets of the persons in `rows` (see `standing_row`), who must be locked."""
    if rows:
        await statements.run(_RECORD, {"standings": list(rows)})


async def refresh_facets(statements: Statements, practitioner_ids: Iterable[str]) -> None:
    """Replace the facets of persons whose profile or places changed, from the windows they have."""
    if ids := sorted(practitioner_ids):
        await statements.run(_RECORD_FACETS, {"ids": ids})


async def recompute(statements: Statements, practitioner_ids: Iterable[str], now: datetime, policy: Policy) -> int:
    """Bring what is stored about these persons' standing up to what is known; the number of persons changed.

    Two or three statements for all of them together, within the transaction that changed the evidence.
    """
    ids = sorted(set(practitioner_ids))
    if not ids:
        return 0
    await statements.run(_LOCK, {"ids": ids, "now": millis(now)})
    ((shared, found),) = await statements.run(READ_STANDING, {"ids": ids})
    everybody = shared_facts(shared)
    changed = []
    for person in found:
        row = standing_row(facts_from(person["facts"], everybody), now, policy)
        _keep_beginnings(row["windows"], person["windows"], millis(now))
        if row["windows"] != person["windows"] or row["credentials"] != person["credentials"]:
            changed.append(row)
    await record_standings(statements, changed)
    return len(changed)


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
    policy: Policy,
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
            return await recompute(statements, ids, now, policy)

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
