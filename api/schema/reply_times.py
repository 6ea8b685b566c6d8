"""How long somebody takes, as it was found out and not as it is said."""

import graphene

from api.schema.pages import one
from api.schema.scalars import DateTime
from verification.reply_times import LEAST, LOOKS_BACK

_DAYS = LOOKS_BACK.days


class ResponseTime(graphene.ObjectType):
    __doc__ = (
        f"The middle one of all times from a referral to its first answer, of the last {_DAYS} days, from {LEAST} on. "
        "Time that was spent waiting for the sender does not count; no answer at all counts until it expired."
    )

    medianBusinessDays = graphene.Float(required=True, description="In business days of the therapist's place.")
    n = graphene.Int(required=True, description="Of how many referrals.")
    asOf = one(DateTime, "When it was computed.")


class FirstVisit(graphene.ObjectType):
    __doc__ = (
        f"The middle one of all times from a referral to the first visit, of the last {_DAYS} days, from {LEAST} on. "
        "A visit the patient missed counts as one, and a pause the patient wanted does not."
    )

    medianDays = graphene.Float(required=True, description="In days of the calendar.")
    n = graphene.Int(required=True, description="Of how many referrals.")
    asOf = one(DateTime, "When it was computed.")
