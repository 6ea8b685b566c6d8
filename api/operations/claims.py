"""A steward's decision whose credential a row of a body's file is about.

- Of two persons who are said to hold one credential, the holder here may be confirmed, or the other ruled out. Giving
  the credential to the other is for its body: what it issues is not moved by anybody else.
- A row that waits may be about a candidate, or not; it is taken with the body's next file.
- Every decision says who made it, when and why.
"""

from api.operations.outcomes import (
    PRACTITIONERS,
    Context,
    Done,
    Outcome,
    Problems,
    Said,
    asked,
    not_found,
    own_id,
    refused,
    settled_before,
    tried,
)
from api.problems import Unauthenticated
from graph.commands.claims import ClaimDecision, ClaimGround, read_claim, record_claim_decision
from graph.errors import Conflict
from verification.access import Action
from verification.evidence import MatchVerdict

LABEL = "Practitioner"


def is_claim(row: str) -> bool:
    """Whether a row's name is that of a claim: those are our own ids, and fingerprints of rows have no dash."""
    return "-" in row


async def decide_claim(context: Context, said: Said) -> Outcome:
    """Records the decision, or says why not; `row` is the claim's id."""
    practitioner = own_id(said["practitioner"], *PRACTITIONERS) or ""
    return await tried(context, said, lambda: _once(context, said, practitioner))


async def _once(context: Context, said: Said, practitioner: str) -> Outcome | None:
    try_ = asked(context, Action.DECIDE_MATCH, said)
    ground = await read_claim(context.database, try_, said["row"], practitioner)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, Action.DECIDE_MATCH, try_, ground.who, ground.receipt, label=LABEL)
    if settled is not None:
        return settled
    decision = _decision(ground, said, practitioner)
    if isinstance(decision, Problems):
        return decision
    try:
        node = await record_claim_decision(context.database, try_, decision, context.answer, context.policies)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _decision(ground: ClaimGround, said: Said, practitioner: str) -> ClaimDecision | Problems:
    if ground.who is None or not ground.found:
        return refused("NOT_FOUND", "There is no such row to be decided.", "row")
    if not (ground.candidate or ground.holder):
        return not_found("practitioner")
    verdict = MatchVerdict[said["verdict"]]
    if problem := _undecidable(ground, said, verdict):
        return problem
    written = MatchVerdict.DIFFERENT if ground.holder else verdict
    why = said["why"].strip()
    return ClaimDecision(ground.who.role, said["row"], practitioner, written.value, why, ground.holder)


def _undecidable(ground: ClaimGround, said: Said, verdict: MatchVerdict) -> Problems | None:
    """Why nothing can be decided by this; None where it can."""
    if not said["why"].strip():
        return refused("BAD_INPUT", "Say why: a decision without a reason cannot be looked at again.", "why")
    if not ground.open:
        return refused("NOTHING_TO_DECIDE", "It was decided already whose this is.", "row")
    if verdict is MatchVerdict.UNKNOWN:
        return refused("BAD_INPUT", "Say whether it is the same person or not; open it is already.", "verdict")
    if ground.claimed_twice and (verdict is MatchVerdict.SAME) is not ground.holder:
        return refused(
            "NOT_TRANSFERABLE",
            "A credential is not given to another here: the body that issues it has to put its own file right.",
            "verdict",
        )
    return None
