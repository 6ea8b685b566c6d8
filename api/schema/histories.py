"""The life of a verdict, span by span."""

import graphene

from api.schema.credentials import Check, Evidence, Policy
from api.schema.enums import Verdict
from api.schema.pages import connection, many, one, page_of
from api.schema.scalars import DateTime, JurisdictionCode


class StandingSpan(graphene.ObjectType):
    """A time in which the verdict was one and the same, as known at one instant."""

    start = one(DateTime, "From here.")
    until = graphene.Field(DateTime, description="Until just before here; null when nothing known ends it.")
    verdict = graphene.Field(graphene.NonNull(Verdict), description="The answer in this time.")
    policy = one(Policy, "The rules in force at its start.")
    changed = many(Check, "The checks that came out otherwise, or for another reason, than just before; at first, all.")
    evidence = many(Evidence, "What the verdict rested on at its start.")


StandingSpanConnection = connection(StandingSpan, "StandingSpan", "the spans of a verdict, earliest first")


def standing_history_field() -> graphene.Field:
    """`standingHistory(jurisdiction, since, until, knownAt, first, after)`."""
    return page_of(
        StandingSpanConnection,
        "How the verdict was and, as far as is known, will be. Ask it twice, as known then and as known now, and the "
        "difference is what was learnt since.",
        jurisdiction=graphene.Argument(graphene.NonNull(JurisdictionCode), description="Where the patient is."),
        since=graphene.Argument(DateTime, description="From here; by default from the first answer about this person."),
        until=graphene.Argument(DateTime, description="Until just before here; by default as far as is known."),
        knownAt=graphene.Argument(DateTime, description="Leave out what was recorded later; now by default."),
    )
