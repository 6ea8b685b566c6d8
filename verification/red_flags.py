"""Red flags: what has to be thought of before a patient is sent, found by rules that are data.

- `evaluate` finds; it forbids nothing. What an author has to answer before sending is in
  `verification.red_flag_answers`.
- What was not asked is not a "no": a rule that needs it is neither found nor ruled out, and is listed as not asked.
- Answering more never hides what was found: a rule that is true stays true however the unknown comes out.
- A set of rules has an id, a version and the day it takes effect. Until a named clinician has signed it, everything it
  finds is draft decision support, and says so.
- The clock is passed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from verification.intake import QUESTIONS, Intake
from verification.tables import table, table_names
from verification.triggers import AGE, SCORE, Case, Condition, read_condition, unknown_needs

DRAFT_NOTICE: Final = "Draft decision support, not signed by a clinician."


class Severity(StrEnum):
    """How much a finding weighs, the heaviest first.

    STOP: not sent unless overridden. URGENT: a medical route beside. WORKUP: sent once the work-up is answered for.
    ADVISE: to be known.
    """

    STOP = "STOP"
    URGENT = "URGENT"
    WORKUP = "WORKUP"
    ADVISE = "ADVISE"


class Override(StrEnum):
    """What it takes to send in spite of a STOP."""

    REASON = "REASON"
    LEGAL_BASIS = "LEGAL_BASIS"
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class Rule:
    """One red flag: found where `when` is true, and a STOP where `stop_when` is."""

    code: str
    severity: Severity
    when: Condition
    stop_when: Condition | None
    override: Override
    text: str
    action: str
    source: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A version of the rules. `signed_by` names the clinician who signed it; empty means draft."""

    id: str
    version: str
    effective: date
    signed_by: str
    rules: Mapping[str, Rule]

    @property
    def draft(self) -> bool:
        return not self.signed_by.strip()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was found. `together` marks a STOP of going together with a partner, not of going at all."""

    rule: str
    severity: Severity
    override: Override
    text: str
    action: str
    source: str
    together: bool = False


@dataclass(frozen=True, slots=True)
class Unasked:
    """A rule that was not ruled out: the heaviest it could turn out to be, and what would have to be asked."""

    rule: str
    severity: Severity
    text: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a set of rules found of one case, the heaviest first, and what it could not rule out."""

    rule_set: str
    version: str
    signed_by: str
    findings: tuple[Finding, ...]
    not_asked: tuple[Unasked, ...]


_WEIGHT: Final = {severity: weight for weight, severity in enumerate(Severity)}


def evaluate(
    intake: Intake, concern: str, age: int | None, rules: RuleSet, at: date, *, couple: bool = False
) -> Evaluation:
    """What `rules` find of this intake on the day `at`.

    `age` in whole years, None where the date of birth is not known; `couple` when a partner is sent as well.
    """
    case = Case(intake, concern, age, at, couple)
    findings = [found for rule in rules.rules.values() if (found := _finding(rule, case))]
    unasked = [left for rule in rules.rules.values() if (left := _unasked(rule, case))]
    return Evaluation(
        rules.id,
        rules.version,
        rules.signed_by,
        tuple(sorted(findings, key=lambda found: (_WEIGHT[found.severity], found.rule))),
        tuple(sorted(unasked, key=lambda left: (_WEIGHT[left.severity], left.rule))),
    )


def _finding(rule: Rule, case: Case) -> Finding | None:
    stop = rule.stop_when is not None and rule.stop_when.test(case) is True
    if not stop and rule.when.test(case) is not True:
        return None
    severity = Severity.STOP if stop else rule.severity
    together = stop and rule.stop_when is not None and rule.stop_when.couple
    return Finding(rule.code, severity, rule.override, rule.text, rule.action, rule.source, together)


def _unasked(rule: Rule, case: Case) -> Unasked | None:
    """The rule as not asked, if it could be found, or found heavier, once more was asked on this concern's form."""
    if rule.stop_when is not None and (left := _open(rule, rule.stop_when, Severity.STOP, case)):
        return left
    return _open(rule, rule.when, rule.severity, case)


def _open(rule: Rule, condition: Condition, severity: Severity, case: Case) -> Unasked | None:
    if condition.test(case) is not None:
        return None
    needs = tuple(need for need in unknown_needs(condition, case) if _on_the_form(need, case.concern))
    return Unasked(rule.code, severity, rule.text, needs) if needs else None


def _on_the_form(need: str, concern: str) -> bool:
    return need == AGE or (not need.startswith(SCORE) and QUESTIONS[need].asked_for(concern))


def _rule(code: str, row: Mapping[str, Any]) -> Rule:
    stop_when = row.get("stop_when")
    return Rule(
        code,
        Severity(row["severity"]),
        read_condition(row["when"]),
        read_condition(stop_when) if stop_when else None,
        Override(row.get("override", "REASON")),
        row["text"],
        row["action"],
        row["source"],
    )


def read_rules(data: Mapping[str, Any]) -> RuleSet:
    """A set of rules from its table. Raises ValueError or KeyError for a table that is not one."""
    rules = {code: _rule(code, row) for code, row in data["rules"].items()}
    return RuleSet(data["id"], data["version"], data["effective"], data["signed_by"], MappingProxyType(rules))


RULE_SETS: Final[Sequence[RuleSet]] = tuple(
    sorted((read_rules(table(name)) for name in table_names("red_flags")), key=lambda found: found.effective)
)
"""Every version that ships, oldest first."""


def rules_in_force(at: date) -> RuleSet:
    """The newest set that has taken effect by `at`; before the first, the first."""
    return max((found for found in RULE_SETS if found.effective <= at), key=_age, default=RULE_SETS[0])


def _age(found: RuleSet) -> date:
    return found.effective
