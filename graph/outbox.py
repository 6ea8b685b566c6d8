"""The outbox: notices of what happened, written in the transaction in which it happened.

Rules:
- A notice is thin: a topic, the id of what it is about, and who is to be told. It holds no name, no clinical word and
  nothing about a patient; whoever receives it looks the rest up with the rights they have.
- The same `dedupe` is the same notice: it is written once, however often the work that writes it is done.
- `nextAt` says when it is to be delivered next; whoever delivers it takes it out of the way.

Does not know how a notice is delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from graph.database import Statements
from graph.instants import millis

STEWARDS: Final = "stewards"
"""The recipient of what is for whoever runs the network."""


class Topic(StrEnum):
    """What a notice tells of; the words before the dot say what `object` is the id of."""

    CREDENTIAL_CHANGED = "credential.changed"
    CREDENTIAL_EXPIRING = "credential.expiring"
    CREDENTIAL_LOOKED_UP = "credential.looked-up"
    CREDENTIAL_CLAIMED_TWICE = "credential.claimed-twice"
    PROPOSAL_MADE = "proposal.made"
    PROPOSAL_SETTLED = "proposal.settled"
    SOURCE_AGEING = "source.ageing"
    REFERRAL_RECALLED = "referral.recalled"
    REFERRAL_HELD = "referral.held"
    REFERRAL_AFFECTED = "referral.affected"
    REFERRAL_SENT = "referral.sent"
    REFERRAL_ADVANCED = "referral.advanced"
    REFERRAL_OPENED = "referral.opened"
    REFERRAL_ACCEPTED = "referral.accepted"
    REFERRAL_WAITLISTED = "referral.waitlisted"
    REFERRAL_DECLINED = "referral.declined"
    REFERRAL_RETURNED = "referral.returned"
    REFERRAL_INFORMATION_REQUESTED = "referral.information-requested"
    REFERRAL_INFORMATION_GIVEN = "referral.information-given"
    REFERRAL_EXPIRED = "referral.expired"
    REFERRAL_PASSED_OVER = "referral.passed-over"
    REFERRAL_UNPLACED = "referral.unplaced"
    REFERRAL_VISIT_SCHEDULED = "referral.visit-scheduled"
    REFERRAL_VISIT_MISSED = "referral.visit-missed"
    REFERRAL_VISIT_CANCELLED = "referral.visit-cancelled"
    REFERRAL_STARTED = "referral.started"
    REFERRAL_REPORT_SENT = "referral.report-sent"
    REFERRAL_REPORT_ACKNOWLEDGED = "referral.report-acknowledged"
    REFERRAL_CLOSED = "referral.closed"
    REFERRAL_ENDED = "referral.ended"
    REFERRAL_RESUMED = "referral.resumed"
    REFERRAL_REFERRED_BACK = "referral.referred-back"
    REFERRAL_LANE_OPENED = "referral.lane-opened"
    REFERRAL_CANCELLED = "referral.cancelled"
    REFERRAL_CANCELLATION_REQUESTED = "referral.cancellation-requested"
    REFERRAL_CANCELLATION_CONFIRMED = "referral.cancellation-confirmed"
    REFERRAL_CANCELLATION_REFUSED = "referral.cancellation-refused"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    REFERRAL_ENTERED_IN_ERROR = "referral.entered-in-error"
    REFERRAL_MESSAGE_SENT = "referral.message-sent"
    REFERRAL_REMINDER = "referral.reminder"
    REFERRAL_OVERDUE = "referral.overdue"
    ENDPOINT_DISABLED = "endpoint.disabled"
    ENDPOINT_TESTED = "endpoint.tested"
    ENDPOINT_CONFIRMATION = "endpoint.confirmation"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: `object` is the id of what it is about, `recipient` that of a practitioner or a body (or STEWARDS).

    `dedupe` is what makes it this one notice and no other.
    """

    id: str
    topic: Topic
    object: str
    recipient: str
    dedupe: str
    at: datetime


POST_CLAUSE: Final = """
CALL () {
  UNWIND $notices AS notice
  MERGE (o:Outbox {dedupe: notice.dedupe})
    ON CREATE SET o.id = notice.id, o.topic = notice.topic, o.object = notice.object, o.recipient = notice.recipient,
      o.at = notice.at, o.nextAt = notice.at, o.attempts = 0
}
"""
"""Stands in a larger statement, whose parameter `notices` is a list of `notice_row`."""

_POST: Final = f"{POST_CLAUSE} RETURN 1"


def notice_row(notice: Notice) -> dict[str, Any]:
    """A notice in the form `POST_CLAUSE` reads."""
    return {
        "id": notice.id,
        "topic": notice.topic.value,
        "object": notice.object,
        "recipient": notice.recipient,
        "dedupe": notice.dedupe,
        "at": millis(notice.at),
    }


async def post(statements: Statements, notices: Iterable[Notice]) -> None:
    """Write these notices in the transaction of `statements`; those that are there already stay as they are."""
    if rows := [notice_row(notice) for notice in notices]:
        await statements.run(_POST, {"notices": rows})
