"""What somebody does next: drawn by chance where it is likely to be possible, written down so that it can be redone.

- A step holds every choice: who, to which referral (by the order in which referrals came), what, how wrong, and the
  seed of its words. Playing it needs nothing that another step drew, so steps can be left out.
- It does nothing itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any, Final

from tests.loop.canaries import ReferralNow
from tests.loop.people import THERAPISTS
from tests.loop.words import ACTIONS, BROKEN
from verification.referral_states import CLOSED_STATES, State
from verification.referrals import transitions

KINDS: Final = {
    "write": 5, "move": 62, "wrong": 7, "stale": 4, "again": 4, "pair": 5, "beside": 2, "pass": 7, "sleep": 1,
    "message": 4, "attach": 2, "suspend": 1, "reinstate": 2, "renew": 1, "capacity": 1, "letter": 1,
}  # fmt: skip
HOURS: Final = (0.2, 1, 4, 9, 24, 24, 50, 100, 168)
OUTSIDERS: Final = ("stranger", "other physician", "officer 1", "steward", "nobody", "second", "third", "fourth")
LIKELY: Final = {
    "sendReferral": 8, "acceptReferral": 5, "openReferral": 3, "scheduleVisit": 5, "startTherapy": 6, "sendReport": 4,
    "acknowledgeReport": 2, "resumeReferral": 3, "clearMedicalReview": 3, "redirectReferral": 1.5,
    "markEnteredInError": 0.04, "cancelReferral": 0.3, "declineReferral": 0.6, "endReferral": 0.3, "referBack": 0.7,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `target` counts referrals in the order in which they came, from 0."""

    kind: str
    actor: str
    target: int
    action: str
    words: int
    way: str = ""
    other: "tuple[str, str] | None" = None
    hours: float = 0.0

    def line(self) -> dict[str, Any]:
        """As it is written to a file."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None, 0.0) or name == "target"}

    @classmethod
    def read(cls, line: dict[str, Any]) -> "Step":
        """From a line of such a file."""
        other = line.get("other")
        given = {"actor": "", "action": "", "words": 0, **line, "other": tuple(other) if other else None}
        return cls(**given)


_MOVES: Final = {
    state: sorted({(action.value, actor.value) for action, before, _, actor in transitions() if before is state})
    for state in State
}


class Chooser:
    """Draws steps."""

    def __init__(self, seed: int, without: Collection[str] = (), most_open: int = 12) -> None:
        self.chance = Random(seed)
        self.kinds = {kind: weight for kind, weight in KINDS.items() if kind not in without}
        self.most_open = most_open

    def next(self, referrals: Sequence[ReferralNow], names: dict[str, str]) -> Step:
        """The next step, as things stand; `names` gives who acts for a practitioner."""
        chance = self.chance
        still = [number for number, each in enumerate(referrals) if State(each.status) not in CLOSED_STATES]
        kind = chance.choices(list(self.kinds), list(self.kinds.values()))[0]
        if len(still) < 3 or (kind == "write" and len(still) >= self.most_open):
            kind = "write" if len(still) < 3 else "move"
        words = chance.randrange(2**32)
        if kind == "write":
            author = chance.choice(["author", "author", "author's delegate", "other physician"])
            return Step(kind, author, -1, "createReferral", words, "wrong" if chance.random() < 0.1 else "")
        if kind in ("pass", "sleep"):
            return Step(kind, "", -1, "", words, hours=chance.choice(HOURS))
        if kind in ("suspend", "reinstate", "renew", "capacity"):
            return Step(kind, chance.choice(THERAPISTS), -1, "", words)
        target = chance.choice(still) if chance.random() < 0.93 else chance.randrange(len(referrals))
        actor, action = self._likely(referrals[target], names)
        way = chance.choice(BROKEN) if kind == "wrong" else ""
        other = self._likely(referrals[target], names) if kind == "pair" else None
        hours = chance.choice(HOURS[:5]) if kind == "beside" else 0.0
        return Step(kind, actor, target, action, words, way, other, hours)

    def _likely(self, referral: ReferralNow, names: dict[str, str]) -> tuple[str, str]:
        """Somebody, and something to do: mostly what could be done by whoever could do it."""
        chance, moves = self.chance, [each for each in _MOVES[State(referral.status)] if each[0] in ACTIONS]
        if not moves or chance.random() < 0.12:
            return chance.choice([*OUTSIDERS, *names.values()]), chance.choice(ACTIONS)
        action, relation = chance.choices(moves, [LIKELY.get(action, 1) for action, _ in moves])[0]
        if relation == "steward":
            return "steward", action
        current = referral.current
        who = referral.author if relation == "author" or current is None else current.recipient
        actor = names.get(who, "stranger")
        if actor in ("author", "first") and chance.random() < 0.2:
            actor += "'s delegate"
        return (chance.choice(OUTSIDERS) if chance.random() < 0.06 else actor), action
