"""What an author has to answer before a referral with red flags may be sent.

- A STOP is overridden by a typed reason, or by a typed legal basis where its rule asks for one; some can never be.
- A WORKUP is answered with ordered, done, or not indicated and why. URGENT and ADVISE need no answer, and may have one.
- A delegate passes on that a work-up is ordered or done, and overrides nothing.
- An answer belongs to a rule at the weight it had: a finding that has become heavier is unanswered again.
- What is open is named by the rules' codes alone, so that no refusal says anything of the patient.
- At the sending everything is frozen: later moves of the referral read what was frozen and evaluate nothing anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from verification.access import Role
from verification.errors import Refusal
from verification.red_flags import Evaluation, Finding, Override, Severity

PARTNER_STOPPED: Final = "the two of this couple cannot be sent together; look at both referrals."
"""What is said of one partner's referral when the other's is stopped; it names neither rule nor person."""


class WorkUp(StrEnum):
    """How a medical work-up stands."""

    ORDERED = "ORDERED"
    DONE = "DONE"
    NOT_INDICATED = "NOT_INDICATED"


@dataclass(frozen=True, slots=True)
class FlagAnswer:
    """An author's answer to one finding, with its weight at that time, and who gave it when and as what.

    `by` is the id of the practitioner for whom it was given.
    """

    rule: str
    severity: Severity
    reason: str | None
    legal_basis: str | None
    work_up: WorkUp | None
    at: datetime
    by: str
    role: str


@dataclass(frozen=True, slots=True)
class Flags:
    """The red flags of one referral: what was found when, what was answered, and since when it is frozen by whom."""

    evaluation: Evaluation
    evaluated_at: datetime
    answers: Mapping[str, FlagAnswer] = field(default_factory=dict)
    frozen_at: datetime | None = None
    frozen_by: str | None = None
    frozen_role: str | None = None

    def answer_to(self, finding: Finding) -> FlagAnswer | None:
        """The answer that counts for a finding as it is."""
        answer = self.answers.get(finding.rule)
        return answer if answer is not None and answer.severity is finding.severity else None

    def _open(self, severity: Severity) -> tuple[Finding, ...]:
        found = (finding for finding in self.evaluation.findings if finding.severity is severity)
        return tuple(finding for finding in found if self.answer_to(finding) is None)

    @property
    def stops(self) -> tuple[str, ...]:
        """The codes of the STOPs that nobody has overridden."""
        return tuple(finding.rule for finding in self._open(Severity.STOP))

    @property
    def workups(self) -> tuple[str, ...]:
        """The codes of the work-ups that nobody has answered for."""
        return tuple(finding.rule for finding in self._open(Severity.WORKUP))

    @property
    def parts_the_couple(self) -> bool:
        """Whether a STOP is open that forbids going together with the partner."""
        return any(finding.together for finding in self._open(Severity.STOP))

    def evaluated(self, evaluation: Evaluation, at: datetime) -> "Flags":
        """The same with another evaluation; answers to what is no longer found are let go."""
        found = {finding.rule for finding in evaluation.findings}
        kept = {rule: answer for rule, answer in self.answers.items() if rule in found}
        return replace(self, evaluation=evaluation, evaluated_at=at, answers=kept)

    def frozen(self, at: datetime, by: str, role: str) -> "Flags":
        """As it is kept from the sending on."""
        return replace(self, frozen_at=at, frozen_by=by, frozen_role=role)


def answered(
    flags: Flags, said: Sequence[Mapping[str, Any]], at: datetime, by: str, role: str, path: tuple[str | int, ...]
) -> Flags | tuple[Refusal, ...]:
    """`flags` with these answers (`rule`, `reason`, `legalBasis`, `workUp`), or everything wrong with them."""
    found = {finding.rule: finding for finding in flags.evaluation.findings}
    problems: list[Refusal] = []
    answers = dict(flags.answers)
    for number, row in enumerate(said):
        finding = found.get(row["rule"])
        if finding is None:
            problems.append(Refusal("NOT_FOUND", "This rule has found nothing here.", (*path, number, "rule")))
        elif role == Role.DELEGATE and _needs_a_physician(finding, row):
            message = f"{finding.rule} is answered so by the physician, not by a delegate."
            problems.append(Refusal("FORBIDDEN", message, (*path, number, "rule")))
        elif problem := answer_problem(finding, row, (*path, number)):
            problems.append(problem)
        else:
            answers[finding.rule] = _answer(finding, row, at, by, role)
    return tuple(problems) or replace(flags, answers=answers)


def _needs_a_physician(finding: Finding, said: Mapping[str, Any]) -> bool:
    """A STOP that is overridden, and a work-up that is called not indicated, are clinical judgements."""
    return finding.severity is Severity.STOP or (
        finding.severity is Severity.WORKUP and said.get("workUp") == WorkUp.NOT_INDICATED
    )


def answer_problem(finding: Finding, said: Mapping[str, Any], path: tuple[str | int, ...]) -> Refusal | None:
    """Why this is no answer to the finding; None when it is one."""
    if finding.severity is Severity.STOP:
        return _override_problem(finding, said, path)
    if finding.severity is Severity.WORKUP:
        return _work_up_problem(said, path)
    return None if _typed(said, "reason") else Refusal("REASON_REQUIRED", "Say something.", (*path, "reason"))


def _override_problem(finding: Finding, said: Mapping[str, Any], path: tuple[str | int, ...]) -> Refusal | None:
    if finding.override is Override.NEVER:
        return Refusal("RED_FLAG_FINAL", f"{finding.rule} cannot be overridden; no referral is made.", (*path, "rule"))
    if finding.override is Override.LEGAL_BASIS and not _typed(said, "legalBasis"):
        message = f"{finding.rule} is overridden by a typed legal basis alone."
        return Refusal("LEGAL_BASIS_REQUIRED", message, (*path, "legalBasis"))
    if finding.override is Override.REASON and not _typed(said, "reason"):
        return Refusal("REASON_REQUIRED", f"{finding.rule} is overridden by a typed reason.", (*path, "reason"))
    return None


def _work_up_problem(said: Mapping[str, Any], path: tuple[str | int, ...]) -> Refusal | None:
    if said.get("workUp") is None:
        return Refusal("WORK_UP_UNANSWERED", "Say whether it is ordered, done or not indicated.", (*path, "workUp"))
    if said["workUp"] == WorkUp.NOT_INDICATED and not _typed(said, "reason"):
        return Refusal("REASON_REQUIRED", "Say why it is not indicated.", (*path, "reason"))
    return None


def _typed(said: Mapping[str, Any], name: str) -> bool:
    return bool((said.get(name) or "").strip())


def _answer(finding: Finding, said: Mapping[str, Any], at: datetime, by: str, role: str) -> FlagAnswer:
    work_up = WorkUp(said["workUp"]) if said.get("workUp") and finding.severity is Severity.WORKUP else None
    return FlagAnswer(finding.rule, finding.severity, said.get("reason"), said.get("legalBasis"), work_up, at, by, role)
