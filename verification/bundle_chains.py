"""What a bundle shows of the chains of evidence, and whether it fits together.

- Each record of evidence comes with all it says, as the canonical JSON whose hash is linked, and with its link.
- Each chain comes with its head, and with the hashes of all records from the first that the bundle holds to the head
  where they are few. Then the head follows from the bundle; else it is only told.
- Whoever was told a head by the issuer at that time or later can so be sure that the records were not changed since.
  Without that, this shows damage and careless edits only: chains are no signature (chains.py).
- Evidence that stands in no chain, because an older version of the program recorded it, has neither record nor link.
- It does not know what the evidence is for, nor where chains are kept.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Protocol

from verification.canonical import canonical
from verification.chains import Link, link_hash

MOST_SHOWN: Final = 500
"""The longest part of a chain that a bundle shows: 64 characters for each record."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS: Final = {"id": "id", "source": "source", "source_type": "sourceType", "sha256": "sha256"}
_OPTIONAL: Final = {"method": "method", "edition": "edition"}
_INSTANTS: Final = {"answered_at": "answeredAt", "recorded_at": "recordedAt"}


class Linked(Protocol):
    """A record of evidence as a bundle has it (bundles.EvidenceRecord)."""

    @property
    def id(self) -> str: ...
    @property
    def record(self) -> str | None: ...
    @property
    def link(self) -> Link | None: ...


@dataclass(frozen=True, slots=True)
class ChainShown:
    """A chain at the time of the export: its head, and the hashes of its records from position `start` to the head.

    `records` is empty when they are too many, or were not asked for.
    """

    chain: str
    position: int
    hash: str
    start: int
    records: tuple[str, ...]


def record_text(record: Mapping[str, Any]) -> str:
    """What a record says, as the canonical JSON whose SHA-256 is linked; `record` holds nothing else."""
    return canonical({name: value for name, value in record.items() if value is not None}).decode()


def evidence_flaws(records: Iterable[Linked]) -> Iterator[str]:
    """What is wrong with any record or its link, taken by themselves."""
    for shown in records:
        if (shown.record is None) != (shown.link is None):
            yield f"The evidence {shown.id} has a link without a record, or a record without a link."
        elif shown.record is not None and shown.link is not None:
            yield from _record_flaws(shown, shown.record)
            yield from _link_flaws(shown, shown.record, shown.link)


def _record_flaws(shown: Linked, text: str) -> Iterator[str]:
    try:
        said = json.loads(text)
        right = isinstance(said, dict) and canonical(said).decode("utf-8", "surrogatepass") == text
    except (ValueError, TypeError, RecursionError):
        said, right = {}, False
    if not right:
        yield f"What the evidence {shown.id} says is not written the one way it is."
        return
    for field, expected in _expected(shown).items():
        # An import writes "" where there is nothing to say.
        if (said.get(field) or None) != expected:
            yield f"The evidence {shown.id} has another {field} than was linked."


def _expected(shown: Any) -> dict[str, Any]:
    texts = {name: getattr(shown, field) for field, name in (_TEXTS | _OPTIONAL).items()}
    instants = {
        name: (getattr(shown, field) - _EPOCH) // timedelta(milliseconds=1) for field, name in _INSTANTS.items()
    }
    return {name: str(value) if value is not None else None for name, value in texts.items()} | instants


def _link_flaws(shown: Linked, text: str, link: Link) -> Iterator[str]:
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != link.record:
        yield f"The evidence {shown.id} is not what was linked at {link.chain} {link.position}."
    if link_hash(link.chain, link.position, link.previous, link.record) != link.hash:
        yield f"The link at {link.chain} {link.position} does not follow from what stands before it."


def chain_flaws(records: Iterable[Linked], chains: Sequence[ChainShown]) -> Iterator[str]:
    """What is wrong with how links and heads fit together."""
    links: dict[str, dict[int, Link]] = {}
    for link in (shown.link for shown in records if shown.link is not None):
        others = links.setdefault(link.chain, {})
        if link.position in others:
            yield f"Two records stand at {link.chain} {link.position}."
        others[link.position] = link
    heads = {shown.chain: shown for shown in chains}
    if len(heads) < len(chains):
        yield "A chain is there twice."
    for chain in sorted(links.keys() ^ heads.keys()):
        yield f"The chain {chain} has {'no head' if chain in links else 'no record'} in the bundle."
    for chain in sorted(links.keys() & heads.keys()):
        yield from _path_flaws(links[chain], heads[chain])


def _path_flaws(links: Mapping[int, Link], shown: ChainShown) -> Iterator[str]:
    positions = sorted(links)
    for before, after in pairwise(positions):
        if after == before + 1 and links[after].previous != links[before].hash:
            yield f"The link at {shown.chain} {after} does not follow from the one before it."
    if positions[-1] > shown.position:
        yield f"The chain {shown.chain} ends at {shown.position}, and a record stands behind it."
    elif positions[-1] == shown.position and links[shown.position].hash != shown.hash:
        yield f"The head of the chain {shown.chain} has another hash than its last record."
    if shown.records:
        yield from _walk_flaws(links, shown)


def _walk_flaws(links: Mapping[int, Link], shown: ChainShown) -> Iterator[str]:
    first = links.get(shown.start)
    if first is None or shown.start + len(shown.records) - 1 != shown.position:
        yield f"The records shown of the chain {shown.chain} do not reach from a record here to its head."
        return
    previous = first.previous
    for position, record in enumerate(shown.records, shown.start):
        previous = link_hash(shown.chain, position, previous, record)
        if position in links and links[position].hash != previous:
            yield f"The link at {shown.chain} {position} does not follow from the records shown."
            return
    if previous != shown.hash:
        yield f"The head of the chain {shown.chain} does not follow from the records shown."
