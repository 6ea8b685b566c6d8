"""From what somebody wrote to an intake, or to what is wrong with it.

- Nothing is corrected silently: each thing that cannot be is a refusal with the path of the field it is about.
- A value counts as YES; beside a NO, or for a question of another kind, it is a contradiction and refused.
- A YES about an organ that the inventory does not have is a contradiction too, so that no inventory can hide it.
- An empty inventory is one that is not known.
- No refusal repeats what was said of the patient.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from verification.errors import Refusal
from verification.instruments import INSTRUMENTS
from verification.intake import (
    MEDICINES,
    ORGANS,
    QUESTIONS,
    Answer,
    Intake,
    Question,
    QuestionKind,
    Said,
    Score,
)

Path = tuple[str | int, ...]

LONGEST_VERSION: Final = 40
_EARLIEST: Final = date(1900, 1, 1)
_VALUE_OF: Final = {
    "number": QuestionKind.NUMBER,
    "on": QuestionKind.DATE,
    "choice": QuestionKind.CHOICE,
    "medicines": QuestionKind.MEDICINES,
}


def read_intake(said: Mapping[str, Any], today: date, path: Path = ()) -> Intake | tuple[Refusal, ...]:
    """The intake that `said` describes, or every reason why it cannot be one.

    `said` has `answers` (`question`, `answer`, and as its kind asks `number`, `on`, `choice` or `medicines`),
    `anatomy` and `scores` (`instrument`, `total`, `administeredOn`, `version`), any of which may be missing or None;
    dates are dates, everything coded is text. `path` goes before every refusal's path.
    """
    problems = tuple(_problems(said, today, path))
    if problems:
        return problems
    answers = [_answer(row) for row in said.get("answers") or ()]
    return Intake(
        {answer.question: answer for answer in answers if answer.said is not Said.NOT_ASKED},
        _anatomy(said),
        scores_of(said.get("scores") or ()),
    )


def score_problems(rows: Sequence[Mapping[str, Any]], today: date, path: Path = ()) -> tuple[Refusal, ...]:
    """Every reason why `rows` (`instrument`, `total`, `administeredOn`, `version`) cannot be screening scores."""
    return tuple(_score_problems(rows, today, path))


def scores_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Score, ...]:
    """The scores that `rows` without problems are, each with its band."""
    return tuple(_score(row) for row in rows)


def _anatomy(said: Mapping[str, Any]) -> frozenset[str] | None:
    return frozenset(said.get("anatomy") or ()) or None


def _said(row: Mapping[str, Any]) -> Said:
    given = row.get("answer")
    if given is not None:
        return Said(given)
    return Said.YES if any(row.get(name) is not None for name in _VALUE_OF) else Said.NOT_ASKED


def _answer(row: Mapping[str, Any]) -> Answer:
    taken = row.get("medicines")
    said = Said.NO if row.get("answer") is None and taken == [] else _said(row)
    return Answer(row["question"], said, row.get("number"), row.get("on"), row.get("choice"), frozenset(taken or ()))


def _score(row: Mapping[str, Any]) -> Score:
    band = INSTRUMENTS[row["instrument"]].band(row["total"])
    return Score(row["instrument"], row["total"], band, row["administeredOn"], row.get("version"))


def _problems(said: Mapping[str, Any], today: date, path: Path) -> Iterator[Refusal]:
    anatomy = _anatomy(said)
    for number, organ in enumerate(said.get("anatomy") or ()):
        if organ not in ORGANS:
            yield _bad("This organ is not on the list.", *path, "anatomy", number)
    seen: set[str] = set()
    for number, row in enumerate(said.get("answers") or ()):
        yield from _answer_problems(row, anatomy, today, seen, (*path, "answers", number))
    yield from _score_problems(said.get("scores") or (), today, (*path, "scores"))


def _answer_problems(
    row: Mapping[str, Any], anatomy: frozenset[str] | None, today: date, seen: set[str], path: Path
) -> Iterator[Refusal]:
    question = QUESTIONS.get(row["question"])
    if question is None:
        yield _bad("There is no such question; intakeForm lists them.", *path, "question")
        return
    if question.code in seen:
        yield _bad("This question is answered twice.", *path, "question")
    seen.add(question.code)
    given = [name for name in _VALUE_OF if row.get(name) is not None]
    said = _said(row)
    for name in given:
        if _VALUE_OF[name] is not question.kind:
            yield _bad("This question is not answered with such a value.", *path, name)
        elif said is not Said.YES and row[name] != []:
            yield _bad("A value goes with YES alone.", *path, "answer")
    if said is Said.YES and not question.applies_to(anatomy):
        yield _bad("The anatomy given does not have the organ this is about.", *path, "question")
    yield from _value_problems(question, row, today, path)


def _value_problems(question: Question, row: Mapping[str, Any], today: date, path: Path) -> Iterator[Refusal]:
    number, on, choice = row.get("number"), row.get("on"), row.get("choice")
    lowest, highest = question.lowest, question.highest
    if number is not None and lowest is not None and highest is not None and not lowest <= number <= highest:
        yield _bad(f"A number from {lowest:g} to {highest:g} is meant.", *path, "number")
    if on is not None and not _EARLIEST <= on <= today:
        yield _bad("The date cannot be right.", *path, "on")
    if choice is not None and question.choices and choice not in question.choices:
        yield _bad("This is none of the choices; intakeForm lists them.", *path, "choice")
    for position, medicine in enumerate(row.get("medicines") or ()):
        if medicine not in MEDICINES:
            yield _bad("This class of medicines is not on the list.", *path, "medicines", position)


def _score_problems(scores: Sequence[Mapping[str, Any]], today: date, path: Path) -> Iterator[Refusal]:
    seen: set[tuple[str, date]] = set()
    for number, row in enumerate(scores):
        instrument = INSTRUMENTS.get(row["instrument"])
        if instrument is None:
            yield _bad("There is no such instrument; intakeForm lists them.", *path, number, "instrument")
            continue
        if why := instrument.problem(row["total"]):
            yield _bad(why, *path, number, "total")
        if not _EARLIEST <= row["administeredOn"] <= today:
            yield _bad("The date cannot be right.", *path, number, "administeredOn")
        if len(row.get("version") or "") > LONGEST_VERSION:
            yield _bad(f"A version has at most {LONGEST_VERSION} characters.", *path, number, "version")
        if (instrument.code, row["administeredOn"]) in seen:
            yield _bad("This instrument has a total for that day already.", *path, number, "instrument")
        seen.add((instrument.code, row["administeredOn"]))


def _bad(message: str, *path: str | int) -> Refusal:
    return Refusal("BAD_INPUT", message, path)
