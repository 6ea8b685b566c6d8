"""What a body's officer says of a credential: confirm, suspend, revoke, reinstate.

- Only the body that issued a credential, and only within its authority, may speak of it.
- An officer's word is evidence like any other: hashed, dated, added, never an edit; what follows from it is decided by
  the same rules, and stored in the same transaction.
- From when a word holds is a date in the body's own zone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final

import orjson

from api.operations.outcomes import (
    BUSY,
    TRIES,
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
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.credentials import CredentialGround, Word, read_credential, record_word
from graph.commands.receipts import Asked
from graph.directory import standing_row
from graph.errors import Conflict
from graph.instants import millis
from verification.access import Action
from verification.calendars import day_at
from verification.credential_reasons import CredentialReason, check_reason
from verification.credentials import CredentialStatus, OfficerAction, officer_move
from verification.errors import Refusal
from verification.evidence import HeldCredential, Observation, SourceType
from verification.kinds import BODIES, Body
from verification.policy import Policy
from verification.standing import projection

METHOD: Final = "officer"


@dataclass(frozen=True, slots=True)
class _Row:
    """One mutation: its action, the officer's move behind it, and the status it asks for (None: the move has one)."""

    action: Action
    move: OfficerAction
    wanted: Callable[[Said], CredentialStatus | None]


def _stated(said: Said) -> CredentialStatus | None:
    return CredentialStatus(said["status"]) if said.get("status") else None


def _reinstated(said: Said) -> CredentialStatus:
    return _stated(said) or CredentialStatus.ACTIVE


_ROWS: Final = (
    _Row(Action.CONFIRM_CREDENTIAL, OfficerAction.CONFIRM, _stated),
    _Row(Action.SUSPEND_CREDENTIAL, OfficerAction.SUSPEND, lambda _: None),
    _Row(Action.REVOKE_CREDENTIAL, OfficerAction.REVOKE, lambda _: None),
    _Row(Action.REINSTATE_CREDENTIAL, OfficerAction.REINSTATE, _reinstated),
)


async def _speak(row: _Row, context: Context, said: Said) -> Outcome:
    """Records the officer's word, or says why not."""
    if problem := unusable(said):
        return problem
    credential = own_id(said["credential"], "Credential") or ""
    for _ in range(TRIES):
        outcome = await _once(row, context, said, credential)
        if outcome is not None:
            return outcome
    return BUSY


async def _once(row: _Row, context: Context, said: Said, credential: str) -> Outcome | None:
    try_ = asked(context, row.action, said)
    ground = await read_credential(context.database, try_, credential)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, row.action, try_, ground.who, ground.receipt, label="Credential")
    if settled is not None:
        return settled
    word = _decided(row, ground, said, try_, credential=credential, policy=context.policy)
    if isinstance(word, Problems):
        return word
    try:
        node = await record_word(context.database, try_, word, context.answer)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _decided(
    row: _Row, ground: CredentialGround, said: Said, try_: Asked, *, credential: str, policy: Policy
) -> Word | Problems:
    facts, who = ground.facts, ground.who
    if facts is None or ground.body is None or who is None or who.acts_as is None:
        return not_found("credential")
    held = next(held for held in facts.credentials if held.id == credential)
    body = BODIES.get(ground.body)
    if body is None or not body.speaks_for(held.kind, held.jurisdiction, day_at(try_.now, body.zone)):
        return refused(
            "NO_AUTHORITY", f"{ground.body} has no authority over {held.kind} in {held.jurisdiction}.", "credential"
        )
    try:
        status = _next_status(row, said, projection(held, try_.now, policy).status)
        observation = _observation(said, status, try_.now, body)
    except Refusal as refusal:
        return from_refusal(refusal)
    known = replace(facts, credentials=tuple(_with(one, held, observation) for one in facts.credentials))
    return Word(
        body=who.acts_as,
        credential=credential,
        holder=facts.practitioner,
        revision=facts.revision,
        evidence=_evidence(row, said, observation, held, who.account),
        observation=_properties(observation, said),
        standing=standing_row(known, try_.now, policy),
    )


def _next_status(row: _Row, said: Said, current: CredentialStatus) -> CredentialStatus:
    if row.move is not OfficerAction.CONFIRM:
        check_reason(row.move, CredentialReason(said["reason"]), said.get("note"))
    return officer_move(row.move, current, row.wanted(said))


def _observation(said: Said, status: CredentialStatus, now: datetime, body: Body) -> Observation:
    effective: datetime = said.get("effective") or now
    expires: date | None = said.get("expires")
    if expires is not None and expires < day_at(effective, body.zone):
        raise Refusal("BAD_INPUT", "It cannot expire before it takes effect.", ("expires",))
    return Observation(
        id=new_id(),
        status=status,
        word=status.value.lower().replace("_", " "),
        status_date=day_at(effective, body.zone),
        issued=None,
        expires=expires,
        reverify_by=said.get("reverifyBy"),
        discipline=None,
        discipline_date=None,
        discipline_lifted=None,
        degree=None,
        answered_at=now,
        recorded_at=now,
        evidence=new_id(),
        source=body.code,
        source_type=SourceType.PRIMARY,
    )


def _with(one: HeldCredential, held: HeldCredential, observation: Observation) -> HeldCredential:
    return replace(one, observations=(*one.observations, observation)) if one.id == held.id else one


def _evidence(row: _Row, said: Said, observation: Observation, held: HeldCredential, account: str) -> dict[str, Any]:
    """The officer's word as evidence; `statement` is the canonical JSON whose SHA-256 is kept."""
    statement = orjson.dumps(
        {
            "action": row.action.value,
            "body": observation.source,
            "credential": {"kind": held.kind, "number": held.number, "jurisdiction": held.jurisdiction},
            "status": observation.status.value,
            "statusDate": observation.status_date,
            "expires": observation.expires,
            "reverifyBy": observation.reverify_by,
            "reason": said.get("reason"),
            "note": said.get("note"),
            "answeredAt": millis(observation.answered_at),
        },
        option=orjson.OPT_SORT_KEYS,
    )
    at = millis(observation.recorded_at)
    return {
        "id": observation.evidence,
        "sha256": sha256(statement).hexdigest(),
        "statement": statement.decode(),
        "source": observation.source,
        "sourceType": observation.source_type.value,
        "method": METHOD,
        "askedAt": at,
        "answeredAt": at,
        "recordedAt": at,
        "completedAt": at,
        "askedBy": account,
    }


def _properties(observation: Observation, said: Said) -> dict[str, Any]:
    return {
        "id": observation.id,
        "status": observation.status.value,
        "word": observation.word,
        "statusDate": _text(observation.status_date),
        "expires": _text(observation.expires),
        "reverifyBy": _text(observation.reverify_by),
        "answeredAt": millis(observation.answered_at),
        "recordedAt": millis(observation.recorded_at),
        "reason": said.get("reason"),
        "note": said.get("note"),
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


CREDENTIAL_OPERATIONS: Final[dict[Action, Operation]] = {row.action: partial(_speak, row) for row in _ROWS}
"""Every mutation by which an officer speaks of one credential."""
