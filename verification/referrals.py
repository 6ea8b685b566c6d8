"""The referral machine: what may happen to a referral next, decided and explained.

- `decide` answers with a `Transition` or a `Refusal`, never with a guess; it moves nothing itself.
- Who acts is looked at before the state, the state before the guards, the guards in the order they are written.
- Nothing leaves a closed state. Reopening is a new referral that names the old one.
- It does not know how a move is stored, nor the clock: `facts.now` is passed in.
"""

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass

from verification.access import Action, Relation
from verification.errors import Refusal
from verification.referral_guards import Facts
from verification.referral_moves import MOVES
from verification.referral_reasons import ReportKind
from verification.referral_rows import Move, OnAttempt, Only, Remembered
from verification.referral_states import State


@dataclass(frozen=True, slots=True)
class Transition:
    """A move that may be made now: from `before` to `after`, recorded as `event`."""

    action: Action
    before: State
    after: State
    actor: Relation
    event: str
    attempt: OnAttempt


@dataclass(frozen=True, slots=True)
class AvailableAction:
    """What an actor could ask for in this state; `why` is the guard that forbids it at this moment."""

    action: Action
    allowed: bool
    why: str | None


def decide(action: Action, state: State, actor: Relation, facts: Facts) -> Transition | Refusal:
    """Whether `actor` may do `action` to a referral in `state`, given what is known and said.

    A refusal's code is FORBIDDEN (never this actor's to do), ILLEGAL_TRANSITION (not in this state), or the code of
    the first guard that fails.
    """
    rows = [move for move in MOVES if move.action is action]
    if not any(actor in move.actors for move in rows):
        return Refusal("FORBIDDEN", f"{_title(action)} is not for the {actor.value} of a referral.")
    here = [move for move in rows if state in move.sources and actor in move.actors]
    if not here:
        return Refusal(
            "ILLEGAL_TRANSITION", f"{_title(action)} is not possible while the referral is {_spoken(state)}."
        )
    meant = next((move for move in here if _is_meant(move, facts)), None)
    if meant is None:
        return Refusal("ILLEGAL_TRANSITION", f"This kind of {_title(action)} is not possible while {_spoken(state)}.")
    return _checked(meant, state, actor, facts)


def available_actions(
    state: State,
    actor: Relation,
    facts: Facts,
    offered: Container[Action] = frozenset(Action),
) -> tuple[AvailableAction, ...]:
    """Every action that `state` and `actor` allow, and for each whether a guard forbids it now.

    Guards on words are left out, since nothing has been said yet; actions not in `offered` are left out too.
    """
    rows: dict[Action, list[Move]] = {}
    for move in MOVES:
        if state in move.sources and actor in move.actors and move.action in offered:
            rows.setdefault(move.action, []).append(move)
    return tuple(_available(action, moves, facts) for action, moves in rows.items())


def target_of(move: Move, facts: Facts) -> State | None:
    """The state a move leads to; None when the state it should return to is not remembered."""
    if isinstance(move.target, State):
        return move.target
    return facts.held_from if move.target is Remembered.HELD_FROM else facts.cancel_from


def side_of(action: Action, sides: Collection[Relation]) -> Relation | None:
    """As which of `sides` somebody who stands on all of them does `action`; None of none.

    An action belongs to one side of a referral alone, so whoever stands on both is never in doubt; one that belongs to
    none of them is refused as the first.
    """
    belongs = {actor for move in MOVES if move.action is action for actor in move.actors}
    return next((side for side in sides if side in belongs), next(iter(sides), None))


def transitions() -> Iterator[tuple[Action, State, State, Relation]]:
    """Every edge of the machine as (action, from, to, actor), remembered targets spelled out."""
    for move in MOVES:
        for state in sorted(move.sources):
            for actor in sorted(move.actors):
                for target in _targets(move):
                    yield move.action, state, target, actor


def _targets(move: Move) -> Iterable[State]:
    if isinstance(move.target, State):
        return (move.target,)
    entry = State.HELD_BEFORE_START if move.target is Remembered.HELD_FROM else State.CANCEL_REQUESTED
    return sorted({state for other in MOVES if other.target is entry for state in other.sources - {entry}})


def _checked(move: Move, state: State, actor: Relation, facts: Facts) -> Transition | Refusal:
    for guard in move.guards:
        if not guard.holds(facts):
            return Refusal(guard.code, guard.refusal(facts), guard.path)
    after = target_of(move, facts)
    if after is None:
        return Refusal("ILLEGAL_TRANSITION", "The state to return to is not remembered.")
    return Transition(move.action, state, after, actor, move.event, move.attempt)


def _is_meant(move: Move, facts: Facts) -> bool:
    words = facts.words
    match move.only:
        case Only.ANY:
            return True
        case Only.INTERIM:
            return words.report is ReportKind.INTERIM
        case Only.FINAL:
            return words.report is ReportKind.FINAL
        case Only.WITH_HOLD:
            return words.hold
        case Only.WITHOUT_HOLD:
            return not words.hold


def _available(action: Action, moves: list[Move], facts: Facts) -> AvailableAction:
    reasons = [_forbidding(move, facts) for move in moves]
    if None in reasons:
        return AvailableAction(action, allowed=True, why=None)
    return AvailableAction(action, allowed=False, why=reasons[0])


def _forbidding(move: Move, facts: Facts) -> str | None:
    for guard in move.guards:
        if not guard.said and not guard.holds(facts):
            return guard.refusal(facts)
    return None


def _title(action: Action) -> str:
    return f"“{action.value}”"


def _spoken(state: State) -> str:
    return state.value.lower().replace("_", " ")
