"""A public action, as an officer names it together with a word on a credential."""

import graphene

from api.schema.enums import EncumbranceType
from api.schema.scalars import Date


class EncumbranceInput(graphene.InputObjectType):
    """A public action against the holder that goes with what is said."""

    type = graphene.InputField(graphene.NonNull(EncumbranceType), description="Its type.")
    effective = graphene.InputField(graphene.NonNull(Date), description="From when it holds, at your seat.")
    lifted = graphene.InputField(Date, description="From when it no longer holds; only where you confirm.")
