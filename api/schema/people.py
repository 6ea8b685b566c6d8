"""The people of the network: therapists, physicians, and those who are only in the register."""

import graphene

from api.schema.credentials import (
    CertifyingBody,
    CredentialConnection,
    Node,
    ReferableWindow,
    standing_field,
)
from api.schema.endpoints import Endpoint
from api.schema.enums import AccountRole, Modality, SessionFormat
from api.schema.histories import standing_history_field
from api.schema.intakes import CodeMapping
from api.schema.pages import connection, many, page_of
from api.schema.reply_times import FirstVisit, ResponseTime
from api.schema.scalars import NPI, Date, DateTime


class Practice(graphene.ObjectType):
    """A place where a practitioner works."""

    placeName = graphene.String(description="Its name.")
    line1 = graphene.String(description="First address line.")
    line2 = graphene.String(description="Second address line.")
    city = graphene.String(description="City.")
    state = graphene.String(description="State or region.")
    postalCode = graphene.String(description="Postal code.")
    country = graphene.String(description="ISO country code.")
    phone = graphene.String(description="Telephone.")
    latitude = graphene.Float(description="WGS-84 latitude in degrees, of the postal code's centre.")
    longitude = graphene.Float(description="WGS-84 longitude in degrees, of the postal code's centre.")
    zone = graphene.String(description="IANA time zone.")


class Concern(graphene.ObjectType):
    """A reason why people come."""

    code = graphene.String(required=True, description="Bonafide's own code, used in search and referrals.")
    name = graphene.String(required=True, description="In plain words.")
    description = graphene.String(description="What it covers.")
    mappings = many(CodeMapping, "Codes of other systems it may come with; orientation is never coded as a disorder.")


class Language(graphene.ObjectType):
    """A language sessions can be held in."""

    code = graphene.String(required=True, description="BCP 47 code.")
    name = graphene.String(description="Its English name.")


class Payer(graphene.ObjectType):
    """Who pays: an insurer, or a way of paying oneself."""

    code = graphene.String(required=True, description="The folded name that search compares.")
    name = graphene.String(required=True, description="As shown.")


class Practitioner(graphene.Interface):
    """Somebody with an NPI or a credential."""

    id = graphene.ID(required=True, description="An opaque id, stable for good.")
    npi = graphene.Field(graphene.NonNull(NPI), description="National Provider Identifier.")
    name = graphene.String(required=True, description="Full name as shown.")
    familyName = graphene.String(description="Family name.")
    givenName = graphene.String(description="Given name.")
    middleName = graphene.String(description="Middle name.")
    suffix = graphene.String(description="Jr., III and the like.")
    npiDeactivatedOn = graphene.Field(Date, description="Set while the NPI is deactivated.")
    practices = many(Practice, "Where they work.")
    credentials = page_of(CredentialConnection, "What they hold, as the bodies say.")
    standing = standing_field()
    standingHistory = standing_history_field()


class Therapist(graphene.ObjectType):
    """Somebody who treats: found by search only while proven fit for the patient's place."""

    class Meta:
        interfaces = (Node, Practitioner)

    acceptsNew = graphene.Boolean(description="Takes new patients, as the therapist says.")
    waitWeeks = graphene.Int(description="Weeks to a first visit, as the therapist says; since `profileUpdatedAt`.")
    responseTime = graphene.Field(
        ResponseTime, description="How soon referrals are answered, as computed; null of too few."
    )
    firstVisit = graphene.Field(FirstVisit, description="How soon a first visit comes, as computed; null of too few.")
    profileUpdatedAt = graphene.Field(DateTime, description="When the therapist last said so.")
    approaches = many(graphene.String, "Ways of working, as the therapist says.")
    formats = many(SessionFormat, "With whom sessions are held.")
    modalities = many(Modality, "How sessions are held.")
    concerns = many(Concern, "What the therapist treats, in her own words' codes.")
    languages = many(Language, "Languages of sessions.")
    payers = many(Payer, "Who may pay.")
    referableIn = many(ReferableWindow, "When and for which places patients can be referred, as known now.")


class Physician(graphene.ObjectType):
    """Somebody who refers, and to whom patients are referred back."""

    class Meta:
        interfaces = (Node, Practitioner)


class OtherPractitioner(graphene.ObjectType):
    """Somebody in the register who is neither."""

    class Meta:
        interfaces = (Node, Practitioner)


class Viewer(graphene.ObjectType):
    """The account that asks."""

    id = graphene.ID(required=True, description="An opaque id.")
    name = graphene.String(required=True, description="The account's name.")
    role = graphene.Field(graphene.NonNull(AccountRole), description="What it may do.")
    practitioner = graphene.Field(
        Practitioner, description="Whom it acts for, where that is a person; of several the first of `actsFor`."
    )
    actsFor = many(Practitioner, "The practitioners it acts for, by name; of a practitioner's own account the one.")
    certifyingBody = graphene.Field(CertifyingBody, description="Which body it speaks for, where it does.")
    endpoints = many(Endpoint, "Where it is told of what happens.")


TherapistConnection = connection(
    Therapist,
    "Therapist",
    "therapists proven referable now",
    distanceKm=graphene.Float(description="From the place searched near to the nearest practice, on WGS-84."),
    because=many(graphene.String, "Why this one is shown, in words."),
)
