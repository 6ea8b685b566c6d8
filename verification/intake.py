"""What a referral says of the patient's history: questions for each concern, and answers to them.

- An answer is YES, NO or NOT_ASKED. What was not answered was not asked, and that is never a "no".
- Anatomy is an inventory of organs, never a marker of gender. A question is asked where one of its organs is present,
  or where the inventory is not known; without organs it is asked of everybody.
- A screening score is a total with its band, the instrument's version and a date; no item's wording is kept.
- It does not know what an answer means: `verification.red_flags` does. Reading what somebody said, with its problems,
  is in `verification.intake_reading`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from verification.concerns import CONCERNS
from verification.tables import table


class Said(StrEnum):
    """An answer. What is not known is NOT_ASKED."""

    YES = "YES"
    NO = "NO"
    NOT_ASKED = "NOT_ASKED"


class QuestionKind(StrEnum):
    """What a question is answered with besides YES or NO."""

    YES_NO = "YES_NO"
    NUMBER = "NUMBER"
    DATE = "DATE"
    CHOICE = "CHOICE"
    MEDICINES = "MEDICINES"


@dataclass(frozen=True, slots=True)
class Question:
    """One question in our own words; `organs` and `concerns` empty mean everybody and every form."""

    code: str
    kind: QuestionKind
    text: str
    why: str
    organs: frozenset[str]
    concerns: frozenset[str]
    unit: str | None
    lowest: float | None
    highest: float | None
    choices: Mapping[str, str]

    def asked_for(self, concern: str) -> bool:
        """Whether the form of `concern` asks it."""
        return not self.concerns or concern in self.concerns

    def applies_to(self, anatomy: frozenset[str] | None) -> bool:
        """Whether it can be asked of somebody with these organs; None is an inventory that is not known."""
        return not self.organs or anatomy is None or bool(self.organs & anatomy)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question; the value that its kind asks for may be missing even from a YES."""

    question: str
    said: Said
    number: float | None = None
    on: date | None = None
    choice: str | None = None
    medicines: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Score:
    """A total of a screening instrument, its band as computed, and when it was taken."""

    instrument: str
    total: float
    band: str
    administered_on: date
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything said. `anatomy` None: not known. `answers` holds one for each question that was answered."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    anatomy: frozenset[str] | None = None
    scores: Sequence[Score] = ()

    def said(self, question: str) -> Said:
        """YES, NO or, where nothing was said, NOT_ASKED."""
        answer = self.answers.get(question)
        return Said.NOT_ASKED if answer is None else answer.said


def _question(code: str, row: Mapping[str, Any]) -> Question:
    if unknown := {*row.get("organs", ())} - {*ORGANS} or {*row.get("concerns", ())} - {*CONCERNS}:
        raise ValueError(f"the question {code} names {', '.join(sorted(unknown))}, which is not on the list")
    return Question(
        code,
        QuestionKind(row["kind"]),
        row["text"],
        row["why"],
        frozenset(row.get("organs", ())),
        frozenset(row.get("concerns", ())),
        row.get("unit"),
        float(row["lowest"]) if "lowest" in row else None,
        float(row["highest"]) if "highest" in row else None,
        MappingProxyType(row.get("choices", {})),
    )


_DATA: Final = table("intake")
FORM_VERSION: Final = f"{_DATA['id']}-{_DATA['version']}"
ORGANS: Final[Mapping[str, str]] = MappingProxyType(_DATA["organs"])
MEDICINES: Final[Mapping[str, str]] = MappingProxyType(_DATA["medicines"])
QUESTIONS: Final[Mapping[str, Question]] = MappingProxyType(
    {code: _question(code, row) for code, row in _DATA["questions"].items()}
)


def form(concern: str, anatomy: Iterable[str] | None = None) -> tuple[Question, ...]:
    """The questions for `concern`, in their order; without `anatomy` those of every organ are among them."""
    organs = None if anatomy is None else frozenset(anatomy)
    return tuple(q for q in QUESTIONS.values() if q.asked_for(concern) and q.applies_to(organs))
