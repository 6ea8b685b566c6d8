"""Random histories of practitioners, crowded into few days so that everything meets everything.

- A history follows from a seed and from how much may be in it, so that making thousands is cheap and a failing one
  still shrinks: to fewer observations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.verification.people import DAY, MS, NPI, held, new_id, observed, person, row
from verification.credentials import CredentialStatus
from verification.evidence import (
    Claim,
    ExclusionEdition,
    ExclusionRow,
    Facts,
    HeldCredential,
    MatchVerdict,
    Observation,
    Review,
    SourceType,
)

T = TypeVar("T")

FIRST = date(2026, 1, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + 200 * DAY
LAST = 120
STATES = list(CredentialStatus)
ACTIONS = ["fine", "probation", "suspension", "other adjudicated action", "gibberish", None]
KINDS_HELD = [
    ("LMFT", "CA-BBS", "CA"),
    ("LCSW", "CA-BBS", "CA"),
    ("AMFT", "CA-BBS", "CA"),
    ("PSYCHOLOGIST", "CA-PSY", "CA"),
    ("LMFT", "FL-MFT", "FL"),
    ("FL-SEX-THERAPIST", "FL-MFT", "FL"),
    ("LPC", "TX-COU", "TX"),
    ("COSRT-ACCREDITED", "COSRT", "US"),
    ("COSRT-ACCREDITED", "COSRT", "GB"),
    ("COSRT-MEMBER", "COSRT", "GB"),
    ("HCPC-PSYCHOLOGIST", "HCPC", "GB"),
    ("CSC", "AASECT", "US"),
]


@dataclass(frozen=True)
class Dice:
    """Chance, and how much there may be of anything."""

    random: Random
    most: int

    def one_in(self, n: int) -> bool:
        return self.random.randrange(n) == 0

    def some(self, make: Callable[[], T], most: int | None = None) -> list[T]:
        return [make() for _ in range(self.random.randint(0, min(self.most, most or self.most)))]

    def day(self) -> date:
        if self.one_in(8):
            return date(2025, 12, 31)
        return FIRST + timedelta(days=self.random.randint(0, LAST if self.one_in(3) else 12))

    def maybe_day(self) -> date | None:
        return None if self.one_in(3) else self.day()

    def instant(self) -> datetime:
        days = self.random.randint(0, LAST if self.one_in(2) else 12)
        return (
            START + timedelta(days=days, hours=self.random.randint(0, 23)) + self.random.choice([0, 0, 0, 1, -1]) * MS
        )


def observation(dice: Dice, body: str) -> Observation:
    voices = [(body, SourceType.PRIMARY)] * 6 + [
        ("COMPACTCONNECT", SourceType.AGGREGATOR),
        ("NURSYS", SourceType.EQUIVALENT),
        ("NURSYS", SourceType.PRIMARY),
        ("CA-PSY", SourceType.PRIMARY),
        (body, SourceType.SELF),
    ]
    source, kind = dice.random.choice(voices)
    changes: dict[str, Any] = {field: dice.day() for field in ("issued", "expires", "reverify_by") if dice.one_in(5)}
    if dice.one_in(5):
        changes["discipline"] = dice.random.choice(ACTIONS)
        changes["discipline_date"] = dice.maybe_day()
        changes["discipline_lifted"] = dice.maybe_day()
    if source == body and dice.one_in(6):
        changes["method"] = "compact"
    status = CredentialStatus.ACTIVE if dice.one_in(2) else dice.random.choice(STATES)
    answered = dice.instant()
    recorded = answered + dice.random.choice([0, 0, 1, 5]) * DAY
    return observed(status, dice.maybe_day(), answered, source, source_type=kind, recorded_at=recorded, **changes)


def credential(dice: Dice, kind: str, body: str, place: str) -> HeldCredential:
    said = dice.some(lambda: observation(dice, body))
    reviews = dice.some(lambda: Review(new_id("review"), "", "Looked into.", dice.instant(), new_id("evidence")), 1)
    return held(kind, body, place, *said, reviews=tuple(reviews), number=dice.random.choice(["1", "2"]))


def mostly_good(dice: Dice, kind: str, body: str, place: str) -> HeldCredential:
    """Usually in perfect order, so that the interesting part is not always hidden by another failure."""
    if dice.one_in(3):
        return credential(dice, kind, body, place)
    first = FIRST - DAY
    return held(
        kind, body, place, *(observed(CredentialStatus.ACTIVE, first, START + n * 25 * DAY, body) for n in range(5))
    )


def exclusion(dice: Dice) -> ExclusionRow:
    choice = dice.random.choice
    return row(
        npi=choice([None, "0000000000", NPI, "2999999990"]),
        family_name=choice(["ACHTERBERG", "ACHTERBERG", "SMITH"]),
        middle_name=choice(["", "A", "B"]),
        suffix=choice(["", "JR", "SR"]),
        birth_date=choice([None, date(1980, 2, 29), date(1981, 1, 1)]),
        excluded_on=dice.maybe_day(),
        waiver_state=choice([None, None, "CA"]),
        decided=choice([None, None, *MatchVerdict]),
        decided_at=choice([None, dice.instant()]),
    )


def editions(dice: Dice) -> list[ExclusionEdition]:
    if dice.one_in(4):
        names = ["2026-01", "2026-02"]
        return dice.some(
            lambda: ExclusionEdition(dice.random.choice(names), dice.instant(), dice.instant(), new_id("leie")),
            3,
        )
    return [ExclusionEdition(f"2026-{n:02d}", START + n * 28 * DAY, START - DAY, new_id("leie")) for n in range(1, 6)]


def claim(dice: Dice) -> Claim:
    decided = None if dice.one_in(3) else dice.instant()
    return Claim(new_id("claim"), "LMFT", "1", "CA", "CA-BBS", dice.instant(), decided, new_id("evidence"))


def history(seed: int, most: int) -> Facts:
    dice = Dice(Random(seed), most)
    choice = dice.random.choice
    ones = [
        mostly_good(dice, "LMFT", "CA-BBS", "CA"),
        mostly_good(dice, "CST", "AASECT", "US"),
        mostly_good(dice, "AASECT-MEMBER", "AASECT", "US"),
        *([mostly_good(dice, "COSRT-ACCREDITED", "COSRT", "GB")] if dice.one_in(3) else []),
        *dice.some(lambda: credential(dice, *choice(KINDS_HELD)), 2),
    ]
    dice.random.shuffle(ones)
    return person(
        *ones,
        middle_name=choice(["", "A"]),
        suffix=choice(["", "JR"]),
        npi=choice([NPI, NPI, None]),
        npi_deactivated=choice([None, None, None, FIRST + 20 * DAY]),
        npi_reactivated=dice.maybe_day(),
        exclusion_editions=tuple(editions(dice)),
        exclusions=tuple(dice.some(lambda: exclusion(dice), 2)) if dice.one_in(3) else (),
        claims=tuple(dice.some(lambda: claim(dice), 2)) if dice.one_in(6) else (),
    )


def one_credential(seed: int, most: int) -> HeldCredential:
    dice = Dice(Random(seed), most)
    return credential(dice, *dice.random.choice([*KINDS_HELD, ("AASECT-MEMBER", "AASECT", "US")]))


_seeds = st.integers(0, 2**32 - 1)
histories = st.builds(history, _seeds, st.integers(0, 6))
single_credentials = st.builds(one_credential, _seeds, st.integers(0, 9))
instants = st.builds(lambda seed: Dice(Random(seed), 0).instant(), _seeds)
places = st.sampled_from(["CA", "CA", "CA", "FL", "TX", "GB"])
chance = st.builds(Random, _seeds)
