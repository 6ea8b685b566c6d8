"""Whether a bundle holds: undamaged, readable, and deciding anew from what is in it gives the decision that is in it.

- Everything comes from the bundle and from the rules of this program; no store and no clock is asked.
- Whatever is wrong is a flaw with a sentence, and one flaw does not hide another: each part is looked at by itself.
- A policy that this program ships must be the same, value for value; any other is taken as the bundle gives it.
- It does not know who made the bundle: see bundles.py for what its hashes can show and what not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from verification.bundle_chains import ChainShown, chain_flaws, evidence_flaws
from verification.bundles import (
    FORMAT,
    KEYS,
    Asked,
    BundleError,
    Decision,
    EvidenceRecord,
    Store,
    Subject,
    decided_by_people,
    decision_of,
    facts_of,
    hashes,
    policy_part,
    shipped_policy,
    subject_of,
)
from verification.canonical import canonical
from verification.evidence import Facts
from verification.plain_records import NotARecord, plain, record_of
from verification.policy import Policy, policy_from
from verification.standing import standing
from verification.verdicts import Check

T = TypeVar("T")

# What rules raise on facts that no program of ours wrote: a place that is none, a date at the end of the calendar.
_SENSELESS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a bundle: in which part, a sentence for people, and whether the part can be read at all."""

    part: str
    message: str
    unreadable: bool = False


class _Parts(NamedTuple):
    """The parts as far as they can be read."""

    subject: Subject | None
    asked: Asked | None
    decision: Decision | None
    facts: Facts | None
    policy: Policy | None
    evidence: tuple[EvidenceRecord, ...] | None
    chains: tuple[ChainShown, ...] | None


def check_bundle(bundle: Any) -> tuple[Flaw, ...]:
    """Everything wrong with a bundle, as read from JSON; empty when it holds.

    It holds when its hashes are right, its parts can be read, its policy is the one that is shipped under that id and
    version (if one is), and deciding anew from its own facts and policy gives the very same decision.
    """
    try:
        wrong = _shape_flaw(bundle)
        return (wrong,) if wrong else (*_hash_flaws(bundle), *_content_flaws(bundle))
    except RecursionError:
        return (Flaw("bundle", "It is nested too deeply to be a bundle.", unreadable=True),)


def _shape_flaw(bundle: Any) -> Flaw | None:
    if not isinstance(bundle, dict):
        return Flaw("bundle", "A bundle is one JSON object.", unreadable=True)
    if bundle.get("format") != FORMAT:
        return Flaw("format", f"“format” must be “{FORMAT}”; another program wrote this.", unreadable=True)
    if unknown := sorted(set(map(str, bundle)) - KEYS):
        return Flaw("bundle", f"There are entries that no bundle has: {', '.join(unknown)}.", unreadable=True)
    if missing := sorted(KEYS - set(bundle)):
        return Flaw("bundle", f"The bundle lacks: {', '.join(missing)}.", unreadable=True)
    return None


def _hash_flaws(bundle: Mapping[str, Any]) -> Iterator[Flaw]:
    try:
        right = hashes(bundle)
    except (TypeError, ValueError):
        yield Flaw("bundle", "It holds a value that JSON has not.")
        return
    said = bundle["sha256"]
    if not isinstance(said, dict) or set(said) != set(right):
        yield Flaw("sha256", f"“sha256” must hold a hash for each of: {', '.join(right)}.")
        return
    for part, digest in right.items():
        if said[part] != digest:
            what = "The bundle as a whole" if part == "all" else f"The part “{part}”"
            yield Flaw(part, f"{what} is not what was sealed: its SHA-256 is {digest}.")


def _content_flaws(bundle: Mapping[str, Any]) -> Iterator[Flaw]:
    flaws: list[Flaw] = []
    parts = _read(bundle, flaws)
    yield from flaws
    if parts.policy is not None:
        yield from _policy_flaws(parts.policy, bundle["policy"])
    if parts.facts is not None and parts.subject is not None and parts.subject != subject_of(parts.facts):
        yield Flaw("subject", "The facts are about somebody of another name or NPI than the subject.")
    if parts.facts is not None and parts.evidence is not None:
        yield from _evidence_flaws(parts.facts, parts.evidence, parts.decision)
    if parts.evidence is not None:
        yield from (Flaw("evidence", message) for message in evidence_flaws(parts.evidence))
    if parts.evidence is not None and parts.chains is not None:
        yield from (Flaw("chains", message) for message in chain_flaws(parts.evidence, parts.chains))
    yield from _decision_flaws(parts)


