"""Find out whose credential a statement is about, and refuse where two persons could be meant.

Rules:
- The NPI decides. A person who is not known yet is made from the statement.
- Without an NPI it is whoever holds that credential here already; a body outside the United States, where nobody has an
  NPI, may name a new person.
- A credential has one holder. Another NPI for it is refused and listed, never merged.
- A number typed wrong must not give one person's licence to another: where both family and given name differ, or the
  generation (JR, SR) or the date of birth, the row is refused.

Does not know where the persons come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from verification.formats.statements import Statement
from verification.names import fold, suffix_key


@dataclass(frozen=True, slots=True)
class Person:
    """As much of a practitioner as tells one from another; dates are ISO text."""

    id: str
    npi: str | None
    family: str
    given: str
    suffix: str
    birth_date: str | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why it cannot be said whose credential it is; `conflict` when two persons claim it."""

    reason: str
    conflict: bool = False


def person_from(found: Mapping[str, Any]) -> Person:
    """A person in a map with the properties of a Practitioner."""
    return Person(
        id=found["id"],
        npi=found["npi"],
        family=found["familyName"] or "",
        given=found["givenName"] or "",
        suffix=found["suffix"] or "",
        birth_date=found["birthDate"],
    )


@dataclass(slots=True)
class Register:
    """Who is known: by NPI, and by the key of a credential they hold. It learns as statements are taken."""

    people: dict[str, Person]
    holders: dict[str, Person]
    foreign: bool
    new: list[tuple[Person, Statement]] = field(default_factory=list)

    def holder(self, statement: Statement, key: str, fresh_id: str) -> Person | Doubt:
        """Whose credential it is; somebody new gets `fresh_id`."""
        found = self._find(statement, key, fresh_id)
        if isinstance(found, Person):
            self.holders[key] = found
        return found

    def _find(self, statement: Statement, key: str, fresh_id: str) -> Person | Doubt:
        held = self.holders.get(key)
        if held is not None and statement.npi is not None and held.npi != statement.npi:
            other = f"NPI {held.npi}" if held.npi else "somebody without an NPI"
            return Doubt(f"is held here by {other}; two persons claim it", conflict=True)
        known = held if statement.npi is None else self.people.get(statement.npi)
        if known is not None:
            return disagreement(known, statement) or known
        if statement.npi is None and not self.foreign:
            return Doubt("has no NPI, and nobody here holds it yet")
        return self._add(statement, fresh_id)

    def _add(self, statement: Statement, fresh_id: str) -> Person:
        birth = statement.birth_date.isoformat() if statement.birth_date else None
        person = Person(fresh_id, statement.npi, statement.family_name, statement.given_name, statement.suffix, birth)
        if person.npi is not None:
            self.people[person.npi] = person
        self.new.append((person, statement))
        return person


def disagreement(person: Person, statement: Statement) -> Doubt | None:
    """What speaks against their being one person; None where nothing does."""
    if person.birth_date and statement.birth_date and date.fromisoformat(person.birth_date) != statement.birth_date:
        return Doubt("names another date of birth than the one known for this person")
    ours, theirs = suffix_key(person.suffix), suffix_key(statement.suffix)
    if ours and theirs and ours != theirs:
        return Doubt(f"names {theirs}, and this person is {ours}")
    if _share_a_word(person.family, statement.family_name) or _share_a_word(person.given, statement.given_name):
        return None
    return Doubt("names somebody else than the person known here by that NPI or number")


def _share_a_word(one: str, other: str) -> bool:
    """Whether two parts of a name have a word in common: maiden and married names are often kept side by side."""
    return bool(set(fold(one).split()) & set(fold(other).split()))
