"""How the intake of a referral and its red flags are kept: as JSON text on the referral.

- They are read whole or not at all and never searched, so they are no nodes; text also freezes them as they were.
- Names are those of the contract; instants are epoch milliseconds, dates ISO text.
- What a rule said is kept with what it found, so that a later version of the rules changes nothing that was sent.
- It does not know who may see them: `graph.model` and `graph.access` do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from graph.instants import instant, millis, optional_instant
from verification.intake import FORM_VERSION, Answer, Intake, Said, Score
from verification.red_flag_answers import PARTNER_STOPPED, FlagAnswer, Flags, WorkUp
from verification.red_flags import Evaluation, Finding, Override, Severity, Unasked, evaluate, rules_in_force

FLAG_FACTS: Final = """{
  status: {n}.status, intake: {n}.intake, redFlags: {n}.redFlags, coupled: {n}.couple IS NOT NULL,
  about: head([(c:Concern)<-[:ABOUT]-({n})-[:FOR]->(p:Patient) | {concern: c.code, born: p.birthDate}]),
  partner: head([({n})-[:COUPLED_WITH]-(r:Referral) | r {.id, .status, .coupleStopped}])
}"""
"""What the red flags of the referral bound to `{n}` are found from, as `flag_facts` reads it."""


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """Everything the red flags of one referral depend on, as it is kept.

    `partner` is the id of the other referral of a couple, `partner_stopped` says that this one forbids going together.
    """

    intake: Intake
    flags: Flags | None
    concern: str
    born: date | None
    coupled: bool
    partner: str | None
    partner_stopped: bool
    draft: bool

    def now(self, at: datetime) -> Flags | None:
        """The flags as they are at `at`: of a draft found anew by the rules in force, else those frozen at the sending.

        None where nothing was frozen, as of a patient sent back.
        """
        return self.found(self.intake, at) if self.draft else self.flags

    def found(self, intake: Intake, at: datetime) -> Flags:
        """The flags of another intake, with the answers that still fit."""
        return found_flags(intake, self.concern, self.born, at, coupled=self.coupled, before=self.flags)

    def obstacles(self, at: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What keeps the referral from being sent at `at`: the STOPs and the work-ups that are open, for people."""
        flags = self.now(at)
        if flags is None:
            return (), ()
        stops, workups = (", ".join(codes) for codes in (flags.stops, flags.workups))
        apart = (PARTNER_STOPPED,) if self.partner_stopped else ()
        return (*((f"{stops}.",) if stops else ()), *apart), (f"{workups}.",) if workups else ()


def found_flags(
    intake: Intake, concern: str, born: date | None, at: datetime, *, coupled: bool, before: Flags | None = None
) -> Flags:
    """What the rules in force find at `at` of somebody `born` that day; answers of `before` are kept where they fit."""
    today = at.astimezone(UTC).date()
    found = evaluate(intake, concern, age_on(born, today), rules_in_force(today), today, couple=coupled)
    return Flags(found, at) if before is None else before.evaluated(found, at)


def age_on(born: date | None, today: date) -> int | None:
    """The age in whole years; somebody born on 29 February is a year older on 1 March."""
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def flag_facts(found: Mapping[str, Any]) -> FlagFacts:
    """The facts read by `FLAG_FACTS`."""
    partner, about = found["partner"] or {}, found["about"] or {}
    return FlagFacts(
        intake_from(found["intake"]) if found["intake"] else Intake(),
        flags_from(found["redFlags"]) if found["redFlags"] else None,
        about.get("concern") or "",
        date.fromisoformat(about["born"]) if about.get("born") else None,
        found["coupled"],
        partner.get("id"),
        partner.get("status") == "DRAFT" and bool(partner.get("coupleStopped")),
        found["status"] == "DRAFT",
    )


def intake_text(intake: Intake) -> str:
    """An intake as it is kept."""
    return orjson.dumps(
        {
            "form": FORM_VERSION,
            "anatomy": sorted(intake.anatomy) if intake.anatomy else [],
            "answers": [_kept_answer(answer) for answer in intake.answers.values()],
            "scores": [_kept_score(score) for score in intake.scores],
        }
    ).decode()


