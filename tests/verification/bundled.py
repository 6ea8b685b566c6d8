"""Bundles for the tests: evidence made up for whatever facts a random history has, and ways to spoil one value."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.verification.people import NOW
from verification.bundle_chains import ChainShown, record_text
from verification.bundles import EvidenceRecord, bundle_of, evidence_ids
from verification.chains import Head, head_of, link_after
from verification.evidence import Facts, SourceType
from verification.policy import US_POLICY, Policy

Path = tuple[str | int, ...]


def linked_evidence(facts: Facts) -> tuple[list[EvidenceRecord], list[ChainShown]]:
    """The same with a chain for each source, in which other records stand between these."""
    heads: dict[str, Head] = {}
    hashes: dict[str, list[str]] = {}
    found = []
    for plain_one in evidence_for(facts):
        record = {
            "id": plain_one.id,
            "source": plain_one.source,
            "sourceType": plain_one.source_type.value,
            "method": plain_one.method,
            "edition": "",
            "sha256": plain_one.sha256,
            "answeredAt": round(NOW.timestamp() * 1000),
            "recordedAt": round(NOW.timestamp() * 1000),
            "askedBy": "somebody",
        }
        head = heads.get(plain_one.source, Head(plain_one.source))
        link = link_after(head, record)
        other = link_after(head_of(link), {"id": f"between {plain_one.id}"})
        heads[plain_one.source] = head_of(other)
        hashes.setdefault(plain_one.source, []).extend([link.record, other.record])
        found.append(replace(plain_one, record=record_text(record), link=link))
    shown = [ChainShown(name, head.position, head.hash or "", 1, tuple(hashes[name])) for name, head in heads.items()]
    return found, shown


def evidence_for(facts: Facts) -> list[EvidenceRecord]:
    """A record for every id in the facts, agreeing with the observations that came from it."""
    said = {one.evidence: one for held in facts.credentials for one in held.observations}
    return [
        EvidenceRecord(
            id=own,
            source=said[own].source if own in said else "LEIE",
            source_type=said[own].source_type if own in said else SourceType.PRIMARY,
            method="roster",
            edition=None,
            sha256="ab" * 32,
            answered_at=NOW,
            recorded_at=NOW,
        )
        for own in evidence_ids(facts)
    ]


def bundle_for(
    facts: Facts,
    place: str = "CA",
    at: datetime = NOW,
    known_at: datetime = NOW,
    policy: Policy = US_POLICY,
) -> dict[str, Any]:
    evidence, chains = linked_evidence(facts)
    return bundle_of(facts, evidence, place, at, known_at, policy, chains)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where each text, number, truth value and null stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def get(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def changed(bundle: dict[str, Any], path: Path, new: Any) -> dict[str, Any]:
    """The bundle with one value put in place of another."""
    copied = copy.deepcopy(bundle)
    get(copied, path[:-1])[path[-1]] = new
    return copied
