"""What the bodies say of the demo's therapists: licences, certificates and memberships, each as one roster row.

- About 85 in 100 licences are active; the rest shows every word a board uses, and a few that nobody has mapped.
- Boards' licences end on the last day of a month, society memberships on 31 December, certificates three years on.
- Dates are counted from the day the network is made, so there are always some about to end.
- It does not know how a word is read or what standing follows.
"""

import random
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from api.demo.people import Person, Therapist
from api.demo.places import STATE

SOCIETY = "AASECT"
YEAR = 365


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of one body's roster. `status` is the body's own word; `npi` may be left out by a body."""

    person: Person
    body: str
    jurisdiction: str
    kind: str
    number: str
    status: str
    status_date: date | None = None
    issued: date | None = None
    expires: date | None = None
    discipline: str = ""
    discipline_date: date | None = None
    discipline_lifted: date | None = None
    degree: str = ""
    npi: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """A word a board uses, how often in a thousand, and the dates that go with it, as days before today.

    `ended` says that the licence's last day has passed; `discipline` is the kind of action, lifted or not.
    """

    word: str
    weight: int
    ended: bool = False
    discipline: str = ""
    lifted: bool = False


_CONDITIONS = (
    Condition("Current", 820),
    Condition("Active", 20),
    Condition("Current", 10, discipline="probation", lifted=True),
    Condition("Current", 5, ended=True),
    Condition("Accusation Filed", 12),
    Condition("Probation", 18, discipline="probation"),
    Condition("Suspended", 10, discipline="suspension"),
    Condition("Expired", 30, ended=True),
    Condition("Delinquent", 25, ended=True),
    Condition("Inactive", 12),
    Condition("Pending", 8),
    Condition("Cancelled", 6, ended=True),
    Condition("Surrendered", 6, discipline="surrender"),
    Condition("Revoked", 4, discipline="revocation"),
    Condition("Deceased", 3),
    Condition("See Remarks", 6),
    Condition("Held 14-B", 5),
)
# Boards elsewhere: body, jurisdiction, profession here, kind there, and how many in a thousand of it hold one.
ELSEWHERE = (
    ("NV-MFT", "NV", "LMFT", "MFT", 45),
    ("NV-COU", "NV", "LPCC", "CPC", 40),
    ("OR-MFT", "OR", "LMFT", "LMFT", 40),
    ("OR-COU", "OR", "LPCC", "LPC", 40),
    ("AZ-MFT", "AZ", "LMFT", "LMFT", 40),
    ("AZ-SW", "AZ", "LCSW", "LCSW", 50),
    ("AZ-COU", "AZ", "LPCC", "LPC", 90),
    ("NV-PSY", "NV", "PSYCHOLOGIST", "PSYCHOLOGIST", 60),
)


def license_statements(chance: random.Random, therapists: Iterable[Therapist], today: date) -> list[Statement]:
    """What the state's own boards say: one licence or registration per therapist."""
    return [
        _license(
            chance,
            therapist.person,
            therapist.kind,
            body=therapist.profession.board,
            jurisdiction=STATE,
            today=today,
        )
        for therapist in therapists
    ]


def elsewhere_statements(chance: random.Random, therapists: Iterable[Therapist], today: date) -> list[Statement]:
    """What boards of other states say of those who hold a licence there too."""
    return [
        _license(
            chance,
            therapist.person,
            kind,
            body=body,
            jurisdiction=jurisdiction,
            today=today,
        )
        for therapist in therapists
        for body, jurisdiction, profession, kind, weight in ELSEWHERE
        if therapist.profession.kind == profession and not therapist.associate and chance.random() * 1000 < weight
    ]


def society_statements(chance: random.Random, therapists: Iterable[Therapist], today: date) -> list[Statement]:
    """What the society says: certificates and memberships in one roster; a few therapists have neither."""
    statements = []
    for position, therapist in enumerate(therapists):
        roll = chance.random()
        if therapist.associate or roll < 0.06:  # noqa: PLR2004 - associates, and six in a hundred others, hold nothing
            continue
        statements.append(_membership(chance, therapist.person, position, today))
        if roll > 0.10:  # noqa: PLR2004 - four in a hundred are members only
            statements.append(_certificate(chance, therapist.person, position, today))
    return statements


