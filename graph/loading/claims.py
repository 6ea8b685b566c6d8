"""Rows that cannot be taken as they are because it is not certain whose credential they are about: a work list.

Rules:
- A row about a credential that somebody else holds here freezes both persons until a person decides.
- A row that names somebody else than the person of its NPI, and one without an NPI that could be about somebody known
  here, wait for a decision; candidates are shown, never taken.
- A row is the same one in every file: its claim is made of the credential and of whom the row names. What was decided
  about it is remembered, and asked again only when the body names somebody else.
- Nothing of the row is written but this, so that nobody is given a licence by a guess.

Does not know how persons are told apart: `verification.identities` does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz

from graph.database import Statements
from graph.directory import recompute
from graph.instants import millis
from graph.loading.batches import Stamp
from graph.loading.evidence import Evidence
from graph.loading.holders import Doubt, claim_key
from graph.outbox import STEWARDS, Notice, Topic, post
from verification.formats.statements import Statement
from verification.names import fold, full_name_key
from verification.policies import Policies

LIKE: Final = 85
"""From which likeness on, of 100, somebody born on the same day is shown as a candidate."""

_CANDIDATES: Final = """
UNWIND $rows AS row
CALL (row) {
  MATCH (n:Practitioner) WHERE n.foldedName = row.foldedName RETURN n
  UNION
  MATCH (n:Practitioner) WHERE n.otherFoldedName = row.foldedName RETURN n
  UNION
  MATCH (n:Practitioner) WHERE n.birthDate = row.birthDate RETURN n
}
RETURN row.key, n.id, n.name, n.foldedName = row.foldedName OR coalesce(n.otherFoldedName = row.foldedName, false)
ORDER BY row.key, n.id
"""

_RECORD: Final = """
UNWIND $rows AS row
MERGE (k:Claim {key: row.claim.key}) ON CREATE SET k = row.claim
SET k.heardAt = $now
WITH row, k, k.id = row.claim.id AS news
CALL (row, k) {
  UNWIND row.candidates AS candidate
  MATCH (n:Practitioner {id: candidate.id})
  MERGE (k)-[m:MAY_BE]->(n) ON CREATE SET m.likeness = candidate.likeness
}
CALL (row, k, news) {
  WITH row, k, news WHERE news
  OPTIONAL MATCH (holder:Practitioner)-[:HOLDS]->(c:Credential {key: row.freezes})
  FOREACH (_ IN CASE WHEN c IS NULL THEN [] ELSE [1] END | CREATE (k)-[:CONTESTS]->(c))
  WITH row, k, collect(holder) AS holders
  OPTIONAL MATCH (claimant:Practitioner {npi: row.claim.npi}) WHERE row.freezes IS NOT NULL
  WITH k, holders, collect(claimant) AS claimants
  UNWIND holders + claimants AS person
  MERGE (k)-[:FREEZES]->(person)
  SET person.revision = coalesce(person.revision, 0) + 1
  RETURN collect(person.id) AS frozen
}
RETURN k.id, news, frozen, head([(k)-[:CONTESTS]->(c) | c.id])
"""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A row, the key of the credential it names, and why it cannot be said whose that is."""

    statement: Statement
    key: str
    doubt: Doubt


async def record_claims(
    run: Statements, doubtful: Sequence[Doubtful], body: str, evidence: Evidence, policies: Policies, stamp: Stamp
) -> None:
    """Put on the work list what a person has to decide, and freeze whom it concerns. What could be nobody stays out.

    The persons known here by the rows' NPIs and credentials must be locked.
    """
    candidates = await _candidates(run, doubtful)
    rows = [
        _row(each, candidates.get(claim_key(each.key, each.statement), []), body, evidence, stamp)
        for each in doubtful
        if each.doubt.claimed_twice or each.doubt.persons or candidates.get(claim_key(each.key, each.statement))
    ]
    if not rows:
        return
    written = await run.run(_RECORD, {"rows": rows, "now": millis(stamp.now)})
    news = [(claim, frozen, credential) for claim, new, frozen, credential in written if new and frozen]
    await recompute(run, {person for _, frozen, _ in news for person in frozen}, stamp.now, policies)
    await post(run, [notice for each in news for notice in _notices(*each, stamp)])


async def _candidates(run: Statements, doubtful: Sequence[Doubtful]) -> dict[str, list[dict[str, Any]]]:
    """Whom each row could be about: those of the same full name, and those born that day whose names are alike."""
    wanted = {claim_key(each.key, each.statement): each.statement for each in doubtful if each.statement.npi is None}
    if not wanted:
        return {}
    rows = [{"key": key, **_named(statement)} for key, statement in wanted.items()]
    found: dict[str, list[dict[str, Any]]] = {}
    for key, person, name, same_name in await run.run(_CANDIDATES, {"rows": rows}):
        likeness = round(fuzz.token_sort_ratio(fold(name or ""), _shown(wanted[key])))
        if same_name or likeness >= LIKE:
            found.setdefault(key, []).append({"id": person, "likeness": likeness})
    return found


def _named(statement: Statement) -> dict[str, str | None]:
    return {
        "foldedName": full_name_key(statement.given_name, statement.family_name) or None,
        "birthDate": statement.birth_date.isoformat() if statement.birth_date else None,
    }


def _shown(statement: Statement) -> str:
    return fold(f"{statement.given_name} {statement.middle_name} {statement.family_name}")


def _row(
    each: Doubtful, candidates: Iterable[dict[str, Any]], body: str, evidence: Evidence, stamp: Stamp
) -> dict[str, Any]:
    statement, doubt = each.statement, each.doubt
    certain = [{"id": person, "likeness": 100} for person in doubt.persons]
    return {
        "freezes": each.key if doubt.claimed_twice else None,
        "candidates": [*certain, *candidates],
        "claim": {
            "id": next(stamp.ids),
            "key": claim_key(each.key, statement),
            "credential": each.key,
            "body": body,
            "kind": statement.kind,
            "number": statement.number,
            "jurisdiction": statement.jurisdiction,
            "familyName": statement.family_name,
            "givenName": statement.given_name or None,
            "middleName": statement.middle_name or None,
            "suffix": statement.suffix or None,
            "npi": statement.npi,
            "birthDate": statement.birth_date.isoformat() if statement.birth_date else None,
            "claimedTwice": doubt.claimed_twice,
            "reason": doubt.reason,
            "evidence": evidence.id,
            "recordedAt": millis(stamp.now),
        },
    }


def _notices(claim: str, frozen: Sequence[str], credential: str | None, stamp: Stamp) -> Iterable[Notice]:
    """Stewards are told that there is something to decide, and both persons that they are held back by it."""
    for recipient in (STEWARDS, *frozen):
        topic = Topic.CREDENTIAL_CLAIMED_TWICE
        yield Notice(next(stamp.ids), topic, credential or claim, recipient, f"{topic}|{claim}|{recipient}", stamp.now)
