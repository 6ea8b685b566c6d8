"""The directory's words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.concerns import (
    APPROACHES,
    CONCERNS,
    FORMATS,
    LANGUAGES,
    MODALITIES,
    approach_code,
    concern_code,
    format_code,
    language,
    language_code,
    modality_code,
    payer_code,
    payer_name,
)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("erectile-difficulty", "erectile-difficulty"),
        ("Erectile Dysfunction", "erectile-difficulty"),
        ("ED", "erectile-difficulty"),
        ("LOW DESIRE", "low-desire"),
        ("arousal-difficulty-female", "arousal-difficulty"),
        ("LGBTQ+", "orientation"),
        ("Peyronie's disease", "penile-curvature"),
        ("flat feet", None),
        ("", None),
    ],
)
def test_concern(word: str, code: str | None) -> None:
    assert concern_code(word) == code


def test_every_list_knows_its_own_codes_and_names() -> None:
    for concern in CONCERNS.values():
        assert concern_code(concern.code) == concern_code(concern.name.upper()) == concern.code
    for terms, normal in (
        (APPROACHES, approach_code),
        (FORMATS, format_code),
        (MODALITIES, modality_code),
        (LANGUAGES, language_code),
    ):
        for term in terms.values():
            assert normal(term.code) == normal(term.name.upper()) == term.code


def test_what_the_design_asks_for_is_there() -> None:
    asked = """low-desire erectile-difficulty early-ejaculation delayed-ejaculation pain-with-penetration vaginismus
        pelvic-pain anorgasmia arousal-difficulty trauma-related couple-communication desire-difference orientation
        gender-related compulsive-sexual-behaviour pregnancy-birth menopause illness cancer-surgery ageing medication"""
    assert set(asked.split()) <= set(CONCERNS)
    assert set(FORMATS) == {"INDIVIDUAL", "COUPLE", "GROUP"}
    assert set(MODALITIES) == {"IN_PERSON", "TELEHEALTH"}
    assert len(APPROACHES) == 7


def test_orientation_is_never_coded_as_a_disorder() -> None:
    assert all(code.startswith("Z70") for code in CONCERNS["orientation"].icd10cm)
    assert {mapping.system for mapping in CONCERNS["orientation"].mappings} == {"ICD-10-CM"}
    assert not CONCERNS["orientation"].payer_icd10cm


def test_identity_is_coded_for_counselling_unless_a_payer_asks() -> None:
    gender = CONCERNS["gender-related"]
    assert all(code.startswith("Z") for code in gender.icd10cm)
    assert not set(gender.payer_icd10cm) & {mapping.code for mapping in gender.mappings}


def test_codes_have_the_shape_of_their_system() -> None:
    shapes = {
        "ICD-10-CM": r"[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
        "ICD-11": r"[0-9A-Z]{4}(\.[0-9A-Z]{1,2})?",
        "SNOMED CT": r"[1-9]\d{5,17}",
    }
    for concern in CONCERNS.values():
        assert concern.icd10cm
        assert len({(mapping.system, mapping.code) for mapping in concern.mappings}) == len(concern.mappings)
        for mapping in concern.mappings:
            assert re.fullmatch(shapes[mapping.system], mapping.code), mapping
            assert mapping.certainty in {"verified", "seen", "recalled"}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("en", "en"),
        ("ENGLISH", "en"),
        ("es-MX", "es"),
        ("Español", "es"),
        ("zh_Hant", "zh"),
        ("asl", "ase"),
        ("Klingon", None),
    ],
)
def test_language(word: str, code: str | None) -> None:
    assert language_code(word) == code
    found = language(word)
    assert (found.code if found else None) == code


@given(st.text(max_size=40))
def test_payers_are_free_text_with_a_normal_form(text: str) -> None:
    assert payer_code(payer_name(text).upper()) == payer_code(text.upper())
    assert payer_code(" Blue  Cross & Shield") == payer_code("blue cross shield") == "blue-cross-shield"


@given(st.text(max_size=40))
def test_any_word_gets_an_answer(word: str) -> None:
    for normal in (concern_code, approach_code, format_code, modality_code, language_code):
        normal(word)
