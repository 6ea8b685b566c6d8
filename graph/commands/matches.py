"""Whether a row of the exclusion list is about a therapist: the pairs a person must decide, and the decisions.

- A pair to decide is a therapist with credentials and a row of the edition in force that the rules of
  `verification.matches` leave open.
- The therapist is locked before the revision is tested, so that a decision and other evidence never cross.
- Windows, projections and facets are replaced in the same statement, by the directory's one door.
- A decision is never edited: a later one about the same pair takes its key, and the earlier one is kept without.
- A decision is evidence of its own, under the id of the decision, in the stewards' chain.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.chains import EXTEND_CLAUSE, head_from, write_linked
from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.consequences import follow
from graph.database import Database
from graph.directory import DIRECTORY_CLAUSE
from graph.standing import SHARED_FACTS, facts_expression, facts_from, own_facts_expression, shared_facts
from verification.chains import Head
from verification.evidence import ExclusionRow, Facts
from verification.policies import Policies
from verification.registers import undecided

PAGE: Final = 100
DEADLINE: Final = 60.0
STEWARDS: Final = "STEWARDS"
"""The source of whatever stewards decide."""

# An open pair has one and the same name: an equal NPI is a match already.
_CANDIDATES: Final = f"""
WITH {SHARED_FACTS} AS shared
RETURN shared, COLLECT {{
  MATCH (n:Therapist)
  WHERE n.id > $after AND EXISTS {{ (n)-[:HOLDS]->(:Credential) }}
    AND EXISTS {{ MATCH (x:Exclusion) WHERE x.foldedName IN [n.foldedName, n.otherFoldedName] }}
  WITH n ORDER BY n.id LIMIT $limit
  RETURN {{facts: {own_facts_expression("n")}, name: n.name,
    places: COLLECT {{ MATCH (n)-[:PRACTISES_AT]->(p:Practice) WITH DISTINCT p.city AS city, p.state AS state
      RETURN {{city: city, state: state}} ORDER BY state, city }},
    rows: COLLECT {{ MATCH (x:Exclusion) WHERE x.foldedName IN [n.foldedName, n.otherFoldedName]
      RETURN {{row: x.row, city: x.city, state: x.state}} ORDER BY x.last, x.id }}}}
}}
"""

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (node:Therapist {{id: $practitioner}})
RETURN
  {{account: viewer.id, role: viewer.role}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  head(COLLECT {{ MATCH (chain:Chain {{source: $stewards}}) RETURN chain {{.position, .head}} }}) AS head,
  CASE WHEN node IS NOT NULL THEN {facts_expression("node")} END AS facts
"""

_RECORD: Final = f"""{ENTER} AND viewer.role = $role
MATCH (t:Therapist {{id: $practitioner}})
SET t._lock = $now
WITH viewer, t WHERE coalesce(t.revision, 0) = $revision
{EXTEND_CLAUSE}
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
    """What a decision rests on. `facts` is None when there is no such therapist.

    `head` is where the stewards' chain of evidence ends.
    """

    who: Who | None
    receipt: Receipt | None = None
    facts: Facts | None = None
    head: Head | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What is written: by an account of which role, the decision's properties and evidence, and the directory's row."""

    role: str
    practitioner: str
    revision: int
    match: Mapping[str, Any]
    evidence: Mapping[str, Any]
    standing: Mapping[str, Any]
    head: Head


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
    parameters = {**asked.parameters(), "practitioner": practitioner, "stewards": STEWARDS}
    rows = await database.read(_READ, parameters)
    if not rows:
        return MatchGround(None)
    who, receipt, head, facts = rows[0]
    return MatchGround(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        facts_from(facts) if facts else None,
        head_from(STEWARDS, head),
    )


async def record_decision(
    database: Database, asked: Asked, decided: Decided, answer: Answer, policies: Policies
) -> Any:
    """Writes the decision and returns the answer; None when the facts have changed since and nothing was written.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await write_linked(
        database,
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
        decided.evidence,
        decided.head,
        decided.practitioner,
        lambda statements: follow(statements, [decided.practitioner], asked.now, policies),
    )
    return rows[0][0] if rows else None
