"""Whatever people write is shown as text, never acted upon, and never keeps a letter from being printed."""

import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.letters.legible import legible
from api.letters.letter import letter
from api.letters.sheets import Run, Sheet, line
from tests.api.letters.answers import PATIENT, SETTING, referral
from tests.api.letters.reading import printed

HOSTILE = (
    '#eval("panic()") #read("/etc/passwd") #image("x") #sys.inputs',
    "*bold* _emph_ $x^2$ @ref <label> `raw` = heading // comment /* more */ \\ \\u{41}",
    "<script>alert(1)</script> <b>bold</b> &lt; &amp; {{ 7*7 }} {% include 'x' %} ${jndi:ldap://x}",
    '"]} #let x = 1 ]] )) "',
    "https://evil.example/?q=1 javascript:alert(1)",
)


def plain(text: str) -> Sheet:
    return Sheet("A title", "A heading", "A footer", SETTING.now, lead=(line(Run(text), Run(text, strong=True)),))


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_text(text: str) -> None:
    paper = printed(letter(referral(reason=text), SETTING))
    assert " ".join(text.split()) in paper.text
    assert all("/Annots" not in page for page in paper.reader.pages)


def test_names_of_many_scripts_are_set() -> None:
    for name in ("Łukasz Đặng Ñúñez", "Ωμέγα Παπαδοπούλου", "Кириллица Ґалаґан", "Şebnem Çağlar", "Zoë Ødegård Þór"):
        assert name in printed(letter(referral(reason=name), SETTING)).text


def test_what_no_typeface_draws_is_shown_as_its_code_point() -> None:
    assert legible("張偉") == "[U+5F35][U+5049]"
    text = printed(letter(referral(patient={**PATIENT, "familyName": "張"}), SETTING)).text
    assert "Joanna [U+5F35]" in text


def test_direction_cannot_be_overridden() -> None:
    assert legible("safe\u202etxt.exe") == "safe[U+202E]txt.exe"
    assert legible("a\u2066b\u2069\u0007") == "a[U+2066]b[U+2069][U+0007]"
    assert legible("\u05e9\u05dc\u05d5\u05dd") == "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"


def test_a_mark_that_no_typeface_has_with_its_base_is_shown_apart() -> None:
    assert legible("\u05d0\u1dcd") == "[U+05D0][U+1DCD]"
    assert legible("a" + "\u0301" * 12) == "á" + "\u0301" * 8 + "[U+0301]" * 3


def test_ten_thousand_characters_stay_on_the_paper() -> None:
    for text in ("x" * 10_000, "😀ש" * 500, "q" + "\u0301" * 1_000):
        assert printed(plain(text)).longest_line() < 200


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("\u05d0\u1dc4 \u0644\u0627 \ud7ff\ufffe\U0010ffff \ue000 \u00ad \u200d\u200c\u200e")
@example("\u0301")
@example("a\u20dd\u0489 \u0345\u05bc \ufb00 \ufdfa \u2167 \U0001d518")
@example("\U0001f3f3\ufe0f\u200d\U0001f308 \U0001f469\U0001f3fd\u200d\u2695\ufe0f")
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_printed_whole_or_visibly_replaced(text: str) -> None:
    found = iter(printed(plain(text)).text)
    assert all(character in found for character in legible(text) if character.isascii() and character.isalnum())


@given(st.text(max_size=200))
def test_nothing_that_steers_gets_through(text: str) -> None:
    shown = legible(text)
    inner = shown.removeprefix("\u2068").removesuffix("\u2069")
    steering = {c for c in inner if unicodedata.category(c).startswith("C")}
    assert steering <= set("\u00ad\u200b\u200c\u200d\u200e\u200f")
