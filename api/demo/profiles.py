"""What the demo's therapists say of themselves: concerns, languages, payers, places, room for new patients.

- Whatever is said here fills the directory and proves nothing.
- Every concern, language and payer is spoken for in proportion to how common it is; nobody treats everything.
- It does not know whether a therapist may be referred to.
"""

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.demo.people import Person, Therapist
from api.demo.places import STATE, Place, draw_places
from verification.concerns import APPROACHES, CONCERNS, FORMATS

HEADER = (
    "npi", "concerns", "approaches", "languages", "payers", "modalities", "formats", "acceptsNew", "waitWeeks",
    "placeName", "addressLine1", "addressCity", "addressState", "addressPostalCode", "phone",
)  # fmt: skip

PAYERS = (
    "Golden Poppy Health Plan",
    "Pacific Crest PPO",
    "Redwood Mutual",
    "Sequoia Community Care",
    "Bay Bridge HMO",
    "Sierra Employers Trust",
    "Harbor State Medicaid",
    "Mojave Blue",
    "Self-pay",
)
LANGUAGES = {
    "es": 28,
    "zh": 9,
    "tl": 7,
    "vi": 6,
    "ko": 5,
    "fa": 3,
    "hy": 3,
    "ru": 3,
    "ar": 2,
    "hi": 2,
    "ja": 2,
    "ase": 1,
}
_MODALITIES = (("IN_PERSON;TELEHEALTH", 62), ("TELEHEALTH", 23), ("IN_PERSON", 15))
_PLACE_NAMES = ("Therapy Group", "Counseling", "Center for Sexual Health", "Psychology Associates", "Wellness Practice")
_LEAN = 1.4  # the first of a list is drawn about three times as often as the last
_ACCEPTS_NEW = 0.72
_SECOND_PLACE = 0.07
_SPEAKS_ANOTHER = 0.38


@dataclass(frozen=True, slots=True)
class Profile:
    """One row of a profiles file; `place` is where she practises, which may not be what the registry says."""

    person: Person
    concerns: tuple[str, ...]
    approaches: tuple[str, ...]
    languages: tuple[str, ...]
    payers: tuple[str, ...]
    modalities: str
    formats: tuple[str, ...]
    accepts_new: bool
    wait_weeks: int
    place_name: str
    place: Place


def make_profiles(chance: random.Random, therapists: Iterable[Therapist]) -> list[Profile]:
    """One profile per therapist who may practise alone."""
    independent = [therapist.person for therapist in therapists if not therapist.associate]
    elsewhere = iter(draw_places(chance, len(independent)))
    return [_profile(chance, person, next(elsewhere)) for person in independent]


def write_profiles(path: Path, profiles: Iterable[Profile]) -> int:
    """The profiles file, UTF-8; the number of rows written."""
    rows = [_row(profile) for profile in profiles]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    return len(rows)


def _profile(chance: random.Random, person: Person, elsewhere: Place) -> Profile:
    place = elsewhere if chance.random() < _SECOND_PLACE else person.place
    accepts = chance.random() < _ACCEPTS_NEW
    return Profile(
        person=person,
        concerns=_some(chance, tuple(CONCERNS), chance.randint(2, 7)),
        approaches=_some(chance, tuple(APPROACHES), chance.randint(1, 4)),
        languages=("en", *_languages(chance)),
        payers=_some(chance, PAYERS, chance.choices((1, 2, 3, 4), (35, 30, 22, 13))[0]),
        modalities=chance.choices([name for name, _ in _MODALITIES], [weight for _, weight in _MODALITIES])[0],
        formats=_some(chance, tuple(FORMATS), chance.randint(1, len(FORMATS))),
        accepts_new=accepts,
        wait_weeks=chance.choice((0, 0, 1, 1, 2, 3, 4, 6)) if accepts else chance.choice((8, 12, 16, 26)),
        place_name=f"{place.city} {chance.choice(_PLACE_NAMES)}",
        place=place,
    )


def _languages(chance: random.Random) -> tuple[str, ...]:
    if chance.random() > _SPEAKS_ANOTHER:
        return ()
    chosen = chance.choices(list(LANGUAGES), list(LANGUAGES.values()), k=chance.choice((1, 1, 1, 2)))
    return tuple(dict.fromkeys(chosen))


def _some(chance: random.Random, codes: tuple[str, ...], count: int) -> tuple[str, ...]:
    """`count` different codes, those early in the list more often."""
    left = list(codes)
    return tuple(left.pop(int(chance.random() ** _LEAN * len(left))) for _ in range(min(count, len(left))))


def _row(profile: Profile) -> tuple[str, ...]:
    place = profile.place
    return (
        profile.person.npi,
        ";".join(profile.concerns),
        ";".join(profile.approaches),
        ";".join(profile.languages),
        ";".join(profile.payers),
        profile.modalities,
        ";".join(profile.formats),
        str(profile.accepts_new).lower(),
        str(profile.wait_weeks),
        profile.place_name,
        f"{place.line1} {place.line2}".strip(),
        place.city,
        STATE,
        place.postal_code,
        place.phone,
    )
