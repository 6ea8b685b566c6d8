"""Files in the published formats, made up for tests: rows by column name, NPIs from the block that is not in use."""

import csv
import io
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from verification.formats.columns import Columns, Layout, find_columns
from verification.formats.leie import COLUMNS as LEIE_COLUMNS
from verification.formats.rows import Row
from verification.npi import check_digit

SAMPLES = Path(__file__).with_name("samples")
ROSTER_COLUMNS = (
    "credentialKind", "credentialNumber", "jurisdiction", "familyName", "givenName", "middleName", "suffix", "npi",
    "dateOfBirth", "status", "statusDate", "dateOfIssuance", "dateOfExpiration", "reverifyBy", "disciplineType",
    "disciplineDate", "disciplineLiftedDate", "degree",
)  # fmt: skip
PROFILE_COLUMNS = (
    "npi", "concerns", "approaches", "languages", "payers", "modalities", "formats", "acceptsNew", "waitWeeks",
    "placeName", "addressLine1", "addressCity", "addressState", "addressPostalCode", "phone",
)  # fmt: skip


def npi_of(number: int) -> str:
    """The NPI with this number in the block that begins with 2."""
    body = f"2{number:08d}"
    return body + check_digit(body)


def fresh_npis(count: int) -> list[str]:
    """NPIs that no other test has."""
    first = secrets.randbelow(99_000_000)
    return [npi_of(first + step) for step in range(count)]


@cache
def nppes_header() -> tuple[str, ...]:
    with (SAMPLES / "nppes" / "npidata_pfile_v2_fileheader.csv").open(newline="") as file:
        return tuple(next(csv.reader(file)))


def as_csv(columns: Iterable[str], rows: Iterable[Mapping[str, str]], quoting: int = csv.QUOTE_ALL) -> bytes:
    """A table as bytes; what a row does not name is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), restval="", quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type] # quoting is a plain int here
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def person_row(npi: str, **values: str) -> dict[str, str]:
    """A person's row of the registry."""
    row = {
        "NPI": npi,
        "Entity Type Code": "1",
        "Provider Last Name (Legal Name)": "INVENTED",
        "Provider First Name": "ADA",
        "Last Update Date": "06/02/2026",
        "Healthcare Provider Taxonomy Code_1": "106H00000X",
        "Provider First Line Business Practice Location Address": "1 INVENTED WAY",
        "Provider Business Practice Location Address City Name": "FRESNO",
        "Provider Business Practice Location Address State Name": "CA",
        "Provider Business Practice Location Address Postal Code": "937011234",
    }
    return row | values


def nppes_file(path: Path, rows: Iterable[Mapping[str, str]], name: str = "npidata_pfile.csv") -> Path:
    file = path / name
    file.write_bytes(as_csv(nppes_header(), rows))
    return file


def member_row(npi: str, number: str, **values: str) -> dict[str, str]:
    """A row of a roster: a Californian licence in good standing, unless said otherwise."""
    row = {
        "credentialKind": "LMFT",
        "credentialNumber": number,
        "jurisdiction": "CA",
        "familyName": "Invented",
        "givenName": "Ada",
        "npi": npi,
        "dateOfBirth": "1970-04-05",
        "status": "Active",
        "statusDate": "2024-01-05",
        "dateOfIssuance": "2012-01-05",
        "dateOfExpiration": "2027-06-30",
    }
    return row | values


def certificate_row(npi: str, number: str, **values: str) -> dict[str, str]:
    """A row of AASECT's roster: a certified sex therapist."""
    return member_row(npi, number, credentialKind="CST", jurisdiction="US") | values


def membership_row(npi: str, number: str, **values: str) -> dict[str, str]:
    """A row of AASECT's roster: a member."""
    return member_row(npi, number, credentialKind="AASECT-MEMBER", jurisdiction="US") | values


def roster_file(path: Path, rows: Iterable[Mapping[str, str]], name: str = "roster.csv") -> Path:
    file = path / name
    file.write_bytes(as_csv(ROSTER_COLUMNS, rows))
    return file


def profiles_file(path: Path, rows: Iterable[Mapping[str, str]], name: str = "profiles.csv") -> Path:
    file = path / name
    file.write_bytes(as_csv(PROFILE_COLUMNS, rows))
    return file


def excluded_row(**values: str) -> dict[str, str]:
    """A row of the exclusion list."""
    row = {
        "LASTNAME": "EXCLUDED",
        "FIRSTNAME": "PAT",
        "NPI": "0000000000",
        "EXCLTYPE": "1128b4",
        "EXCLDATE": "20190520",
        "REINDATE": "00000000",
        "WAIVERDATE": "00000000",
    }
    return row | values


def leie_file(path: Path, rows: Iterable[Mapping[str, str]], name: str = "UPDATED.csv") -> Path:
    file = path / name
    file.write_bytes(as_csv(LEIE_COLUMNS, rows))
    return file


def row_of(layout: Layout, values: Mapping[str, str], line: int = 2) -> Row:
    """A row under a header of every column the layout can read."""
    names = (*layout.required, *layout.optional, *layout.unread)
    columns: Columns = find_columns(layout, names)
    return Row(line, [values.get(name, "") for name in names], columns)
