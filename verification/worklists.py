"""The folders of a worklist: which states of a referral or attempt lie in which, for whom.

- A sender's folder looks at the referral, a recipient's at the attempts that were addressed to them.
- Every state lies in exactly one folder of each side, so that nothing is ever out of sight. Therapy under way lies in
  one of two, by whether its next report is due soon.
- It does not know the clock: whether a report is due soon is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from verification.referral_states import State

Side = Literal["sender", "recipient"]

REPORT_SOON: Final = timedelta(days=7)
"""How long before it is due a report moves its referral to the folder of reports due."""
REPORTING: Final = State.IN_THERAPY
"""The state in which the recipient's next report has a date."""


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder: whose, which states, and what it is for.

    `report_due`: of those in therapy only the ones whose report is due soon, or only the others; None for no matter.
    `over`: nothing is to be done there any more.
    """

    side: Side
    states: frozenset[State]
    meaning: str
    report_due: bool | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of one side's referrals stand in one state; `report_due` says that their report is due soon."""

    side: Side
    state: State
    report_due: bool
    count: int
    overdue: int
    unread: int = 0


@dataclass(frozen=True, slots=True)
class FolderCount:
    """How many referrals lie in a folder, in how many the viewer is late, and in how many something is unread."""

    folder: str
    count: int
    overdue: int
    unread: int = 0


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
        over=True,
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
        frozenset({REPORTING, State.ON_HOLD, State.CANCEL_REQUESTED}),
        "In therapy or at rest, or the sender asks to cancel; no report is due soon.",
        report_due=False,
    ),
    "REPORT_DUE": Folder(
        "recipient",
        frozenset({REPORTING}),
        "In therapy, and a report is due within a week or late.",
        report_due=True,
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
        over=True,
    ),
}


def folder_of(side: Side, state: State, *, report_due: bool = False) -> str | None:
    """The one folder of a side in which a state lies; None for a draft, which has no recipient."""
    for name, folder in WORKLIST_FOLDERS.items():
        if folder.side != side or state not in folder.states:
            continue
        if folder.report_due is None or folder.report_due is (report_due and state is REPORTING):
            return name
    return None


def counted(tallies: Iterable[Tally]) -> tuple[FolderCount, ...]:
    """Every folder with what lies in it, the empty ones too, in the order of the table."""
    totals = dict.fromkeys(WORKLIST_FOLDERS, (0, 0, 0))
    for tally in tallies:
        folder = folder_of(tally.side, tally.state, report_due=tally.report_due)
        if folder is not None:
            count, overdue, unread = totals[folder]
            totals[folder] = (count + tally.count, overdue + tally.overdue, unread + tally.unread)
    return tuple(FolderCount(folder, *total) for folder, total in totals.items())
