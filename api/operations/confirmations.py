"""Many confirmations at once: an officer ticks the renewals of a morning and sends them together.

- All or none: the list that was ticked is the list that is written. Where one cannot be taken nothing is, and every one
  that cannot is named, so that the list is put right in one look.
- Each is evidence of its own, as if it had been said alone.
- What would lift discipline is not ticked in a list: it is said singly, and by two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.operations.credentials import Ground, authorized, confirmed
from api.operations.outcomes import (
    Context,
    Done,
    Outcome,
    Problem,
    Problems,
    Said,
    asked,
    own_id,
    refused,
    settled_before,
    tried,
    unusable,
)
from api.operations.spoken import Officers, Spoken, evidence_of, observation_of, properties_of, with_observation
from api.problems import Unauthenticated
from graph.commands.confirmations import Claims, Confirmed, read_claims, record_words
from graph.commands.receipts import Asked
from graph.errors import Conflict
from graph.ids import global_id
from verification.access import Action
from verification.agreements import needs_second
from verification.credentials import OfficerAction
from verification.errors import Refusal
from verification.evidence import Observation
from verification.policies import Policies
from verification.standing import projection

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class _Word:
    """One item that can be taken."""

    ground: Ground
    words: Spoken
    observation: Observation


async def confirm_credentials(context: Context, said: Said) -> Outcome:
    """Records every word of the list, or says which cannot be taken."""
    if problem := unusable(said):
        return problem
    return await tried(context, said, lambda: _once(context, said))


async def _once(context: Context, said: Said) -> Outcome | None:
    try_ = asked(context, Action.CONFIRM_CREDENTIALS, said)
    own = [own_id(item["credential"], "Credential") or "" for item in said["items"][: MOST + 1]]
    claims = await read_claims(context.database, try_, own)
    if claims.who is None:
        raise Unauthenticated
    settled = await settled_before(
        context, Action.CONFIRM_CREDENTIALS, try_, claims.who, claims.receipt, label="CertifyingBody"
    )
    if isinstance(settled, Done):
        return Done(settled.node, orjson.loads(claims.result or "{}"))
    if settled is not None:
        return settled
    if not 0 < len(said["items"]) <= MOST:
        return refused("BAD_INPUT", f"1 to {MOST} credentials are confirmed at once.", "items")
    decided = [_item(number, item, claims, own, try_, context.policies) for number, item in enumerate(said["items"])]
    problems = tuple(each for each in decided if isinstance(each, Problem))
    if problems:
        return Problems(problems)
    return await _record(context, try_, claims, [each for each in decided if isinstance(each, _Word)])


def _item(
    number: int, item: Said, claims: Claims, own: Sequence[str], try_: Asked, policies: Policies
) -> _Word | Problem:
    try:
        if own[number] in own[:number]:
            raise Refusal("BAD_INPUT", "This credential is in the list already.", ("credential",))
        return _taken(item, claims, own[number], try_, policies)
    except Refusal as refusal:
        return Problem(refusal.code, str(refusal), ("items", number, *refusal.path))


def _taken(item: Said, claims: Claims, credential: str, try_: Asked, policies: Policies) -> _Word:
    facts = (claims.facts or {}).get(credential)
    ground = authorized(facts, claims.body, credential, try_.now, policies)
    words = confirmed(
        {"status": "ACTIVE", **{name: value for name, value in item.items() if value is not None}}, ground
    )
    observation = observation_of(words, ground.now, ground.body)
    after = with_observation(ground.held, observation)
    if needs_second(OfficerAction.CONFIRM, ground.shown, ground.held, after, ground.now):
        raise Refusal(
            "NEEDS_SECOND_OFFICER", "This lifts what stands against the credential; confirm it by itself.", (
                "credential",
            )
        )  # fmt: skip
    return _Word(ground, words, observation)


async def _record(context: Context, try_: Asked, claims: Claims, words: Sequence[_Word]) -> Outcome | None:
    who = claims.who
    if who is None or who.acts_as is None or claims.body is None:
        return refused("FORBIDDEN", "This account speaks for no body.")
    values = {"results": list(_results(words, context.policies))}
    try:
        node = await record_words(
            context.database,
            try_,
            (who.acts_as, claims.body),
            {word.ground.facts.practitioner: word.ground.facts.revision for word in words},
            [_written(word, who.account) for word in words],
            orjson.dumps(values).decode(),
            context.answer,
            context.policies,
        )
    except Conflict:
        return None
    return None if node is None else Done(node, values)


def _written(word: _Word, account: str) -> Confirmed:
    return Confirmed(
        word.ground.held.id,
        evidence_of(word.words, word.observation, word.ground.held, Officers(account)),
        properties_of(word.words, word.observation),
    )


def _results(words: Sequence[_Word], policies: Policies) -> Iterator[dict[str, Any]]:
    """What is shown of each from now on."""
    for word in words:
        after = with_observation(word.ground.held, word.observation)
        shown = projection(after, word.ground.now, policies)
        yield {
            "credential": global_id(f"Credential:{after.id}"),
            "status": shown.status.value,
            "expires": shown.expires and shown.expires.isoformat(),
        }
