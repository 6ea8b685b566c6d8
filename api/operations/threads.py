"""Writing in a referral's thread, and saying what was read.

- Neither is an event: the referral's version stays.
- Whoever has no part in the referral, and whoever's part has ended before, cannot write; who once accepted can still
  say what was read.
- A word in a thread is one side's. Whoever acts for both sides writes none there.
- What is written stays out of problems, logs and notices.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from api.operations.outcomes import (
    Context,
    Done,
    Operation,
    Outcome,
    Said,
    asked,
    from_refusal,
    new_id,
    not_found,
    own_id,
    refused,
    settled_before,
    tried,
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.receipts import Asked
from graph.commands.threads import Thread, ThreadGround, mark_read, read_thread, send_message
from graph.errors import Conflict
from verification.access import Action
from verification.threads import message_refusal

BOTH_SIDES: Final = "You act for both sides of this referral, so nobody could tell whose word this is."

Step = Callable[[Context, Said, Asked, ThreadGround, Thread], Awaitable[Outcome | None]]


async def _settle(action: Action, step: Step, context: Context, said: Said) -> Outcome:
    """Does the step, or says why not; what a step returns None for has changed meanwhile and is read again."""
    if problem := unusable(said):
        return problem
    return await tried(context, said, lambda: _once(action, step, context, said))


async def _once(action: Action, step: Step, context: Context, said: Said) -> Outcome | None:
    try_ = asked(context, action, said)
    ground = await read_thread(context.database, try_, _referral(said), _through(said))
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, action, try_, ground.who, ground.receipt, label="Referral")
    if settled is not None:
        return settled
    if ground.referral is None:
        return not_found("referral")
    try:
        return await step(context, said, try_, ground, ground.referral)
    except Conflict:
        return None


async def _send(context: Context, said: Said, try_: Asked, _ground: ThreadGround, thread: Thread) -> Outcome | None:
    if thread.both_sides:
        return refused("BOTH_SIDES", BOTH_SIDES, "referral")
    if thread.acts_for is None:
        return refused("ILLEGAL_TRANSITION", "Your part in this referral has ended.", "referral")
    refusal = message_refusal(said["text"], thread.status, accepted=thread.accepted, ended=thread.ended)
    if refusal is not None:
        return from_refusal(refusal)
    where = {"referral": _referral(said), "attempt": thread.attempt, "actor": thread.acts_for}
    node = await send_message(context.database, try_, where, new_id(), new_id(), said["text"], context.answer)
    return None if node is None else Done(node)


async def _mark(context: Context, said: Said, try_: Asked, _ground: ThreadGround, thread: Thread) -> Outcome | None:
    through = _through(said)
    if through is not None and not thread.through:
        return not_found("through")
    node = await mark_read(context.database, try_, _referral(said), through, context.answer)
    return None if node is None else Done(node)


def _referral(said: Said) -> str:
    return own_id(said["referral"], "Referral") or ""


def _through(said: Said) -> str | None:
    """The message that was named, "" where it is no message's id; None when none was."""
    named = said.get("through")
    return None if named is None else own_id(named, "Message") or ""


THREAD_OPERATIONS: Final[dict[Action, Operation]] = {
    Action.SEND_MESSAGE: partial(_settle, Action.SEND_MESSAGE, _send),
    Action.MARK_READ: partial(_settle, Action.MARK_READ, _mark),
}
"""Every mutation of a thread."""
