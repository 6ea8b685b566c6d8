"""Bundles for the tests: evidence made up for whatever facts a random history has, and ways to spoil one value."""

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.verification.people import NOW
from verification.bundles import EvidenceRecord, bundle_of, evidence_ids
from verification.evidence import Facts, SourceType
from verification.policy import US_POLICY, Policy

Path = tuple[str | int, ...]


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
    return bundle_of(facts, evidence_for(facts), place, at, known_at, policy)


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
