"""What was found out about one practitioner: facts, each with who said it, when, and when we wrote it down.

- Facts are append-only: a correction is one more fact, never a change of an old one.
- Two clocks are kept apart: dates in the world (`status_date`, `expires` …) and `recorded_at`, when we learned of it.
- Instants are aware UTC datetimes; dates are the printed dates, without a time or zone.
- It does not know what follows from a fact: that is standing.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from verification.credentials import CredentialStatus


class SourceType(StrEnum):
    """How near a source stands to the body that issued the credential, nearest first."""

    PRIMARY = "primary"
    EQUIVALENT = "equivalent"
    AGGREGATOR = "aggregator"
    SELF = "self"


class MatchVerdict(StrEnum):
    """Whether a person and a row of somebody's list are one and the same."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one piece of evidence says about one credential.

    `status` is the canonical reading of `word`, the source's own word. `discipline` is the source's word for the
    action (one of CompactConnect's encumbrance types, or free text). `evidence` is the id of the evidence,
    `source` the code of the body or register that spoke, `method` how it reached us, where that matters.
    """

    id: str
    status: CredentialStatus
    word: str
    status_date: date | None
    issued: date | None
    expires: date | None
    reverify_by: date | None
    discipline: str | None
    discipline_date: date | None
    discipline_lifted: date | None
    degree: str | None
    answered_at: datetime
    recorded_at: datetime
    evidence: str
    source: str
    source_type: SourceType
    method: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A steward's typed judgement about discipline on one licence, after which it no longer holds referrals back."""

    id: str
    credential: str
    reason: str
    recorded_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """One credential as claimed, with everything said about it, in any order.

    `kind` and `body` are codes of kinds.py; an unknown kind counts for nothing. `number` is the printed form.
    """

    id: str
    kind: str
    number: str
    jurisdiction: str
    body: str
    observations: tuple[Observation, ...]
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class PairDecision:
    """What a person once decided about a pair, when, and the id of the evidence that left."""

    verdict: MatchVerdict
    decided_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """A row of the federal exclusion list that could be about this person. `id` is the row's fingerprint.

    `decided` is what a person decided about the pair last, and `decided_at` when; `earlier` is what was decided before.
    `first_edition` and `last_edition` say in which editions ('YYYY-MM') the row stands, both included; blank and
    None mean without limit on that side.
    """

    id: str
    npi: str | None
    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    birth_date: date | None
    exclusion_type: str
    excluded_on: date | None
    waiver_state: str | None
    decided: MatchVerdict | None = None
    decided_at: datetime | None = None
    waiver_date: date | None = None
    first_edition: str = ""
    last_edition: str | None = None
    decision_evidence: str | None = None
    earlier: tuple[PairDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class ExclusionEdition:
    """One loaded edition ('2026-11') of the exclusion list; the same edition fetched again is one more of these."""

    edition: str
    fetched_at: datetime
    recorded_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class Privilege:
    """A right to practise in `jurisdiction` that a compact gives to the holder of a licence in `home`.

    `compact` is one of PSYPACT, COUNSELING, SOCIAL-WORK; `kind` one of APIT, TAP, PRIVILEGE, MULTISTATE. An APIT or a
    MULTISTATE holds in every member state: its `jurisdiction` may be blank.
    """

    id: str
    compact: str
    kind: str
    home: str
    jurisdiction: str
    status: CredentialStatus
    effective: date | None
    expires: date | None
    answered_at: datetime
    recorded_at: datetime
    evidence: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CompactMember:
    """One jurisdiction's membership of a compact; enacted is not yet effective."""

    compact: str
    jurisdiction: str
    enacted: date | None
    effective: date | None
    withdrawn: date | None
    recorded_at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A body's word that gives a credential to another person than its holder here. It concerns both of them.

    `decided_at` is when a person decided it, None while nobody has.
    """

    id: str
    kind: str
    number: str
    jurisdiction: str
    body: str
    recorded_at: datetime
    decided_at: datetime | None
    evidence: str


@dataclass(frozen=True, slots=True)
class OtherName:
    """A former, professional or other name that a register has beside the legal one; what it leaves out is as there."""

    family_name: str
    given_name: str
    middle_name: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one practitioner, ready to be decided on.

    `exclusion_editions` in any order; `exclusions` are the rows whose NPI or folded full name, legal or
    other, equals the person's.
    `npi_recorded_at` and `npi_evidence` are of the NPPES record the deactivation dates come from.
    `revision` is the store's counter that a decision is guarded with; it decides nothing here.
    """

    practitioner: str
    npi: str | None
    family_name: str
    given_name: str
    middle_name: str
    suffix: str
    birth_date: date | None
    npi_deactivated: date | None
    npi_reactivated: date | None
    credentials: tuple[HeldCredential, ...]
    exclusion_editions: tuple[ExclusionEdition, ...]
    exclusions: tuple[ExclusionRow, ...]
    privileges: tuple[Privilege, ...] = ()
    revision: int = 0
    compact_members: tuple[CompactMember, ...] = ()
    npi_recorded_at: datetime | None = None
    npi_evidence: str | None = None
    other_names: tuple[OtherName, ...] = ()
    claims: tuple[Claim, ...] = ()
