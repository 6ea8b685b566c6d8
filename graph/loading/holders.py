"""Find out whose credential a statement is about, and refuse where two persons could be meant.

Rules:
- The NPI decides where the name agrees. A person who is not known yet is made from the statement.
- Without an NPI it is whoever holds that credential here already; a body outside the United States, where nobody has an
  NPI, may name a new person.
- A credential has one holder. Another NPI for it is refused, never merged, and both persons wait for a decision.
- A number typed wrong must not give one person's licence to another: what does not agree is refused, and where it could
  be somebody known here, waits for a person's decision. What was decided is remembered.

Does not know where the persons come from.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from verification.evidence import MatchVerdict
from verification.formats.statements import Statement
from verification.identities import Identity, identify
from verification.names import full_name_key, suffix_key


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
    """Why it cannot be said whose credential it is.

    `claimed_twice` when two persons are said to hold it; `persons` are the ids of whom it could be about.
    """

    reason: str
    claimed_twice: bool = False
    persons: tuple[str, ...] = ()


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
    """Who is known: by NPI, and by the key of a credential they hold. It learns as statements are taken.

    `decided` are rows about which a person has decided, by `claim_key`: whose they are, or None for nobody here.
    """

    people: dict[str, Person]
    holders: dict[str, Person]
    foreign: bool
    decided: Mapping[str, Person | None] = field(default_factory=dict)
    new: list[tuple[Person, Statement]] = field(default_factory=list)

    def known_ids(self) -> set[str]:
        """The ids of everybody in it who is known already."""
        return {person.id for person in (*self.people.values(), *self.holders.values())}

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
            claimant = self.people.get(statement.npi)
            persons = (claimant.id,) if claimant else ()
            return Doubt(f"is held here by {other}; two persons claim it", claimed_twice=True, persons=persons)
        claim = claim_key(key, statement)
        if claim in self.decided:
            return self.decided[claim] or Doubt("was decided to be about nobody who is known here")
        known = held if statement.npi is None else self.people.get(statement.npi)
        if known is not None:
            return disagreement(known, statement, by_number=known is held) or known
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


def disagreement(person: Person, statement: Statement, *, by_number: bool = False) -> Doubt | None:
    """What speaks against their being one person, or leaves it open; None where it is certain."""
    found = identify(_identity(person), _claimed(statement), by_number=by_number)
    if found.verdict is MatchVerdict.SAME:
        return None
    if "birth_date" in found.conflict:
        return Doubt("names another date of birth than the one known for this person")
    if "suffix" in found.conflict:
        return Doubt(f"names {suffix_key(statement.suffix)}, and this person is {suffix_key(person.suffix)}")
    if "name" in found.conflict:
        reason = "names somebody else than the person known here by that NPI or number"
    else:
        reason = "agrees in its number and part of the name only, which is not enough"
    return Doubt(reason, persons=(person.id,))


def claim_key(credential: str, statement: Statement) -> str:
    """The same for two rows that say of one credential that it is the same person's, whatever else they say of it."""
    said = _claimed(statement)
    born = said.birth_date.isoformat() if said.birth_date else ""
    name = full_name_key(said.given, said.family)
    parts = (credential, said.npi or "", name, suffix_key(said.suffix), born)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _identity(person: Person) -> Identity:
    born = date.fromisoformat(person.birth_date) if person.birth_date else None
    return Identity(person.npi, person.family, person.given, person.suffix, born)


def _claimed(statement: Statement) -> Identity:
    return Identity(statement.npi, statement.family_name, statement.given_name, statement.suffix, statement.birth_date)
