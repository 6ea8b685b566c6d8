"""Names folded for comparing and capitalised for showing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.names import display_name, fold, full_name_key, initial, suffix_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("O'Brien-Núñez", "OBRIEN NUNEZ"),
        ("O’BRIEN NUNEZ", "OBRIEN NUNEZ"),  # noqa: RUF001 - the printer's apostrophe
        ("O BRIEN NUNEZ", "OBRIEN NUNEZ"),
        ("OBRIEN NUNEZ", "OBRIEN NUNEZ"),
        ("Guðmundsdóttir", "GUDMUNDSDOTTIR"),
        ("Strauß", "STRAUSS"),
        ("Ørsted Łukasz Þór Æsa Œuvre Đorđe", "ORSTED LUKASZ THOR AESA OEUVRE DORDE"),
        ("  St.  John ", "ST JOHN"),
        ("D'Angelo", "DANGELO"),
        ("Mc Donald", "MCDONALD"),
        ("王芳", "王芳"),
        ("NULL", "NULL"),
        ("3", ""),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=30))
def test_fold_is_stable_and_blind_to_case(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == " ".join(once.split())
    assert all(letter.isalpha() or letter == " " for letter in once)


def test_full_name_key() -> None:
    assert full_name_key("Mary Ann", "van der Berg") == full_name_key("MARYANN", "VANDERBERG")
    assert full_name_key("", "SUHARTO") == "SUHARTO"
    assert full_name_key("PAT", "") == full_name_key("", "") == ""
    assert full_name_key("Ann", "Smith") != full_name_key("Smith", "Ann")


def test_initial_and_suffix() -> None:
    assert initial("Élodie") == "E"
    assert initial("") == ""
    assert suffix_key("Jr.") == suffix_key("JUNIOR") == "JR"
    assert suffix_key("2nd") == suffix_key("ii") == "II"
    assert suffix_key("Jr") != suffix_key("Sr")


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("MARY ANN", "L", "MCDONALD-O'BRIEN", "JR."), "Mary Ann L McDonald-O'Brien, Jr"),
        (("JOHN", "", "SMITH", "iii"), "John Smith, III"),
        (("Marguerite", "", "Osei-Lind", ""), "Marguerite Osei-Lind"),
        (("Ludwig", "", "van Beethoven", ""), "Ludwig van Beethoven"),
        (("", "", "SUHARTO", ""), "Suharto"),
        (("ANN", "", "MCGEE", ""), "Ann McGee"),
        (("BO", "", "MACK", ""), "Bo Mack"),
    ],
)
def test_display_name(parts: tuple[str, str, str, str], shown: str) -> None:
    assert display_name(*parts) == shown
