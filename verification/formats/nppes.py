"""Read a row of the NPPES registry file: who has which NPI, and where. It proves no licence and no qualification.

Rules:
- Monthly and weekly files have one layout, 330 columns in version 2; older files say Gender for Sex.
- Entity type 1 is a person, 2 an organisation. A row with neither, an NPI and a deactivation date is what is left of a
  deactivated NPI ("dark"): nothing else is said of it.
- Licence numbers and identifiers are not looked at: holders type them in themselves, some are masked.
- Taxonomy codes tell who may be looked for as a therapist or a referring physician. There is no code for sex therapy,
  so a code can never qualify anyone.

Does not know which of two rows for one NPI is the newer.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import takewhile
from typing import Final

from verification.evidence import OtherName
from verification.formats.columns import Layout
from verification.formats.dates import AMERICAN
from verification.formats.rows import Refused, Row, parse_row, refuse


class Calling(StrEnum):
    """What a taxonomy code hints at."""

    THERAPIST = "THERAPIST"
    PHYSICIAN = "PHYSICIAN"


# NUCC Health Care Provider Taxonomy: the codes of those who treat and those who refer, without the names (© AMA).
_THERAPIST_CODES: Final = (
    "101Y00000X", "101YM0800X", "101YP2500X", "102L00000X", "103T00000X", "103TC0700X", "103TC1900X", "103TF0000X",
    "103TH0004X", "103TP0016X", "104100000X", "1041C0700X", "106H00000X",
)  # fmt: skip
_PHYSICIAN_CODES: Final = (
    "207Q00000X", "207R00000X", "207V00000X", "207VG0400X", "2084P0800X", "208800000X", "2088F0040X", "208D00000X",
    "363L00000X", "363LP0808X",
)  # fmt: skip
CALLINGS: Final = {
    **dict.fromkeys(_THERAPIST_CODES, Calling.THERAPIST),
    **dict.fromkeys(_PHYSICIAN_CODES, Calling.PHYSICIAN),
}

TAXONOMIES: Final = 15
OTHER_IDENTIFIERS: Final = 50

NPI = "NPI"
ENTITY = "Entity Type Code"
FAMILY = "Provider Last Name (Legal Name)"
GIVEN = "Provider First Name"
MIDDLE = "Provider Middle Name"
SUFFIX = "Provider Name Suffix Text"
OTHER_FAMILY = "Provider Other Last Name"
OTHER_GIVEN = "Provider Other First Name"
OTHER_MIDDLE = "Provider Other Middle Name"
OTHER_SUFFIX = "Provider Other Name Suffix Text"
UPDATED = "Last Update Date"
DEACTIVATED = "NPI Deactivation Date"
REACTIVATED = "NPI Reactivation Date"
SEX = "Provider Sex Code"
_PLACE = "Business Practice Location Address"
LINE1 = f"Provider First Line {_PLACE}"
LINE2 = f"Provider Second Line {_PLACE}"
CITY = f"Provider {_PLACE} City Name"
STATE = f"Provider {_PLACE} State Name"
POSTAL = f"Provider {_PLACE} Postal Code"
COUNTRY = f"Provider {_PLACE} Country Code (If outside U.S.)"
PHONE = f"Provider {_PLACE} Telephone Number"
TAXONOMY = tuple(f"Healthcare Provider Taxonomy Code_{n}" for n in range(1, TAXONOMIES + 1))


OTHER_NAME = (OTHER_FAMILY, OTHER_GIVEN, OTHER_MIDDLE, OTHER_SUFFIX)


def _other_columns() -> tuple[str, ...]:
    """The published columns that are of no use here, so that only truly new ones are reported as unknown."""
    mailing = "Provider Business Mailing Address"
    other = ("Name Prefix Text", "Credential Text")
    numbered = ("Provider License Number_{}", "Provider License Number State Code_{}")
    primary, group = "Healthcare Provider Primary Taxonomy Switch_{}", "Healthcare Provider Taxonomy Group_{}"
    identifier = "Other Provider Identifier"
    issuers = ("Issuer", "Issue")
    return (
        "Replacement NPI", "Employer Identification Number (EIN)",
        "Provider Organization Name (Legal Business Name)", "Provider Name Prefix Text", "Provider Credential Text",
        "Provider Other Organization Name", "Provider Other Organization Name Type Code",
        *(f"Provider Other {part}" for part in other), "Provider Other Last Name Type Code",
        "Provider First Line Business Mailing Address", "Provider Second Line Business Mailing Address",
        *(f"{mailing} {part}" for part in ("City Name", "State Name", "Postal Code")),
        f"{mailing} Country Code (If outside U.S.)", f"{mailing} Telephone Number", f"{mailing} Fax Number",
        f"Provider {_PLACE} Fax Number", "Provider Enumeration Date", "NPI Deactivation Reason Code",
        *(f"Authorized Official {part}" for part in ("Last Name", "First Name", "Middle Name", "Title or Position")),
        *(f"Authorized Official {part}" for part in ("Telephone Number", "Name Prefix Text", "Name Suffix Text")),
        "Authorized Official Credential Text",
        *(name.format(n) for n in range(1, TAXONOMIES + 1) for name in (*numbered, primary, group)),
        *(f"{identifier}{part}_{n}" for n in range(1, OTHER_IDENTIFIERS + 1) for part in ("", " Type Code", " State")),
        *(f"{identifier} {issuer}_{n}" for n in range(1, OTHER_IDENTIFIERS + 1) for issuer in issuers),
        "Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
        "Certification Date",
    )  # fmt: skip


LAYOUT: Final = Layout(
    title="an NPPES registry file (npidata_pfile)",
    required=(NPI, ENTITY, FAMILY, GIVEN, UPDATED, DEACTIVATED, REACTIVATED, TAXONOMY[0]),
    optional=(MIDDLE, SUFFIX, *OTHER_NAME, SEX, LINE1, LINE2, CITY, STATE, POSTAL, COUNTRY, PHONE, *TAXONOMY[1:]),
    known=_other_columns(),
    aliases={"Provider Gender Code": SEX},
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody practises, as printed; the postal code of a US place has five or nine digits."""

    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str
    phone: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the registry."""

    line: int
    npi: str


@dataclass(frozen=True, slots=True)
class Individual(Entry):
    """A person's row; `updated` is the day the registry last changed it, None where it does not say.

    `other_name` is a former, professional or other name, with what it leaves out as in the legal one.
    """

    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    gender: str
    updated: date | None
    deactivated: date | None
    reactivated: date | None
    callings: frozenset[Calling]
    address: Address | None
    other_name: OtherName | None = None


@dataclass(frozen=True, slots=True)
class Dark(Entry):
    """What is left of a deactivated NPI."""

    deactivated: date


@dataclass(frozen=True, slots=True)
class Organisation(Entry):
    """An NPI that belongs to no person."""


def parse(row: Row) -> Entry | Refused:
    """One row of the registry."""
    return parse_row(row, _entry)


def _entry(row: Row) -> Entry:
    npi = row.npi(NPI) or refuse(NPI, "", "is missing")
    match row.raw(ENTITY):
        case "1":
            return _individual(row, npi)
        case "2":
            return Organisation(row.line, npi)
        case "":
            deactivated = row.day(DEACTIVATED, AMERICAN)
            return Dark(row.line, npi, deactivated or refuse(ENTITY, "", "is missing, and so is a deactivation date"))
        case other:
            return refuse(ENTITY, other, "is neither 1 nor 2")


def _individual(row: Row, npi: str) -> Individual:
    deactivated, reactivated = row.day(DEACTIVATED, AMERICAN), row.day(REACTIVATED, AMERICAN)
    return Individual(
        line=row.line,
        npi=npi,
        family_name=row.required(FAMILY),
        given_name=row.text(GIVEN),
        middle_name=row.text(MIDDLE),
        suffix=row.text(SUFFIX),
        gender=row.text(SEX),
        updated=row.day(UPDATED, AMERICAN),
        deactivated=deactivated,
        reactivated=reactivated,
        callings=frozenset(filter(None, map(CALLINGS.get, takewhile(bool, map(row.raw, TAXONOMY))))),
        address=_address(row),
        other_name=_other_name(row),
    )


def _other_name(row: Row) -> OtherName | None:
    family, given, middle, suffix = map(row.text, OTHER_NAME)
    if not family and not given:
        return None
    return OtherName(family or row.text(FAMILY), given or row.text(GIVEN), middle, suffix or row.text(SUFFIX))


def _address(row: Row) -> Address | None:
    address = Address(
        row.text(LINE1), row.text(LINE2), row.text(CITY), row.text(STATE), row.text(POSTAL),
        row.text(COUNTRY), row.text(PHONE),
    )  # fmt: skip
    return address if address.city or address.postal_code else None
