"""Arguments that need the outside world's tables before a statement can use them.

- A postal code becomes coordinates from a table that ships with the program: nobody learns where a search was made.
- A language may be named in English or by its code.
- What cannot be used is refused with its name and value; the search then has no answer, rather than a wrong one.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

from graph.places import find_place
from graph.selection import BadArgument
from verification.concerns import language_code

_HALF_ROUND_THE_EARTH_KM: Final = 20_040
_SHOWN: Final = 20


def located(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of one field with `near` as coordinates and the language as its code.

    Raises BadArgument for a place or language that is not known.
    """
    if arguments.get("near") is not None:
        arguments = {**arguments, "near": _near(arguments["near"])}
    where = arguments.get("where")
    if where is not None and where.get("language") is not None:
        arguments = {**arguments, "where": {**where, "language": _language(where["language"])}}
    return arguments


def _language(text: str) -> str:
    code = language_code(text)
    if code is None:
        raise BadArgument(f"where.language: {text[:_SHOWN]!r} is no language known here, by code or name", "where")
    return code


def _near(near: Mapping[str, Any]) -> dict[str, float]:
    within = near["withinKm"]
    if not 0 < within <= _HALF_ROUND_THE_EARTH_KM:
        raise BadArgument(f"near.withinKm must be more than 0 and at most {_HALF_ROUND_THE_EARTH_KM} km", "near")
    latitude, longitude = _point(near)
    return {"latitude": latitude, "longitude": longitude, "withinKm": within}


def _point(near: Mapping[str, Any]) -> tuple[float, float]:
    postal_code, latitude, longitude = near.get("postalCode"), near.get("latitude"), near.get("longitude")
    if postal_code is not None:
        if latitude is not None or longitude is not None:
            raise BadArgument("near takes a postalCode or a latitude and longitude, not both", "near")
        place = find_place(postal_code)
        if place is None:
            raise BadArgument(f"near.postalCode: {postal_code[:_SHOWN]!r} is no US ZIP code known here", "near")
        return place.latitude, place.longitude
    if latitude is None or longitude is None:
        raise BadArgument("near needs a postalCode, or a latitude and a longitude", "near")
    if not (math.isfinite(latitude) and -90 <= latitude <= 90):  # noqa: PLR2004 - degrees
        raise BadArgument("near.latitude must be from -90 to 90 degrees", "near")
    if not (math.isfinite(longitude) and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees
        raise BadArgument("near.longitude must be from -180 to 180 degrees", "near")
    return latitude, longitude
