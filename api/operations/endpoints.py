"""Where an account is told of what happens: its own webhooks, and its own e-mail address.

- It is the account's own choice; nobody else sees it, and a patient's address has no place here.
- An e-mail address is told of nothing until its code came back, by `confirmAddress` or by the link in the mail.
- A webhook's secret is shown when it is made and when it is changed, and never again. For a day after a change the
  former one signs too, so that a receiver loses nothing.
- Whether an address answers is found out by a test, which goes the way of every notice; nothing is called from here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from api.delivery.codes import LASTS, MOST_AN_HOUR, MOST_WRONG, code_hash
from api.delivery.mail_addresses import mail_address
from api.delivery.webhook_urls import webhook_target
from api.operations.outcomes import (
    Context,
    Done,
    Operation,
    Outcome,
    Problems,
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
from graph.commands.addresses import NewAddress, asked_too_often, confirm_address, count_wrong_code, set_address
from graph.commands.endpoints import (
    EndpointGround,
    OwnEndpoint,
    add_webhook,
    post_test,
    read_endpoint,
    remove_webhook,
    rotate_secret,
)
from graph.commands.receipts import Asked
from graph.deliveries import EndpointKind
from graph.errors import Conflict
from graph.outbox import Notice, Topic
from verification.access import Action
from verification.errors import Refusal

LABEL: Final = "Endpoint"
MOST_WEBHOOKS: Final = 10
OVERLAP: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)

Step = Callable[[Context, Said, Asked, EndpointGround], Awaitable[Outcome | None]]


async def _settle(action: Action, step: Step, context: Context, said: Said) -> Outcome:
    """Does the step, or says why not; what a step returns None for has changed meanwhile and is read again."""
    if problem := unusable(said):
        return problem
    return await tried(context, said, lambda: _once(action, step, context, said))


async def _once(action: Action, step: Step, context: Context, said: Said) -> Outcome | None:
    try_ = asked(context, action, said)
    named = own_id(said.get("webhook") or "", LABEL) or ""
    ground = await read_endpoint(context.database, try_, named)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, action, try_, ground.who, ground.receipt, label=LABEL)
    if settled is not None:
        return _with_secret(action, context, settled, ground)
    try:
        return await step(context, said, try_, ground)
    except Refusal as refusal:
        return from_refusal(refusal)
    except Conflict:
        return None


def _with_secret(action: Action, context: Context, settled: Outcome, ground: EndpointGround) -> Outcome:
    """An answer that was lost on its way holds the secret again: the key of the mutation proves who asked."""
    if not isinstance(settled, Done) or ground.receipt is None or context.outside.key is None:
        return settled
    if action is Action.ADD_WEBHOOK:
        return replace(settled, values={"secret": context.outside.key.secret(ground.receipt.object, 1)})
    if action is Action.ROTATE_WEBHOOK_SECRET and ground.endpoint is not None:
        number = ground.endpoint.secret_number
        return replace(settled, values={"secret": context.outside.key.secret(ground.receipt.object, number)})
    return settled


async def _add(context: Context, said: Said, try_: Asked, ground: EndpointGround) -> Outcome:
    url, key = said["url"], context.outside.key
    webhook_target(url, loopback=context.outside.loopback)
    if key is None:
        return refused("NOT_CONFIGURED", "This process sends no webhooks.")
    if ground.webhooks >= MOST_WEBHOOKS:
        return _too_many()
    own = new_id()
    node = await add_webhook(context.database, try_, own, url, context.answer, most=MOST_WEBHOOKS)
    return _too_many() if node is None else Done(node, {"secret": key.secret(own, 1)})


def _too_many() -> Problems:
    return refused("TOO_MANY", f"An account has at most {MOST_WEBHOOKS} webhooks; remove one first.")


async def _remove(context: Context, _said: Said, try_: Asked, ground: EndpointGround) -> Outcome:
    own = _webhook(ground)
    return _done(own and await remove_webhook(context.database, try_, own.id, context.answer))


async def _rotate(context: Context, _said: Said, try_: Asked, ground: EndpointGround) -> Outcome | None:
    own, key = _webhook(ground), context.outside.key
    if key is None:
        return refused("NOT_CONFIGURED", "This process sends no webhooks.")
    if own is None:
        return not_found("webhook")
    node = await rotate_secret(context.database, try_, own, try_.now + OVERLAP, context.answer)
    return None if node is None else Done(node, {"secret": key.secret(own.id, own.secret_number + 1)})


async def _test(context: Context, _said: Said, try_: Asked, ground: EndpointGround) -> Outcome:
    own = _webhook(ground)
    if own is None:
        return not_found("webhook")
    notice = Notice(
        id=new_id(),
        topic=Topic.ENDPOINT_TESTED,
        object=own.id,
        recipient=own.id,
        dedupe=f"{Topic.ENDPOINT_TESTED.value}|{own.id}|{new_id()}",
        at=try_.now,
    )
    return _done(await post_test(context.database, try_, notice, context.answer))


async def _set_email(context: Context, said: Said, try_: Asked, _ground: EndpointGround) -> Outcome:
    given: str | None = said.get("address")
    if given is None:
        return _done(await set_address(context.database, try_, NewAddress(new_id()), context.answer))
    address, key = mail_address(given), context.outside.key
    if not context.outside.mails or key is None:
        return refused("NOT_CONFIGURED", "This network sends no e-mail.")
    if await asked_too_often(context.database, try_, HOUR, MOST_AN_HOUR):
        return refused("TOO_MANY", f"At most {MOST_AN_HOUR} codes are sent within an hour; wait a little.")
    own = new_id()
    topic = Topic.ENDPOINT_CONFIRMATION
    notice = Notice(id=new_id(), topic=topic, object=own, recipient=own, dedupe=f"{topic.value}|{own}", at=try_.now)
    new = NewAddress(own, address, code_hash(key.code(own)), try_.now + LASTS, notice)
    return _done(await set_address(context.database, try_, new, context.answer))


async def _confirm(context: Context, said: Said, try_: Asked, _ground: EndpointGround) -> Outcome:
    hashed = code_hash(said["code"])
    node = hashed and await confirm_address(context.database, try_, hashed, context.answer)
    if node:
        return Done(node)
    await count_wrong_code(context.database, try_, MOST_WRONG)
    return refused(
        "CODE_NOT_GOOD", "This code is wrong, was used before, or is too old. Set the address again.", "code"
    )


def _webhook(ground: EndpointGround) -> OwnEndpoint | None:
    found = ground.endpoint
    return found if found is not None and found.kind is EndpointKind.WEBHOOK else None


def _done(node: Any) -> Outcome:
    return not_found("webhook") if node is None else Done(node)


ENDPOINT_OPERATIONS: Final[dict[Action, Operation]] = {
    action: partial(_settle, action, step)
    for action, step in (
        (Action.ADD_WEBHOOK, _add),
        (Action.REMOVE_WEBHOOK, _remove),
        (Action.TEST_WEBHOOK, _test),
        (Action.ROTATE_WEBHOOK_SECRET, _rotate),
        (Action.SET_NOTIFICATION_EMAIL, _set_email),
        (Action.CONFIRM_ADDRESS, _confirm),
    )
}
"""Every mutation by which an account says where it is told."""
