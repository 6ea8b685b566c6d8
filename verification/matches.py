"""Whether a person and a row of the federal exclusion list are one and the same: yes, no, or a person must decide.

- The same NPI is a match, and nobody can decide it away: only OIG can correct its row.
- The same full name and birth date is probable, also when the row carries another NPI: a person must decide.
- A former or professional name counts like the legal one: whoever was excluded before she married is still excluded.
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
from verification.evidence import ExclusionRow, MatchVerdict, OtherName
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


class Initialled(Protocol):
    """What tells namesakes apart in a name itself."""

    @property
    def middle_name(self) -> str: ...
    @property
    def suffix(self) -> str: ...


class Named(Initialled, Protocol):
    """What a person and a row are compared by."""

    @property
    def npi(self) -> str | None: ...
    @property
    def family_name(self) -> str: ...
    @property
    def given_name(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...


class Person(Named, Protocol):
    """Somebody who may have gone by other names as well."""

    @property
    def other_names(self) -> tuple[OtherName, ...]: ...


def compare(person: Person, row: Named) -> Match:
    """The verdict on a pair from its fields alone."""
    ours, theirs = _npi(person), _npi(row)
    if ours and ours == theirs:
        return Match(MatchVerdict.SAME, Likeness.MATCH, ("npi",))
    wanted = full_name_key(row.given_name, row.family_name)
    if wanted and wanted == full_name_key(person.given_name, person.family_name):
        return _compare_namesakes("name", person, person, row)
    for name in person.other_names:
        if wanted and wanted == full_name_key(name.given_name, name.family_name):
            return _compare_namesakes("other_name", name, person, row)
    return Match(MatchVerdict.DIFFERENT, Likeness.NONE, ("name",))


def _compare_namesakes(field: str, name: Initialled, person: Person, row: Named) -> Match:
    """The verdict on a pair whose full names are equal, the person's by her name `name`."""
    if person.birth_date and person.birth_date == row.birth_date:
        return Match(MatchVerdict.UNKNOWN, Likeness.PROBABLE, (field, "birth_date"))
    conflicts = _conflicts(name, person, row)
    if conflicts:
        return Match(MatchVerdict.DIFFERENT, Likeness.POSSIBLE, (field, *conflicts))
    return Match(MatchVerdict.UNKNOWN, Likeness.POSSIBLE, (field,))


def match(person: Person, row: ExclusionRow) -> Match:
    """The verdict on a pair, with what a person decided about it taken into account."""
    found = compare(person, row)
    if found.likeness is Likeness.MATCH or row.decided is None:
        return found
    return Match(row.decided, found.likeness, found.fields, by_person=True)


def check_decidable(person: Person, row: ExclusionRow) -> Match:
    """The comparison of a pair that a person may decide. Raises Refusal for one that decides itself."""
    found = compare(person, row)
    if found.likeness is Likeness.MATCH:
        raise Refusal("SAME_NPI", "The row has the same NPI, so it is this person; only OIG can correct it.", ("row",))
    if found.verdict is not MatchVerdict.UNKNOWN:
        raise Refusal("NOTHING_TO_DECIDE", "The row is about somebody else: its fields already say so.", ("row",))
    return found


def pair_key(person: Person, row: Named) -> str:
    """A key over every field a pair is decided by, on both sides: a remembered decision holds while it is the same."""
    parts = [part for side in (person, row) for part in _deciding(side)]
    for name in person.other_names:
        parts += [full_name_key(name.given_name, name.family_name), initial(name.middle_name), suffix_key(name.suffix)]
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


def _conflicts(name: Initialled, person: Named, row: Named) -> tuple[str, ...]:
    """The fields that both sides have and that differ; a field missing on one side conflicts with nothing."""
    pairs = {
        "middle_name": (initial(name.middle_name), initial(row.middle_name)),
        "suffix": (suffix_key(name.suffix), suffix_key(row.suffix)),
        "birth_date": (person.birth_date, row.birth_date),
        "npi": (_npi(person), _npi(row)),
    }
    return tuple(field for field, (ours, theirs) in pairs.items() if ours and theirs and ours != theirs)
