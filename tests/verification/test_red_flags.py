"""Red flags: every rule, three values, and that more answers never hide what was found."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verification.concerns import CONCERNS
from verification.errors import Refusal
from verification.intake import MEDICINES, ORGANS, QUESTIONS, Answer, Intake, QuestionKind, Said
from verification.intake_reading import read_intake
from verification.red_flag_answers import Flags, WorkUp, answered
from verification.red_flags import (
    RULE_SETS,
    Evaluation,
    Override,
    RuleSet,
    Severity,
    evaluate,
    read_rules,
    rules_in_force,
)

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RULES = rules_in_force(TODAY)
ED = "erectile-difficulty"


def find(concern: str = ED, age: int | None = 44, *, couple: bool = False, **said: Any) -> Evaluation:
    """The evaluation of what was said: question with `_` for `-`, True or False, or a value by its kind."""
    rows = [_row(name.replace("_", "-"), value) for name, value in said.items() if name not in ("anatomy", "scores")]
    read = read_intake({"answers": rows, "anatomy": said.get("anatomy"), "scores": said.get("scores")}, TODAY)
    assert isinstance(read, Intake), read
    return evaluate(read, concern, age, RULES, TODAY, couple=couple)


def _row(question: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"question": question, "answer": "YES" if value else "NO"}
    name = {"NUMBER": "number", "DATE": "on", "CHOICE": "choice", "MEDICINES": "medicines"}[QUESTIONS[question].kind]
    return {"question": question, name: value}


def found(evaluation: Evaluation) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in evaluation.findings}


S, U, W, A = Severity.STOP, Severity.URGENT, Severity.WORKUP, Severity.ADVISE
CASES: list[tuple[str, Severity, Mapping[str, Any]]] = [
    ("RF01", S, {"erection_over_four_hours": True}),
    ("RF02", S, {"snap_with_swelling": True}),
    ("RF03", S, {"sudden_testicular_pain": True}),
    ("RF04", S, {"both_legs": True}),
    ("RF05", S, {"heart_attack": date(2026, 11, 12)}),
    ("RF05", S, {"nyha_class": 3}),
    ("RF06", U, {"suicidal_thoughts": True}),
    ("RF06", S, {"suicide_plan": True}),
    ("RF07", S, {"assault_last_week": True}),
    ("RF08", U, {"partner_violence": True}),
    ("RF08", U, {"scores": [{"instrument": "HITS", "total": 11, "administeredOn": TODAY}]}),
    ("RF08", S, {"partner_violence": True, "couple": True}),
    ("RF09", S, {"age": 17}),
    ("RF09", S, {"child_abuse_disclosed": True}),
    ("RF10", S, {"pregnancy_possible": True, "acute_pelvic_pain": True}),
    ("RF11", U, {"fever": True, "genital_discharge": True}),
    ("RF12", U, {"visible_haematuria": True}),
    ("RF13", U, {"blood_in_semen": True, "age": 40}),
    ("RF13", U, {"blood_in_semen": True, "blood_in_semen_again": True, "age": 30}),
    ("RF14", U, {"bleeding_after_sex": True, "bleeding_over_four_weeks": True, "age": 36}),
    ("RF14", U, {"bleeding_after_sex": True, "pelvic_mass": True, "age": 20}),
    ("RF15", U, {"bleeding_after_menopause": True}),
    ("RF16", U, {"changing_vulval_skin": True}),
    ("RF17", U, {"new_deep_pain": True}),
    ("RF18", U, {"visual_field_loss": True}),
    ("RF19", U, {"new_neurological_signs": True}),
    ("RF20", U, {"medicines": ["DOPAMINE_AGONIST"]}),
    ("RF21", W, {"new_or_worsening": True, "lipids_checked": False}),
    ("RF22", W, {"cardiovascular_risk_factors": 3}),
    ("RF23", S, {"medicines": ["NITRATE", "PDE5_INHIBITOR"]}),
    ("RF24", W, {"painful_erection": True}),
    ("RF25", W, {"began_with_medicine": True, "medicines": ["SSRI_SNRI"]}),
    ("RF26", W, {"vaginal_dryness": True, "breast_feeding": True}),
    ("RF27", W, {"prostatectomy": date(2024, 11, 25)}),
    ("RF28", W, {"azoospermia": True}),
    ("RF29", W, {"diabetes": True}),
    ("RF30", A, {"onset": "LIFELONG", "morning_erections": False}),
    ("RF30", A, {"situation": "SITUATIONAL", "morning_erections": True}),
    ("RF31", A, {"scores": [{"instrument": "AUDIT_C", "total": 3, "administeredOn": TODAY}]}),
    ("RF31", A, {"chemsex": True}),
    ("RF32", S, {"conversion_requested": True}),
    ("RF32", S, {"referral_coerced": True}),
]
MISSES: list[tuple[str, Mapping[str, Any]]] = [
    ("RF05", {"heart_attack": date(2026, 11, 10)}),
    ("RF05", {"nyha_class": 2}),
    ("RF08", {"partner_violence": False, "couple": True}),
    ("RF09", {"age": 18}),
    ("RF11", {"fever": True, "genital_discharge": False}),
    ("RF13", {"blood_in_semen": True, "age": 39}),
    ("RF14", {"bleeding_after_sex": True, "bleeding_over_four_weeks": True, "age": 35}),
    ("RF18", {"visual_field_loss": True, "concern": "vaginismus"}),
    ("RF21", {"new_or_worsening": True}),
    ("RF21", {"new_or_worsening": True, "lipids_checked": False, "concern": "low-desire"}),
    ("RF22", {"cardiovascular_risk_factors": 2}),
    ("RF23", {"medicines": ["NITRATE"]}),
    ("RF25", {"began_with_medicine": True, "medicines": ["OTHER"]}),
    ("RF27", {"prostatectomy": date(2024, 11, 24)}),
]


@pytest.mark.parametrize(("rule", "severity", "said"), CASES)
def test_each_rule_finds_what_it_is_for(rule: str, severity: Severity, said: Mapping[str, Any]) -> None:
    assert found(find(**said))[rule] is severity


@pytest.mark.parametrize(("rule", "said"), MISSES)
def test_each_rule_leaves_the_rest(rule: str, said: Mapping[str, Any]) -> None:
    assert rule not in found(find(**said))


def test_every_rule_is_there_and_tried() -> None:
    assert list(RULES.rules) == [f"RF{number:02}" for number in range(1, 33)] == sorted({rule for rule, *_ in CASES})
    for rule in RULES.rules.values():
        assert rule.text
        assert rule.action
        assert rule.source


def test_nothing_said_finds_nothing_and_rules_nothing_out() -> None:
    nothing = find(age=44)
    assert nothing.findings == ()
    assert {"RF01", "RF06", "RF21", "RF32"} <= {left.rule for left in nothing.not_asked}
    assert {left.rule: left.severity for left in nothing.not_asked}["RF06"] is Severity.STOP


def test_a_date_of_birth_that_is_not_known_is_listed() -> None:
    left = {left.rule: left.questions for left in find(age=None).not_asked}
    assert "age" in left["RF09"]


def test_a_yes_without_its_value_leaves_the_rule_open() -> None:
    read = read_intake({"answers": [{"question": "heart-attack", "answer": "YES"}]}, TODAY)
    assert isinstance(read, Intake)
    evaluation = evaluate(read, ED, 50, RULES, TODAY)
    assert "heart-attack" in {left.rule: left.questions for left in evaluation.not_asked}["RF05"]


def test_an_organ_that_is_not_there_settles_its_questions() -> None:
    assert "RF01" in {left.rule for left in find().not_asked}
    assert "RF01" not in {left.rule for left in find(anatomy=["VAGINA"]).not_asked}


def test_no_question_is_left_open_that_the_form_does_not_ask() -> None:
    for concern in CONCERNS:
        for left in evaluate(Intake(), concern, 40, RULES, TODAY).not_asked:
            assert all(QUESTIONS[code].asked_for(concern) for code in left.questions)


def test_the_set_is_a_draft_until_somebody_signs() -> None:
    assert RULES.draft
    assert find().signed_by == ""
    signed = RuleSet(RULES.id, RULES.version, RULES.effective, "A. Clinician, MD", RULES.rules)
    assert not signed.draft


def test_the_set_in_force_is_the_newest_that_took_effect() -> None:
    assert rules_in_force(date(2000, 1, 1)) is RULE_SETS[0]
    assert rules_in_force(date(2100, 1, 1)) is RULE_SETS[-1]


def _table(when: Any) -> dict[str, Any]:
    rule = {"severity": "STOP", "when": when, "text": "t", "action": "a", "source": "s"}
    return {"id": "x", "version": "1", "effective": TODAY, "signed_by": "", "rules": {"X1": rule}}


@pytest.mark.parametrize(
    "when",
    [
        "no-such-question",
        {"no": "no-such-question"},
        {"taking": ["NO_SUCH"]},
        {"score": "NO_SUCH", "at_least": 1},
        {"concern": ["no-such"]},
        {"number": "fever", "at_least": 1},
        {"what": 1},
    ],
)
def test_a_name_that_nobody_knows_is_refused(when: Any) -> None:
    with pytest.raises(ValueError, match=r"is not on the list|is not of kind|is no condition"):
        read_rules(_table(when))


# Any intake, and one that says more: what was said stays, what was not asked may be answered.


@st.composite
def intakes(draw: st.DrawFn) -> Intake:
    answers = {}
    for code in draw(st.sets(st.sampled_from(sorted(QUESTIONS)), max_size=20)):
        answers[code] = draw(ANSWERS[code])
    anatomy = draw(st.none() | st.sets(st.sampled_from(sorted(ORGANS)), min_size=1).map(frozenset))
    return Intake(answers, anatomy)


def _answers(code: str) -> st.SearchStrategy[Answer]:
    question = QUESTIONS[code]
    no, vague = st.just(Answer(code, Said.NO)), st.just(Answer(code, Said.YES))
    match question.kind:
        case QuestionKind.NUMBER:
            value = st.integers(0, 12).map(lambda number: Answer(code, Said.YES, number=number))
        case QuestionKind.DATE:
            value = st.dates(date(2020, 1, 1), TODAY).map(lambda on: Answer(code, Said.YES, on=on))
        case QuestionKind.CHOICE:
            value = st.sampled_from(sorted(question.choices)).map(lambda choice: Answer(code, Said.YES, choice=choice))
        case QuestionKind.MEDICINES:
            some = st.sets(st.sampled_from(sorted(MEDICINES)), min_size=1)
            value = some.map(lambda classes: Answer(code, Said.YES, medicines=frozenset(classes)))
        case _:
            value = vague
    return no | vague | value


ANSWERS = {code: _answers(code) for code in QUESTIONS}
CONTEXT = (st.sampled_from(sorted(CONCERNS)), st.none() | st.integers(10, 90), st.booleans())


@settings(max_examples=100, deadline=None)
@given(intakes(), intakes(), *CONTEXT)
def test_answering_more_never_hides_what_was_found(
    first: Intake, more: Intake, concern: str, age: int | None, couple: bool
) -> None:
    fuller = Intake({**more.answers, **first.answers}, first.anatomy)
    before = found(evaluate(first, concern, age, RULES, TODAY, couple=couple))
    after = found(evaluate(fuller, concern, age, RULES, TODAY, couple=couple))
    weights = list(Severity)
    for rule, severity in before.items():
        assert weights.index(after[rule]) <= weights.index(severity)


@settings(max_examples=60, deadline=None)
@given(intakes(), *CONTEXT)
def test_an_age_or_an_inventory_learnt_later_hides_nothing(
    intake: Intake, concern: str, age: int | None, couple: bool
) -> None:
    unknown = Intake(intake.answers, None)
    before = found(evaluate(unknown, concern, None, RULES, TODAY, couple=couple))
    after = found(evaluate(intake, concern, age, RULES, TODAY, couple=couple))
    assert set(before) <= set(after)


@settings(max_examples=60, deadline=None)
@given(intakes(), *CONTEXT)
def test_not_asked_is_never_a_no(intake: Intake, concern: str, age: int | None, couple: bool) -> None:
    """Whatever is found rests on answers that were given: with every unasked question answered NO, or YES, it stays."""
    before = found(evaluate(intake, concern, age, RULES, TODAY, couple=couple))
    for said in (Said.NO, Said.YES):
        rest = {code: Answer(code, said) for code in QUESTIONS if code not in intake.answers}
        full = Intake({**rest, **intake.answers}, intake.anatomy)
        assert set(before) <= set(found(evaluate(full, concern, age, RULES, TODAY, couple=couple)))


@settings(max_examples=60, deadline=None)
@given(intakes(), *CONTEXT)
def test_a_rule_is_found_or_open_or_ruled_out_for_good(
    intake: Intake, concern: str, age: int | None, couple: bool
) -> None:
    """A rule that is neither found nor listed, and whose questions are all on the form, no later answer brings up."""
    evaluation = evaluate(intake, concern, age, RULES, TODAY, couple=couple)
    settled = set(RULES.rules) - set(found(evaluation)) - {left.rule for left in evaluation.not_asked}
    asked = [q for q in QUESTIONS.values() if q.asked_for(concern) and q.applies_to(intake.anatomy)]
    full = Intake(
        {**{q.code: Answer(q.code, Said.YES) for q in asked}, **intake.answers},
        intake.anatomy,
    )
    assert not settled & set(found(evaluate(full, concern, age, RULES, TODAY, couple=couple)))


# Answers.


def flags(**said: Any) -> Flags:
    return Flags(find(**said), NOW)


def told(before: Flags, **said: Any) -> Flags | tuple[Refusal, ...]:
    return answered(before, [said], NOW, "somebody", "physician", ("answers",))


def code_of(outcome: Flags | tuple[Refusal, ...]) -> tuple[str, Any]:
    assert isinstance(outcome, tuple)
    return outcome[0].code, outcome[0].path[-1]


def test_a_stop_is_overridden_by_a_typed_reason() -> None:
    before = flags(erection_over_four_hours=True)
    assert before.stops == ("RF01",)
    assert code_of(told(before, rule="RF01")) == ("REASON_REQUIRED", "reason")
    assert code_of(told(before, rule="RF01", reason="  ")) == ("REASON_REQUIRED", "reason")
    after = told(before, rule="RF01", reason="Treated last night; seen today.")
    assert isinstance(after, Flags)
    assert after.stops == ()
    assert after.answers["RF01"].role == "physician"


def test_rf32_is_final() -> None:
    assert RULES.rules["RF32"].override is Override.NEVER
    said = {"rule": "RF32", "reason": "Please.", "legalBasis": "None."}
    assert code_of(told(flags(conversion_requested=True), **said)) == ("RED_FLAG_FINAL", "rule")


def test_rf09_needs_a_legal_basis() -> None:
    before = flags(age=16)
    assert code_of(told(before, rule="RF09", reason="A reason.")) == ("LEGAL_BASIS_REQUIRED", "legalBasis")
    after = told(before, rule="RF09", legalBasis="Minor's own consent under state law.")
    assert isinstance(after, Flags)
    assert after.stops == ()


def test_rf08_stops_couples_alone() -> None:
    assert flags(partner_violence=True).stops == ()
    stopped = flags(partner_violence=True, couple=True)
    assert stopped.stops == ("RF08",)
    assert stopped.parts_the_couple
    assert not flags(erection_over_four_hours=True, couple=True).parts_the_couple


def test_a_work_up_is_answered_for() -> None:
    before = flags(diabetes=True)
    assert before.workups == ("RF29",)
    assert code_of(told(before, rule="RF29", reason="Later.")) == ("WORK_UP_UNANSWERED", "workUp")
    assert code_of(told(before, rule="RF29", workUp="NOT_INDICATED")) == ("REASON_REQUIRED", "reason")
    for said in ({"workUp": "ORDERED"}, {"workUp": "DONE"}, {"workUp": "NOT_INDICATED", "reason": "Done long ago."}):
        after = told(before, rule="RF29", **said)
        assert isinstance(after, Flags)
        assert after.workups == ()
        assert after.answers["RF29"].work_up is WorkUp(said["workUp"])


def test_what_was_not_found_is_not_answered() -> None:
    assert code_of(told(flags(), rule="RF01", reason="x")) == ("NOT_FOUND", "rule")


def test_a_finding_that_became_heavier_is_open_again() -> None:
    noted = told(flags(suicidal_thoughts=True), rule="RF06", reason="Assessed today.")
    assert isinstance(noted, Flags)
    worse = noted.evaluated(find(suicidal_thoughts=True, suicide_plan=True), NOW)
    assert worse.stops == ("RF06",)
    same = noted.evaluated(find(suicidal_thoughts=True, diabetes=True), NOW)
    assert same.answers.keys() == {"RF06"}
    assert noted.evaluated(find(), NOW).answers == {}
