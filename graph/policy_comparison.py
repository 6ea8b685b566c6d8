"""The whole network decided under two policies, to see what putting the one in force would change.

Rules:
- Nothing is written. Everybody who holds a credential is read, a batch at a time, so that memory stays the same however
  many there are.
- One statement reads a batch; what it reads is the ground of every other decision.

Does not know how a decision is made.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from graph.database import Database
from graph.standing import SHARED_FACTS, facts_from, own_facts_expression, shared_facts
from verification.comparisons import Comparison, Difference, compare, places

BATCH: Final = 500
DEADLINE: Final = 120.0

_HOLDERS: Final = f"""
WITH {SHARED_FACTS} AS shared
RETURN shared, COLLECT {{
  MATCH (n:Practitioner) WHERE n.id > $after AND EXISTS {{ (n)-[:HOLDS]->(:Credential) }}
  WITH n ORDER BY n.id LIMIT $limit
  RETURN {{name: n.name, facts: {own_facts_expression("n")}}}
}}
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One practitioner in one place under both policies; `difference` is None where the verdict is the same."""

    npi: str | None
    name: str
    jurisdiction: str
    difference: Difference | None


async def compare_network(
    database: Database, asked: Comparison, advance: Callable[[int], None] = lambda _: None, *, batch: int = BATCH
) -> AsyncIterator[Compared]:
    """Every practitioner in every place of the country that is open to them, by practitioner's id and place.

    `advance` is told of each further number of practitioners done.
    """
    after = ""
    while True:
        ((shared, found),) = await database.read(_HOLDERS, {"after": after, "limit": batch}, deadline=DEADLINE)
        everybody = shared_facts(shared)
        for person in found:
            facts = facts_from(person["facts"], everybody)
            for place in places(facts, asked):
                yield Compared(facts.npi, person["name"] or "", place, compare(facts, place, asked))
        advance(len(found))
        if len(found) < batch:
            return
        after = found[-1]["facts"]["id"]
