"""Questions for each concern, and reading what was answered."""

from datetime import date
from typing import Any

import pytest

from verification.concerns import CONCERNS
from verification.intake import ORGANS, QUESTIONS, Intake, QuestionKind, Said, form
from verification.intake_reading import read_intake

TODAY = date(2026, 11, 25)


def read(**said: Any) -> Intake:
    found = read_intake(said, TODAY)
    assert isinstance(found, Intake), found
    return found


def problem(**said: Any) -> tuple[str | int, ...]:
    found = read_intake(said, TODAY, ("intake",))
    assert isinstance(found, tuple)
    assert [refusal.code for refusal in found] == ["BAD_INPUT"]
    return found[0].path


def answers(**answer: Any) -> list[dict[str, Any]]:
    return [answer]


def test_every_concern_has_a_form_that_begins_with_how_it_is() -> None:
    for concern in CONCERNS:
        codes = [question.code for question in form(concern)]
        assert codes[:2] == ["onset", "duration"]
        assert {"suicidal-thoughts", "partner-violence", "referral-coerced", "medicines"} <= set(codes)


def test_questions_follow_organs_and_not_gender() -> None:
    everything = {question.code for question in form("pelvic-pain")}
    with_penis = {question.code for question in form("pelvic-pain", ["PENIS", "TESTES", "PROSTATE"])}
    with_vagina = {
        question.code for question in form("pelvic-pain", ["VULVA", "VAGINA", "CERVIX", "UTERUS", "OVARIES"])
    }
    both = {question.code for question in form("pelvic-pain", ORGANS)}
    assert both == everything
    assert "sudden-testicular-pain" in with_penis - with_vagina
    assert "bleeding-after-sex" in with_vagina - with_penis
    assert "fever" in with_penis & with_vagina


def test_no_question_speaks_of_gender() -> None:
    for question in QUESTIONS.values():
        assert not {" man ", " men ", " woman", " women", " male", " female"} & set(question.text.split(","))
        assert all(word not in question.text.lower() for word in ("husband", "wife", "gender marker"))


def test_what_is_left_out_was_not_asked() -> None:
    intake = read(answers=[{"question": "fever", "answer": "NOT_ASKED"}, {"question": "headache"}])
    assert {intake.said(code) for code in QUESTIONS} == {Said.NOT_ASKED}
    assert intake.answers == {}
    assert intake.anatomy is None
    assert read(anatomy=[]).anatomy is None


def test_a_value_says_yes() -> None:
    intake = read(
        answers=[
            {"question": "duration", "number": 6},
            {"question": "onset", "choice": "ACQUIRED"},
            {"question": "heart-attack", "answer": "NO"},
            {"question": "prostatectomy", "on": date(2025, 1, 1)},
            {"question": "medicines", "medicines": ["NITRATE"]},
        ]
    )
    assert [intake.said(code) for code in ("duration", "onset", "prostatectomy", "medicines")] == [Said.YES] * 4
    assert intake.said("heart-attack") is Said.NO
    assert read(answers=[{"question": "medicines", "medicines": []}]).said("medicines") is Said.NO


def test_a_band_is_computed() -> None:
    intake = read(scores=[{"instrument": "PHQ_9", "total": 12.0, "administeredOn": TODAY, "version": "1999"}])
    assert [(score.band, score.version) for score in intake.scores] == [("positive", "1999")]


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"question": "no-such", "answer": "YES"}, "question"),
        ({"question": "fever", "number": 3}, "number"),
        ({"question": "duration", "number": -1}, "number"),
        ({"question": "duration", "answer": "NO", "number": 3}, "answer"),
        ({"question": "onset", "choice": "SOMETIMES"}, "choice"),
        ({"question": "heart-attack", "on": date(2027, 1, 1)}, "on"),
        ({"question": "heart-attack", "on": date(1800, 1, 1)}, "on"),
    ],
)
def test_what_cannot_be_names_its_field(answer: dict[str, Any], field: str) -> None:
    assert problem(answers=[{"question": "headache", "answer": "NO"}, answer]) == ("intake", "answers", 1, field)


def test_an_inventory_cannot_hide_a_yes() -> None:
    said = answers(question="erection-over-four-hours", answer="YES")
    assert problem(answers=said, anatomy=["VAGINA"]) == ("intake", "answers", 0, "question")
    assert read(answers=said, anatomy=["PENIS"]).said("erection-over-four-hours") is Said.YES
    assert read(answers=answers(question="erection-over-four-hours", answer="NO"), anatomy=["VAGINA"])


def test_two_answers_to_one_question_are_refused() -> None:
    twice = [{"question": "fever", "answer": "NO"}, {"question": "fever", "answer": "YES"}]
    assert problem(answers=twice) == ("intake", "answers", 1, "question")


@pytest.mark.parametrize(
    ("score", "field"),
    [
        ({"instrument": "NOPE", "total": 1, "administeredOn": TODAY}, "instrument"),
        ({"instrument": "PHQ_9", "total": 28, "administeredOn": TODAY}, "total"),
        ({"instrument": "PHQ_9", "total": 2.5, "administeredOn": TODAY}, "total"),
        ({"instrument": "PHQ_9", "total": 2, "administeredOn": date(2027, 1, 1)}, "administeredOn"),
        ({"instrument": "PHQ_9", "total": 2, "administeredOn": TODAY, "version": "x" * 41}, "version"),
    ],
)
def test_scores_are_checked(score: dict[str, Any], field: str) -> None:
    assert problem(scores=[score]) == ("intake", "scores", 0, field)


def test_no_problem_repeats_what_was_said() -> None:
    found = read_intake({"answers": [{"question": "onset", "choice": "CANARY"}], "anatomy": ["CANARY"]}, TODAY)
    assert isinstance(found, tuple)
    assert len(found) == 2
    assert "CANARY" not in " ".join(refusal.message for refusal in found)


def test_every_kind_has_what_it_needs() -> None:
    for question in QUESTIONS.values():
        assert question.why
        assert (question.kind is QuestionKind.CHOICE) == bool(question.choices)
        assert (question.kind is QuestionKind.NUMBER) == (question.unit is not None)
        assert question.organs <= set(ORGANS)
