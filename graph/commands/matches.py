"""Whether a row of the exclusion list is about a therapist: the pairs a person must decide, and the decisions.

- A pair to decide is a therapist with credentials and a row of the edition in force that the rules of
  `verification.matches` leave open.
- The therapist is locked before the revision is tested, so that a decision and other evidence never cross.
- Windows, projections and facets are replaced in the same statement, by the directory's one door.
- A decision is never edited: a later one about the same pair takes its key, and the earlier one is kept without.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database
from graph.directory import DIRECTORY_CLAUSE
from graph.standing import SHARED_FACTS, facts_expression, facts_from, own_facts_expression, shared_facts
from verification.evidence import ExclusionRow, Facts
from verification.registers import undecided

PAGE: Final = 100
DEADLINE: Final = 60.0

# An open pair has one and the same name: an equal NPI is a match already.
_CANDIDATES: Final = f"""
WITH {SHARED_FACTS} AS shared
RETURN shared, COLLECT {{
  MATCH (n:Therapist)
  WHERE n.id > $after AND EXISTS {{ (n)-[:HOLDS]->(:Credential) }}
    AND EXISTS {{ MATCH (x:Exclusion) WHERE x.foldedName = n.foldedName }}
  WITH n ORDER BY n.id LIMIT $limit
  RETURN {{facts: {own_facts_expression("n")}, name: n.name,
    places: COLLECT {{ MATCH (n)-[:PRACTISES_AT]->(p:Practice) WITH DISTINCT p.city AS city, p.state AS state
      RETURN {{city: city, state: state}} ORDER BY state, city }},
    rows: COLLECT {{ MATCH (x:Exclusion) WHERE x.foldedName = n.foldedName
      RETURN {{row: x.row, city: x.city, state: x.state}} ORDER BY x.last, x.id }}}}
}}
"""

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (node:Therapist {{id: $practitioner}})
RETURN
  {{account: viewer.id, role: viewer.role}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  CASE WHEN node IS NOT NULL THEN {facts_expression("node")} END AS facts
"""

_RECORD: Final = f"""{ENTER} AND viewer.role = $role
MATCH (t:Therapist {{id: $practitioner}})
SET t._lock = $now
WITH viewer, t WHERE coalesce(t.revision, 0) = $revision
SET t.revision = $revision + 1
WITH viewer, t, t AS node, $standing AS standing
CALL (t) {{
  MATCH (t)<-[:OF]-(old:Match {{key: $match.key}})
  SET old.key = old.key + '|' + old.id, old.replacedAt = $now
}}
CREATE (decision:Match)-[:OF]->(t)
SET decision = $match
WITH viewer, node, t, standing
{DIRECTORY_CLAUSE}
{LEAVE_RECEIPT}
"""


@dataclass(frozen=True, slots=True)
class OpenPair:
    """A therapist and a row that may be about the same person.

    `places` are those of the therapist's practices and `listed` the row's, each (city, state).
    """

    facts: Facts
    name: str
    row: ExclusionRow
    places: tuple[tuple[str, str], ...]
    listed: tuple[str, str]


@dataclass(frozen=True, slots=True)
class MatchGround:
    """What a decision rests on. `facts` is None when there is no such therapist."""

    who: Who | None
    receipt: Receipt | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What is written: by an account of which role, the decision's properties, and the directory's row."""

    role: str
    practitioner: str
    revision: int
    match: Mapping[str, Any]
    standing: Mapping[str, Any]


async def open_pairs(database: Database, now: datetime, page: int = PAGE) -> AsyncIterator[OpenPair]:
    """Every pair that a person has yet to decide, by therapist's id and row; one statement for `page` therapists."""
    after = ""
    while True:
        parameters = {"after": after, "limit": page}
        ((shared, found),) = await database.read(_CANDIDATES, parameters, deadline=DEADLINE)
        everybody = shared_facts(shared)
        for person in found:
            facts = facts_from(person["facts"], everybody)
            for row in undecided(facts, now):
                yield _open_pair(person, facts, row)
        if len(found) < page:
            return
        after = found[-1]["facts"]["id"]


def _open_pair(person: Mapping[str, Any], facts: Facts, row: ExclusionRow) -> OpenPair:
    listed = {each["row"]: _place(each) for each in person["rows"]}
    return OpenPair(facts, person["name"] or "", row, tuple(map(_place, person["places"])), listed[row.id])


def _place(found: Mapping[str, Any]) -> tuple[str, str]:
    return found["city"] or "", found["state"] or ""


async def read_pair(database: Database, asked: Asked, practitioner: str) -> MatchGround:
    """What a decision about `practitioner` needs, in one statement."""
    rows = await database.read(_READ, {**asked.parameters(), "practitioner": practitioner})
    if not rows:
        return MatchGround(None)
    who, receipt, facts = rows[0]
    return MatchGround(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        facts_from(facts) if facts else None,
    )


async def record_decision(database: Database, asked: Asked, decided: Decided, answer: Answer) -> Any:
    """Writes the decision and returns the answer; None when the facts have changed since and nothing was written.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await database.write(
        answer.wanted(_RECORD),
        {
            **answer.parameters,
            **asked.parameters(),
            "role": decided.role,
            "practitioner": decided.practitioner,
            "revision": decided.revision,
            "match": decided.match,
            "standing": decided.standing,
        },
    )
    return rows[0][0] if rows else None
