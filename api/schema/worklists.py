"""Worklists and chains: how much lies in which folder, and what belongs to one request."""

import graphene

from api.schema.enums import AccountRole, ReferralStatus, WorklistFolder, described
from api.schema.pages import many
from api.schema.scalars import DateTime
from verification.referral_links import Lane as Lanes
from verification.referral_links import Side as Sides

Lane = described(
    "Lane",
    Lanes,
    "What a referral is for. Both lanes may go on at the same time.",
    {"THERAPY": "Therapy.", "MEDICAL_WORK_UP": "A therapist asks something of a physician."},
)


def whose() -> graphene.Argument:
    """Narrows what is over everybody to one of them."""
    return graphene.Argument(
        graphene.ID,
        description="One of the practitioners you act for; by default all of them. Of somebody else it is empty.",
    )


LinkSide = described("LinkSide", Sides, "As what somebody sends or receives a referral.")


class FolderCount(graphene.ObjectType):
    """How much lies in one folder of yours."""

    folder = graphene.Field(graphene.NonNull(WorklistFolder), description="Which folder.")
    count = graphene.Int(required=True, description="How many referrals.")
    overdue = graphene.Int(required=True, description="In how many of them you should have acted by now.")
    unread = graphene.Int(required=True, description="In how many of them somebody wrote what you have not read.")


class ChainLink(graphene.ObjectType):
    """A referral that goes back to the same request for the same patient; of somebody else's only that it is there."""

    referral = graphene.ID(required=True, description="The referral's id; ask by it where the link is yours.")
    mine = graphene.Boolean(required=True, description="You are, or were, a party of it.")
    lane = graphene.Field(graphene.NonNull(Lane), description="What it is for.")
    sentBy = graphene.Field(graphene.NonNull(LinkSide), description="As what its sender sent it.")
    to = graphene.Field(graphene.NonNull(LinkSide), description="As what its recipient received it.")
    status = graphene.Field(
        graphene.NonNull(ReferralStatus), description="Where it stands; how your own part ended, once it has."
    )
    since = graphene.Field(DateTime, description="Since when.")
    sentAt = graphene.Field(DateTime, description="When it was first sent.")
    basedOn = graphene.ID(description="The link it follows from.")
    concern = graphene.String(description="The code of what the patient comes for; null of somebody else's link.")


class EventActor(graphene.ObjectType):
    """Whoever did something."""

    name = graphene.String(required=True, description="The account's name.")
    role = graphene.Field(graphene.NonNull(AccountRole), description="What the account is.")
    actsFor = graphene.String(description="The practitioner a delegate did it for, also of a delegate of several.")


WORKLIST_COUNTS = many(
    FolderCount,
    "Every folder of yours with how much lies in it, the empty ones too; over all you act for, or of one of them.",
    of=whose(),
)
