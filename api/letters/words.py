"""What sheets have in common: how people, places and the referral itself are named.

- A reference is eight characters that can be read out on the telephone; it is made from the id and tells nothing.
- Nothing is made up: what the answer does not hold is left out.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.letters.sheets import A4, LETTER_PAPER, Line, Run, line
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import KINDS
from verification.names import fold

Answer = Mapping[str, Any]

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
_PRONOUNS: Final = {"she": "She", "he": "He", "they": "They"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sheet is made with besides the answer: the time, and where the public check page is."""

    now: datetime
    check_page: str


def reference(identity: str) -> str:
    """A short reference such as 7F3K-22QM for an id."""
    number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:5])
    text = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -5, -5))
    return f"{text[:4]}-{text[4:]}"


def paper(jurisdiction: str) -> str:
    """The paper of the place: US Letter in the United States, A4 elsewhere."""
    place = JURISDICTIONS.get(jurisdiction)
    return LETTER_PAPER if place is not None and place.country == "US" else A4


def in_the_us(jurisdiction: str) -> bool:
    return paper(jurisdiction) == LETTER_PAPER


def place_of(person: Answer) -> Answer:
    """The first place where somebody works; empty when none is known."""
    places = person.get("practices") or [{}]
    return places[0]  # type: ignore[no-any-return]  # an answer is JSON


def zone_of(person: Answer, jurisdiction: str) -> str | None:
    """The time zone of somebody's place, else of the patient's."""
    place = JURISDICTIONS.get(jurisdiction)
    return place_of(person).get("zone") or (place.zone if place else None)


def city_of(person: Answer) -> str:
    """City and state of somebody's place."""
    place = place_of(person)
    return ", ".join(part for part in (place.get("city"), place.get("state")) if part)


def letterhead(person: Answer) -> tuple[Line, ...]:
    """Somebody's place as it stands above a letter."""
    place = place_of(person)
    street = ", ".join(part for part in (place.get("line1"), place.get("line2")) if part)
    city = " ".join(part for part in (city_of(person), place.get("postalCode")) if part)
    rows = (", ".join(part for part in (street, city) if part), place.get("phone"))
    named = place.get("placeName") or person["name"]
    return (line(Run(named, strong=True)), *(line(row) for row in rows if row))


def profession(person: Answer, jurisdiction: str) -> str | None:
    """The name of the licence somebody holds in the jurisdiction, in force first."""
    held = [node for node in credentials(person, "licence") if node["jurisdiction"] == jurisdiction]
    return KINDS[held[0]["kind"]].name if held else None


def credentials(person: Answer, role: str) -> list[Answer]:
    """Somebody's credentials of a role, those in force first."""
    nodes = [edge["node"] for edge in (person.get("credentials") or {"edges": []})["edges"]]
    known = [node for node in nodes if node["kind"] in KINDS and KINDS[node["kind"]].role == role]
    return sorted(known, key=lambda node: not str(node["status"]).startswith("ACTIVE"))


def patient_line(patient: Answer) -> Line:
    """Who the patient is, as far as the reader may know."""
    name = " ".join(part for part in (patient.get("givenName"), patient.get("familyName")) if part)
    if not name:
        band = patient.get("ageBand")
        hints = (band and f"age {band}", patient.get("area") and f"area {patient['area']}")
        rest = [hint for hint in (patient.get("initials"), *hints) if hint]
        return line("About: ", Run("a patient", strong=True), *(f", {hint}" for hint in rest))
    return line("About: ", Run(name, strong=True))


def subject(patient: Answer) -> str:
    """How a sentence about the patient begins: with the pronoun in use, else without guessing one."""
    said = (patient.get("pronouns") or "").strip().lower()
    return _PRONOUNS.get(said.partition("/")[0].strip(), "The patient")


def same_address(one: Answer, other: Answer) -> bool:
    """Whether two people give one address, however it is written."""
    return any(
        _address(a) == _address(b) != () for a in one.get("practices") or () for b in other.get("practices") or ()
    )


def _address(place: Answer) -> tuple[str, ...]:
    if not place.get("line1") or not place.get("city"):
        return ()
    return (_plain(place["line1"]), _plain(place["city"]), str(place.get("state") or ""))


def _plain(text: str) -> str:
    """An address line without case, accents and marks; its digits count."""
    return f"{' '.join(re.findall('[0-9]+', text))}|{fold(text)}"
