"""What is asked and answered before a recipient decides, and the marking of what should never have been written."""

import graphene

from api.schema.enums import described
from api.schema.inputs import OnReferral, needed
from verification.referral_clocks import Turn as Whose
from verification.referral_reasons import ErrorReason as WhyWrong

ErrorReason = described(
    "ErrorReason",
    WhyWrong,
    "Why a referral should never have been written.",
    {
        "WRONG_PATIENT": "It is about another patient than was meant.",
        "NO_CONSENT": "The patient had not consented.",
        "TEST": "It was written to try things out.",
    },
)
Turn = described(
    "Turn",
    Whose,
    "Who has to do something next.",
    {
        "AUTHOR": "The sender.",
        "RECIPIENT": "Whoever it was sent to.",
        "NETWORK": "The network itself, which is about to ask the next of the shortlist.",
        "NOBODY": "It is over.",
    },
)


class RequestInformationInput(OnReferral):
    """Ask the sender something before you decide. Your time to answer stands still until the sender does."""

    question = needed(graphene.String, "What you need to know.")


class AnswerInformationInput(OnReferral):
    """Give what was asked for: the recipient's time goes on, with at least one business day left."""

    answer = needed(graphene.String, "Your answer.")


class MarkEnteredInErrorInput(OnReferral):
    """It should never have been written. What it says is hidden from the recipient, who still sees that it existed."""

    reason = needed(ErrorReason, "Why.")
