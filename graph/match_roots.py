"""The stewards' list of pairs: therapists and rows of the exclusion list that could be about the same person.

- A pair is one by an equal full name, legal or other; the rules of `verification.matches` say what follows from the
  rest, and are asked by whoever tells the answer.
- Whom nothing was decided about comes first, so that what is settled never hides what is open.
- For anybody but a steward there is nothing here.
"""

from typing import Final

from graph.compile import Compiler
from graph.selection import Selection
from graph.standing import SHARED_FACTS, own_facts_expression

MOST_PEOPLE: Final = 500
"""As many therapists as one answer looks at; what is open among them is told, and settling it brings on the rest."""

CANDIDATES: Final = f"""COLLECT {{
  MATCH (n:Therapist)
  WHERE EXISTS {{ (n)-[:HOLDS]->(:Credential) }}
    AND EXISTS {{ MATCH (x:Exclusion) WHERE x.foldedName IN [n.foldedName, n.otherFoldedName] }}
  WITH n, COUNT {{ (n)<-[:OF]-(:Match) }} AS decided ORDER BY decided, n.id LIMIT {MOST_PEOPLE}
  RETURN {{facts: {own_facts_expression("n")}, name: n.name,
    places: COLLECT {{ MATCH (n)-[:PRACTISES_AT]->(p:Practice) WITH DISTINCT p.city AS city, p.state AS state
      RETURN {{city: city, state: state}} ORDER BY state, city }},
    decisions: COLLECT {{ MATCH (n)<-[:OF]-(m:Match) RETURN m {{.id, .row, .verdict, .fields, .why, .decidedAt}} }},
    rows: COLLECT {{ MATCH (x:Exclusion) WHERE x.foldedName IN [n.foldedName, n.otherFoldedName]
      RETURN {{row: x.row, city: x.city, state: x.state}} ORDER BY x.last, x.id }}}}
}}"""


def matches(compiler: Compiler, selection: Selection, _variant: tuple[str, ...]) -> str:
    """What pairs are told from, for a steward; null for anybody else. Pages are cut by whoever tells them."""
    compiler.bind_pages(selection)
    people = " ".join(CANDIDATES.split())
    return f"CASE WHEN viewer.role = 'steward' THEN {{shared: {SHARED_FACTS}, people: {people}}} END"
