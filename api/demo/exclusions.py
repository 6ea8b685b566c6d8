"""The federal list of excluded people (LEIE) of the demo: strangers, namesakes of therapists, and a few of them.

- The 18 columns of the full file, every value in double quotes, CRLF, dates yyyymmdd, "no date" eight zeros.
- As in life most rows carry no NPI, so a screening has to tell namesakes apart by birth date, suffix and middle name.
- It does not know how a screening decides.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from api.demo.names import MEN, SURNAMES, WOMEN, draw, registry_form
from api.demo.people import Person, npi_number
from api.demo.places import STATE, Place, draw_places

HEADER = (
    "LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "GENERAL", "SPECIALTY", "UPIN", "NPI", "DOB", "ADDRESS", "CITY",
    "STATE", "ZIP", "EXCLTYPE", "EXCLDATE", "REINDATE", "WAIVERDATE", "WVRSTATE",
)  # fmt: skip
NO_NPI = "0000000000"
NO_DATE = "00000000"

_TYPES = ("1128a1", "1128a2", "1128a3", "1128b4", "1128b4", "1128b4", "1128b5", "1128b14", "1128b8")
_SPECIALTIES = ("COUNSELOR/THERAPIST", "NURSE/NURSES AIDE", "PHYSICIAN", "PSYCHOLOGIST", "SOCIAL WORKER", "PHARMACY")
_STRANGERS_FROM = 8_000_000
_BUSINESSES = 0.08
_WITH_NPI = 0.15
_WITHOUT_BIRTH_DATE = 0.03


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """One row of the list. `waived` is the day the demo's state waived the exclusion."""

    family: str
    given: str
    middle: str
    business: str
    npi: str
    born: date | None
    place: Place
    excluded: date
    kind: str
    specialty: str
    waived: date | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a row on the list is like a therapist, and how many there are among 3,000.

    `born` are the years between the two birth dates, None for a row without one; `middle` says that the middle names
    agree, `suffix` that the suffixes do not.
    """

    count: int
    npi: bool = False
    born: int | None = 0
    middle: bool = True
    suffix: bool = False
    waived: bool = False


LIKENESSES = {
    "the same NPI": Likeness(4, npi=True),
    "the same NPI, waived here": Likeness(2, npi=True, waived=True),
    "the same name and birth date": Likeness(6),
    "the same name, no birth date": Likeness(14, born=None),
    "the same name, another birth date": Likeness(30, born=11),
    "the same name, another middle name": Likeness(10, born=None, middle=False),
    "the same name, another suffix": Likeness(10, born=None, suffix=True),
}


def exclusion_rows(
    chance: random.Random, therapists: list[Person], count: int, today: date
) -> tuple[list[ExclusionRow], dict[str, list[str]]]:
    """`count` rows sorted by name, and the NPIs of the therapists that each likeness was planted for."""
    rows: list[ExclusionRow] = []
    planted: dict[str, list[str]] = {}
    places = iter(draw_places(chance, count))
    for name, chosen in _subjects(chance.sample(therapists, len(therapists))).items():
        planted[name] = [person.npi for person in chosen]
        rows += [_like(person, LIKENESSES[name], next(places), _excluded(chance, today), chance) for person in chosen]
    taken = {(registry_form(person.family), registry_form(person.given)) for person in therapists}
    strangers = count - len(rows)
    names = zip(draw(chance, SURNAMES, strangers), draw(chance, WOMEN + MEN, strangers), places, strict=False)
    for index, (family, given, place) in enumerate(names):
        if (registry_form(family), registry_form(given)) not in taken:
            rows.append(_stranger(chance, index, (family, given), place, _excluded(chance, today)))
    return sorted(rows, key=lambda row: (row.family, row.given, row.business, row.npi)), planted


def write_exclusions(path: Path, rows: Iterable[ExclusionRow]) -> int:
    """The full file of one edition; the number of rows written."""
    lines = [_line(HEADER), *(_line(_values(row)) for row in rows)]
    path.write_text("".join(lines), encoding="ascii", newline="")
    return len(lines) - 1


def _subjects(therapists: list[Person]) -> dict[str, list[Person]]:
    """For each likeness the therapists it is planted for; nobody twice. A small network may be short of some."""
    left = list(therapists)
    chosen: dict[str, list[Person]] = {}
    for name, likeness in LIKENESSES.items():
        fitting = [
            person for person in left if (likeness.middle or person.middle) and (not likeness.suffix or person.suffix)
        ]
        chosen[name] = fitting[: max(1, likeness.count * len(therapists) // 3000)]
        left = [person for person in left if person not in chosen[name]]
    return chosen


def _like(person: Person, likeness: Likeness, place: Place, excluded: date, chance: random.Random) -> ExclusionRow:
    other_middle = "Q" if person.middle != "Q" else "Z"
    other_suffix = " JR" if person.suffix != "Jr" else " SR"
    return ExclusionRow(
        family=registry_form(person.family) + (other_suffix if likeness.suffix else ""),
        given=registry_form(person.given),
        middle=person.middle if likeness.middle else other_middle,
        business="",
        npi=person.npi if likeness.npi else NO_NPI,
        born=None if likeness.born is None else person.born - timedelta(365 * likeness.born),
        place=person.place if likeness.npi else place,
        excluded=excluded,
        kind=chance.choice(_TYPES),
        specialty="COUNSELOR/THERAPIST",
        waived=excluded + timedelta(120) if likeness.waived else None,
    )


def _stranger(chance: random.Random, index: int, name: tuple[str, str], place: Place, excluded: date) -> ExclusionRow:
    family, given = map(registry_form, name)
    business = chance.random() < _BUSINESSES
    return ExclusionRow(
        family="" if business else family,
        given="" if business else given,
        middle="" if business else chance.choice(("", "", "A", "J", "L", "M")),
        business=f"{family} HOME CARE, INC" if business else "",
        npi=npi_number(_STRANGERS_FROM + index) if chance.random() < _WITH_NPI else NO_NPI,
        born=None if business or chance.random() < _WITHOUT_BIRTH_DATE else _born(chance, excluded),
        place=place,
        excluded=excluded,
        kind=chance.choice(_TYPES),
        specialty=chance.choice(_SPECIALTIES),
    )


def _excluded(chance: random.Random, today: date) -> date:
    return today - timedelta(chance.randint(40, 9_000))


def _born(chance: random.Random, excluded: date) -> date:
    return excluded - timedelta(chance.randint(9_000, 24_000))


def _values(row: ExclusionRow) -> tuple[str, ...]:
    return (
        row.family,
        row.given,
        row.middle,
        row.business,
        "OTHER BUSINESS" if row.business else "INDIVIDUAL (UNAFFILIATED)",
        row.specialty,
        "",
        row.npi,
        f"{row.born:%Y%m%d}" if row.born else "",
        row.place.line1.upper(),
        row.place.city.upper(),
        STATE,
        row.place.postal_code,
        row.kind,
        f"{row.excluded:%Y%m%d}",
        NO_DATE,
        f"{row.waived:%Y%m%d}" if row.waived else NO_DATE,
        STATE if row.waived else "",
    )


def _line(values: Iterable[str]) -> str:
    return '"' + '","'.join(values) + '"\r\n'