def scores_text(scores: Sequence[Score]) -> str:
    """The scores of a report as they are kept."""
    return orjson.dumps([_kept_score(score) for score in scores]).decode()


def _kept_score(score: Score) -> dict[str, Any]:
    return {
        "instrument": score.instrument,
        "total": float(score.total),
        "band": score.band,
        "version": score.version,
        "administeredOn": score.administered_on.isoformat(),
    }


def _kept_answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "answer": answer.said.value,
        "number": answer.number,
        "on": answer.on.isoformat() if answer.on else None,
        "choice": answer.choice,
        "medicines": sorted(answer.medicines),
    }


def intake_from(text: str) -> Intake:
    """The intake that was kept as `text`."""
    kept = orjson.loads(text)
    answers = [
        Answer(
            row["question"],
            Said(row["answer"]),
            row["number"],
            date.fromisoformat(row["on"]) if row["on"] else None,
            row["choice"],
            frozenset(row["medicines"]),
        )
        for row in kept["answers"]
    ]
    scores = [
        Score(row["instrument"], row["total"], row["band"], date.fromisoformat(row["administeredOn"]), row["version"])
        for row in kept["scores"]
    ]
    return Intake({a.question: a for a in answers}, frozenset(kept["anatomy"]) or None, tuple(scores))


def flags_text(flags: Flags) -> str:
    """Red flags as they are kept."""
    found = flags.evaluation
    return orjson.dumps(
        {
            "ruleSet": found.rule_set,
            "version": found.version,
            "signedBy": found.signed_by,
            "evaluatedAt": millis(flags.evaluated_at),
            "frozenAt": millis(flags.frozen_at) if flags.frozen_at else None,
            "frozenBy": flags.frozen_by,
            "frozenRole": flags.frozen_role,
            "findings": [_kept_finding(finding, flags.answer_to(finding)) for finding in found.findings],
            "notAsked": [
                {"rule": left.rule, "severity": left.severity, "text": left.text, "questions": left.questions}
                for left in found.not_asked
            ],
        }
    ).decode()


def _kept_finding(finding: Finding, answer: FlagAnswer | None) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "override": finding.override,
        "text": finding.text,
        "action": finding.action,
        "source": finding.source,
        "together": finding.together,
        "answer": answer
        and {
            "reason": answer.reason,
            "legalBasis": answer.legal_basis,
            "workUp": answer.work_up,
            "at": millis(answer.at),
            "by": answer.by,
            "role": answer.role,
        },
    }


def flags_from(text: str) -> Flags:
    """The red flags that were kept as `text`."""
    kept = orjson.loads(text)
    unasked = [
        Unasked(row["rule"], Severity(row["severity"]), row["text"], tuple(row["questions"]))
        for row in kept["notAsked"]
    ]
    findings = tuple(_finding_from(row) for row in kept["findings"])
    return Flags(
        Evaluation(kept["ruleSet"], kept["version"], kept["signedBy"], findings, tuple(unasked)),
        instant(kept["evaluatedAt"]),
        {row["rule"]: _answer_from(row) for row in kept["findings"] if row["answer"]},
        optional_instant(kept["frozenAt"]),
        kept["frozenBy"],
        kept["frozenRole"],
    )


def _finding_from(row: Mapping[str, Any]) -> Finding:
    return Finding(
        row["rule"],
        Severity(row["severity"]),
        Override(row["override"]),
        row["text"],
        row["action"],
        row["source"],
        row["together"],
    )


def _answer_from(row: Mapping[str, Any]) -> FlagAnswer:
    answer = row["answer"]
    return FlagAnswer(
        row["rule"],
        Severity(row["severity"]),
        answer["reason"],
        answer["legalBasis"],
        WorkUp(answer["workUp"]) if answer["workUp"] else None,
        instant(answer["at"]),
        answer["by"],
        answer["role"],
    )
