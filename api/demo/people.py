"""The people of the demo: therapists first, then those who might refer to them, then everyone else a registry holds.

- One in twenty is a therapist; one in five of the rest is a physician or nurse practitioner likely to refer.
- NPIs begin with 2 and carry the check digit of 45 CFR 162.406: Luhn over 80840 and the number.
- Dates are counted back from the day the network is made.
- It knows who people are, not what any board says of them.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from api.demo.names import HARD, MEN, SUFFIXES, SURNAMES, WOMEN, draw
from api.demo.places import Place, draw_places

THERAPISTS_PER = 20

# Taxonomy code, credential text and frequency. Codes are NUCC's.
_REFERRERS = (
    ("207Q00000X", "M.D.", 30),
    ("207R00000X", "M.D.", 26),
    ("363L00000X", "N.P.", 14),
    ("207V00000X", "M.D.", 10),
    ("2084P0800X", "M.D.", 8),
    ("208800000X", "M.D.", 5),
    ("208D00000X", "D.O.", 4),
    ("363LP0808X", "PMHNP", 2),
    ("2088F0040X", "M.D.", 1),
)
_OTHERS = (
    ("163W00000X", "R.N.", 26),
    ("122300000X", "D.D.S.", 16),
    ("225100000X", "P.T.", 14),
    ("183500000X", "PHARM.D.", 12),
    ("363A00000X", "P.A.", 9),
    ("111N00000X", "D.C.", 7),
    ("225X00000X", "O.T.", 6),
    ("235Z00000X", "SLP", 5),
    ("152W00000X", "O.D.", 5),
)
_ASSOCIATES = 0.08
_FIRST_NUMBER = 210_000_000
_HARD_EVERY = 5
_HOMONYM_EVERY = 37
_NPI_PREFIX_SUM = 24  # what the constant prefix 80840 adds to the Luhn sum
_OLDEST_NPI = date(2005, 5, 23)  # the first day NPIs were issued


@dataclass(frozen=True, slots=True)
class Profession:
    """One way to be a licensed therapist in the demo's state."""

    kind: str
    board: str
    associate: str | None
    taxonomies: tuple[str, ...]
    credential: str
    weight: int


PROFESSIONS = (
    Profession("LMFT", "CA-BBS", "AMFT", ("106H00000X",), "LMFT", 46),
    Profession("LCSW", "CA-BBS", "ASW", ("1041C0700X",), "LCSW", 25),
    Profession("PSYCHOLOGIST", "CA-PSY", None, ("103TC0700X", "103T00000X", "103TC1900X"), "PH.D.", 18),
    Profession("LPCC", "CA-BBS", "APCC", ("101YP2500X", "101YM0800X"), "LPCC", 11),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an NPI. Names are as the person writes them; `license` is what she told the registry."""

    npi: str
    family: str
    given: str
    middle: str
    suffix: str
    sex: str
    born: date
    credential: str
    taxonomy: str
    license: str
    place: Place
    enumerated: date
    updated: date


@dataclass(frozen=True, slots=True)
class Therapist:
    """A person who practises psychotherapy; associates may not yet do so on their own."""

    person: Person
    profession: Profession
    associate: bool

    @property
    def kind(self) -> str:
        """The kind of licence or registration held in the demo's state."""
        return self.profession.associate if self.associate and self.profession.associate else self.profession.kind


def npi_number(sequence: int) -> str:
    """The `sequence`-th invented NPI: nine digits from a block not in use, and the check digit."""
    body = str(_FIRST_NUMBER + sequence)
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::-2])
    return body + str(-(_NPI_PREFIX_SUM + doubled + sum(map(int, body[-2::-2]))) % 10)


def make_people(chance: random.Random, size: int, today: date) -> tuple[list[Therapist], list[Person]]:
    """`size` people: the therapists among them, and everyone else with the referrers first."""
    count = max(size // THERAPISTS_PER, 1)
    licenses = [str(number) for number in chance.sample(range(20_000, 150_000 + count), count)]
    professions = chance.choices(PROFESSIONS, [profession.weight for profession in PROFESSIONS], k=count)
    tracks = [(chance.choice(profession.taxonomies), profession.credential) for profession in professions]
    referrers = (size - count) // 5
    tracks += _tracks(chance, _REFERRERS, referrers) + _tracks(chance, _OTHERS, size - count - referrers)
    everyone = _people(chance, tracks, licenses, today)
    therapists = [
        Therapist(person, profession, profession.associate is not None and chance.random() < _ASSOCIATES)
        for person, profession in zip(everyone[:count], professions, strict=True)
    ]
    return therapists, everyone[count:]


def _tracks(chance: random.Random, table: tuple[tuple[str, str, int], ...], count: int) -> list[tuple[str, str]]:
    rows = chance.choices(table, [weight for *_, weight in table], k=count)
    return [(taxonomy, credential) for taxonomy, credential, _ in rows]


def _people(chance: random.Random, tracks: list[tuple[str, str]], licenses: list[str], today: date) -> list[Person]:
    """One person per track, in order."""
    names, places = _names(chance, len(tracks)), draw_places(chance, len(tracks))
    return [
        _person(
            chance.random(),
            index,
            name=names[index],
            track=tracks[index],
            place=places[index],
            today=today,
            licenses=licenses,
        )
        for index in range(len(tracks))
    ]


def _names(chance: random.Random, count: int) -> list[tuple[str, str, str, str]]:
    """Family name, given name, suffix and sex; the hard names and the homonyms come at fixed places."""
    sexes = chance.choices("FM", (6, 4), k=count)
    women, men = draw(chance, WOMEN, count), draw(chance, MEN, count)
    families = draw(chance, SURNAMES, count)
    names = [(families[index], women[index] if sex == "F" else men[index], "", sex) for index, sex in enumerate(sexes)]
    for index, (family, given) in enumerate(HARD[: count // _HARD_EVERY]):
        names[index * _HARD_EVERY] = (family, given, "", names[index * _HARD_EVERY][3])
    for index in range(_HOMONYM_EVERY, count, _HOMONYM_EVERY):
        family, given, _, sex = names[index - 1]
        names[index] = (family, given, SUFFIXES[index // _HOMONYM_EVERY % len(SUFFIXES)], sex)
    return names


def _person(
    roll: float,
    index: int,
    *,
    name: tuple[str, str, str, str],
    track: tuple[str, str],
    place: Place,
    today: date,
    licenses: list[str],
) -> Person:
    """One person; every figure of hers is a digit group of one draw, which is quicker than many draws."""
    enumerated = _OLDEST_NPI + timedelta(int(roll * (today - _OLDEST_NPI - timedelta(60)).days))
    return Person(
        npi=npi_number(index),
        family=name[0],
        given=name[1],
        middle=chr(ord("A") + int(roll * 1e5) % 26) if int(roll * 1e6) % 2 else "",
        suffix=name[2],
        sex=name[3],
        born=enumerated - timedelta(9_500 + int(roll * 1e8) % 11_000),
        credential=track[1],
        taxonomy=track[0],
        license=licenses[index] if index < len(licenses) else f"A{30_000 + index}",
        place=place,
        enumerated=enumerated,
        updated=enumerated + timedelta(int(roll * 1e9) % max((today - enumerated).days - 20, 1)),
    )
