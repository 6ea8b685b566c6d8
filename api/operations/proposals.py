"""What an officer does with what another proposed: agree, refuse, or take back one's own.

- Agreeing is saying the same thing; what was proposed is done in the same transaction, or not at all.
- Refusing is another officer's, withdrawing the proposer's own; both say why.
- A proposal of another body is not there.
"""

from typing import Final

from api.operations.credentials import agreed_word, authorized, speaker_of
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
    refused,
    settled_before,
    tried,
    unusable,
)
from api.operations.proposing import settled_notices
from api.operations.rosters import approve_roster
from api.problems import Unauthenticated
from graph.commands.credentials import record_word
from graph.commands.proposals import ProposalGround, read_proposal, settle_proposal
from graph.commands.receipts import Asked
from graph.errors import Conflict
from verification.access import Action
from verification.agreements import Proposal, ProposalKind, ProposalStatus, check_agreement, ground_of
from verification.errors import Refusal

LABEL: Final = "Proposal"


async def _approve(context: Context, said: Said) -> Outcome:
    return await _repeatedly(context, Action.APPROVE_PROPOSAL, said)


async def _refuse(context: Context, said: Said) -> Outcome:
    return await _repeatedly(context, Action.REFUSE_PROPOSAL, said)


async def _withdraw(context: Context, said: Said) -> Outcome:
    return await _repeatedly(context, Action.WITHDRAW_PROPOSAL, said)


async def _repeatedly(context: Context, action: Action, said: Said) -> Outcome:
    if problem := unusable(said):
        return problem
    proposal = own_id(said["proposal"], LABEL) or ""
    return await tried(context, said, lambda: _once(context, action, said, proposal))


async def _once(context: Context, action: Action, said: Said, proposal: str) -> Outcome | None:
    try_ = asked(context, action, said)
    found = await read_proposal(context.database, try_, proposal)
    if found.who is None:
        raise Unauthenticated
    settled = await settled_before(context, action, try_, found.who, found.receipt, label=LABEL)
    if settled is not None:
        return settled
    if found.proposal is None:
        return not_found("proposal")
    try:
        return await _done(context, action, said, try_, found, found.proposal)
    except Refusal as refusal:
        return from_refusal(refusal)
    except Conflict:
        return None


async def _done(
    context: Context, action: Action, said: Said, try_: Asked, found: ProposalGround, proposal: Proposal
) -> Outcome | None:
    if action is not Action.APPROVE_PROPOSAL:
        return await _settled(context, action, said, try_, found, proposal)
    if proposal.kind is ProposalKind.ROSTER:
        return await approve_roster(context, try_, found, proposal)
    return await _agreed(context, try_, found, proposal)


async def _agreed(context: Context, try_: Asked, found: ProposalGround, proposal: Proposal) -> Outcome | None:
    speaker = speaker_of(found)
    ground = authorized(found.facts, found.body, found.credential or "", try_.now, context.policies)
    check_agreement(proposal, speaker.account, ground_of(ground.held, ground.now), ground.now)
    word = agreed_word(proposal, ground, speaker, context.policies)
    node = await record_word(context.database, try_, word, context.answer, context.policies, agreed=True)
    return None if node is None else Done(node)


async def _settled(
    context: Context, action: Action, said: Said, try_: Asked, found: ProposalGround, proposal: Proposal
) -> Outcome | None:
    speaker = speaker_of(found)
    _check_settles(action, proposal, speaker.account, try_)
    why = said["why"].strip()
    if not why:
        return refused("BAD_INPUT", "Say why.", "why")
    status = ProposalStatus.REFUSED if action is Action.REFUSE_PROPOSAL else ProposalStatus.WITHDRAWN
    notices = settled_notices(proposal.id, speaker.body, try_.now)
    node = await settle_proposal(context.database, try_, proposal.id, status, why, notices, context.answer)
    return None if node is None else Done(node)


def _check_settles(action: Action, proposal: Proposal, account: str, try_: Asked) -> None:
    """Raises Refusal when the proposal is settled already, or this is the other one's to do."""
    if proposal.status is not ProposalStatus.OPEN:
        raise Refusal("PROPOSAL_CLOSED", f"This proposal is {proposal.status.value.lower()} already.", ("proposal",))
    if try_.now >= proposal.expires_at:
        raise Refusal("PROPOSAL_EXPIRED", "Nobody agreed in time; there is nothing to settle.", ("proposal",))
    if action is Action.REFUSE_PROPOSAL and proposal.by == account:
        raise Refusal("SAME_OFFICER", "You proposed this; withdraw it instead.", ("proposal",))
    if action is Action.WITHDRAW_PROPOSAL and proposal.by != account:
        raise Refusal("FORBIDDEN", "Another officer proposed this; refuse it instead.", ("proposal",))


PROPOSAL_OPERATIONS: Final[dict[Action, Operation]] = {
    Action.APPROVE_PROPOSAL: _approve,
    Action.REFUSE_PROPOSAL: _refuse,
    Action.WITHDRAW_PROPOSAL: _withdraw,
}
"""Every mutation that settles a proposal."""
