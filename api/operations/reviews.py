"""A steward's review of discipline that another jurisdiction's board took against a licence.

- It answers what is on record by now; what is said later waits for a review of its own.
- The reason is typed by a person and shown to whoever asks why the holder can be referred to, beside the discipline.
- It makes nothing of a licence that is suspended; it only no longer holds up the holder's other ones.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

import orjson

from api.operations.outcomes import (
    Context,
    Done,
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
from graph.commands.reviews import SOURCE, Reviewed, ReviewGround, read_reviewed, record_review
from graph.directory import standing_row
from graph.errors import Conflict
from graph.instants import millis
from verification.access import Action
from verification.chains import Head
from verification.errors import Refusal
from verification.evidence import Facts, Review, SourceType
from verification.policies import Policies
from verification.reviews import check_reviewable

LABEL: Final = "Credential"
METHOD: Final = "review"


async def review_credential(context: Context, said: Said) -> Outcome:
    """Records the review, or says why not."""
    if problem := unusable(said):
        return problem
    credential = own_id(said["credential"], LABEL) or ""
    return await tried(context, said, lambda: _once(context, said, credential))


async def _once(context: Context, said: Said, credential: str) -> Outcome | None:
    try_ = asked(context, Action.RECORD_REVIEW, said)
    found = await read_reviewed(context.database, try_, credential)
    if found.who is None:
        raise Unauthenticated
    settled = await settled_before(context, Action.RECORD_REVIEW, try_, found.who, found.receipt, label=LABEL)
    if settled is not None:
        return settled
    if found.facts is None:
        return not_found("credential")
    if not said["reason"].strip():
        return refused("BAD_INPUT", "Say why: a review without a reason cannot be looked at again.", "reason")
    try:
        reviewed = _reviewed(found, found.facts, said["reason"].strip(), try_, credential, context.policies)
        node = await record_review(context.database, try_, reviewed, context.answer, context.policies)
    except Refusal as refusal:
        return from_refusal(refusal)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _reviewed(
    found: ReviewGround, facts: Facts, reason: str, try_: Asked, credential: str, policies: Policies
) -> Reviewed:
    held = next(held for held in facts.credentials if held.id == credential)
    check_reviewable(held, try_.now, policies)
    review = Review(new_id(), credential, reason, try_.now, new_id())
    after = replace(held, reviews=(*held.reviews, review))
    known = replace(facts, credentials=tuple(after if one.id == credential else one for one in facts.credentials))
    at = millis(try_.now)
    return Reviewed(
        credential=credential,
        holder=facts.practitioner,
        revision=facts.revision,
        evidence=_evidence(review, at, found.who.account if found.who else ""),
        review={"id": review.id, "reason": reason, "recordedAt": at, "evidence": review.evidence},
        standing=standing_row(known, try_.now, policies),
        head=found.head or Head(SOURCE),
    )


def _evidence(review: Review, at: int, account: str) -> dict[str, Any]:
    """The steward's word as evidence; `statement` is the canonical JSON whose SHA-256 is kept."""
    said = {"review": review.id, "credential": review.credential, "reason": review.reason, "recordedAt": at}
    statement = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return {
        "id": review.evidence,
        "sha256": sha256(statement).hexdigest(),
        "statement": statement.decode(),
        "source": SOURCE,
        "sourceType": SourceType.AGGREGATOR.value,
        "method": METHOD,
        "askedAt": at,
        "answeredAt": at,
        "recordedAt": at,
        "completedAt": at,
        "askedBy": account,
    }
