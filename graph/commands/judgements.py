"""From a weighed practitioner to a decision, and from a decision to the proof that is frozen on an attempt.

- Standing is decided anew for every sending and accepting; what search shows is not trusted here.
- A proof holds every check with the sentence and the sources it had at that moment, so that it reads the same for good.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from graph.commands.referral_facts import Weighed
from graph.commands.referrals import Frozen, Guarded
from graph.instants import FOR_EVER, millis
from verification.policies import Policies
from verification.standing import standing_in_force
from verification.verdicts import Check, Outcome, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A weighed practitioner and, where proof is needed, the standing decided for the patient's jurisdiction."""

    weighed: Weighed
    standing: Standing | None
    jurisdiction: str = ""

    @property
    def proven(self) -> bool | None:
        """True when referable, False when not, None when it cannot be said."""
        if self.standing is None or self.standing.verdict is Verdict.UNKNOWN:
            return None
        return self.standing.verdict is not Verdict.NOT_REFERABLE

    @property
    def doubts(self) -> tuple[str, ...]:
        """The sentences of the checks that failed or could not be told."""
        if self.standing is None:
            return ()
        return tuple(
            check.reason for check in self.standing.checks if check.outcome in {Outcome.FAILED, Outcome.UNKNOWN}
        )

    @property
    def guard(self) -> Guarded:
        """What must still hold behind the lock."""
        until = self.standing.good_until if self.standing else None
        return Guarded(self.weighed.id, self.weighed.revision, FOR_EVER if until is None else millis(until))

    def frozen(self, of: str, own: str) -> Frozen | None:
        """The proof of sending (`send`) or accepting (`accept`), as the decision `own`; None where none is needed."""
        if self.standing is None:
            return None
        return _frozen(of, own, self.jurisdiction, self.standing, self.weighed.sources)


def judge(weighed: Weighed, jurisdiction: str, now: datetime, policies: Policies, *, needs_proof: bool) -> Judged:
    """Decides standing on the evidence that was read, at and as known at `now`."""
    if not needs_proof:
        return Judged(weighed, None)
    return Judged(weighed, standing_in_force(weighed.evidence, jurisdiction, now, now, policies), jurisdiction)


def _frozen(
    of: str, own: str, jurisdiction: str, decided: Standing, sources: Mapping[str, Mapping[str, Any]]
) -> Frozen:
    decision = {
        "id": own,
        "jurisdiction": jurisdiction,
        "verdict": decided.verdict.name,
        "at": millis(decided.at),
        "knownAt": millis(decided.known_at),
        "goodUntil": None if decided.good_until is None else millis(decided.good_until),
        "policyId": decided.policy_id,
        "policyVersion": decided.policy_version,
        "checks": orjson.dumps([_check(check, sources) for check in decided.checks]).decode(),
    }
    return Frozen(of, decision, sorted({id_ for check in decided.checks for id_ in check.evidence}))


def _check(check: Check, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "code": check.code,
        "outcome": check.outcome.name,
        "reason": check.reason,
        "reasonCode": check.reason_code,
        "params": dict(check.params),
        "remedy": check.remedy,
        "fixableBy": None if check.fixable_by is None else check.fixable_by.name,
        "goodUntil": None if check.good_until is None else millis(check.good_until),
        "evidence": [sources.get(id_, {"id": id_}) for id_ in check.evidence],
    }
