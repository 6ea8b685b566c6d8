"""What a row of the referral machine is: who may take a referral from where to where, under which guards.

- One row, one move. What a row does to the attempts, and which of several moves of one name is meant, it says itself.
- It knows no rows; `verification.referral_moves` holds the table of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from verification.access import Action, Relation
from verification.referral_guards import Guard
from verification.referral_states import State


class Remembered(Enum):
    """A target that is the state a hold, or a cancellation request, came from."""

    HELD_FROM = "held_from"
    CANCEL_FROM = "cancel_from"


class OnAttempt(Enum):
    """What a move does to the referral's attempts.

    NONE: there is no attempt yet. MOVES: the current one goes along. KEEPS: it has ended and stays as it ended.
    OPENS: a new one begins. REPLACES: the open one is taken back (RECALLED, redirected) and a new one begins.
    """

    NONE = "none"
    MOVES = "moves"
    KEEPS = "keeps"
    OPENS = "opens"
    REPLACES = "replaces"


class Only(Enum):
    """Which of several moves of one name is meant; the acting person's words say it."""

    ANY = "any"
    INTERIM = "interim"
    FINAL = "final"
    WITH_HOLD = "with hold"
    WITHOUT_HOLD = "without hold"


@dataclass(frozen=True, slots=True)
class Move:
    """One row: `action` by one of `actors` takes any of `sources` to `target`, if every guard holds."""

    action: Action
    sources: frozenset[State]
    target: State | Remembered
    actors: frozenset[Relation]
    event: str
    guards: tuple[Guard, ...]
    attempt: OnAttempt
    only: Only


def row(
    action: Action,
    sources: Iterable[State],
    target: State | Remembered,
    actors: Relation | set[Relation],
    event: str,
    *guards: Guard,
    attempt: OnAttempt = OnAttempt.MOVES,
    only: Only = Only.ANY,
) -> Move:
    """One row, its sets written as they come; by default it moves the attempt along, whatever is said with it."""
    who = frozenset({actors}) if isinstance(actors, Relation) else frozenset(actors)
    return Move(action, frozenset(sources), target, who, event, guards, attempt, only)
