"""What one officer proposes and another agrees to, what waits for a body, and what a roster would change."""

import graphene

from api.schema.credentials import CertifyingBody, Credential, CredentialConnection, Node
from api.schema.enums import CredentialStatus, described
from api.schema.inputs import CredentialReason
from api.schema.pages import connection, page_of
from api.schema.scalars import Date, DateTime
from graph.officer_roots import COUNTS
from verification.agreements import ProposalKind as Kind
from verification.agreements import ProposalStatus as Status
from verification.confirmations import FILTERS
from verification.roster_changes import Effect

ProposalKind = described(
    "ProposalKind",
    Kind,
    "What is proposed.",
    {
        "CONFIRM": "To confirm a credential, where that lifts what stands against it.",
        "REINSTATE": "To give a credential back.",
        "LIFT_ENCUMBRANCE": "To end a public action.",
        "ROSTER": "To apply a roster that lifts something, or changes much at once.",
    },
)
ProposalStatus = described(
    "ProposalStatus",
    Status,
    "What became of a proposal.",
    {
        "OPEN": "It waits for a second officer.",
        "APPLIED": "A second officer agreed, and it was done.",
        "REFUSED": "Another officer refused it.",
        "WITHDRAWN": "Its officer took it back.",
        "EXPIRED": "Nobody agreed in time.",
        "VOID": "Something else was said of the credential meanwhile.",
    },
)
ConfirmationFilter = described(
    "ConfirmationFilter",
    list(FILTERS),
    "Which credentials that wait to be confirmed.",
    {
        "ALL": "Everything that waits.",
        "NEW_CLAIMS": "Asked for, or said by nobody who counts.",
        **{f"EXPIRING_{days}": f"Good now, and printed to end within {days} days." for days in (30, 60, 90)},
        "CONFLICTS": "What is said contradicts itself.",
        "UNKNOWN_WORDS": "Your body used a word that nobody has mapped.",
        "MISSING": "Missing from a complete roster of your body.",
        "STALE": "The last answer is too old to count.",
    },
)
RosterEffect = described(
    "RosterEffect",
    Effect,
    "What a row of a roster does to a credential.",
    {
        "NEW": "It is not here yet.",
        "LIFTS": "Something that stands against it is lifted; needs a second officer.",
        "ENDS": "Revoked, surrendered, denied, cancelled, or the holder died.",
        "UNKNOWN": "Nothing that counts is known afterwards, such as for a word that nobody has mapped.",
        "MISSING": "It is not in the complete roster.",
        "NOTICE": "A public notice is to be shown with it.",
        "IMPROVES": "It is better than before, with nothing lifted.",
        "RENEWS": "It is good for longer, or shorter, than before.",
        "UNCHANGED": "It is confirmed as it stands.",
    },
)


class Proposal(graphene.ObjectType):
    """What one officer said of a credential, or sent as a roster, and another has to say too."""

    class Meta:
        interfaces = (Node,)

    kind = graphene.Field(graphene.NonNull(ProposalKind), description="What is proposed.")
    status = graphene.Field(graphene.NonNull(ProposalStatus), description="What became of it.")
    madeAt = graphene.Field(graphene.NonNull(DateTime), description="When it was made.")
    madeBy = graphene.String(description="The name of the account that made it.")
    mine = graphene.Boolean(required=True, description="You made it, so another officer has to agree.")
    expiresAt = graphene.Field(graphene.NonNull(DateTime), description="Until when it waits.")
    settledAt = graphene.Field(DateTime, description="When it was agreed on, refused, withdrawn or became void.")
    settledBy = graphene.String(description="The name of the account that settled it.")
    why = graphene.String(description="Why it was refused or withdrawn.")
    certifyingBody = graphene.Field(CertifyingBody, description="Your body.")
    credential = graphene.Field(Credential, description="The credential it is about; null for a roster.")
    wanted = graphene.Field(CredentialStatus, description="The status it asks for; null for a roster.")
    effective = graphene.Field(Date, description="From which day that is to hold.")
    expires = graphene.Field(Date, description="The last day it is to hold.")
    reverifyBy = graphene.Field(Date, description="By when to ask again.")
    reason = graphene.Field(CredentialReason, description="Why.")
    note = graphene.String(description="What its officer noted; for a roster, why it needs a second officer.")
    rows = graphene.Int(description="For a roster: how many rows it has.")
    lifts = graphene.Int(description="For a roster: from how many credentials it lifts something.")
    worse = graphene.Int(description="For a roster: how many credentials it makes worse.")
    openReferrals = graphene.Int(description="For a roster: how many open referrals would lose what they rest on.")


