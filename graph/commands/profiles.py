"""A therapist's own words about herself: what fills the directory and never touches standing.

- Only what is given is replaced; a list that is given takes the place of the one before.
- Facets follow in the same statement, by the directory's one door.
- The therapist is locked first, the directory last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database
from graph.directory import PROFILE_CLAUSE
from graph.loading.people import practice_properties
from verification.concerns import Term
from verification.formats.nppes import Address

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
RETURN
  {{account: viewer.id, role: viewer.role, own: [(viewer)-[:ACTS_AS]->(t:Therapist) | t.id]}} AS who,
  receipt {{.inputHash, .object}} AS receipt
"""

# An absent list is null: nothing is matched to be deleted, and unwinding it gives no row.
_RECORD: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(node:Therapist {{id: $therapist}})
SET node._lock = $now
SET node += $changes, node.profileUpdatedAt = $now
WITH viewer, node, node AS t
CALL (t) {{ MATCH (t)-[old:TREATS]->() WHERE $concerns IS NOT NULL DELETE old }}
CALL (t) {{ UNWIND $concerns AS code MATCH (c:Concern {{code: code}}) CREATE (t)-[:TREATS]->(c) }}
CALL (t) {{ MATCH (t)-[old:SPEAKS]->() WHERE $languages IS NOT NULL DELETE old }}
CALL (t) {{
  UNWIND $languages AS term
  MERGE (l:Language {{code: term.code}}) ON CREATE SET l.name = term.name
  CREATE (t)-[:SPEAKS]->(l)
}}
CALL (t) {{ MATCH (t)-[old:ACCEPTS]->() WHERE $payers IS NOT NULL DELETE old }}
CALL (t) {{
  UNWIND $payers AS term
  MERGE (p:Payer {{code: term.code}}) ON CREATE SET p.name = term.name
  CREATE (t)-[:ACCEPTS]->(p)
}}
CALL (t) {{ MATCH (t)-[old:OFFERS]->() WHERE $modalities IS NOT NULL DELETE old }}
CALL (t) {{ UNWIND $modalities AS code MERGE (m:Modality {{code: code}}) CREATE (t)-[:OFFERS]->(m) }}
CALL (t) {{ MATCH (t)-[:PRACTISES_AT]->(old:Practice) WHERE $places IS NOT NULL DETACH DELETE old }}
CALL (t) {{ UNWIND $places AS place CREATE (t)-[:PRACTISES_AT]->(p:Practice) SET p = place }}
{PROFILE_CLAUSE}
{LEAVE_RECEIPT}
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said. None leaves as it was; `changes` are properties of the therapist, `places` of practices."""

    changes: Mapping[str, Any]
    concerns: Sequence[str] | None = None
    languages: Sequence[Term] | None = None
    payers: Sequence[Term] | None = None
    modalities: Sequence[str] | None = None
    places: Sequence[Mapping[str, Any]] | None = None


def place_properties(place: Mapping[str, Any], place_id: str) -> dict[str, Any]:
    """Every property of a practice, from the contract's words for it; its postal code says where it lies."""
    address = Address(
        line1=place.get("addressLine1") or "",
        line2="",
        city=place.get("addressCity") or "",
        state=(place.get("addressState") or "").upper(),
        postal_code=place["addressPostalCode"],
        country="US",
        phone=place.get("phone") or "",
    )
    return {"id": place_id, **practice_properties(address, "PROFILE", place.get("placeName") or "")}


async def read_profile(database: Database, asked: Asked) -> tuple[Who | None, Receipt | None, Sequence[str]]:
    """Who speaks, the receipt of an earlier try, and for which therapists the account acts, in one statement."""
    rows = await database.read(_READ, asked.parameters())
    if not rows:
        return None, None, ()
    who, receipt = rows[0]
    return (
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        who["own"],
    )


async def record_profile(database: Database, asked: Asked, therapist: str, words: Words, answer: Answer) -> Any:
    """Writes the words and returns the answer; None when the account no longer acts as this therapist.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    rows = await database.write(
        answer.wanted(_RECORD),
        {
            **answer.parameters,
            **asked.parameters(),
            "therapist": therapist,
            "changes": words.changes,
            "concerns": words.concerns,
            "languages": _terms(words.languages),
            "payers": _terms(words.payers),
            "modalities": words.modalities,
            "places": words.places,
        },
    )
    return rows[0][0] if rows else None


def _terms(terms: Sequence[Term] | None) -> list[dict[str, str]] | None:
    return None if terms is None else [{"code": term.code, "name": term.name} for term in terms]
