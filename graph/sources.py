"""How old each source is: the exclusion list, what each body says of its credentials, compacts, and the registry.

Rules:
- A source's age is that of its last answer in full: a file. One officer's word about one credential refreshes no other.
- How long it counts is the policies' business; a body whose kinds count for different times is several sources.
- What was found is kept, so that telling it costs a look; the notice and what was found are one transaction.
- A source is announced once for each age it comes to; after a sleep only for the latest.

Does not know when it is run, nor to whom its findings are shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from graph.database import Database, Statements
from graph.instants import instant, millis
from graph.leases import Fence, prove
from graph.loading.people import new_id
from graph.outbox import STEWARDS, Notice, Topic, post
from verification.ageing import Age, SourceAge
from verification.kinds import KINDS
from verification.policies import Policies
from verification.policy import Policy

DEADLINE: Final = 120.0
_DAY: Final = timedelta(days=1)

_ANSWERS: Final = """
MATCH (e:Evidence) WHERE e.method <> 'officer' RETURN e.source, max(e.answeredAt)
"""
_LIST: Final = """
MATCH (e:ExclusionEdition) WHERE e.completedAt IS NOT NULL
RETURN e.fetchedAt ORDER BY e.edition DESC, e.completedAt DESC LIMIT 1
"""
_HELD: Final = """
MATCH (b:CertifyingBody)<-[:ISSUED_BY]-(c:Credential)<-[:HOLDS]-(n:Practitioner)
WHERE CASE WHEN c.statusUntil <= $now THEN c.statusAfter ELSE c.status END <> 'LAPSED'
RETURN b.code, c.kind, c.jurisdiction, count(DISTINCT n)
"""
_PEOPLE: Final = """
RETURN COUNT { MATCH (n:Therapist) WHERE EXISTS { MATCH (n)-[w:REFERABLE_IN]->() WHERE w.from <= $now < w.until } },
  COUNT { MATCH (n:Practitioner) WHERE EXISTS { (n)-[:HOLDS]->(:Privilege) } }, COUNT { (:Practitioner) }
"""
_PRIVILEGES: Final = """
MATCH (:Privilege)<-[:ABOUT]-(:Observation)-[:FROM]->(e:Evidence) RETURN max(e.answeredAt)
"""

_STORED: Final = """
MATCH (s:SourceAge) RETURN s.source, s.about, s.answeredAt, s.budgetDays, s.people, s.advisory, s.announced
ORDER BY s.source, s.budgetDays
"""
_STORE: Final = """
OPTIONAL MATCH (old:SourceAge) WHERE NOT old.key IN $keys
DETACH DELETE old
WITH count(*) AS _
UNWIND $rows AS row
MERGE (s:SourceAge {key: row.key}) SET s += row
"""


async def read_sources(database: Database, now: datetime, policies: Policies) -> tuple[SourceAge, ...]:
    """The age of every source that anybody hangs on, by name. Counts the network: seconds for a million credentials."""
    parameters = {"now": millis(now)}
    answers = {source: instant(at) for source, at in await database.read(_ANSWERS, deadline=DEADLINE)}
    ((referable, privileged, everybody),) = await database.read(_PEOPLE, parameters, deadline=DEADLINE)
    editions = await database.read(_LIST, deadline=DEADLINE)
    ((privileges,),) = await database.read(_PRIVILEGES, deadline=DEADLINE)
    held = await database.read(_HELD, parameters, deadline=DEADLINE)
    asking = policies.all()
    found = list(_bodies(held, answers, now, policies))
    if editions and (budget := _shortest(asking, "exclusion", "exclusions")):
        found.append(SourceAge("LEIE", ("exclusions",), instant(editions[0][0]), budget, referable))
    if privileges is not None and (budget := _shortest(asking, "compact", "privilege")):
        found.append(SourceAge("COMPACTS", ("privileges",), instant(privileges), budget, privileged))
    if "NPPES" in answers and (ages := [policy.nppes_age for policy in asking if policy.asks("npi")]):
        found.append(SourceAge("NPPES", ("the registry",), answers["NPPES"], min(ages), everybody, advisory=True))
    return tuple(sorted(found, key=lambda source: (source.source, source.budget)))


async def watch_sources(database: Database, now: datetime, policies: Policies, fence: Fence) -> tuple[SourceAge, ...]:
    """Look at every source, keep what was found, and announce whatever came to another age; those announced.

    Raises LeaseLost when somebody else took the lease.
    """
    found = await read_sources(database, now, policies)
    before = {_stored(row).key: row[-1] for row in await database.read(_STORED)}
    ages = {source.key: f"{millis(source.answered_at)}|{source.age(now)}" for source in found}
    news = [s for s in found if s.age(now) is not Age.FRESH and before.get(s.key) != ages[s.key]]
    rows = [{**_row(source), "announced": ages[source.key]} for source in found]
    notices = [_notice(source, ages[source.key], now) for source in news]

    async def work(statements: Statements) -> None:
        await prove(statements, fence)
        await statements.run(_STORE, {"rows": rows, "keys": [row["key"] for row in rows]})
        await post(statements, notices)

    await database.transact(work, deadline=DEADLINE)
    return tuple(news)


async def stored_sources(database: Database) -> tuple[SourceAge, ...]:
    """What was found when the sources were last looked at."""
    return tuple(_stored(row) for row in await database.read(_STORED))


async def next_ageing(database: Database, now: datetime) -> datetime | None:
    """The next instant at which a source comes to another age, as far as was found."""
    changes = (source.next_change(now) for source in await stored_sources(database))
    return min((at for at in changes if at is not None), default=None)


def _bodies(
    held: Iterable[Sequence[Any]], answers: dict[str, datetime], now: datetime, policies: Policies
) -> Iterator[SourceAge]:
    """The bodies, apart by how long what they say counts. Whoever holds two credentials of one body counts twice."""
    kinds: dict[tuple[str, timedelta], dict[str, int]] = {}
    for body, kind, jurisdiction, people in held:
        if body in answers and kind in KINDS:
            budget = policies.in_force(jurisdiction or "", now).longest_age(kind)
            counts = kinds.setdefault((body, budget), {})
            counts[kind] = counts.get(kind, 0) + people
    for (body, budget), counts in kinds.items():
        yield SourceAge(body, tuple(sorted(counts)), answers[body], budget, max(counts.values()))


def _shortest(policies: Iterable[Policy], check: str, budget: str) -> timedelta | None:
    return min((policy.freshness[budget] for policy in policies if policy.asks(check)), default=None)


def _row(source: SourceAge) -> dict[str, Any]:
    return {
        "key": source.key,
        "source": source.source,
        "about": list(source.about),
        "answeredAt": millis(source.answered_at),
        "budgetDays": source.budget // _DAY,
        "people": source.people,
        "advisory": source.advisory,
    }


def _stored(row: Sequence[Any]) -> SourceAge:
    source, about, answered, days, people, advisory, _ = row
    return SourceAge(source, tuple(about), instant(answered), days * _DAY, people, advisory)


def _notice(source: SourceAge, age: str, now: datetime) -> Notice:
    dedupe = f"{Topic.SOURCE_AGEING}|{source.key}|{age}"
    return Notice(new_id(), Topic.SOURCE_AGEING, source.source, STEWARDS, dedupe, now)
