"""Decisions on standing in the schema's own names: the decision, its history, and a frozen one decided anew.

- Evidence is told with what it says of this practitioner; what it says of others is theirs.
- A frozen decision is decided anew under the very version of the policy that it names.
- The clock is the caller's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from graph.instants import instant, millis
from graph.standing import facts_from
from verification.bundles import shipped_policy
from verification.policies import Policies
from verification.standing import standing, standing_in_force
from verification.standing_history import Span, first_answer, history
from verification.verdicts import Check, Standing

Raw = Mapping[str, Any]
Tell = Callable[[Sequence[str]], list[dict[str, Any]]]

EVIDENCE: Final = (
    "source", "sourceType", "method", "edition", "fileName", "sha256", "askedAt", "answeredAt", "recordedAt",
    "completedAt", "position", "previous", "chain",
)  # fmt: skip


def standing_of(raw: Raw, arguments: Raw, now: datetime, policies: Policies) -> dict[str, Any]:
    """The decision asked for by `jurisdiction`, `at` and `knownAt`; now by default."""
    at, known_at = arguments.get("at") or now, arguments.get("knownAt") or now
    return told(standing_in_force(facts_from(raw), arguments["jurisdiction"], at, known_at, policies), raw)


def history_of(raw: Raw, arguments: Raw, now: datetime, policies: Policies) -> list[dict[str, Any]]:
    """The spans of the verdict between `since` and `until`, each with `k`, the value it is ordered by."""
    facts = facts_from(raw)
    since = arguments.get("since") or first_answer(facts) or now
    known_at = arguments.get("knownAt") or now
    spans = history(facts, arguments["jurisdiction"], since, arguments.get("until"), known_at, policies)
    return [_span(span, teller(raw)) for span in spans]


def told(decided: Standing, raw: Raw) -> dict[str, Any]:
    """A decision on the facts in `raw`."""
    tell = teller(raw)
    return {
        "verdict": decided.verdict.name,
        "at": millis(decided.at),
        "knownAt": millis(decided.known_at),
        "goodUntil": _milliseconds(decided.good_until),
        "policy": _policy(decided),
        "checks": [_check(check, tell) for check in decided.checks],
        "evidence": tell(decided.evidence),
    }


def frozen_checks(raw: str) -> list[dict[str, Any]]:
    """The checks of a frozen decision, as they were."""
    return [
        {
            **check,
            "reasonCode": check.get("reasonCode"),
            "params": _params(check.get("params") or {}),
            "fixableBy": check.get("fixableBy"),
            "evidence": [_evidence(item, {}) for item in check["evidence"]],
        }
        for check in orjson.loads(raw)
    ]


def replayed(raw: Raw, policies: Policies) -> dict[str, Any]:
    """A frozen decision decided anew as then known."""
    return told(_replay(raw, policies), raw["facts"])


def as_known_now(raw: Raw, now: datetime, policies: Policies) -> dict[str, Any]:
    """A frozen decision's question, decided as known now."""
    at = instant(raw["decision"]["at"])
    return told(standing_in_force(facts_from(raw["facts"]), raw["jurisdiction"], at, now, policies), raw["facts"])


def agrees(raw: Raw, policies: Policies) -> bool:
    """Whether deciding anew as then known gives the verdict and the checks that were frozen."""
    anew, frozen = _replay(raw, policies), raw["decision"]
    was = [_essence(check, [item["id"] for item in check["evidence"]]) for check in orjson.loads(frozen["checks"])]
    now = [(check.code, check.outcome.name, check.reason, check.remedy, tuple(check.evidence)) for check in anew.checks]
    return frozen["verdict"] == anew.verdict.name and was == now


def _essence(check: Raw, evidence: Sequence[str]) -> tuple[Any, ...]:
    return (check["code"], check["outcome"], check["reason"], check["remedy"], tuple(evidence))


def _replay(raw: Raw, policies: Policies) -> Standing:
    frozen, facts = raw["decision"], facts_from(raw["facts"])
    at, known_at = instant(frozen["at"]), instant(frozen["knownAt"])
    policy = shipped_policy(frozen["policyId"], frozen["policyVersion"]) or policies.in_force(raw["jurisdiction"], at)
    return standing(facts, raw["jurisdiction"], at, known_at, policy)


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else millis(at)


def _policy(decided: Standing) -> dict[str, str]:
    return {"id": decided.policy_id, "version": decided.policy_version}


def _span(span: Span, tell: Tell) -> dict[str, Any]:
    return {
        "k": [millis(span.start)],
        "start": millis(span.start),
        "until": _milliseconds(span.until),
        "verdict": span.standing.verdict.name,
        "policy": _policy(span.standing),
        "changed": [_check(check, tell) for check in span.changed],
        "evidence": tell(span.standing.evidence),
    }


def _check(check: Check, tell: Tell) -> dict[str, Any]:
    return {
        "code": check.code,
        "outcome": check.outcome.name,
        "reason": check.reason,
        "reasonCode": check.reason_code,
        "params": _params(check.params),
        "remedy": check.remedy,
        "fixableBy": None if check.fixable_by is None else check.fixable_by.name,
        "goodUntil": _milliseconds(check.good_until),
        "evidence": tell(check.evidence),
    }


def _params(params: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in params.items()]


def teller(raw: Raw) -> Tell:
    """Evidence by its ids; what is not in the graph is left out."""
    known = {item["id"]: item for item in raw["evidence"]}
    said: dict[str, list[Raw]] = {}
    for held in raw["credentials"]:
        for one in held["observations"]:
            said.setdefault(one["evidence"], []).append(one)
    return lambda ids: [_evidence(known[own], said) for own in ids if own in known]


def _evidence(raw: Raw, said: Mapping[str, Sequence[Raw]]) -> dict[str, Any]:
    def observations() -> list[dict[str, Any]]:
        found = sorted(said.get(raw["id"], ()), key=lambda one: one["id"])
        return [{**one, "k": [one["id"]], "evidence": lambda: _evidence(raw, said)} for one in found]

    return {"id": f"Evidence:{raw['id']}", **{name: raw.get(name) for name in EVIDENCE}, "observations": observations}
