"""The places a patient can be in and a body can speak for, each with its name and the time zone of its seat.

- Codes are the two-letter postal codes of the United States ('CA'), else ISO 3166-1 codes of countries ('GB').
- A state with two time zones has the zone of its seat of government, where its boards sit.
- It does not know who may practise where.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from verification.tables import table


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One place: `zone` is an IANA zone, `country` an ISO code, `place` whether a patient can be said to be in it."""

    code: str
    name: str
    zone: str
    country: str
    place: bool


def _read() -> dict[str, Jurisdiction]:
    data = table("jurisdictions")
    states = {code: Jurisdiction(code, name, zone, "US", place=True) for code, (name, zone) in data["us"].items()}
    countries = {
        code: Jurisdiction(code, name, zone, code, place=True) for code, (name, zone) in data["countries"].items()
    }
    national = {
        code: Jurisdiction(code, name, zone, code, place=False) for code, (name, zone) in data["national"].items()
    }
    return states | countries | national


JURISDICTIONS: Final = MappingProxyType(_read())
STATES: Final = tuple(code for code, place in JURISDICTIONS.items() if place.country == "US" and place.place)

COUNTRIES: Final = tuple(sorted({place.country for place in JURISDICTIONS.values()}))
PLACES_OF: Final = MappingProxyType(
    {
        country: frozenset(code for code, place in JURISDICTIONS.items() if place.country == country and place.place)
        for country in COUNTRIES
    },
)


def jurisdiction_code(text: str) -> str | None:
    """The code for a code or an English name in any case ('california' → 'CA'); None for an unknown one."""
    code = text.strip().upper()
    return code if code in JURISDICTIONS else _BY_NAME.get(code)


def place_name(code: str) -> str:
    """The English name of a place for a sentence; the code itself when it is unknown."""
    place = JURISDICTIONS.get(code)
    return place.name if place else code


_BY_NAME: Final = MappingProxyType({place.name.upper(): code for code, place in JURISDICTIONS.items()})