def month_end(day: date, months: int = 0) -> date:
    """The last day of the month that lies `months` after the month of `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, monthrange(years, month + 1)[1])


def _license(
    chance: random.Random, person: Person, kind: str, *, body: str, jurisdiction: str, today: date
) -> Statement:
    condition = chance.choices(_CONDITIONS, [condition.weight for condition in _CONDITIONS])[0]
    expires = month_end(today, -chance.randint(1, 18) if condition.ended else chance.randint(0, 23))
    began = max(person.enumerated, expires - timedelta(2 * YEAR * chance.randint(1, 6)))
    issued = min(began, expires - timedelta(YEAR))
    acted = today - timedelta(chance.randint(30, 700))
    pending = condition.word == "Pending"
    return Statement(
        person=person,
        body=body,
        jurisdiction=jurisdiction,
        kind=kind,
        number=person.license if jurisdiction == STATE else f"{kind}-{int(person.npi[3:9]) + 1_000:05d}",
        status=condition.word,
        status_date=_status_date(condition, issued, expires, acted),
        issued=None if pending else issued,
        expires=None if pending else expires,
        discipline=condition.discipline,
        discipline_date=acted if condition.discipline else None,
        discipline_lifted=acted + timedelta(25) if condition.lifted else None,
        degree=_degree(kind),
    )


def _status_date(condition: Condition, issued: date, expires: date, acted: date) -> date:
    """The day the present word took effect, never after today."""
    if condition.lifted:
        return acted + timedelta(25)
    if condition.ended and condition.word != "Current":
        return expires + timedelta(1)
    return acted if condition.word not in {"Current", "Active"} else min(issued, acted)


def _degree(kind: str) -> str:
    return "doctoral" if kind == "PSYCHOLOGIST" else ""


def _membership(chance: random.Random, person: Person, position: int, today: date) -> Statement:
    """A membership by calendar year; who joined after 1 October is paid to the end of the next year."""
    year = today.year + chance.choices((0, 1, -1, -2), (84, 8, 5, 3))[0]
    joined = date(min(year, today.year) - chance.randint(0, 12), 1, 1)
    return Statement(
        person=person,
        body=SOCIETY,
        jurisdiction="US",
        kind="AASECT-MEMBER",
        number=f"M{20_000 + position}",
        status="Active",
        status_date=joined,
        issued=joined,
        expires=date(year, 12, 31),
    )


def _certificate(chance: random.Random, person: Person, position: int, today: date) -> Statement:
    """A sex therapist's certificate, or one that does not cover psychotherapy; each runs three years."""
    kind = chance.choices(("CST", "CSC"), (96, 4))[0]
    word, age = chance.choices(_CERTIFICATES, (86, 4, 6, 2, 1, 1))[0]
    began = today - timedelta(age(chance))
    return Statement(
        person=person,
        body=SOCIETY,
        jurisdiction="US",
        kind=kind,
        number=f"{kind}-{10_000 + position}",
        status=word,
        status_date=began if word != "Expired" else began + timedelta(3 * YEAR),
        issued=began if word != "Pending" else None,
        expires=began + timedelta(3 * YEAR) if word != "Pending" else None,
    )


_CERTIFICATES: tuple[tuple[str, Callable[[random.Random], int]], ...] = (
    ("Active", lambda chance: chance.randint(1, 3 * YEAR)),
    ("Pending", lambda chance: chance.randint(5, 200)),
    ("Expired", lambda chance: chance.randint(3 * YEAR + 1, 4 * YEAR)),
    ("Inactive", lambda chance: chance.randint(30, 2 * YEAR)),
    ("Suspended", lambda chance: chance.randint(30, 2 * YEAR)),
    ("Revoked", lambda chance: chance.randint(30, 2 * YEAR)),
)
