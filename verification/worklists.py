"""The folders of a worklist: which states of a referral or attempt lie in which, for whom.

- A sender's folder looks at the referral, a recipient's at the attempts that were addressed to them.
- Every state lies in exactly one folder of each side, so that nothing is ever out of sight.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from verification.referral_states import State


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder: whose, which states, and what it is for."""

    side: Literal["sender", "recipient"]
    states: frozenset[State]
    meaning: str


WORKLIST_FOLDERS: Mapping[str, Folder] = {
    "DRAFTS": Folder("sender", frozenset({State.DRAFT}), "Written and not sent."),
    "NEEDS_MY_ACTION": Folder(
        "sender",
        frozenset(
            {State.INFO_REQUESTED, State.DECLINED, State.RETURNED, State.EXPIRED, State.RECALLED, State.REPORT_SENT}
        ),
        "The therapist asked, declined, returned or reported, or nobody answered: the sender's turn.",
    ),
    "WAITING": Folder(
        "sender",
        frozenset({State.SENT, State.RECEIVED, State.CANCEL_REQUESTED}),
        "Sent and not decided: the therapist's turn.",
    ),
    "ACTIVE": Folder(
        "sender",
        frozenset(
            {
                State.ACCEPTED,
                State.WAITLISTED,
                State.SCHEDULED,
                State.NO_SHOW,
                State.APPT_CANCELLED,
                State.HELD_BEFORE_START,
                State.IN_THERAPY,
                State.ON_HOLD,
            }
        ),
        "Accepted, booked or in therapy.",
    ),
    "CLOSED": Folder(
        "sender",
        frozenset({State.CLOSED, State.CANCELLED, State.ENDED_EARLY, State.ENTERED_IN_ERROR}),
        "Over.",
    ),
    "NEW": Folder("recipient", frozenset({State.SENT, State.RECEIVED}), "Sent to me and not answered."),
    "NEEDS_INFORMATION": Folder("recipient", frozenset({State.INFO_REQUESTED}), "I asked and wait for the answer."),
    "TO_BOOK": Folder(
        "recipient",
        frozenset({State.ACCEPTED, State.WAITLISTED, State.NO_SHOW, State.APPT_CANCELLED, State.HELD_BEFORE_START}),
        "Accepted by me, no visit booked.",
    ),
    "BOOKED": Folder("recipient", frozenset({State.SCHEDULED}), "A first visit is booked."),
    "IN_THERAPY": Folder(
        "recipient",
        frozenset({State.IN_THERAPY, State.ON_HOLD, State.CANCEL_REQUESTED}),
        "Therapy has begun; a report is due when it ends.",
    ),
    "REPORTED": Folder("recipient", frozenset({State.REPORT_SENT}), "Reported, not yet acknowledged."),
    "DONE": Folder(
        "recipient",
        frozenset(
            {
                State.CLOSED,
                State.DECLINED,
                State.RETURNED,
                State.EXPIRED,
                State.RECALLED,
                State.CANCELLED,
                State.ENDED_EARLY,
                State.ENTERED_IN_ERROR,
            }
        ),
        "Over for me.",
    ),
}
