"""Whether a person and a row of the federal exclusion list are one and the same: yes, no, or a person must decide.

- The same NPI is a match, and nobody can decide it away: only OIG can correct its row.
- The same full name and birth date is probable, also when the row carries another NPI: a person must decide.
- The same full name with a birth date missing on one side is possible, unless middle initial, suffix or a real NPI
  conflict: then they are different.
- The same surname alone, or a nickname, is nothing. About 85 % of the rows carry the NPI 0000000000, which is none.
- What a person decided about a pair stands until a field it was decided by changes on either side.
- It does not know what an exclusion means for a referral.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

from verification.errors import Refusal
from verification.evidence import ExclusionRow, MatchVerdict
from verification.names import full_name_key, initial, suffix_key

NO_NPI: Final = "0000000000"


class Likeness(StrEnum):
    """How alike the two are before anybody decided."""

    MATCH = "match"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """A verdict about a pair; `fields` are those that decided it, `by_person` whether somebody decided it."""

    verdict: MatchVerdict
    likeness: Likeness
    fields: tuple[str, ...]
    by_person: bool = False


class Named(Protocol):
    """What a person and a row are compared by."""

    @property
    def npi(self) -> str | None: ...
    @property
    def family_name(self) -> str: ...
    @property
    def given_name(self) -> str: ...
    @property
    def middle_name(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...


def compare(person: Named, row: Named) -> Match:
    """The verdict on a pair from its fields alone."""
    ours, theirs = _npi(person), _npi(row)
    if ours and ours == theirs:
        return Match(MatchVerdict.SAME, Likeness.MATCH, ("npi",))
    name = full_name_key(person.given_name, person.family_name)
    if not name or name != full_name_key(row.given_name, row.family_name):
        return Match(MatchVerdict.DIFFERENT, Likeness.NONE, ("name",))
    if person.birth_date and person.birth_date == row.birth_date:
        return Match(MatchVerdict.UNKNOWN, Likeness.PROBABLE, ("name", "birth_date"))
    conflicts = _conflicts(person, row)
    if conflicts:
        return Match(MatchVerdict.DIFFERENT, Likeness.POSSIBLE, ("name", *conflicts))
    return Match(MatchVerdict.UNKNOWN, Likeness.POSSIBLE, ("name",))


def match(person: Named, row: ExclusionRow) -> Match:
    """The verdict on a pair, with what a person decided about it taken into account."""
    found = compare(person, row)
    if found.likeness is Likeness.MATCH or row.decided is None:
        return found
    return Match(row.decided, found.likeness, found.fields, by_person=True)


def check_decidable(person: Named, row: ExclusionRow) -> Match:
    """The comparison of a pair that a person may decide. Raises Refusal for one that decides itself."""
    found = compare(person, row)
    if found.likeness is Likeness.MATCH:
        raise Refusal("SAME_NPI", "The row has the same NPI, so it is this person; only OIG can correct it.", ("row",))
    if found.verdict is not MatchVerdict.UNKNOWN:
        raise Refusal("NOTHING_TO_DECIDE", "The row is about somebody else: its fields already say so.", ("row",))
    return found


def pair_key(person: Named, row: Named) -> str:
    """A key over every field a pair is decided by, on both sides: a remembered decision holds while it is the same."""
    parts = [part for side in (person, row) for part in _deciding(side)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _npi(side: Named) -> str | None:
    return side.npi if side.npi and side.npi != NO_NPI else None


def _deciding(side: Named) -> tuple[str, ...]:
    return (
        _npi(side) or "",
        full_name_key(side.given_name, side.family_name),
        initial(side.middle_name),
        suffix_key(side.suffix),
        side.birth_date.isoformat() if side.birth_date else "",
    )


def _conflicts(person: Named, row: Named) -> tuple[str, ...]:
    """The fields that both sides have and that differ; a field missing on one side conflicts with nothing."""
    pairs = {
        "middle_name": (initial(person.middle_name), initial(row.middle_name)),
        "suffix": (suffix_key(person.suffix), suffix_key(row.suffix)),
        "birth_date": (person.birth_date, row.birth_date),
        "npi": (_npi(person), _npi(row)),
    }
    return tuple(field for field, (ours, theirs) in pairs.items() if ours and theirs and ours != theirs)
