"""What a body's officer says of a credential: confirm, suspend, revoke, reinstate, lift an encumbrance.

- Only the body that issued a credential, and only within its authority, may speak of it.
- An officer's word is evidence like any other: hashed, dated, added, never an edit; what follows from it is decided by
  the same rules, and stored in the same transaction.
- What would lift discipline is proposed first. The second officer who says the same makes it so; the same officer
  saying it twice makes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import orjson

from api.operations.outcomes import (
    Context,
    Done,
    Operation,
    Outcome,
    Said,
    asked,
    from_refusal,
    not_found,
    own_id,
    settled_before,
    tried,
    unusable,
)
from api.operations.proposing import made_notices, made_proposal, settled_notices
from api.operations.spoken import (
    Officers,
    Spoken,
    evidence_of,
    observation_of,
    plain_spoken,
    properties_of,
    spoken,
    spoken_from,
    with_observation,
)
from api.problems import Unauthenticated
from graph.commands.credentials import CredentialGround, Word, read_credential, record_word
from graph.commands.proposals import ProposalGround, Proposing, record_proposal
from graph.commands.receipts import Asked
from graph.directory import standing_row
from graph.errors import Conflict
from verification.access import Action
from verification.agreements import (
    Proposal,
    ProposalKind,
    check_agreement,
    ground_of,
    is_open,
    needs_second,
)
from verification.calendars import day_at
from verification.chains import Head
from verification.credential_reasons import CredentialReason, check_reason
from verification.credentials import CredentialStatus, OfficerAction, officer_move
from verification.encumbrances import find
from verification.errors import Refusal
from verification.evidence import Facts, HeldCredential, Observation, SourceType
from verification.kinds import BODIES, Body
from verification.policies import Policies
from verification.standing import projection


@dataclass(frozen=True, slots=True)
class Ground:
    """What an officer's word is decided on: the credential, everything about its holder, its body, and the clock."""

    facts: Facts
    held: HeldCredential
    body: Body
    shown: CredentialStatus
    now: datetime


@dataclass(frozen=True, slots=True)
class Speaker:
    """The account that asks, the id of the body it speaks for, and where that body's chain of evidence ends."""

    account: str
    body: str
    head: Head


Say = Callable[[Said, Ground], Spoken]


@dataclass(frozen=True, slots=True)
class _Row:
    """One mutation: its action, the officer's move behind it (None: no move between states), what it is as a proposal,
    and what it says.
    """

    action: Action
    move: OfficerAction | None
    kind: ProposalKind | None
    say: Say


def authorized(facts: Facts | None, code: str | None, credential: str, now: datetime, policies: Policies) -> Ground:
    """What may be spoken of. Raises Refusal NOT_FOUND or NO_AUTHORITY."""
    if facts is None or code is None:
        raise _nothing()
    held = next(held for held in facts.credentials if held.id == credential)
    body = BODIES.get(code)
    if body is None or not body.speaks_for(held.kind, held.jurisdiction, day_at(now, body.zone)):
        message = f"{code} has no authority over {held.kind} in {held.jurisdiction}."
        raise Refusal("NO_AUTHORITY", message, ("credential",))
    return Ground(facts, held, body, projection(held, now, policies).status, now)


def _says(action: Action, move: OfficerAction, wanted: Callable[[Said], CredentialStatus | None]) -> Say:
    def say(said: Said, ground: Ground) -> Spoken:
        if move is not OfficerAction.CONFIRM:
            check_reason(move, CredentialReason(said["reason"]), said.get("note"))
        status = officer_move(move, ground.shown, wanted(said))
        return spoken(action, said, status, ground.now, ground.body)

    return say


def _stated(said: Said) -> CredentialStatus | None:
    return CredentialStatus(said["status"]) if said.get("status") else None


def _reinstated(said: Said) -> CredentialStatus:
    return _stated(said) or CredentialStatus.ACTIVE


