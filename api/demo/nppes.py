"""The registry's two files: the NPPES V.2 data file and the report of deactivated NPIs.

- The data file has the 330 columns published by CMS, every value in double quotes, dates MM/DD/YYYY.
- It holds people, a few organisations, and dark rows: deactivated NPIs with no more than their number and date.
- The report is a spreadsheet of text: a title row, a header row, one row per NPI.
- Names are upper-case ASCII, as the registry prints them.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from api.demo.names import registry_form
from api.demo.people import Person, npi_number
from api.demo.places import STATE, Place

_PERSON = ("Last Name", "First Name", "Middle Name", "Name Prefix Text", "Name Suffix Text", "Credential Text")
_ADDRESS = (
    "Provider First Line Business {} Address",
    "Provider Second Line Business {} Address",
    "Provider Business {} Address City Name",
    "Provider Business {} Address State Name",
    "Provider Business {} Address Postal Code",
    "Provider Business {} Address Country Code (If outside U.S.)",
    "Provider Business {} Address Telephone Number",
    "Provider Business {} Address Fax Number",
)
_TAXONOMY = (
    "Healthcare Provider Taxonomy Code_{}",
    "Provider License Number_{}",
    "Provider License Number State Code_{}",
    "Healthcare Provider Primary Taxonomy Switch_{}",
)
_IDENTIFIER = (
    "Other Provider Identifier_{}",
    "Other Provider Identifier Type Code_{}",
    "Other Provider Identifier State_{}",
    "Other Provider Identifier Issuer_{}",
)
HEADER = (
    "NPI",
    "Entity Type Code",
    "Replacement NPI",
    "Employer Identification Number (EIN)",
    "Provider Organization Name (Legal Business Name)",
    "Provider Last Name (Legal Name)",
    *(f"Provider {part}" for part in _PERSON[1:]),
    "Provider Other Organization Name",
    "Provider Other Organization Name Type Code",
    *(f"Provider Other {part}" for part in _PERSON),
    "Provider Other Last Name Type Code",
    *(line.format("Mailing") for line in _ADDRESS),
    *(line.format("Practice Location") for line in _ADDRESS),
    "Provider Enumeration Date",
    "Last Update Date",
    "NPI Deactivation Reason Code",
    "NPI Deactivation Date",
    "NPI Reactivation Date",
    "Provider Sex Code",
    "Authorized Official Last Name",
    "Authorized Official First Name",
    "Authorized Official Middle Name",
    "Authorized Official Title or Position",
    "Authorized Official Telephone Number",
    *(column.format(number) for number in range(1, 16) for column in _TAXONOMY),
    *(column.format(number) for number in range(1, 51) for column in _IDENTIFIER),
    "Is Sole Proprietor",
    "Is Organization Subpart",
    "Parent Organization LBN",
    "Parent Organization TIN",
    "Authorized Official Name Prefix Text",
    "Authorized Official Name Suffix Text",
    "Authorized Official Credential Text",
    *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)),
    "Certification Date",
)
_DAY = "%m/%d/%Y"


@dataclass(frozen=True, slots=True)
class Deactivation:
    """An NPI taken out of use on a day, and back in use on another if `until` is given."""

    npi: str
    on: date
    until: date | None = None


def write_registry(
    path: Path, people: Iterable[Person], returned: dict[str, Deactivation], dark: Iterable[Deactivation]
) -> int:
    """The data file: `people` with what was once deactivated and `returned` to use, then `dark` rows. Rows written."""
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(HEADER))
        for row in _rows(people, returned, dark):
            file.write(row)
            rows += 1
    return rows


def write_deactivations(path: Path, rows: Iterable[Deactivation], as_of: date) -> None:
    """The report of deactivated NPIs as of a day, as a spreadsheet with one sheet."""
    table = [(f"NPPES Deactivated Records as of {as_of:%b %d %Y}", ""), ("NPI", "NPPES Deactivation Date")]
    table += [(row.npi, row.on.strftime(_DAY)) for row in rows]
    cells = "".join(f"<row>{_cell(first)}{_cell(second)}</row>" for first, second in table)
    sheet = f'{_XML}<worksheet xmlns="{_SPREADSHEET}"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in {**_BOOK, "xl/worksheets/sheet1.xml": sheet}.items():
            # A fixed moment, so that the same rows give the same bytes.
            book.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def _rows(people: Iterable[Person], returned: dict[str, Deactivation], dark: Iterable[Deactivation]) -> Iterator[str]:
    for index, person in enumerate(people):
        yield _person_row(person, returned.get(person.npi))
        if index % _ORGANISATION_EVERY == 0:
            yield _organisation_row(index, person)
    for row in dark:
        yield _line((row.npi, *_blank(38), row.on.strftime(_DAY), *_blank(290)))


def _person_row(person: Person, deactivation: Deactivation | None) -> str:
    return _line(
        (
            person.npi,
            "1",
            *_blank(3),
            registry_form(person.family),
            registry_form(person.given),
            person.middle,
            "",
            registry_form(person.suffix),
            person.credential,
            *_blank(9),
            *_address(person.place),
            *_address(person.place),
            person.enumerated.strftime(_DAY),
            person.updated.strftime(_DAY),
            *_blank(1),
            deactivation.on.strftime(_DAY) if deactivation else "",
            deactivation.until.strftime(_DAY) if deactivation and deactivation.until else "",
            person.sex,
            *_blank(5),
            person.taxonomy,
            person.license,
            STATE,
            "Y",
        ),
        _PERSON_TAIL + f'"{person.updated.strftime(_DAY)}"\n',
    )


def _organisation_row(index: int, near: Person) -> str:
    place, day = _address(near.place), (near.enumerated + timedelta(1)).strftime(_DAY)
    name = f"{near.place.city} WELLNESS CENTER {index} INC".upper()
    head = (npi_number(_ORGANISATIONS_FROM + index), "2", *_blank(2), name, *_blank(15), *place, *place, day, day)
    return _line((*head, *_blank(9), "261QM0801X", "", "", "Y", *_blank(256), "", "N", *_blank(21)))


def _address(place: Place) -> tuple[str, ...]:
    return (
        place.line1.upper(),
        place.line2.upper(),
        place.city.upper(),
        STATE,
        place.postal_code,
        "US",
        place.phone,
        "",
    )


def _blank(count: int) -> tuple[str, ...]:
    return ("",) * count


def _line(values: Iterable[str], tail: str = "\n") -> str:
    return '"' + '","'.join(values) + '"' + tail


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


_ORGANISATION_EVERY = 100
_ORGANISATIONS_FROM = 5_000_000
# What follows a person's first taxonomy: 14 more, 50 identifiers, "sole proprietor: no", and nothing else to the date.
_PERSON_TAIL = "," + _line(_blank(56 + 200), "") + ',"N",' + _line(_blank(21), ",")
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK = {
    "[Content_Types].xml": f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>""",
    "_rels/.rels": f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""{_XML}<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}"><sheets>
<sheet name="DeactivatedNPIs" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""",
}
