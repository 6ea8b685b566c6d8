"""Where people in the demo practise: real ZIP codes of California, as many people in each as live there.

- A ZIP code's weight is its county's population divided by the county's delivery ZIP codes.
- Streets and telephone numbers are invented; numbers use the exchange 555.
- It does not know who practises where.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import zipcodes

STATE = "CA"

# Residents in thousands, 2020 census, by county.
_RESIDENTS = {
    "Los Angeles": 10014, "San Diego": 3299, "Orange": 3187, "Riverside": 2418, "San Bernardino": 2182,
    "Santa Clara": 1936, "Alameda": 1682, "Sacramento": 1585, "Contra Costa": 1166, "Fresno": 1009, "Kern": 909,
    "San Francisco": 874, "Ventura": 844, "San Joaquin": 779, "San Mateo": 764, "Stanislaus": 553, "Sonoma": 489,
    "Tulare": 473, "Solano": 453, "Santa Barbara": 448, "Monterey": 439, "Placer": 405, "San Luis Obispo": 282,
    "Merced": 281, "Santa Cruz": 271, "Marin": 262, "Yolo": 216, "Butte": 212, "El Dorado": 191, "Shasta": 182,
    "Imperial": 180, "Madera": 156, "Kings": 152, "Napa": 138, "Humboldt": 136, "Nevada": 102, "Sutter": 100,
    "Mendocino": 92, "Yuba": 82, "Lake": 68, "Tehama": 66, "San Benito": 64, "Tuolumne": 56, "Calaveras": 45,
    "Siskiyou": 44, "Amador": 40, "Lassen": 33, "Glenn": 29, "Del Norte": 28, "Colusa": 22, "Plumas": 20, "Inyo": 19,
    "Mariposa": 17, "Trinity": 16, "Mono": 13, "Modoc": 9, "Sierra": 3, "Alpine": 1,
}  # fmt: skip
_STREETS = """
Alder Bay Beacon Birch Canyon Cedar Chapel Cypress Elm Fountain Garden Grove Harbor Hazel Hillside Juniper Lake Laurel
Linden Lupine Magnolia Manzanita Maple Meadow Mission Oak Olive Orchard Pacific Palm Park Pepper Pine Poppy Redwood
Ridge River Rose Sage Sequoia Spring Summit Sunset Sycamore Valley Vista Walnut Willow
"""
# The package ships no types.
_postal_areas: Callable[..., list[dict[str, Any]]] = zipcodes.filter_by
_WAYS = ("St", "Ave", "Blvd", "Way", "Dr", "Ln", "Rd")


@dataclass(frozen=True, slots=True)
class Place:
    """A practice address; `phone` is ten digits."""

    line1: str
    line2: str
    city: str
    postal_code: str
    phone: str


def draw_places(chance: random.Random, count: int) -> list[Place]:
    """`count` practice addresses, spread as the residents are."""
    areas = [area for area in _postal_areas(state=STATE, zip_code_type="STANDARD") if _county(area) in _RESIDENTS]
    codes_in = Counter(_county(area) for area in areas)
    weights = [_RESIDENTS[_county(area)] / codes_in[_county(area)] for area in areas]
    return [_place(chance, area) for area in chance.choices(areas, weights, k=count)]


def _county(area: dict[str, Any]) -> str:
    return str(area["county"]).removesuffix(" County")


def _place(chance: random.Random, area: dict[str, Any]) -> Place:
    draw, streets = chance.random(), _STREETS.split()
    street = f"{streets[int(draw * 1e4) % len(streets)]} {_WAYS[int(draw * 1e6) % len(_WAYS)]}"
    code = area["area_codes"][0] if area["area_codes"] else "916"
    return Place(
        line1=f"{100 + int(draw * 9900)} {street}",
        line2=f"Suite {100 + int(draw * 1e7) % 800}" if draw < 0.4 else "",  # noqa: PLR2004 - two practices in five
        city=str(area["city"]),
        postal_code=str(area["zip_code"]),
        phone=f"{code}555{int(draw * 1e8) % 10_000:04d}",
    )
