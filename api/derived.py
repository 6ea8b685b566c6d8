"""Fields that a pure function computes from what the statement fetched.

- Each gives plain values in the schema's own names, which are then read like any other answer.
- The clock is that of the request, so every part of one answer is about the same instant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from api.available import available
from graph.instants import millis
from graph.standing import facts_from
from verification.concerns import CONCERNS
from verification.policy import Policy
from verification.standing import standing
from verification.verdicts import Check

_ADULT, _OLDEST = 18, 90


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request brought: the arguments of each slot, its instant, and the policy in force."""

    arguments: Sequence[Mapping[str, Any]]
    now: datetime
    policy: Policy


Compute = Callable[[Any, Mapping[str, Any], Asked], Any]


def _milliseconds(instant: datetime | None) -> int | None:
    return None if instant is None else millis(instant)


def _standing(raw: Mapping[str, Any], arguments: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    at, known_at = arguments.get("at") or asked.now, arguments.get("knownAt") or asked.now
    decided = standing(facts_from(raw), arguments["jurisdiction"], at, known_at, asked.policy)
    evidence = {item["id"]: item for item in raw["evidence"]}
    return {
        "verdict": decided.verdict.name,
        "at": _milliseconds(decided.at),
        "knownAt": _milliseconds(decided.known_at),
        "goodUntil": _milliseconds(decided.good_until),
        "policy": {"id": decided.policy_id, "version": decided.policy_version},
        "checks": [_check(check, evidence) for check in decided.checks],
    }


def _check(check: Check, evidence: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "code": check.code,
        "outcome": check.outcome.name,
        "reason": check.reason,
        "remedy": check.remedy,
        "evidence": [_evidence(evidence[own]) for own in check.evidence if own in evidence],
    }


def _evidence(raw: Mapping[str, Any]) -> dict[str, Any]:
    names = ("source", "sourceType", "method", "edition", "sha256", "answeredAt", "recordedAt")
    return {"id": f"Evidence:{raw['id']}", **{name: raw.get(name) for name in names}}


def _frozen_checks(raw: str, _arguments: Mapping[str, Any], _asked: Asked) -> list[dict[str, Any]]:
    return [{**check, "evidence": [_evidence(item) for item in check["evidence"]]} for check in orjson.loads(raw)]


def _referable_in(raw: Any, _arguments: Mapping[str, Any], _asked: Asked) -> Any:
    return raw


def _because(raw: Mapping[str, Any], _arguments: Mapping[str, Any], _asked: Asked) -> list[str]:
    """Why a result is shown: its proof first, then what the search asked for."""
    words = [*(raw["proof"] or ()), f"Treats {CONCERNS[raw['concern']].name.lower()}"]
    if raw["payer"]:
        words.append(f"Accepts {raw['payer']}")
    if raw["km"] is not None:
        words.append(f"{raw['km']:g} km away")
    return words


def _age_band(born: str | None, _arguments: Mapping[str, Any], asked: Asked) -> str | None:
    if born is None:
        return None
    birth, today = date.fromisoformat(born), asked.now.astimezone(UTC).date()
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age < _ADULT:
        return "under 18"
    if age >= _OLDEST:
        return "90 and over"
    return f"{max(age // 10 * 10, _ADULT)}-{age // 10 * 10 + 9}"


DERIVED: Final[dict[tuple[str, str], Compute]] = {
    **{(name, "standing"): _standing for name in ("Therapist", "Physician", "OtherPractitioner")},
    ("Therapist", "referableIn"): _referable_in,
    ("TherapistEdge", "because"): _because,
    ("Decision", "checks"): _frozen_checks,
    ("Patient", "ageBand"): _age_band,
    ("Referral", "availableActions"): lambda raw, _arguments, asked: available(raw, asked.now),
}
