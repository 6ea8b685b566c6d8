"""A steward's decision whether a row of the federal exclusion list is about this therapist or somebody else.

- A row of a body's own file is decided in the same way: see claims.py.
- Only a pair that the rules leave open can be decided; an equal NPI decides for itself.
- What follows for the directory is decided by the same rules as ever, and stored in the same transaction.
- Every decision says who made it, when and why.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from api.operations.claims import decide_claim, is_claim
from api.operations.outcomes import (
    Context,
    Done,
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
from graph.commands.matches import STEWARDS, Decided, MatchGround, read_pair, record_decision
from graph.directory import standing_row
from graph.errors import Conflict
from graph.instants import millis
from graph.standing import match_key, with_decisions
from verification.access import Action
from verification.canonical import canonical
from verification.errors import Refusal
from verification.evidence import MatchVerdict, SourceType
from verification.matches import check_decidable
from verification.policies import Policies
from verification.registers import rows_in_force

LABEL: Final = "Therapist"
METHOD: Final = "decision"


async def decide_match(context: Context, said: Said) -> Outcome:
    """Records the decision, or says why not."""
    if problem := unusable(said):
        return problem
    if is_claim(said["row"]):
        return await decide_claim(context, said)
    practitioner = own_id(said["practitioner"], LABEL) or ""
    return await tried(context, said, lambda: _once(context, said, practitioner))


async def _once(context: Context, said: Said, practitioner: str) -> Outcome | None:
    try_ = asked(context, Action.DECIDE_MATCH, said)
    ground = await read_pair(context.database, try_, practitioner)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, Action.DECIDE_MATCH, try_, ground.who, ground.receipt, label=LABEL)
    if settled is not None:
        return settled
    decided = _decided(ground, said, try_.now, context.policies)
    if isinstance(decided, Problems):
        return decided
    try:
        node = await record_decision(context.database, try_, decided, context.answer, context.policies)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _decided(ground: MatchGround, said: Said, now: datetime, policies: Policies) -> Decided | Problems:
    facts, who, head = ground.facts, ground.who, ground.head
    if facts is None or who is None or head is None:
        return not_found("practitioner")
    if not said["why"].strip():
        return refused("BAD_INPUT", "Say why: a decision without a reason cannot be looked at again.", "why")
    row = next((row for row in rows_in_force(facts, now) if row.id == said["row"]), None)
    if row is None:
        return refused("NOT_FOUND", "The edition in force has no such row for this therapist.", "row")
    try:
        found = check_decidable(facts, row)
    except Refusal as refusal:
        return from_refusal(refusal)
    match: dict[str, Any] = {
        "id": new_id(),
        "key": match_key(facts, row),
        "row": row.id,
        "verdict": MatchVerdict[said["verdict"]].value,
        "fields": list(found.fields),
        "decidedBy": who.account,
        "decidedAt": millis(now),
        "why": said["why"].strip(),
    }
    return Decided(
        role=who.role,
        practitioner=facts.practitioner,
        revision=facts.revision,
        match=match,
        evidence=_evidence(match),
        standing=standing_row(with_decisions(facts, {match["key"]: match}), now, policies),
        head=head,
    )


def _evidence(match: Mapping[str, Any]) -> dict[str, Any]:
    """The decision as evidence; `statement` is the canonical JSON whose SHA-256 is kept."""
    statement = canonical({name: value for name, value in match.items() if name != "id"})
    at = match["decidedAt"]
    return {
        "id": match["id"],
        "sha256": sha256(statement).hexdigest(),
        "statement": statement.decode(),
        "source": STEWARDS,
        "sourceType": SourceType.PRIMARY.value,
        "method": METHOD,
        "askedAt": at,
        "answeredAt": at,
        "recordedAt": at,
        "completedAt": at,
        "askedBy": match["decidedBy"],
    }
