"""A decision on standing that can be taken away, and checked by anybody without the store it came from.

- A bundle holds everything the decision rests on: the question, the facts, the policy as data, the evidence by its
  hash. Deciding anew from these alone must give the same verdict, instants and sentences.
- Each part has its SHA-256 over the part's canonical JSON (RFC 8785: texts, whole numbers, true, false and null only),
  and one more covers the whole. They show damage and careless edits. They are no signature: whoever forges facts can
  hash them again, so a reader who needs to know the author compares the hash over all with one from the issuer.
- Evidence comes with its place in its source's chain, so that its hash and the chain's end can be compared with what
  the issuer published (bundle_chains.py). A bundle of a simulated store says so.
- It holds nothing about any patient. It does hold the practitioner's birth date, where known: the exclusion list names
  people, and only the birth date tells two of one name apart, so the exclusion check could not be redone without it.
- It does not know how a decision is made, how a bundle is checked (bundle_checks.py), or how it is shown.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

from verification.bundle_chains import ChainShown
from verification.canonical import digest
from verification.chains import Link
from verification.evidence import Facts, SourceType
from verification.names import display_name
from verification.plain_records import NotARecord, plain, record_of
from verification.policy import POLICIES, Policy, policy_table
from verification.standing import standing
from verification.verdicts import Check, Standing, Verdict

FORMAT: Final = "bonafide-proof/2"
PARTS: Final = ("store", "subject", "question", "decision", "facts", "policy", "evidence", "chains")
ALL: Final = "all"
KEYS: Final = frozenset({"format", *PARTS, "sha256"})


class BundleError(ValueError):
    """A text is no bundle; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """What is shown of one piece of evidence; `sha256` is over the bytes the source sent.

    `record` is all that it says, as the text that was hashed, and `link` its place in its source's chain.
    """

    id: str
    source: str
    source_type: SourceType
    method: str | None
    edition: str | None
    sha256: str | None
    answered_at: datetime
    recorded_at: datetime
    record: str | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """Where it comes from: `simulated` when that store's time is not the world's, and nothing in it is so."""

    simulated: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a decision is about."""

    npi: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The question: for a patient in which place, as of when, with what was known when."""

    jurisdiction: str
    at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, as `Standing` has it."""

    verdict: Verdict
    good_until: datetime | None
    checks: tuple[Check, ...]


def bundle_of(
    facts: Facts,
    evidence: Iterable[EvidenceRecord],
    jurisdiction: str,
    at: datetime,
    known_at: datetime,
    policy: Policy,
    chains: Iterable[ChainShown] = (),
    *,
    simulated: bool = False,
) -> dict[str, Any]:
    """The decision on `facts` with everything it rests on, sealed. Raises ValueError for an instant without a zone.

    `chains` are those that the evidence stands in.
    """
    decided = standing(facts, jurisdiction, at, known_at, policy)
    return sealed(
        {
            "store": plain(Store(simulated)),
            "subject": plain(subject_of(facts)),
            "question": plain(Asked(jurisdiction, at, known_at)),
            "decision": plain(decision_of(decided)),
            "facts": plain(facts),
            "policy": policy_part(policy),
            "evidence": [plain(record) for record in sorted(evidence, key=lambda record: record.id)],
            "chains": [plain(chain) for chain in sorted(chains, key=lambda shown: shown.chain)],
        }
    )


def sealed(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle of these parts with its hashes."""
    content = {"format": FORMAT, **{part: parts[part] for part in PARTS}}
    return {**content, "sha256": hashes(content)}


def facts_of(bundle: Mapping[str, Any]) -> Facts:
    """The facts a bundle rests on. Raises BundleError."""
    try:
        return record_of(Facts, bundle["facts"], "facts")
    except (NotARecord, KeyError, TypeError) as problem:
        raise BundleError(f"The facts cannot be read: {problem}.") from None


def evidence_ids(facts: Facts) -> tuple[str, ...]:
    """The ids, sorted, of all evidence that any of the facts comes from, people's own decisions included."""
    return tuple(sorted({*_sources(facts), *decided_by_people(facts)}))


def bundle_text(bundle: Mapping[str, Any]) -> str:
    """A bundle as JSON text for a file."""
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def bundle_from_text(text: str) -> Any:
    """What the text of a bundle holds, not yet checked. Raises BundleError when it is no JSON that a bundle can be."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_no_number, parse_constant=_no_number)
    except BundleError:
        raise
    except json.JSONDecodeError as problem:
        raise BundleError(f"It is not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}.") from None
    except RecursionError:
        raise BundleError("It is nested too deeply to be a bundle.") from None
    except ValueError:
        raise BundleError("It holds a number that no bundle holds.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BundleError(f"It has the entry “{twice}” twice in one object.")
    return found


def _no_number(text: str) -> NoReturn:
    raise BundleError(f"It holds {text[:40]}, but a bundle's numbers are whole.")


def shipped_policy(policy_id: Any, version: Any) -> Policy | None:
    """The policy that this program ships under an id and version."""
    return next((policy for policy in POLICIES if (policy.id, policy.version) == (policy_id, version)), None)


def hashes(content: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of each part, and under “all” that of format and parts together, as lower-case hexadecimal text."""
    whole = {key: content[key] for key in ("format", *PARTS)}
    return {part: digest(content[part]) for part in PARTS} | {ALL: digest(whole)}


def subject_of(facts: Facts) -> Subject:
    """Whom the facts are about."""
    name = display_name(facts.given_name, facts.middle_name, facts.family_name, facts.suffix)
    return Subject(facts.npi, name)


def decision_of(decided: Standing) -> Decision:
    """What was decided, without the question and the policy, which have parts of their own."""
    return Decision(decided.verdict, decided.good_until, decided.checks)


def policy_part(policy: Policy) -> dict[str, Any]:
    """The policy as its table, with the day it took effect as text."""
    return policy_table(policy) | {"effective": policy.effective.isoformat()}


def decided_by_people(facts: Facts) -> frozenset[str]:
    """The ids under which people's own decisions stand in the facts: reviews, and matches with the exclusion list."""
    reviews = {review.evidence for held in facts.credentials for review in held.reviews}
    decisions = {row.decision_evidence for row in facts.exclusions if row.decision_evidence}
    return frozenset(reviews | decisions | {old.evidence for row in facts.exclusions for old in row.earlier})


def _sources(facts: Facts) -> Iterator[str]:
    for held in facts.credentials:
        yield from (said.evidence for said in held.observations)
    yield from (edition.evidence for edition in facts.exclusion_editions)
    yield from (privilege.evidence for privilege in facts.privileges)
    yield from (member.evidence for member in facts.compact_members)
    yield from (claim.evidence for claim in facts.claims)
    if facts.npi_evidence:
        yield facts.npi_evidence
