"""How old a source's last answer is against the longest time an answer counts, and what its growing stale would mean.

- A source is announced when half of its time is over, at nine tenths, and when it is over.
- An advisory source turns nothing unknown.
- It does not know the clock, nor when a source answered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Age(StrEnum):
    """How much of its time a source has used up."""

    FRESH = "fresh"
    HALF = "half"
    NINE_TENTHS = "nine-tenths"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class SourceAge:
    """When a source last answered in full, and for how long that counts.

    `about` names what it answers about; `people` is how many hang on it now.
    """

    source: str
    about: tuple[str, ...]
    answered_at: datetime
    budget: timedelta
    people: int
    advisory: bool = False

    @property
    def key(self) -> str:
        """What tells this source and time apart from any other."""
        return f"{self.source}|{self.budget.days}"

    @property
    def ends_at(self) -> datetime:
        """The last instant at which the answer still counts."""
        return self.answered_at + self.budget

    def age(self, now: datetime) -> Age:
        """How much of its time is over at `now`; exactly the limit is not yet stale."""
        used = now - self.answered_at
        if used > self.budget:
            return Age.STALE
        if used * 10 >= self.budget * 9:
            return Age.NINE_TENTHS
        return Age.HALF if used * 2 >= self.budget else Age.FRESH

    def next_change(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which the age is another; None once it is stale."""
        later = timedelta(milliseconds=1)
        edges = (self.answered_at + self.budget / 2, self.answered_at + self.budget * 9 / 10, self.ends_at + later)
        return next((edge for edge in edges if edge > now), None)


def told(source: SourceAge, now: datetime) -> str:
    """A sentence for people: what turns unknown, when, and for how many."""
    about = f" about {', '.join(source.about)}" if source.about else ""
    said = f"{source.source}{about}: last answer {source.answered_at:%Y-%m-%d %H:%M} UTC"
    until = f"{source.ends_at:%Y-%m-%d %H:%M} UTC"
    if source.advisory:
        return f"{said}; {source.budget.days} days are advised, until {until}. Nothing turns unknown by it."
    verb = "has been unknown since" if source.age(now) is Age.STALE else "turns unknown after"
    people = f"{source.people:,} {'person hangs' if source.people == 1 else 'people hang'} on it"
    return f"{said}; what rests on it {verb} {until}, and {people}."
