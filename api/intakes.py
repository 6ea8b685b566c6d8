"""Forms, intakes and red flags in the contract's own names.

- What is kept is shown as it was kept; a draft's red flags are found anew as of the request's instant.
- It does not know who may see what: the statement has left out what this viewer may not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import orjson

from graph.instants import millis
from graph.intakes import flag_facts
from verification.concerns import CONCERNS
from verification.instruments import INSTRUMENTS, Instrument
from verification.intake import FORM_VERSION, MEDICINES, ORGANS, QUESTIONS, Question, form
from verification.red_flag_answers import FlagAnswer, Flags
from verification.red_flags import DRAFT_NOTICE, Finding, Severity, rules_in_force


def mappings_of(code: str) -> list[dict[str, Any]]:
    """`Concern.mappings`; none for a concern that is not on our list."""
    concern = CONCERNS.get(code)
    found = () if concern is None else concern.mappings
    return [{"system": each.system, "code": each.code, "certainty": each.certainty} for each in found]


def intake_form(arguments: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`intakeForm` for a concern and, where it is given, an inventory of organs."""
    concern, anatomy = arguments["concern"], [_name(organ) for organ in arguments.get("anatomy") or ()]
    rules = rules_in_force(now.astimezone(UTC).date())
    return {
        "version": FORM_VERSION,
        "questions": [_question(question) for question in form(concern, anatomy or None)],
        "instruments": [_instrument(each) for each in INSTRUMENTS.values() if each.offered_for(concern)],
        "organs": _choices(ORGANS),
        "medicines": _choices(MEDICINES),
        "rules": _rules(rules.id, rules.version, rules.signed_by),
    }


def intake_shown(kept: str | None) -> dict[str, Any] | None:
    """`Referral.intake` from what is kept."""
    if kept is None:
        return None
    found: dict[str, Any] = orjson.loads(kept)
    for answer in found["answers"]:
        question = QUESTIONS.get(answer["question"])
        answer["text"] = question.text if question else None
    return found


def scores_shown(kept: str | None) -> list[dict[str, Any]]:
    """`Report.scores` from what is kept; a report of before there were any has none."""
    return orjson.loads(kept) if kept else []


def red_flags_shown(raw: Mapping[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    """`Referral.redFlags` from the facts that were fetched."""
    flags = flag_facts(raw).now(now) if raw is not None else None
    if flags is None:
        return None
    found = flags.evaluation
    rules = _rules(found.rule_set, found.version, found.signed_by)
    return {
        "rules": rules,
        **{name: rules[name] for name in ("draft", "notice", "signedBy")},
        "evaluatedAt": millis(flags.evaluated_at),
        "frozenAt": millis(flags.frozen_at) if flags.frozen_at else None,
        "frozenRole": flags.frozen_role,
        "findings": [_finding(finding, flags) for finding in found.findings],
        "notAsked": [
            {"rule": left.rule, "severity": left.severity.name, "text": left.text, "questions": list(left.questions)}
            for left in found.not_asked
        ],
    }


def _finding(finding: Finding, flags: Flags) -> dict[str, Any]:
    stop = finding.severity is Severity.STOP
    return {
        "rule": finding.rule,
        "severity": finding.severity.name,
        "text": finding.text,
        "action": finding.action,
        "source": finding.source,
        "override": finding.override.name if stop else None,
        "answer": _answer(flags.answer_to(finding)),
        "open": finding.rule in (*flags.stops, *flags.workups),
    }


def _answer(answer: FlagAnswer | None) -> dict[str, Any] | None:
    return (
        None
        if answer is None
        else {
            "reason": answer.reason,
            "legalBasis": answer.legal_basis,
            "workUp": answer.work_up.name if answer.work_up else None,
            "at": millis(answer.at),
            "role": answer.role,
        }
    )


def _rules(identity: str, version: str, signed_by: str) -> dict[str, Any]:
    draft = not signed_by.strip()
    return {
        "id": identity,
        "version": version,
        "draft": draft,
        "notice": DRAFT_NOTICE if draft else None,
        "signedBy": signed_by or None,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "kind": question.kind.name,
        "text": question.text,
        "why": question.why,
        "organs": sorted(question.organs),
        "unit": question.unit,
        "lowest": question.lowest,
        "highest": question.highest,
        "choices": _choices(question.choices),
    }


def _instrument(instrument: Instrument) -> dict[str, Any]:
    return {
        **{name: getattr(instrument, name) for name in ("code", "name", "lowest", "highest", "step")},
        "bands": [{"to": band.to, "name": band.name} for band in instrument.bands],
        "evidence": instrument.evidence,
        "licence": instrument.licence,
    }


def _choices(among: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "text": text} for code, text in among.items()]


def _name(value: Any) -> str:
    return value.name if isinstance(value, Enum) else str(value)
