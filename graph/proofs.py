"""What a proof to be taken away is made of: the facts about one practitioner, and the evidence they come from.

- Each piece of evidence comes with its place in its source's chain, and each chain with its end.
- Facts and evidence are read one after the other. Evidence is only ever added, so the second read cannot contradict
  the first.
- It does not decide, and does not know how a proof is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.instants import instant
from graph.standing import SHARED_FACTS, Reader, facts_from, own_facts_expression, shared_facts
from verification.bundle_chains import MOST_SHOWN, ChainShown, record_text
from verification.bundles import EvidenceRecord, evidence_ids
from verification.chains import Link, record_hash, said_by_record
from verification.evidence import Facts, SourceType

_READ_BY_NPI: Final = f"""
WITH {SHARED_FACTS} AS shared
MATCH (n:Practitioner {{npi: $npi}})
RETURN shared, {own_facts_expression("n")}
"""

_READ_EVIDENCE: Final = """
UNWIND $ids AS id
MATCH (e:Evidence {id: id})
RETURN properties(e), e:Link
"""

# Each chain from the first of these records to its end, where that is not too far.
_READ_CHAINS: Final = """
UNWIND $chains AS wanted
MATCH (chain:Chain {source: wanted.source})
RETURN chain.source, chain.position, chain.head, wanted.start, CASE
  WHEN chain.position - wanted.start < $most THEN COLLECT {
    MATCH (l:Link {source: wanted.source}) WHERE wanted.start <= l.position AND l.position <= chain.position
    RETURN properties(l) ORDER BY l.position }
  ELSE [] END
"""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The facts about one practitioner, the evidence they come from, and the chains that stands in."""

    facts: Facts
    evidence: tuple[EvidenceRecord, ...]
    chains: tuple[ChainShown, ...]


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
    evidence = tuple(_record(row, in_chain=in_chain) for row, in_chain in rows)
    return Grounds(facts, evidence, await _chains(read, evidence))


async def _chains(read: Reader, evidence: Sequence[EvidenceRecord]) -> tuple[ChainShown, ...]:
    starts: dict[str, int] = {}
    for link in (record.link for record in evidence if record.link is not None):
        starts[link.chain] = min(starts.get(link.chain, link.position), link.position)
    wanted = [{"source": source, "start": start} for source, start in sorted(starts.items())]
    rows = await read(_READ_CHAINS, {"chains": wanted, "most": MOST_SHOWN}) if wanted else ()
    return tuple(
        ChainShown(source, position, head, start, tuple(map(record_hash, records)))
        for source, position, head, start, records in rows
    )


def _record(found: Mapping[str, Any], *, in_chain: bool) -> EvidenceRecord:
    return EvidenceRecord(
        id=found["id"],
        source=found["source"],
        source_type=SourceType(found["sourceType"]),
        method=found.get("method") or None,
        edition=found.get("edition") or None,
        sha256=found.get("sha256"),
        answered_at=instant(found["answeredAt"]),
        recorded_at=instant(found["recordedAt"]),
        record=record_text(said_by_record(found)) if in_chain else None,
        link=_link(found) if in_chain else None,
    )


def _link(found: Mapping[str, Any]) -> Link:
    return Link(found["source"], found["position"], found.get("previous"), record_hash(found), found["chain"])
