"""Who may write in the thread of an attempt, and attach to a referral, and when.

- A thread belongs to one attempt and its two sides. It opens with the acceptance; before it there are a question and
  its answer, and only while a question is open may either side add to them: nobody can read free text for a sender and
  see whether it tells who the patient is.
- A sender attaches until the referral is over, a recipient while in charge of the patient.
- Messages, attachments and read marks are no events and change no version.
- It does not know who reads: `graph.access` does.
"""

from typing import Final

from verification.access import Relation
from verification.errors import Refusal
from verification.referral_states import CLOSED_STATES, State

LONGEST_MESSAGE: Final = 4_000
MOST_ATTACHMENTS: Final = 20
"""Of one referral, whoever attached them."""
LONGEST_TITLE: Final = 200


def message_refusal(text: str, state: State, *, accepted: bool, ended: bool) -> Refusal | None:
    """Why a message cannot be written now; `accepted` and `ended` are the current attempt's."""
    if not text.strip():
        return Refusal("TEXT_REQUIRED", "A message has words.", ("text",))
    if len(text) > LONGEST_MESSAGE:
        return Refusal("BAD_INPUT", f"A message has at most {LONGEST_MESSAGE} characters.", ("text",))
    if ended:
        return Refusal("ILLEGAL_TRANSITION", "This attempt is over, and nothing more is written to it.", ("referral",))
    if not accepted and state is not State.INFO_REQUESTED:
        return Refusal(
            "ILLEGAL_TRANSITION",
            "Messages open with the acceptance; before it the recipient may ask a question.",
            ("referral",),
        )
    return None


def attaching_refusal(relation: Relation, state: State, *, accepted: bool, ended: bool, held: int) -> Refusal | None:
    """Why nothing can be attached now; `held` is how many attachments the referral has."""
    if relation is Relation.RECIPIENT and not (accepted and not ended):
        return Refusal("ILLEGAL_TRANSITION", "Who is in charge of the patient may attach something, and nobody else.")
    if state in CLOSED_STATES:
        return Refusal("ILLEGAL_TRANSITION", "This referral is over, and nothing more is attached to it.")
    if held >= MOST_ATTACHMENTS:
        return Refusal("TOO_MANY", f"A referral has at most {MOST_ATTACHMENTS} attachments.")
    return None


def title_refusal(title: str) -> Refusal | None:
    """Why a title cannot be used; it is one line."""
    if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        return Refusal("BAD_INPUT", f"A title is one line of 1 to {LONGEST_TITLE} characters.", ("title",))
    return None
