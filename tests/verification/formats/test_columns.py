"""Columns are found by name, and what is wrong with a header is said by name."""

import pytest

from tests.published import SAMPLES, nppes_header
from verification.errors import Refusal
from verification.formats import compact, leie, nppes, roster
from verification.formats.columns import Layout, find_columns, normal_name

LAYOUT = Layout("a test file", required=("Last Name", "npi"), optional=("suffix",), unread=("ssn",), known=("note",))


def test_order_case_and_spacing_do_not_matter() -> None:
    found = find_columns(LAYOUT, ["NPI", "last  name ", "Suffix"])
    assert found.places == {"npi": 0, "Last Name": 1, "suffix": 2}
    assert found.width == 3
    assert found.unknown == ()


def test_uneven_spacing_of_one_publisher_is_one_name() -> None:
    assert normal_name("Address-  Address Line 2") == normal_name("Address - Address Line 2")


def test_unknown_columns_are_told_and_tolerated() -> None:
    assert find_columns(LAYOUT, ["npi", "Last Name", "Shoe Size", "note"]).unknown == ("Shoe Size",)


def test_unread_columns_cannot_be_looked_up() -> None:
    assert "ssn" not in find_columns(LAYOUT, ["npi", "Last Name", "ssn"]).places


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["npi"], "no column 'Last Name'"),
        (["npi", "Last Name", "NPI"], "'NPI' is named twice"),
        (["npi;Last Name;suffix"], "separated by ';'"),
        (["npi\tLast Name"], "separated by '\\t'"),
        ([""], "no column 'Last Name', 'npi'"),
    ],
)
def test_a_wrong_header_is_refused_by_name(header: list[str], words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        find_columns(LAYOUT, header)
    assert refusal.value.code == "WRONG_HEADER"
    assert words in refusal.value.message


def test_the_published_registry_header_is_known_to_the_last_column() -> None:
    assert len(nppes_header()) == 330
    assert find_columns(nppes.LAYOUT, nppes_header()).unknown == ()


def test_older_registry_headers_are_read_too() -> None:
    older = ["Provider Gender Code" if name == "Provider Sex Code" else name for name in nppes_header()]
    older = [name.replace("Issuer_", "Issue_") for name in older]
    found = find_columns(nppes.LAYOUT, older)
    assert found.places[nppes.SEX] == 41
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        (leie.LAYOUT, "leie/UPDATED_SYNTHETIC.csv"),
        (compact.LAYOUTS[compact.Compact.COUNSELING], "compact/compactconnect_license_header.csv"),
        (compact.LAYOUTS[compact.Compact.SOCIAL_WORK], "compact/compactconnect_socialwork_license_header.csv"),
    ],
)
def test_published_headers_hold_nothing_unknown(layout: Layout, file: str) -> None:
    header = (SAMPLES / file).read_text().splitlines()[0].replace('"', "").split(",")
    assert find_columns(layout, header).unknown == ()


def test_a_file_of_another_format_is_told_by_its_title() -> None:
    with pytest.raises(Refusal, match="This is not a roster"):
        find_columns(roster.LAYOUT, nppes_header())
