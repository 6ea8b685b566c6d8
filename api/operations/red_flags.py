"""Intake and red flags of a draft: read what was said, find what the rules find, take the answers.

- Everything is evaluated as of now by the rules in force, when the draft is written, when it is answered, and once
  more when it is sent; then it is frozen.
- What is wrong with an intake or an answer is a problem with the path of its field, and nothing is changed.
- Whether a referral may be sent is the machine's to say: it is told which STOPs and work-ups are open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from api.operations.moves import Made
from api.operations.outcomes import Problem, Problems, Said
from graph.intakes import FlagFacts, flags_text, found_flags, intake_text
from verification.errors import Refusal
from verification.intake import Intake
from verification.intake_reading import read_intake
from verification.red_flag_answers import Flags, answered


@dataclass(frozen=True, slots=True)
class Examined:
    """An intake that could be read, and its red flags with the answers that were given."""

    intake: Intake
    flags: Flags

    def properties(self, *, coupled: bool) -> dict[str, Any]:
        """What the referral keeps of it; `coupleStopped` says that it forbids going together with the partner."""
        return {
            "intake": intake_text(self.intake),
            "redFlags": flags_text(self.flags),
            "coupleStopped": True if coupled and self.flags.parts_the_couple else None,
        }


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers: the id of the practitioner acted for, the account's role, and when."""

    practitioner: str
    role: str
    now: datetime


def examined(
    said: Said, concern: str, born: date | None, speaker: Speaker, *, coupled: bool, path: tuple[str | int, ...] = ()
) -> Examined | Problems:
    """The intake and the red flags of somebody new, from `intake` and `redFlagAnswers` of what was said at `path`."""
    intake = intake_of(said, speaker.now, path)
    if not isinstance(intake, Intake):
        return intake
    flags = found_flags(intake, concern, born, speaker.now, coupled=coupled)
    return _with_answers(intake, flags, said.get("redFlagAnswers") or (), speaker, (*path, "redFlagAnswers"))


def answered_anew(made: Made) -> Examined | Problems:
    """A draft's intake and red flags after what was said of them."""
    facts, said = _facts(made), made.said
    intake = facts.intake if said.get("intake") is None else intake_of(said, made.now, ())
    if not isinstance(intake, Intake):
        return intake
    speaker = Speaker(made.acts_for or "", made.role, made.now)
    return _with_answers(intake, facts.found(intake, made.now), said.get("answers") or (), speaker, ("answers",))


def intake_of(said: Said, now: datetime, path: tuple[str | int, ...]) -> Intake | Problems:
    """The intake said at `path`; an empty one where none was said."""
    found = read_intake(said.get("intake") or {}, now.astimezone(UTC).date(), (*path, "intake"))
    return found if isinstance(found, Intake) else _told(found)


def check_answers(made: Made) -> Problems | None:
    """What is wrong with the answers of `answerRedFlags`."""
    found = answered_anew(made)
    return found if isinstance(found, Problems) else None


def record_answers(made: Made) -> Mapping[str, Any]:
    """What `answerRedFlags` writes; both of a couple are locked, since what is found of one can stop the other."""
    found, facts = answered_anew(made), _facts(made)
    if isinstance(found, Problems):
        raise TypeError("the answers were checked before")
    couple = sorted((made.referral.id, facts.partner)) if facts.partner else ()
    return {"changes": found.properties(coupled=facts.coupled), "couple": couple}


def freeze(made: Made) -> Mapping[str, Any]:
    """What the sending of a draft keeps: the red flags as they are now, answered, by whom and when."""
    facts = _facts(made)
    flags = facts.found(facts.intake, made.now).frozen(made.now, made.acts_for or "", made.role)
    return {
        "changes": {"redFlags": flags_text(flags), "coupleStopped": None},
        "together": facts.partner is not None,
    }


def _facts(made: Made) -> FlagFacts:
    if made.referral.flags is None:
        raise TypeError("this move reads no red flags")
    return made.referral.flags


def _with_answers(
    intake: Intake, flags: Flags, said: Iterable[Said], speaker: Speaker, path: tuple[str | int, ...]
) -> Examined | Problems:
    found = answered(flags, list(said), speaker.now, speaker.practitioner, speaker.role, path)
    return Examined(intake, found) if isinstance(found, Flags) else _told(found)


def _told(refusals: Iterable[Refusal]) -> Problems:
    return Problems(tuple(Problem(refusal.code, refusal.message, refusal.path) for refusal in refusals))
