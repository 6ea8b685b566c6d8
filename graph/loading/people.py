"""What the graph keeps about a person's name, address and callings, in the form the nodes have it.

Rules:
- An empty value is no property.
- A name is kept as printed, in ordinary capitals to show, and folded to search and to compare.
- A place gets its coordinates and time zone from its postal code.

Does not know whether the person is there already.
"""

from string import capwords
from typing import Any

from neo4j.spatial import WGS84Point
from uuid_utils import uuid7

from graph.places import find_place, printed_postal_code
from verification.evidence import OtherName
from verification.formats.nppes import Address
from verification.jurisdictions import STATES
from verification.names import display_name, fold, full_name_key


def new_id() -> str:
    """A fresh id."""
    return str(uuid7())


def name_properties(family: str, given: str, middle: str, suffix: str) -> dict[str, str | None]:
    """Every property of a Practitioner that holds a name."""
    shown = display_name(given, middle, family, suffix)
    return {
        "familyName": family or None,
        "givenName": given or None,
        "middleName": middle or None,
        "suffix": suffix or None,
        "name": shown,
        "searchName": fold(shown),
        "foldedName": full_name_key(given, family) or None,
    }


def other_name_properties(name: OtherName | None) -> dict[str, str | None]:
    """Every property of a Practitioner that holds a name beside the legal one."""
    return {
        "otherFamilyName": name.family_name or None if name else None,
        "otherGivenName": name.given_name or None if name else None,
        "otherMiddleName": name.middle_name or None if name else None,
        "otherSuffix": name.suffix or None if name else None,
        "otherFoldedName": full_name_key(name.given_name, name.family_name) or None if name else None,
    }


def practice_properties(address: Address, source: str, place_name: str = "") -> dict[str, Any]:
    """Every property of a Practice but its id; `source` is NPPES or PROFILE."""
    american = address.country in {"", "US"}
    found = find_place(address.postal_code) if american else None
    country = address.country or ("US" if found or address.state in STATES else None)
    return {
        "source": source,
        "placeName": place_name or None,
        "line1": _ordinary(address.line1),
        "line2": _ordinary(address.line2),
        "city": _ordinary(address.city) or (found.city if found else None),
        "state": address.state or (found.state if found else None),
        "postalCode": printed_postal_code(address.postal_code) or None,
        "country": country,
        "phone": address.phone or None,
        "zone": found.zone if found else None,
        "location": WGS84Point((found.longitude, found.latitude)) if found else None,
    }


def _ordinary(text: str) -> str | None:
    """Registers print addresses in capitals; what somebody wrote in mixed case stays."""
    return (capwords(text) if text.isupper() else text) or None
