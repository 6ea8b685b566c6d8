"""Past decisions in the light of what has been learnt since: which would come out otherwise, and who relied on them.

Rules:
- A decision stays as it was made. What is known now about its instant is decided beside it and, when the verdict
  differs from the last one told, added as a reconsideration; a correction that restores the first verdict is one too.
- The policy is the one of the decision's own instant: new rules overturn nothing.
- Only what could change an old answer is looked at: later statements that carry something bad, a later beginning, an
  exclusion, a deactivated NPI, or a decision that was reconsidered before.
- The physician who sent the patient is told, by a notice, once for each reconsideration.

Does not know how standing is decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from graph.database import Database, Statements
from graph.instants import instant, millis
from graph.outbox import Notice, Topic, post
from graph.standing import read_facts
from verification.evidence import Facts
from verification.policies import Policies
from verification.standing import standing
from verification.verdicts import Outcome, Standing

_DOUBTFUL: Final = """
UNWIND $ids AS id
MATCH (t:Practitioner {id: id})<-[:CONCERNS]-(d:Decision)<-[:PROVEN_BY]-(:Attempt)-[:OF]->(node:Referral)
WHERE t.npiDeactivatedOn IS NOT NULL
  OR EXISTS { (d)<-[:OF]-(:Reconsideration) }
  OR EXISTS { MATCH (x:Exclusion) WHERE x.npi = t.npi }
  OR EXISTS { MATCH (x:Exclusion) WHERE x.foldedName = t.foldedName }
  OR EXISTS { MATCH (x:Exclusion) WHERE x.foldedName = t.otherFoldedName }
  OR EXISTS { MATCH (t)-[:HOLDS]->()<-[:ABOUT]-(o:Observation)
              WHERE o.recordedAt > d.knownAt AND (o.status <> 'ACTIVE' OR o.disciplineType IS NOT NULL
                OR o.issued > toString(date(datetime({epochMillis: d.at})))) }
WITH t, d, node ORDER BY d.at, d.id
RETURN t.id, d {.id, .at, .verdict}, node {.id, .jurisdiction,
    author: head([(node)-[:SENT_BY]->(p:Practitioner) | p.id])},
  head(COLLECT { MATCH (d)<-[:OF]-(r:Reconsideration) RETURN r.verdict ORDER BY r.knownAt DESC, r.id DESC LIMIT 1 })
"""

_RECORD: Final = """
UNWIND $found AS found
MATCH (d:Decision {id: found.decision})
MERGE (r:Reconsideration {id: found.reconsideration.id})
  ON CREATE SET r = found.reconsideration
MERGE (r)-[:OF]->(d)
WITH DISTINCT found.referral AS referral
MATCH (node:Referral {id: referral})
SET node.affectedAt = CASE WHEN EXISTS {
  MATCH (node)<-[:OF]-(:Attempt)-[:PROVEN_BY]->(d:Decision)
  WHERE d.verdict <> coalesce(
    head(COLLECT { MATCH (d)<-[:OF]-(r:Reconsideration) RETURN r.verdict ORDER BY r.knownAt DESC, r.id DESC LIMIT 1 }),
    d.verdict)
} THEN coalesce(node.affectedAt, $now) END
"""

_AFFECTED: Final = """
MATCH (t:Practitioner {npi: $npi})<-[:CONCERNS]-(d:Decision)<-[proof:PROVEN_BY]-(:Attempt)-[:OF]->(node:Referral)
MATCH (d)<-[:OF]-(r:Reconsideration)
WITH d, proof, node, r ORDER BY r.knownAt DESC, r.id DESC
WITH d, proof, node, head(collect(r)) AS r
WHERE r.verdict <> d.verdict
RETURN node.id, head([(node)-[:SENT_BY]->(p:Practitioner) | p.npi]), proof.when, d.at, d.verdict, r.verdict, r.knownAt,
  r.reasons
ORDER BY d.at, node.id
"""

DEADLINE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Affected:
    """A decision that a referral rests on, as it was and as it would be now; `of` is "send" or "accept".

    It says which physician relied on it and nothing about the patient.
    """

    referral: str
    physician: str | None
    of: str
    at: datetime
    was: str
    now: str
    known_at: datetime
    reasons: tuple[str, ...]


async def reconsider(statements: Statements, practitioner_ids: Iterable[str], now: datetime, policies: Policies) -> int:
    """Decide anew what these persons' patients were sent on; the number of decisions whose answer has changed.

    One statement when nothing could have changed. Raises nothing of its own.
    """
    rows = await statements.run(_DOUBTFUL, {"ids": sorted(set(practitioner_ids))})
    if not rows:
        return 0
    facts = await read_facts(statements.run, sorted({person for person, *_ in rows}))
    found = [changed for row in rows if (changed := _changed(row, facts, now, policies))]
    if found:
        await statements.run(_RECORD, {"found": found, "now": millis(now)})
        await post(statements, [_notice(each, now) for each in found])
    return len(found)


def _changed(
    row: Sequence[Any], facts: Mapping[str, Facts], now: datetime, policies: Policies
) -> dict[str, Any] | None:
    person, decision, referral, told = row
    at, place = instant(decision["at"]), str(referral["jurisdiction"])
    decided = standing(facts[person], place, at, now, policies.in_force(place, at))
    if decided.verdict.name == (told or decision["verdict"]):
        return None
    return {
        "decision": decision["id"],
        "referral": referral["id"],
        "author": referral["author"],
        "reconsideration": _properties(decision["id"], decided),
    }


def _properties(decision: str, decided: Standing) -> dict[str, Any]:
    bad = [check for check in decided.checks if check.outcome not in {Outcome.PASSED, Outcome.SKIPPED}]
    known_at = millis(decided.known_at)
    return {
        "id": str(uuid5(NAMESPACE_OID, f"{decision}|{known_at}")),
        "verdict": decided.verdict.name,
        "at": millis(decided.at),
        "knownAt": known_at,
        "policyId": decided.policy_id,
        "policyVersion": decided.policy_version,
        "codes": [check.code for check in bad],
        "reasons": [check.reason for check in bad],
    }


def _notice(found: Mapping[str, Any], now: datetime) -> Notice:
    reconsideration = found["reconsideration"]["id"]
    return Notice(
        id=str(uuid5(NAMESPACE_OID, f"{reconsideration}|notice")),
        topic=Topic.REFERRAL_AFFECTED,
        object=found["referral"],
        recipient=found["author"],
        dedupe=f"{Topic.REFERRAL_AFFECTED.value}|{reconsideration}",
        at=now,
    )


async def affected(database: Database, npi: str) -> list[Affected]:
    """The decisions about the practitioner of that NPI that would come out otherwise now, oldest first."""
    rows = await database.read(_AFFECTED, {"npi": npi}, deadline=DEADLINE)
    return [
        Affected(referral, physician, of, instant(at), was, is_now, instant(known_at), tuple(reasons))
        for referral, physician, of, at, was, is_now, known_at, reasons in rows
    ]
