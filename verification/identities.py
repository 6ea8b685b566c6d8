"""Whose credential a row of a body's file is about: the same person, another, or for a person to decide.

- A number alone proves nobody: number or NPI, name, and birth date or NPI must agree, or a person decides.
- The NPI with an agreeing name is the same person. So is the number of a credential that is known here already, when
  the same body gives it with the birth date or the very same full name.
- A generation (JR, SR), a birth date or an NPI that conflicts makes them different: two of one name are often father
  and son. Nothing that agrees outweighs it.
- An NPI with quite another name is for a person to decide: a number was typed wrong, or somebody married.
- Equal names alone never suffice, and a likeness of names is only ever shown to whoever decides.
- It does not know where rows come from, nor what follows.
"""

from datetime import date
from typing import NamedTuple

from verification.evidence import MatchVerdict
from verification.names import fold, full_name_key, suffix_key


class Identity(NamedTuple):
    """As much of a person as tells one from another; blank and None where it is not said."""

    npi: str | None
    family: str
    given: str
    suffix: str
    birth_date: date | None


class Identified(NamedTuple):
    """The verdict on a person and a row, with the fields that agree and those that conflict."""

    verdict: MatchVerdict
    agree: tuple[str, ...]
    conflict: tuple[str, ...]


def identify(person: Identity, row: Identity, *, by_number: bool = False) -> Identified:
    """Whether a row is about a person; `by_number` says that the credential it names is already known as hers."""
    fields = {
        "npi": _equal(person.npi, row.npi),
        "birth_date": _equal(person.birth_date, row.birth_date),
        "suffix": _equal(suffix_key(person.suffix), suffix_key(row.suffix)),
        "name": _alike(person, row),
    }
    agree = tuple(field for field, same in fields.items() if same)
    conflict = tuple(field for field, same in fields.items() if same is False)
    if {"npi", "birth_date", "suffix"} & set(conflict):
        return Identified(MatchVerdict.DIFFERENT, agree, conflict)
    number = ("number",) if by_number else ()
    sure = "npi" in agree or (by_number and ("birth_date" in agree or _same_name(person, row)))
    verdict = MatchVerdict.SAME if sure and "name" in agree else MatchVerdict.UNKNOWN
    return Identified(verdict, (*number, *agree), conflict)


def _equal(ours: object, theirs: object) -> bool | None:
    """Whether two values agree; None where a side does not say."""
    return ours == theirs if ours and theirs else None


def _alike(person: Identity, row: Identity) -> bool:
    """Whether two names have a word of either part in common: maiden and married names are often kept side by side."""
    pairs = ((person.family, row.family), (person.given, row.given))
    return any(set(fold(ours).split()) & set(fold(theirs).split()) for ours, theirs in pairs)


def _same_name(person: Identity, row: Identity) -> bool:
    name = full_name_key(person.given, person.family)
    return bool(name) and name == full_name_key(row.given, row.family)
