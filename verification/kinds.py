"""Which credentials exist, who may speak for them, and what each is good for.

- A kind is a licence, a certificate, a membership or a qualification; the codes are data, listed by `bonafide bodies`.
- A licence title stands for independent clinical practice only in the states the table names for it.
- A body is the primary source for the kinds and places its authority names, while it is in force.
- It does not know any person's credential.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from verification.jurisdictions import JURISDICTIONS, STATES
from verification.tables import table


class CredentialRole(StrEnum):
    """What a credential is good for."""

    LICENCE = "licence"
    CERTIFICATE = "certificate"
    MEMBERSHIP = "membership"
    QUALIFICATION = "qualification"


@dataclass(frozen=True, slots=True)
class Grace:
    """A membership printed to month and day `printed` stays good until the start of `until` in the next year."""

    printed: tuple[int, int]
    until: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of credential.

    `independent` says that the title stands for independent practice somewhere, `independent_in` where (None: in every
    place that issues it). `requires` are the membership kinds that must be good with it, `includes` those that it is
    itself a grade of.
    """

    code: str
    name: str
    family: str
    role: CredentialRole
    independent: bool
    independent_in: frozenset[str] | None
    sex_therapy: bool
    requires: tuple[str, ...]
    includes: tuple[str, ...]
    grace: Grace | None

    @property
    def beside(self) -> tuple[str, ...]:
        """The membership kinds it falls with."""
        return self.requires + self.includes if self.includes else self.requires


@dataclass(frozen=True, slots=True)
class Authority:
    """What a body may speak for: kinds and places (None: anywhere), from and to both days included (None: no limit)."""

    kinds: frozenset[str]
    jurisdictions: frozenset[str] | None
    since: date | None
    until: date | None

    def concerns(self, kind: str, jurisdiction: str) -> bool:
        return kind in self.kinds and (self.jurisdictions is None or jurisdiction in self.jurisdictions)

    def covers(self, kind: str, jurisdiction: str, on: date) -> bool:
        in_force = (self.since is None or self.since <= on) and (self.until is None or on <= self.until)
        return in_force and self.concerns(kind, jurisdiction)


@dataclass(frozen=True, slots=True)
class Body:
    """A body that issues credentials; `kind` is licence-board, certifier or society, `zone` that of its seat."""

    code: str
    name: str
    kind: str
    zone: str
    jurisdiction: str
    authority: tuple[Authority, ...]

    def speaks_for(self, kind: str, jurisdiction: str, on: date) -> bool:
        """Whether it was the primary source for this kind and place on that day (of its own calendar)."""
        return any(part.covers(kind, jurisdiction, on) for part in self.authority)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _kind(code: str, row: dict[str, Any]) -> Kind:
    independent = row.get("independent", [])
    grace = row.get("grace")
    return Kind(
        code=code,
        name=row["name"],
        family=row["family"],
        role=CredentialRole(row["role"]),
        independent=bool(independent),
        independent_in=None if independent == "everywhere" else frozenset(independent),
        sex_therapy=row.get("sex_therapy", False),
        requires=tuple(row.get("requires", ())),
        includes=tuple(row.get("includes", ())),
        grace=Grace(_month_day(grace["printed"]), _month_day(grace["until"])) if grace else None,
    )


KINDS: Final = MappingProxyType({code: _kind(code, row) for code, row in table("kinds").items()})


def _licences_of(families: list[str]) -> frozenset[str]:
    return frozenset(k.code for k in KINDS.values() if k.role is CredentialRole.LICENCE and k.family in families)


def _state_board(code: str, state: str, name: str, families: list[str], more: list[str]) -> Body:
    authority = Authority(_licences_of(families) | frozenset(more), frozenset({state}), None, None)
    return Body(code, name, "licence-board", JURISDICTIONS[state].zone, state, (authority,))


def _state_boards(data: dict[str, Any]) -> dict[str, Body]:
    boards = {}
    for state in STATES:
        pattern = {
            f"{state}-{suffix}": {"name": f"{JURISDICTIONS[state].name} {row['name']}", "families": row["families"]}
            for suffix, row in data["families"].items()
        }
        for code, row in data["state_boards"].get(state, pattern).items():
            more = data["additional_kinds"].get(code, [])
            boards[code] = _state_board(code, state, row["name"], row["families"], more)
    return boards


def _authority(row: dict[str, Any]) -> Authority:
    places = None if row.get("anywhere") else frozenset(row["jurisdictions"])
    return Authority(frozenset(row["kinds"]), places, row.get("since"), row.get("until"))


def _body(code: str, row: dict[str, Any]) -> Body:
    return Body(
        code,
        row["name"],
        row["kind"],
        row["zone"],
        row["jurisdiction"],
        tuple(_authority(part) for part in row["authority"]),
    )


def _read_bodies() -> dict[str, Body]:
    data = table("bodies")
    return _state_boards(data) | {code: _body(code, row) for code, row in data["bodies"].items()}


BODIES: Final = MappingProxyType(_read_bodies())


@lru_cache(maxsize=65536)
def always_speaks_for(body: str, kind: str, jurisdiction: str) -> bool | None:
    """Whether the body is the primary source for the kind and place on every day; None when that depends on the day."""
    parts = [part for part in BODIES[body].authority if part.concerns(kind, jurisdiction)]
    return None if any(part.since or part.until for part in parts) else bool(parts)


def primary_bodies(kind: str, jurisdiction: str, on: date) -> tuple[str, ...]:
    """The codes of the bodies that are the primary source for a kind in a place on a day."""
    return tuple(code for code, body in BODIES.items() if body.speaks_for(kind, jurisdiction, on))


def is_independent(kind: str, jurisdiction: str) -> bool:
    """Whether the title is a licence for independent clinical practice in that place."""
    found = KINDS.get(kind)
    if found is None or not found.independent or found.role is not CredentialRole.LICENCE:
        return False
    return found.independent_in is None or jurisdiction in found.independent_in


def kind_code(text: str) -> str | None:
    """The code for a kind as written in a file, in any case; None for an unknown one."""
    code = text.strip().upper()
    return code if code in KINDS else None


def body_code(text: str) -> str | None:
    """The code for a body as written by a person, in any case; None for an unknown one."""
    code = text.strip().upper()
    return code if code in BODIES else None


def normal_number(number: str) -> str:
    """A credential number for comparing: upper case, letters and digits only.

    Leading zeros stay, because 002345 and 2345 can be two people; zero-padding is each board's own rule.
    """
    return "".join(letter for letter in number.upper() if letter.isalnum())


def credential_key(jurisdiction: str, body: str, kind: str, number: str) -> str:
    """The key that tells one credential from another: the same number occurs in many states and for several titles."""
    return f"{jurisdiction}|{body}|{kind}|{normal_number(number)}"