ProposalConnection = connection(Proposal, "Proposal", "what officers of your body proposed, newest first")

ConfirmationCounts = type(
    "ConfirmationCounts",
    (graphene.ObjectType,),
    {
        "__doc__": "How many credentials wait to be confirmed, by filter.",
        **{
            name: graphene.Int(required=True, description=f"As many as {passes} lets through.")
            for name, passes in COUNTS.items()
        },
    },
)


class EffectCount(graphene.ObjectType):
    """How many credentials a roster has one effect on."""

    effect = graphene.Field(graphene.NonNull(RosterEffect), description="The effect.")
    count = graphene.Int(required=True, description="On how many.")


class RosterChange(graphene.ObjectType):
    """What a roster would make of one credential."""

    line = graphene.Int(required=True, description="The line of the file; 0 for one that is missing from it.")
    kind = graphene.String(required=True, description="Its kind.")
    number = graphene.String(required=True, description="Its number as the file prints it.")
    jurisdiction = graphene.String(required=True, description="Where it was issued.")
    holder = graphene.String(required=True, description="Whose, as the file names them.")
    word = graphene.String(required=True, description="The status as the file words it.")
    before = graphene.Field(CredentialStatus, description="Its status now; null when it is not here yet.")
    after = graphene.Field(graphene.NonNull(CredentialStatus), description="Its status if the roster is applied.")
    expires = graphene.Field(Date, description="The last day it would hold.")
    effect = graphene.Field(graphene.NonNull(RosterEffect), description="What that is.")


class ConfirmResult(graphene.ObjectType):
    """What became of one confirmation of a list."""

    credential = graphene.ID(required=True, description="The credential's id.")
    status = graphene.Field(graphene.NonNull(CredentialStatus), description="Its status now.")
    expires = graphene.Field(Date, description="The last day it holds.")


PROPOSED = graphene.Field(Proposal, description="What waits for a second officer of your body; null when nothing does.")
PREVIEWED = {
    "digest": graphene.String(description="What was seen, as a hash: `expectedDigest` of `applyRoster`."),
    "needsSecondOfficer": graphene.String(description="Why a second officer has to agree; null when nobody has to."),
    "totals": graphene.List(graphene.NonNull(EffectCount), description="How many credentials of each effect."),
    "changes": graphene.List(graphene.NonNull(RosterChange), description="In the order of the file."),
}
CONFIRMED = {"results": graphene.List(graphene.NonNull(ConfirmResult), description="Each as it is now, in order.")}

CONFIRMATIONS = page_of(
    CredentialConnection,
    "For a body's officer: the credentials that wait to be confirmed, most urgent first; `waitsFor` says why.",
    filter=graphene.Argument(ConfirmationFilter, description="Which of them; ALL by default."),
)
CONFIRMATION_COUNTS = graphene.Field(
    graphene.NonNull(ConfirmationCounts), description="For a body's officer: how many credentials wait, by filter."
)
PROPOSALS = page_of(
    ProposalConnection,
    "For a body's officer: what you or another officer of your body proposed.",
    status=graphene.Argument(ProposalStatus, description="Only those of this status."),
)
REVIEWS_DUE = page_of(
    CredentialConnection,
    "For a steward: licences whose discipline keeps their holder's other licences from counting until it is reviewed.",
)
