"""What another policy would change for one practitioner: the verdict in each place under both, and why it differs.

- Both decisions are made on the same facts, for the same instant, with the same knowledge.
- Why is told by the checks that differ: each with the reason it has under the one and under the other.
- It does not know who is in the network, and nothing of it is ever kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from verification.evidence import Facts
from verification.jurisdictions import PLACES_OF
from verification.policies import SHIPPED_POLICIES, Policies, only
from verification.policy import Policy, PolicyError, policy_table
from verification.standing import glance, jurisdictions
from verification.verdicts import REFERABLE_VERDICTS, Verdict


class Change(StrEnum):
    """What a change of policy means for one practitioner in one place."""

    GAINS = "gains"
    LOSES = "loses"
    NOTICE = "notice"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Reason:
    """One check that differs, with its reason code before and after."""

    check: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One practitioner's verdict in one place, where it is not the same under both policies."""

    practitioner: str
    jurisdiction: str
    before: Verdict
    after: Verdict
    why: tuple[Reason, ...]

    @property
    def change(self) -> Change:
        referable = (self.before in REFERABLE_VERDICTS, self.after in REFERABLE_VERDICTS)
        if referable[0] is not referable[1]:
            return Change.GAINS if referable[1] else Change.LOSES
        return Change.NOTICE if all(referable) else Change.OTHER


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies for one country, each as if it were in force in `either`, at an instant, with what was known."""

    before: Policy
    after: Policy
    at: datetime
    known_at: datetime
    either: tuple[Policies, Policies]


def comparison(before: Policy, after: Policy, at: datetime, known_at: datetime) -> Comparison:
    """The two policies to be compared. Raises PolicyError when they have no place in common."""
    for policy in (before, after):
        if not policy.governs:
            raise PolicyError(f"{policy.name} governs no place, so nobody is decided under it")
    if before.country != after.country:
        raise PolicyError(
            f"{before.name} governs {before.country} and {after.name} {after.country}: they have no place in common"
        )
    return Comparison(before, after, at, known_at, (only(before, SHIPPED_POLICIES), only(after, SHIPPED_POLICIES)))


def places(facts: Facts, asked: Comparison) -> tuple[str, ...]:
    """The places of the country in which this practitioner could be referable under either policy."""
    found = {place for policies in asked.either for place in jurisdictions(facts, policies)}
    return tuple(sorted(found & PLACES_OF[asked.before.country]))


def compare(facts: Facts, jurisdiction: str, asked: Comparison) -> Difference | None:
    """How the verdict in a place differs; None when it is the same."""
    before, after = (
        glance(facts, jurisdiction, asked.at, asked.known_at, policy) for policy in (asked.before, asked.after)
    )
    if before.verdict is after.verdict:
        return None
    why = tuple(
        Reason(check, reason, after.found[check][1])
        for check, (outcome, reason) in before.found.items()
        if after.found[check][0] is not outcome
    )
    return Difference(facts.practitioner, jurisdiction, before.verdict, after.verdict, why)


def changed_entries(before: Policy, after: Policy) -> Iterator[tuple[str, Any, Any]]:
    """The entries of two policies' tables that differ: where each stands, and what it is in the one and the other."""
    yield from _changed("", _by_name(policy_table(before)), _by_name(policy_table(after)))


def _by_name(table: dict[str, Any]) -> dict[str, Any]:
    """The table with its rules under their codes and its title rules under their places."""
    rules = {rule["code"]: rule for rule in table["rules"]}
    return table | {"rules": rules, "titles": {rule["jurisdiction"]: rule for rule in table["titles"]}}


def _changed(where: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        if before != after:
            yield where, before, after
        return
    for key in sorted(before.keys() | after.keys()):
        yield from _changed(f"{where}.{key}" if where else key, before.get(key), after.get(key))
