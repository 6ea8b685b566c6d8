"""What a proof to be taken away is made of: the facts about one practitioner, and the evidence they come from.

- Facts and evidence are read one after the other. Evidence is only ever added, so the second read cannot contradict
  the first.
- It does not decide, and does not know how a proof is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.instants import instant
from graph.standing import SHARED_FACTS, Reader, facts_from, own_facts_expression, shared_facts
from verification.bundles import EvidenceRecord, evidence_ids
from verification.evidence import Facts, SourceType

_READ_BY_NPI: Final = f"""
WITH {SHARED_FACTS} AS shared
MATCH (n:Practitioner {{npi: $npi}})
RETURN shared, {own_facts_expression("n")}
"""

_READ_EVIDENCE: Final = """
UNWIND $ids AS id
MATCH (e:Evidence {id: id})
RETURN {id: e.id, source: e.source, sourceType: e.sourceType, method: e.method, edition: e.edition, sha256: e.sha256,
  answeredAt: e.answeredAt, recordedAt: e.recordedAt}
"""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The facts about one practitioner and the evidence they come from."""

    facts: Facts
    evidence: tuple[EvidenceRecord, ...]


async def read_grounds(read: Reader, npi: str) -> Grounds | None:
    """What a decision about the practitioner of that NPI rests on; None when there is no such practitioner.

    `read` is `database.read` or, inside a transaction, `statements.run`.
    """
    found = await read(_READ_BY_NPI, {"npi": npi})
    if not found:
        return None
    ((shared, own),) = found
    facts = facts_from(own, shared_facts(shared))
    rows = await read(_READ_EVIDENCE, {"ids": list(evidence_ids(facts))})
    return Grounds(facts, tuple(_record(row) for (row,) in rows))


def _record(found: Mapping[str, Any]) -> EvidenceRecord:
    return EvidenceRecord(
        id=found["id"],
        source=found["source"],
        source_type=SourceType(found["sourceType"]),
        method=found["method"] or None,
        edition=found["edition"] or None,
        sha256=found["sha256"],
        answered_at=instant(found["answeredAt"]),
        recorded_at=instant(found["recordedAt"]),
    )
