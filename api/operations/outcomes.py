"""What an operation is given, and what it answers with.

- A refusal is a value here, with a code for programs, a sentence for people and the input field it is about.
- A problem never holds anything about a patient.
- An object that is not there and one that is not the viewer's get one and the same answer.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from uuid_utils import uuid7

from api.delivery.outside import NOWHERE, Outside
from graph.commands.receipts import Answer, Asked, Receipt, Who, answer_again, has_receipt, input_hash
from graph.database import Database
from graph.ids import plain_id
from verification.access import Action, Role, may
from verification.errors import Refusal
from verification.policies import Policies

TRIES: Final = 8
"""How often an operation reads again when somebody else's change came between its two statements."""

LONGEST_KEY: Final = 200
LONGEST_TEXT: Final = 10_000
PRACTITIONERS: Final = ("Therapist", "Physician", "OtherPractitioner")


@dataclass(frozen=True, slots=True)
class Context:
    """What every operation needs.

    `viewer` is the hash of the token the request came with; `answer` the shape in which the changed object is wanted.
    """

    database: Database
    viewer: str
    now: Callable[[], datetime]
    policies: Policies
    answer: Answer
    outside: Outside = NOWHERE


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not done."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The changed object, in the shape that was wanted, and whatever else the payload tells by name."""

    node: Any
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Problems:
    """Nothing was changed, and why."""

    problems: tuple[Problem, ...]


Outcome = Done | Problems
Said = Mapping[str, Any]
Operation = Callable[[Context, Said], Awaitable[Outcome]]


def refused(code: str, message: str, *path: str | int) -> Problems:
    """One problem."""
    return Problems((Problem(code, message, path),))


def from_refusal(refusal: Refusal) -> Problems:
    """A rule's refusal as a problem."""
    return Problems((Problem(refusal.code, str(refusal), refusal.path),))


def not_found(*path: str | int) -> Problems:
    """The one answer for what is not there and for what the viewer may not know to be there."""
    return refused("NOT_FOUND", "There is no such object, or it is not yours to act on.", *path)


BUSY: Final = refused("BUSY", "Others are changing the same thing at this moment; nothing was done. Try again.")


_CERTAIN: Final = frozenset({"IDEMPOTENCY_CONFLICT", "FORBIDDEN"})
"""Refusals that no other try with the same key explains: one has seen its receipt, one looks at the role alone."""


async def tried(context: Context, said: Said, once: Callable[[], Awaitable[Outcome | None]]) -> Outcome:
    """What one of a few tries comes to; None from `once` says that what was read had changed, and to look again.

    A refusal is said only when no other try with the same key was done while this one was reading what that had
    changed; else the looking again finds its receipt.
    """
    looked = False
    for _ in range(TRIES):
        outcome = await once()
        if isinstance(outcome, Problems) and not looked and outcome.problems[0].code not in _CERTAIN:
            looked = True
            if await has_receipt(context.database, context.viewer, said["idempotencyKey"]):
                continue
        if outcome is not None:
            return outcome
    return BUSY


def own_id(opaque: str, *types: str) -> str | None:
    """Our own id behind an opaque one of one of `types`; None where it is not one."""
    found = plain_id(opaque)
    return found[1] if found is not None and found[0] in types else None


def new_id() -> str:
    """A UUIDv7 as text (RFC 9562): ids sort by the time they were made."""
    return str(uuid7())


def plain(value: Any) -> Any:
    """Input as plain data: enum members by their names, containers as dicts and lists."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Mapping):
        # By its names, since an input field may be called “items” and then hides the method of that name.
        return {name: plain(value[name]) for name in value}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def asked(context: Context, action: Action, said: Said) -> Asked:
    """One try of a mutation, with the clock read now."""
    return Asked(context.viewer, said["idempotencyKey"], input_hash(action.value, said), context.now())


def unusable(said: Said, *, any_length: str | None = None) -> Problems | None:
    """Why the input cannot be used whatever it asks for: its key, or a text that is too long.

    `any_length` names a field whose length its own operation looks at.
    """
    if not 0 < len(said["idempotencyKey"]) <= LONGEST_KEY:
        return refused("BAD_INPUT", f"idempotencyKey is 1 to {LONGEST_KEY} characters.", "idempotencyKey")
    for path in _too_long({name: value for name, value in said.items() if name != any_length}):
        return refused("BAD_INPUT", f"A text has at most {LONGEST_TEXT} characters.", *path)
    return None


def _too_long(value: Any) -> Iterator[tuple[str | int, ...]]:
    """The paths of texts that are too long."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        yield ()
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        for path in _too_long(inner):
            yield (part, *path)


async def settled_before(
    context: Context, action: Action, try_: Asked, who: Who, receipt: Receipt | None, *, label: str
) -> Outcome | None:
    """What is settled before the object is looked at: the role's right to ask, and an earlier try with this key.

    None when neither says anything.
    """
    if not may(Role(who.role), action):
        return refused("FORBIDDEN", f"An account of this role cannot ask for {action.value}.")
    if receipt is None:
        return None
    if receipt.input_hash != try_.input_hash:
        return refused(
            "IDEMPOTENCY_CONFLICT", "This idempotencyKey was used before with another input.", "idempotencyKey"
        )
    node = await answer_again(context.database, try_, label, receipt.object, context.answer)
    return not_found() if node is None else Done(node)
