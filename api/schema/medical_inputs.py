"""What a physician is asked: by the therapist who sends a patient back, or by the physician who orders a work-up.

- Either makes a new referral, sent at once, with words of its own; the referral for therapy goes on or rests.
"""

import graphene

from api.schema.enums import BackRequest, Priority
from api.schema.inputs import OnReferral, needed, taken


class ReferBackInput(OnReferral):
    """Send the patient back to a physician with a question: a new referral, sent at once."""

    request = needed(BackRequest, "What you ask for.")
    comment = taken(graphene.String, "In words; shown to the physician once accepted.")
    physician = taken(graphene.ID, "To whom; to the sender by default.")
    priority = taken(Priority, "How soon an answer is needed; as the referral by default.")
    hold = taken(graphene.Boolean, "Let the referral rest until the medical review is done.")


class OrderWorkUpInput(OnReferral):
    """Ask a physician for a medical work-up beside the therapy: a new referral of the same patient, sent at once."""

    physician = needed(graphene.ID, "To whom; it may be yourself.")
    request = needed(BackRequest, "What you ask for.")
    comment = taken(graphene.String, "In words; shown to the physician once accepted, and to no therapist.")
    priority = taken(Priority, "How soon an answer is needed; as the referral by default.")
    hold = taken(graphene.Boolean, "Let the therapy rest until the medical review is done; once it was taken on.")
