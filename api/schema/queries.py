"""The questions of the contract."""

import graphene

from api.schema.credentials import CertifyingBodyConnection, Node
from api.schema.endpoints import DeadLetterConnection
from api.schema.enums import Modality, TherapistOrder, WorklistFolder
from api.schema.intakes import IntakeForm, Organ
from api.schema.matches import MATCHES
from api.schema.pages import many, page_of
from api.schema.people import Concern, Practitioner, TherapistConnection, Viewer
from api.schema.proposals import CONFIRMATION_COUNTS, CONFIRMATIONS, PROPOSALS, REVIEWS_DUE
from api.schema.referrals import Referral, ReferralConnection
from api.schema.scalars import NPI, ConcernCode, JurisdictionCode
from api.schema.worklists import WORKLIST_COUNTS, whose


class TherapistFilter(graphene.InputObjectType):
    """Whom to find. Only those proven referable now for the jurisdiction are ever shown."""

    concern = graphene.InputField(graphene.NonNull(ConcernCode), description="Why the patient comes.")
    jurisdiction = graphene.InputField(graphene.NonNull(JurisdictionCode), description="Where the patient is.")
    acceptingNew = graphene.Boolean(description="Only those who say that they take new patients, or only the others.")
    payer = graphene.String(description="Who is to pay; compared without regard to case and accents.")
    language = graphene.String(description="A BCP 47 code or an English name of a language.")
    modality = graphene.InputField(Modality, description="How sessions are held.")
    name = graphene.String(description="Part of a name; accents, case and apostrophes do not count.")


class Near(graphene.InputObjectType):
    """A circle: around a US postal code or a point."""

    postalCode = graphene.String(description="A US ZIP code of five digits; else give latitude and longitude.")
    latitude = graphene.Float(description="WGS-84 degrees, -90 to 90.")
    longitude = graphene.Float(description="WGS-84 degrees, -180 to 180.")
    withinKm = graphene.Float(required=True, description="The radius in kilometres, more than 0, at most 20040.")


class Query(graphene.ObjectType):
    """What can be asked. Every root field is answered by one statement."""

    viewer = graphene.Field(Viewer, description="The account that asks.")
    node = graphene.Field(
        Node,
        description="Anything by its id; null when there is none that you may see.",
        id=graphene.Argument(graphene.NonNull(graphene.ID), description="An id that Bonafide gave out."),
    )
    concerns = many(Concern, "Why people come: all concerns by code.")
    certifyingBodies = page_of(CertifyingBodyConnection, "The bodies that issue credentials, by code.")
    therapists = page_of(
        TherapistConnection,
        "Therapists proven fit for the patient's place and concern now; nearest first when `near` is given.",
        where=graphene.Argument(graphene.NonNull(TherapistFilter), description="Whom to find."),
        near=graphene.Argument(Near, description="Where; without it distance does not matter."),
        orderBy=graphene.Argument(TherapistOrder, description="In which order."),
    )
    intakeForm = graphene.Field(
        graphene.NonNull(IntakeForm),
        description="What to ask before sending somebody for a concern; a client builds its form from it.",
        concern=graphene.Argument(graphene.NonNull(ConcernCode), description="Why the patient comes."),
        anatomy=graphene.Argument(
            graphene.List(graphene.NonNull(Organ)),
            description="The inventory of organs, where it is known: questions about others are left out.",
        ),
    )
    practitioner = graphene.Field(
        Practitioner,
        description="Somebody by NPI; null when not in the register.",
        npi=graphene.Argument(graphene.NonNull(NPI), description="National Provider Identifier."),
    )
    referral = graphene.Field(
        Referral,
        description="A referral by id; null when there is none that you may see.",
        id=graphene.Argument(graphene.NonNull(graphene.ID), description="The referral's id."),
    )
    worklist = page_of(
        ReferralConnection,
        "Your referrals in one folder: what is overdue first, then what is due next; of what is over, the newest.",
        folder=graphene.Argument(graphene.NonNull(WorklistFolder), description="Which folder."),
        of=whose(),
    )
    worklistCounts = WORKLIST_COUNTS
    affectedReferrals = page_of(
        ReferralConnection,
        "Your referrals that rest on a decision which later knowledge overturned, longest known first.",
    )
    deadLetters = page_of(DeadLetterConnection, "For a steward: the notices nobody took, longest dead first.")
    matches = MATCHES
    confirmations = CONFIRMATIONS
    confirmationCounts = CONFIRMATION_COUNTS
    proposals = PROPOSALS
    reviewsDue = REVIEWS_DUE
