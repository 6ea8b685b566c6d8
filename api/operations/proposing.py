"""What every proposal has, and who is told of it.

- It lasts seven days and bears, while it is open, a key made of the body, what it is about and what is said.
- The body is told when one is made and when it is settled; a notice holds an id and nothing else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.operations.outcomes import new_id
from graph.instants import millis
from graph.outbox import Notice, Topic
from verification.agreements import LASTS, ProposalKind, ProposalStatus


def made_proposal(
    kind: ProposalKind, about: str, body: str, words: str, rests_on: str, now: datetime
) -> dict[str, Any]:
    """What every proposal has."""
    return {
        "id": new_id(),
        "kind": kind.value,
        "status": ProposalStatus.OPEN.value,
        "words": words,
        "ground": rests_on,
        "openKey": f"{body}|{about}|{words}",
        "madeAt": millis(now),
        "expiresAt": millis(now + LASTS),
    }


def made_notices(proposal: str, body: str, now: datetime) -> Sequence[Notice]:
    """That something waits for a second officer of the body."""
    return (_notice(Topic.PROPOSAL_MADE, proposal, body, now),)


def settled_notices(proposal: str, body: str, now: datetime) -> Sequence[Notice]:
    """That a proposal is settled, for the body."""
    return (_notice(Topic.PROPOSAL_SETTLED, proposal, body, now),)


def _notice(topic: Topic, proposal: str, body: str, now: datetime) -> Notice:
    return Notice(new_id(), topic, proposal, body, f"{topic.value}|{proposal}", now)
