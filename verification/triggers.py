"""Conditions over an intake that are true, false or not known.

- Kleene's three values, with None for what is not known: what was not asked makes nothing true and nothing false.
- A condition reads YES or NO as they were said. A question that cannot be asked of this anatomy, and was not answered,
  is settled: neither yes nor no is true of it.
- Conditions are read from a table once, and a name in them that nobody knows is our mistake and raises.
- It does not know what a condition is for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from verification.concerns import CONCERNS
from verification.instruments import INSTRUMENTS
from verification.intake import MEDICINES, QUESTIONS, Intake, QuestionKind, Said

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Case:
    """What a condition is tested on: the intake, the concern, the age in years if known, the day, and whether the
    patient is sent together with a partner.
    """

    intake: Intake
    concern: str
    age: int | None
    today: date
    couple: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """`test` gives its truth; `needs` names the questions, scores (`score:CODE`) and `age` that it looks at."""

    test: Callable[[Case], Truth]
    needs: tuple[str, ...] = ()
    couple: bool = False


AGE: Final = "age"
SCORE: Final = "score:"


def read_condition(written: Any) -> Condition:
    """The condition that a table writes as `written`; see the head of the table for its forms. Raises ValueError."""
    if isinstance(written, str):
        return _answered(written, Said.YES)
    for name, reader in _READERS.items():
        if name in written:
            return reader(written)
    raise ValueError(f"{written!r} is no condition")


def unknown_needs(condition: Condition, case: Case) -> tuple[str, ...]:
    """Of what the condition looks at, what is not known of this case, in its order."""
    return tuple(dict.fromkeys(need for need in condition.needs if _is_unknown(need, case)))


def _is_unknown(need: str, case: Case) -> bool:
    if need == AGE:
        return case.age is None
    if need.startswith(SCORE):
        return all(score.instrument != need.removeprefix(SCORE) for score in case.intake.scores)
    answer = case.intake.answers.get(need)
    if answer is None or answer.said is Said.NOT_ASKED:
        return QUESTIONS[need].applies_to(case.intake.anatomy)
    # A yes without the value that the question is about leaves open what matters.
    kind = QUESTIONS[need].kind
    value = {QuestionKind.NUMBER: answer.number, QuestionKind.DATE: answer.on, QuestionKind.CHOICE: answer.choice}
    return answer.said is Said.YES and kind in value and value[kind] is None


def _answered(question: str, wanted: Said) -> Condition:
    _known(question, QUESTIONS)

    def test(case: Case) -> Truth:
        said = case.intake.said(question)
        if said is Said.NOT_ASKED:
            return None if QUESTIONS[question].applies_to(case.intake.anatomy) else False
        return said is wanted

    return Condition(test, (question,))


def _valued(question: str, kind: QuestionKind, holds: Callable[[Any, Case], bool]) -> Condition:
    """A condition on the value of an answer: a NO has none, and so it is false; a YES without it is not known."""
    _known(question, QUESTIONS)
    if QUESTIONS[question].kind is not kind:
        raise ValueError(f"{question} is not of kind {kind.value}")

    def test(case: Case) -> Truth:
        answer = case.intake.answers.get(question)
        if answer is None or answer.said is Said.NOT_ASKED:
            return None if QUESTIONS[question].applies_to(case.intake.anatomy) else False
        if answer.said is Said.NO:
            return False
        value = {QuestionKind.NUMBER: answer.number, QuestionKind.DATE: answer.on, QuestionKind.CHOICE: answer.choice}
        return None if value[kind] is None else holds(value[kind], case)

    return Condition(test, (question,))


def _taking(classes: Sequence[str]) -> Condition:
    for code in classes:
        _known(code, MEDICINES)
    wanted = frozenset(classes)
    questions = tuple(q.code for q in QUESTIONS.values() if q.kind is QuestionKind.MEDICINES)

    def test(case: Case) -> Truth:
        given = [case.intake.answers[code] for code in questions if code in case.intake.answers]
        if any(answer.medicines & wanted for answer in given):
            return True
        # A yes that names no class says that there is something, and not what.
        vague = not given or any(a.said is not Said.NO and not a.medicines for a in given)
        return None if vague else False

    return Condition(test, questions)


def _scored(code: str, least: float) -> Condition:
    _known(code, INSTRUMENTS)

    def test(case: Case) -> Truth:
        totals = [score.total for score in case.intake.scores if score.instrument == code]
        return any(total >= least for total in totals) if totals else None

    return Condition(test, (SCORE + code,))


def _aged(holds: Callable[[int], bool]) -> Condition:
    return Condition(lambda case: None if case.age is None else holds(case.age), (AGE,))


def _concerned(codes: Sequence[str]) -> Condition:
    for code in codes:
        _known(code, CONCERNS)
    return Condition(lambda case: case.concern in codes)


def _within(written: Mapping[str, Any]) -> Condition:
    days, months = written.get("days", 0), written.get("months", 0)

    def recent(on: date, case: Case) -> bool:
        return _after(on, days, months) >= case.today

    return _valued(written["within"], QuestionKind.DATE, recent)


def _after(start: date, days: int, months: int) -> date:
    """`start` and so many months later, kept inside a shorter month, and so many days after that."""
    year, month = divmod(start.month - 1 + months, 12)
    for day in (start.day, 30, 29, 28):
        try:
            return date(start.year + year, month + 1, day) + timedelta(days=days)
        except ValueError:
            continue
    raise ValueError("no month is shorter than 28 days")


def _all(parts: Iterable[Any]) -> Condition:
    inner = tuple(map(read_condition, parts))

    def test(case: Case) -> Truth:
        found = [part.test(case) for part in inner]
        return False if False in found else None if None in found else True

    return _joined(test, inner)


def _any(parts: Iterable[Any]) -> Condition:
    inner = tuple(map(read_condition, parts))

    def test(case: Case) -> Truth:
        found = [part.test(case) for part in inner]
        return True if True in found else None if None in found else False

    return _joined(test, inner)


def _not(part: Any) -> Condition:
    inner = read_condition(part)

    def test(case: Case) -> Truth:
        found = inner.test(case)
        return None if found is None else not found

    return _joined(test, (inner,))


def _joined(test: Callable[[Case], Truth], inner: tuple[Condition, ...]) -> Condition:
    needs = tuple(dict.fromkeys(need for part in inner for need in part.needs))
    return Condition(test, needs, any(part.couple for part in inner))


def _known(code: str, among: Mapping[str, Any]) -> None:
    if code not in among:
        raise ValueError(f"{code} is not on the list")


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Condition]]] = {
    "all": lambda w: _all(w["all"]),
    "any": lambda w: _any(w["any"]),
    "not": lambda w: _not(w["not"]),
    "no": lambda w: _answered(w["no"], Said.NO),
    "age_at_least": lambda w: _aged(lambda age: age >= w["age_at_least"]),
    "age_below": lambda w: _aged(lambda age: age < w["age_below"]),
    "number": lambda w: _valued(w["number"], QuestionKind.NUMBER, lambda value, _: value >= w["at_least"]),
    "choice": lambda w: _valued(w["choice"], QuestionKind.CHOICE, lambda value, _: value == w["is"]),
    "within": _within,
    "taking": lambda w: _taking(w["taking"]),
    "score": lambda w: _scored(w["score"], w["at_least"]),
    "concern": lambda w: _concerned(w["concern"]),
    "couple": lambda _: Condition(lambda case: case.couple, couple=True),
}