def _lifted(said: Said, ground: Ground) -> Spoken:
    """The body's own newest word on the state, said again together with the day the action was lifted."""
    check_reason(OfficerAction.REINSTATE, CredentialReason(said["reason"]), said.get("note"))
    found = find(ground.held, said["type"], said["effective"], ground.now)
    if found is None or found.lifted is not None:
        raise Refusal("NOTHING_TO_LIFT", "There is no such encumbrance in force on this credential.", ("type",))
    lifted = said.get("lifted") or day_at(ground.now, ground.body.zone)
    if lifted < said["effective"]:
        raise Refusal("BAD_INPUT", "It cannot be lifted before it takes effect.", ("lifted",))
    newest = _newest_word(ground)
    return Spoken(
        action=Action.LIFT_ENCUMBRANCE.value,
        status=newest.status.value,
        stated=None,
        day=(newest.status_date or day_at(newest.answered_at, ground.body.zone)).isoformat(),
        expires=None if newest.expires is None else newest.expires.isoformat(),
        reverify_by=None if newest.reverify_by is None else newest.reverify_by.isoformat(),
        encumbrance=found.word,
        encumbrance_effective=said["effective"].isoformat(),
        encumbrance_lifted=lifted.isoformat(),
        reason=said["reason"],
        note=said.get("note"),
    )


def _newest_word(ground: Ground) -> Observation:
    own = [
        said
        for said in ground.held.observations
        if said.source == ground.body.code and said.source_type is SourceType.PRIMARY
    ]
    if not own:
        raise Refusal(
            "NOTHING_TO_LIFT", "Your body has said nothing of this credential yet; confirm it.", ("credential",)
        )
    return max(own, key=lambda said: (said.answered_at, said.id))


def confirmed(said: Said, ground: Ground) -> Spoken:
    """What confirming says. Raises Refusal where it may not be said."""
    return _says(Action.CONFIRM_CREDENTIAL, OfficerAction.CONFIRM, _stated)(said, ground)


_A, _M = Action, OfficerAction
_ROWS: Final = (
    _Row(_A.CONFIRM_CREDENTIAL, _M.CONFIRM, ProposalKind.CONFIRM, confirmed),
    _Row(_A.SUSPEND_CREDENTIAL, _M.SUSPEND, None, _says(_A.SUSPEND_CREDENTIAL, _M.SUSPEND, lambda _: None)),
    _Row(_A.REVOKE_CREDENTIAL, _M.REVOKE, None, _says(_A.REVOKE_CREDENTIAL, _M.REVOKE, lambda _: None)),
    _Row(
        _A.REINSTATE_CREDENTIAL,
        _M.REINSTATE,
        ProposalKind.REINSTATE,
        _says(_A.REINSTATE_CREDENTIAL, _M.REINSTATE, _reinstated),
    ),
    _Row(_A.LIFT_ENCUMBRANCE, None, ProposalKind.LIFT_ENCUMBRANCE, _lifted),
)


async def _speak(row: _Row, context: Context, said: Said) -> Outcome:
    """Records the officer's word or what is proposed, or says why not."""
    if problem := unusable(said):
        return problem
    credential = own_id(said["credential"], "Credential") or ""
    return await tried(context, said, lambda: _once(row, context, said, credential))


