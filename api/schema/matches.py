"""Pairs of a practitioner and a row of a published list that could be about the same person."""

import graphene

from api.schema.enums import Likeness, PairVerdict
from api.schema.pages import connection, many, one, page_of
from api.schema.scalars import Date, DateTime


class PairSide(graphene.ObjectType):
    """One side of a pair: what tells two people of one name apart."""

    name = graphene.String(required=True, description="The full name, as kept here or as listed.")
    otherNames = many(graphene.String, "Former, professional and other names, where known.")
    npi = graphene.String(description="National Provider Identifier; zeros or null where the list has none.")
    birthDate = graphene.Field(Date, description="Date of birth, where known.")
    places = many(graphene.String, "Towns, with their states.")
    exclusionType = graphene.String(description="Of a listed side: under which section of the Act.")
    excludedOn = graphene.Field(Date, description="Of a listed side: from which day.")


class PairDecision(graphene.ObjectType):
    """What a steward decided about a pair. It holds until a field it was decided by changes on either side."""

    verdict = graphene.Field(graphene.NonNull(PairVerdict), description="What was decided.")
    fields = many(graphene.String, "The fields that were equal then.")
    why = graphene.String(required=True, description="How it was found.")
    decidedAt = one(DateTime, "When.")
    evidence = graphene.ID(required=True, description="The id of the decision as evidence.")


class PossibleMatch(graphene.ObjectType):
    """A practitioner and a row of a list that could be about the same person."""

    source = graphene.String(required=True, description="The list, such as `LEIE`.")
    practitioner = graphene.ID(required=True, description="The practitioner's id, as decideMatch takes it.")
    row = graphene.String(required=True, description="The row's fingerprint, as decideMatch takes it.")
    verdict = graphene.Field(graphene.NonNull(PairVerdict), description="Whether they are one and the same.")
    likeness = graphene.Field(graphene.NonNull(Likeness), description="How alike they are by their fields alone.")
    fields = many(graphene.String, "The fields that decide it.")
    person = one(PairSide, "The practitioner's side.")
    listed = one(PairSide, "The list's side.")
    decision = graphene.Field(PairDecision, description="The last decision about them, also one that no longer holds.")


MATCHES = page_of(
    connection(PossibleMatch, "PossibleMatch", "pairs, the likeliest first"),
    "For stewards: pairs by verdict, the likeliest first, among the five hundred people that have waited longest.",
    verdict=graphene.Argument(PairVerdict, default_value="UNKNOWN", description="UNKNOWN lists what is to be decided."),
)
