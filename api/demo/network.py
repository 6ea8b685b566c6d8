"""Write the whole demo into a folder: one file per source, as the source would publish it.

- The same seed, size and day give the same bytes in every file.
- Nothing is read back: what the files are worth is for the imports to find out.
- It does not know how a file is imported.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from api.demo.exclusions import exclusion_rows, write_exclusions
from api.demo.nppes import Deactivation, write_deactivations, write_registry
from api.demo.people import Person, Therapist, make_people, npi_number
from api.demo.profiles import make_profiles, write_profiles
from api.demo.rosters import write_compact_licenses, write_roster
from api.demo.statements import (
    Statement,
    elsewhere_statements,
    license_statements,
    month_end,
    society_statements,
)

SIZE = 60_000
SEED = 1

_NPI_DAY = date(2005, 5, 23)
_DARK_FROM = 9_000_000
_DARK_EVERY = 120
_EXCLUSIONS_EVERY = 30
_FEWEST_EXCLUSIONS = 60
_BOARDS_WITH_PAST = ("CA-BBS", "CA-PSY")
_PAST_DAYS = 45
_EVERY = 40
_COMPACT_BODY = "AZ-COU"


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster file, the body whose it is, and how many days ago the body gave it out."""

    body: str
    path: Path
    rows: int
    days_ago: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """Where the files of one demo are, and a few people in it.

    `physicians` are NPIs of people who might refer; `planted` tells which therapists' NPIs the exclusion list was made
    to resemble, and how. `compact` is None in a network too small for such licences.
    """

    today: date
    seed: int
    size: int
    registry: Path
    deactivations: Path
    exclusions: Path
    edition: str
    rosters: tuple[Roster, ...]
    compact: Path | None
    profiles: Path
    therapists: tuple[str, ...]
    physicians: tuple[tuple[str, str], ...]
    deactivated: tuple[str, ...]
    planted: dict[str, list[str]]


def write_network(folder: Path, *, today: date, seed: int = SEED, size: int = SIZE) -> Network:
    """Write every file of a network of `size` people into `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    therapists, others = make_people(_chance(seed, "people"), size, today)
    persons = [therapist.person for therapist in therapists]
    statements = _statements(seed, therapists, today)
    gone = _deactivated(_chance(seed, "deactivated"), persons, today)
    dark = _dark(size, today)
    registry = folder / f"npidata_pfile_{_NPI_DAY:%Y%m%d}-{today:%Y%m%d}.csv"
    write_registry(registry, [*persons, *others], _returned(_chance(seed, "returned"), persons, today), dark)
    report = folder / f"NPPES Deactivated NPI Report {today:%Y%m%d}.xlsx"
    write_deactivations(report, [*dark, *gone], today)
    exclusions = max(size // _EXCLUSIONS_EVERY, _FEWEST_EXCLUSIONS)
    rows, planted = exclusion_rows(_chance(seed, "exclusions"), persons, exclusions, today)
    write_exclusions(folder / "UPDATED.csv", rows)
    write_profiles(folder / "profiles.csv", make_profiles(_chance(seed, "profiles"), therapists))
    return Network(
        today=today,
        seed=seed,
        size=size,
        registry=registry,
        deactivations=report,
        exclusions=folder / "UPDATED.csv",
        edition=f"{today:%Y-%m}",
        rosters=tuple(_rosters(folder / "rosters", statements, today)),
        compact=_compact(folder / "compact-AZ-counseling.csv", statements),
        profiles=folder / "profiles.csv",
        therapists=tuple(person.npi for person in persons),
        physicians=tuple((person.npi, person.taxonomy) for person in others[: len(others) // 5]),
        deactivated=tuple(row.npi for row in gone),
        planted=planted,
    )


def _chance(seed: int, area: str) -> random.Random:
    """A stream of chance of its own for each area, so that a change in one leaves the others as they were."""
    return random.Random(f"{seed}-{area}")  # noqa: S311 - invented people, not secrets


def _statements(seed: int, therapists: list[Therapist], today: date) -> list[Statement]:
    return [
        *license_statements(_chance(seed, "licenses"), therapists, today),
        *elsewhere_statements(_chance(seed, "elsewhere"), therapists, today),
        *society_statements(_chance(seed, "society"), therapists, today),
    ]


def _rosters(folder: Path, statements: list[Statement], today: date) -> Iterator[Roster]:
    """Each body's roster of today, and for two boards one of weeks ago.

    The older one has some whom the board has not spoken of since, and some whom it now lists without their NPI.
    """
    folder.mkdir(exist_ok=True)
    for body, rows in groupby(sorted(statements, key=attrgetter("body")), key=attrgetter("body")):
        current = list(rows)
        if body in _BOARDS_WITH_PAST:
            settled = [row for row in current if _settled(row, today)]
            silent, nameless = settled[::_EVERY], settled[1::_EVERY]
            path = folder / f"{body}-{today - timedelta(_PAST_DAYS)}.csv"
            yield Roster(body, path, write_roster(path, [*silent, *nameless]), _PAST_DAYS)
            current = [replace(row, npi=row not in nameless) for row in current if row not in silent]
        path = folder / f"{body}.csv"
        yield Roster(body, path, write_roster(path, current))


def _compact(path: Path, statements: list[Statement]) -> Path | None:
    rows = [row for row in statements if row.body == _COMPACT_BODY and row.issued]
    return path if rows and write_compact_licenses(path, rows) else None


def _settled(row: Statement, today: date) -> bool:
    """Whether the row read the same when the older roster was given out."""
    return row.status == "Current" and row.status_date is not None and row.status_date < today - timedelta(60)


def _deactivated(chance: random.Random, persons: list[Person], today: date) -> list[Deactivation]:
    """Therapists whose NPI was taken out of use after the data file was published."""
    chosen = chance.sample(persons, max(1, len(persons) // 250))
    return [Deactivation(person.npi, today - timedelta(chance.randint(1, 20))) for person in chosen]


def _returned(chance: random.Random, persons: list[Person], today: date) -> dict[str, Deactivation]:
    """Therapists whose NPI was once out of use and is back."""
    chosen = chance.sample(persons, max(1, len(persons) // 300))
    off = month_end(today, -20)
    return {person.npi: Deactivation(person.npi, off, off + timedelta(60)) for person in chosen}


def _dark(size: int, today: date) -> list[Deactivation]:
    count = max(size // _DARK_EVERY, 3)
    return [Deactivation(npi_number(_DARK_FROM + index), today - timedelta(40 + 9 * index)) for index in range(count)]
