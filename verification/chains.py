"""Chains of evidence: each record is linked to the one before it, so that no past record can be changed unseen.

Every source (a body, a register, the stewards) has one chain. It begins at position 1 and grows at its end only.

The form of a link
------------------
Let `C(v)` be the canonical JSON of a value (canonical.py, RFC 8785) and `H(v)` the SHA-256 of it in lower-case
hexadecimal (FIPS 180-4). For the record at position n of chain S::

    record   r(n) = H(what the record says: each of its properties by name, those of the link itself left out)
    link     h(n) = H({"chain": S, "position": n, "previous": h(n-1), "record": r(n)})      previous of h(1) is null
    head          = (S, n, h(n)) of the last record

- What a record says is fixed when it is added. What becomes known later (that a file was read to its end, and what it
  said) is a record of its own, a *closing*, further along the same chain.
- A record is linked by its hash and not by its text, so that a link can be shown without showing what it holds.
- Changing, dropping, adding or reordering records is found at the first position where it shows, as long as either the
  head or any later link is known from elsewhere. Whoever can write everything can also link everything anew; that is
  what a head that was written down outside is for. A chain says nothing of who wrote it: it is no signature.

It does not know where records are kept.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from verification.canonical import canonical, digest

NOT_SAID: Final = frozenset({"position", "previous", "chain", "completedAt", "statement", "_lock"})
"""Properties that are no part of what a record says: those of its link, what was not known when it was added, and the
words of a statement, which its `sha256` stands for, so that a record can be shown without them."""


class Head(NamedTuple):
    """Where a chain ends: how many records it has, and the hash of its last link; 0 and None when it has none."""

    chain: str
    position: int = 0
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One link: its chain and position, the hash before it, the hash of its record, and its own hash."""

    chain: str
    position: int
    previous: str | None
    record: str
    hash: str


class Break(NamedTuple):
    """Where a chain does not hold: at which position, and a sentence that says what is wrong there."""

    position: int
    problem: str


def record_hash(record: Mapping[str, Any]) -> str:
    """The hash of what a record says; null is the same as nothing. Raises TypeError or ValueError for what is no JSON.

    `record` may hold the properties of the link, which do not count.
    """
    return digest(said_by_record(record))


def said_by_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says: its properties without those that are no part of it, and without those that are null."""
    return {name: value for name, value in record.items() if name not in NOT_SAID and value is not None}


def link_hash(chain: str, position: int, previous: str | None, record: str) -> str:
    """The hash of a link whose record has the hash `record`."""
    return digest({"chain": chain, "position": position, "previous": previous, "record": record})


def link_after(head: Head, record: Mapping[str, Any]) -> Link:
    """The link of a record that is added behind `head`."""
    said, position = record_hash(record), head.position + 1
    return Link(head.chain, position, head.hash, said, link_hash(head.chain, position, head.hash, said))


def head_of(link: Link) -> Head:
    """The head of a chain that ends with this link."""
    return Head(link.chain, link.position, link.hash)


def flaw(before: Head, link: Link) -> Break | None:
    """What is wrong with a link that should stand right behind `before`; None when it does.

    `link.record` is the hash of the record as it is now, the rest of the link as it was stored.
    """
    expected = before.position + 1
    if link.position != expected:
        return Break(expected, _misplaced(expected, link.position))
    if link.previous != before.hash:
        return Break(expected, "It does not follow from what stands before it.")
    if link.hash != link_hash(before.chain, link.position, link.previous, link.record):
        return Break(expected, "It is not what was linked here: the record or its hash was changed.")
    return None


def _misplaced(expected: int, found: int) -> str:
    if found > expected:
        return f"Nothing stands at position {expected}; the next record is at {found}."
    return f"Another record stands at position {found} already."


def end_flaw(last: Head, head: Head) -> Break | None:
    """What is wrong with where a chain ends, by its own head; None when nothing is."""
    if last.position < head.position:
        return Break(last.position + 1, f"The chain ends here; by its head it has {head.position} records.")
    if last.position > head.position:
        return Break(head.position + 1, f"By its head the chain has {head.position} records; this is one more.")
    if last.hash != head.hash:
        return Break(last.position, "The head has another hash than the last record.")
    return None


def first_break(chain: str, links: Iterable[Link], head: Head) -> Break | None:
    """Where a whole chain, in the order of its positions, first does not hold; None when all of it does."""
    before = Head(chain)
    for link in links:
        found = flaw(before, link)
        if found is not None:
            return found
        before = head_of(link)
    return end_flaw(before, head)


class Said:
    """What one piece of evidence says, row by row: how many rows, and one hash over all of them in their order."""

    __slots__ = ("_hash", "count")

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()

    def add(self, row: Mapping[str, Any]) -> None:
        """One more row; null is the same as nothing."""
        self.count += 1
        self._hash.update(canonical({name: value for name, value in row.items() if value is not None}))
        self._hash.update(b"\n")

    @property
    def hash(self) -> str:
        """The SHA-256 over the rows so far, each as its canonical JSON and a line feed."""
        return self._hash.hexdigest()