def _read(bundle: Mapping[str, Any], flaws: list[Flaw]) -> _Parts:
    def part(kind: type, name: str) -> Any:
        try:
            return record_of(kind, bundle[name], name)
        except NotARecord as problem:
            flaws.append(Flaw(name, f"It cannot be read: {problem}.", unreadable=True))
            return None

    part(Store, "store")
    return _Parts(
        part(Subject, "subject"),
        part(Asked, "question"),
        part(Decision, "decision"),
        _facts(bundle, flaws),
        _policy(bundle["policy"], flaws),
        _several(EvidenceRecord, bundle["evidence"], "evidence", flaws),
        _several(ChainShown, bundle["chains"], "chains", flaws),
    )


def _facts(bundle: Mapping[str, Any], flaws: list[Flaw]) -> Facts | None:
    try:
        return facts_of(bundle)
    except BundleError as problem:
        flaws.append(Flaw("facts", str(problem), unreadable=True))
        return None


def _policy(part: Any, flaws: list[Flaw]) -> Policy | None:
    """The policy of its table, only if writing it again gives that table: what is not read decides nothing."""
    try:
        policy = policy_from(part | {"effective": date.fromisoformat(part["effective"])})
        if canonical(policy_part(policy)) == canonical(part):
            return policy
        problem: object = "it is not written the one way a policy is"
    except _SENSELESS as refused:
        problem = refused
    flaws.append(Flaw("policy", f"The policy cannot be read: {problem}.", unreadable=True))
    return None


def _several(kind: type[T], part: Any, name: str, flaws: list[Flaw]) -> tuple[T, ...] | None:
    if not isinstance(part, list):
        flaws.append(Flaw(name, f"It cannot be read: {name} must be a list.", unreadable=True))
        return None
    try:
        return tuple(record_of(kind, row, f"{name}[{index}]") for index, row in enumerate(part))
    except NotARecord as problem:
        flaws.append(Flaw(name, f"It cannot be read: {problem}.", unreadable=True))
        return None


def _policy_flaws(policy: Policy, part: Mapping[str, Any]) -> Iterator[Flaw]:
    shipped = shipped_policy(policy.id, policy.version)
    if shipped is None:
        return
    own = policy_part(shipped)
    if other := [key for key in own if canonical(own[key]) != canonical(part[key])]:
        yield Flaw(
            "policy",
            f"Policy {policy.id} {policy.version} as shipped with this program differs in: {', '.join(other)}.",
        )


def _evidence_flaws(facts: Facts, records: Sequence[EvidenceRecord], decision: Decision | None) -> Iterator[Flaw]:
    counted = Counter(record.id for record in records)
    for twice in sorted(own for own, times in counted.items() if times > 1):
        yield Flaw("evidence", f"The evidence {twice} is there twice.")
    cited = {own for check in decision.checks for own in check.evidence} if decision else set()
    for missing in sorted(cited - set(counted) - decided_by_people(facts)):
        yield Flaw("evidence", f"A check rests on the evidence {missing}, which is not in the bundle.")
    known = {record.id: record for record in records}
    for said in (said for held in facts.credentials for said in held.observations):
        record = known.get(said.evidence)
        if record is not None and (record.source, record.source_type) != (said.source, said.source_type):
            yield Flaw("evidence", f"By the facts the evidence {record.id} is of another source than {record.source}.")


def _decision_flaws(parts: _Parts) -> Iterator[Flaw]:
    if parts.asked is None or parts.facts is None or parts.policy is None or parts.decision is None:
        return
    asked = parts.asked
    try:
        anew = decision_of(standing(parts.facts, asked.jurisdiction, asked.at, asked.known_at, parts.policy))
    except _SENSELESS as problem:
        yield Flaw("decision", f"It cannot be decided anew from these facts: {type(problem).__name__}: {problem}.")
        return
    said = parts.decision
    if said.verdict is not anew.verdict:
        yield Flaw("decision", f"The bundle says {said.verdict}; decided anew from its own facts it is {anew.verdict}.")
    if said.good_until != anew.good_until:
        yield Flaw(
            "decision",
            f"The bundle says good until {plain(said.good_until) or 'further notice'}; it is good "
            f"until {plain(anew.good_until) or 'further notice'}.",
        )
    if [check.code for check in said.checks] != [check.code for check in anew.checks]:
        yield Flaw("decision", f"The checks must be, in this order: {', '.join(check.code for check in anew.checks)}.")
        return
    for told, right in zip(said.checks, anew.checks, strict=True):
        yield from _check_flaws(told, right)


def _check_flaws(told: Check, right: Check) -> Iterator[Flaw]:
    was, now = plain(told), plain(right)
    for name in now:
        if was[name] != now[name]:
            yield Flaw(
                "decision",
                f"The check “{right.code}” has {name} {_shown(was[name])}; decided anew it is {_shown(now[name])}.",
            )


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"“{', '.join(value) if isinstance(value, list) else value}”"