async def _once(row: _Row, context: Context, said: Said, credential: str) -> Outcome | None:
    try_ = asked(context, row.action, said)
    found = await read_credential(context.database, try_, credential)
    if found.who is None:
        raise Unauthenticated
    settled = await settled_before(context, row.action, try_, found.who, found.receipt, label="Credential")
    if settled is not None:
        return settled
    try:
        decided = _decided(row, found, said, try_, credential=credential, policies=context.policies)
    except Refusal as refusal:
        return from_refusal(refusal)
    try:
        if isinstance(decided, Proposing):
            node = await record_proposal(context.database, try_, decided, context.answer)
        else:
            node = await record_word(context.database, try_, decided, context.answer, context.policies)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _decided(
    row: _Row, found: CredentialGround, said: Said, try_: Asked, *, credential: str, policies: Policies
) -> Word | Proposing:
    speaker = speaker_of(found)
    ground = authorized(found.facts, found.body, credential, try_.now, policies)
    words = row.say(said, ground)
    observation = observation_of(words, ground.now, ground.body)
    if row.kind is None:
        _check_unlifted(words)
        return word_of(words, observation, ground, speaker, Officers(speaker.account), policies)
    after = with_observation(ground.held, observation)
    if not needs_second(row.move, ground.shown, ground.held, after, ground.now):
        return word_of(words, observation, ground, speaker, Officers(speaker.account), policies)
    rests_on, same = ground_of(ground.held, ground.now), words.words(row.kind, credential)
    first = next((p for p in found.proposals if p.words == same and is_open(p, rests_on, ground.now)), None)
    if first is None:
        return _proposing(row.kind, words, same, rests_on, ground, speaker)
    check_agreement(first, speaker.account, rests_on, ground.now)
    return agreed_word(first, ground, speaker, policies)


def speaker_of(found: CredentialGround | ProposalGround) -> Speaker:
    """Who speaks for which body. Raises Refusal NOT_FOUND where nobody does."""
    if found.who is None or found.who.acts_as is None or found.head is None:
        raise _nothing()
    return Speaker(found.who.account, found.who.acts_as, found.head)


def _nothing() -> Refusal:
    return Refusal("NOT_FOUND", not_found().problems[0].message, ("credential",))


def _check_unlifted(words: Spoken) -> None:
    """What puts weight on is taken from one officer, so it must take nothing off."""
    if words.encumbrance_lifted is not None:
        raise Refusal("BAD_INPUT", "What is lifted is said by liftEncumbrance.", ("encumbrance", "lifted"))


def word_of(
    words: Spoken, observation: Observation, ground: Ground, speaker: Speaker, officers: Officers, policies: Policies
) -> Word:
    """What is written when the word is taken."""
    after = with_observation(ground.held, observation)
    held = tuple(after if one.id == after.id else one for one in ground.facts.credentials)
    return Word(
        body=speaker.body,
        credential=after.id,
        holder=ground.facts.practitioner,
        revision=ground.facts.revision,
        evidence=evidence_of(words, observation, ground.held, officers),
        observation=properties_of(words, observation),
        standing=standing_row(replace(ground.facts, credentials=held), ground.now, policies),
        head=speaker.head,
        proposal=officers.proposal,
        notices=settled_notices(officers.proposal, speaker.body, ground.now) if officers.proposal else (),
    )


def agreed_word(first: Proposal, ground: Ground, speaker: Speaker, policies: Policies) -> Word:
    """What the first officer said, agreed to by whoever asks now."""
    words = spoken_from(first.said)
    observation = observation_of(words, ground.now, ground.body)
    return word_of(words, observation, ground, speaker, Officers(first.by, speaker.account, first.id), policies)


def _proposing(
    kind: ProposalKind, words: Spoken, same: str, rests_on: str, ground: Ground, speaker: Speaker
) -> Proposing:
    made = made_proposal(kind, ground.held.id, speaker.body, same, rests_on, ground.now) | {
        "said": orjson.dumps(plain_spoken(words)).decode(),
        "wanted": words.status,
        "effective": words.day,
        "expires": words.expires,
        "reverifyBy": words.reverify_by,
        "reason": words.reason,
        "note": words.note,
    }
    return Proposing(
        body=speaker.body,
        credential=ground.held.id,
        holder=ground.facts.practitioner,
        revision=ground.facts.revision,
        made=made,
        notices=made_notices(made["id"], speaker.body, ground.now),
    )


CREDENTIAL_OPERATIONS: Final[dict[Action, Operation]] = {row.action: partial(_speak, row) for row in _ROWS}
"""Every mutation by which an officer speaks of one credential."""
