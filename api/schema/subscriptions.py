"""What can be watched: that something changed, never what it changed to."""

import graphene

from api.schema.pages import one
from api.schema.scalars import DateTime


class Change(graphene.ObjectType):
    """Something changed. Ask for it by its id to see what you may see of it."""

    object = graphene.ID(required=True, description="What changed: an opaque id.")
    topic = graphene.String(required=True, description="What kind of change, as in a notice; never a clinical word.")
    at = graphene.Field(graphene.NonNull(DateTime), description="When.")
    version = graphene.Int(description="A referral's version after the change; null where there is none.")


class Subscription(graphene.ObjectType):
    """What can be watched, over server-sent events or a websocket. Rights are looked at anew for every change."""

    referralChanged = graphene.Field(
        graphene.NonNull(Change),
        description="One referral of yours changed.",
        id=graphene.Argument(graphene.NonNull(graphene.ID), description="The referral's id."),
    )
    worklistChanged = one(Change, "Something that concerns you changed: a referral of yours, or a notice for you.")
