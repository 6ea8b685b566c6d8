"""Credentials, who issues them, what was said of them, and what follows for a patient in a place."""

from typing import Any

import graphene

from api.schema.enums import CheckOutcome, CredentialStatus, EncumbranceType, Fixer, Verdict, Waiting
from api.schema.pages import connection, many, one, page_of
from api.schema.scalars import Date, DateTime, JurisdictionCode


class Node(graphene.Interface):
    """Whatever has an id of its own (Relay object identification)."""

    id = graphene.ID(required=True, description="An opaque id, stable for good.")


class CertifyingBody(graphene.ObjectType):
    """A licence board or certification body: the primary source of what it issues."""

    class Meta:
        interfaces = (Node,)

    code = graphene.String(required=True, description="Bonafide's code for it, such as `CA-BBS` or `AASECT`.")
    name = graphene.String(required=True, description="Its full name.")
    kind = graphene.String(description="What it is: a licence board, a certification body, a society.")
    zone = graphene.String(required=True, description="The IANA time zone of its seat, in which its dates hold.")
    jurisdiction = graphene.String(description="Where its licences hold; null where it is not tied to a place.")


class Evidence(graphene.ObjectType):
    """What a statement rests on: who said it, when, how, and the hash of the bytes."""

    class Meta:
        interfaces = (Node,)

    source = graphene.String(required=True, description="The body's code, or the register such as `LEIE` or `NPPES`.")
    sourceType = graphene.String(description="primary, equivalent, aggregator or self.")
    method = graphene.String(description="How it came: a roster, an officer's own word, a register's file.")
    edition = graphene.String(description="The edition of a published file, where it has one.")
    fileName = graphene.String(description="The name of the file it came as, where it came as one.")
    sha256 = graphene.String(description="The SHA-256 of the bytes as received, in hexadecimal.")
    askedAt = graphene.Field(DateTime, description="When the source was asked.")
    answeredAt = graphene.Field(DateTime, description="When the source answered; freshness is counted from here.")
    recordedAt = graphene.Field(DateTime, description="When Bonafide recorded it.")
    completedAt = graphene.Field(DateTime, description="When all of it had been read; null while it has not.")
    position = graphene.Int(description="Its place in its source's chain of evidence, from 1; null where in none.")
    previous = graphene.String(description="The hash of the record before it in the chain; null at the first.")
    chain = graphene.String(description="Its own hash in the chain, which covers all records before it.")
    observations = page_of(
        lambda: _observations(),  # noqa: PLW0108 - defined below
        "What it says of credentials; as part of a decision on somebody, of theirs only.",
    )


class Observation(graphene.ObjectType):
    """What one piece of evidence says of one credential. Never edited: a correction is a new one."""

    status = graphene.Field(graphene.NonNull(CredentialStatus), description="Its meaning in Bonafide's states.")
    word = graphene.String(description="The status as the source worded it.")
    statusDate = graphene.Field(Date, description="From when the status holds in the world.")
    issued = graphene.Field(Date, description="When the credential was issued.")
    expires = graphene.Field(Date, description="The last day it holds, through the end of that day at the body's seat.")
    reverifyBy = graphene.Field(Date, description="For credentials without an end: by when to ask again.")
    disciplineType = graphene.String(description="A public action against the holder, in the source's word.")
    disciplineDate = graphene.Field(Date, description="From when the action holds.")
    disciplineLiftedDate = graphene.Field(Date, description="From when the action no longer holds.")
    answeredAt = graphene.Field(DateTime, description="When the source answered.")
    recordedAt = graphene.Field(DateTime, description="When Bonafide recorded it.")
    evidence = graphene.Field(Evidence, description="What it rests on.")


def _observations() -> Any:
    # Evidence says things of credentials and each of them names its evidence: one of the two must be looked up late.
    return ObservationConnection


ObservationConnection: Any = connection(Observation, "Observation", "what was said of a credential, newest first")


class Encumbrance(graphene.ObjectType):
    """A public action against the holder of a credential; what its body keeps to itself is not sent here."""

    type = graphene.Field(EncumbranceType, description="CompactConnect's type; null when the word is none of those.")
    word = graphene.String(required=True, description="The action in the source's word; empty where it gave none.")
    status = graphene.Field(graphene.NonNull(CredentialStatus), description="The state it puts the credential in.")
    effective = graphene.Field(Date, description="From when it holds.")
    lifted = graphene.Field(Date, description="From when it no longer holds; null while it does.")
    public = graphene.Boolean(required=True, description="Whether it is public: always so for what is shown here.")
    evidence = graphene.Field(Evidence, description="What it rests on: the newest answer about it.")


class Credential(graphene.ObjectType):
    """A licence, certificate, membership or qualification that a body issued to a practitioner."""

    class Meta:
        interfaces = (Node,)

    kind = graphene.String(required=True, description="Its kind, such as `LMFT`, `PSYCHOLOGIST` or `CST`.")
    number = graphene.String(required=True, description="Its number as printed; leading zeros count.")
    jurisdiction = graphene.String(required=True, description="Where it was issued.")
    status = graphene.Field(graphene.NonNull(CredentialStatus), description="Its status now, as far as known.")
    expires = graphene.Field(Date, description="The last day it holds, through the end of that day at the body's seat.")
    issued = graphene.Field(Date, description="When it was issued.")
    confirmedAt = graphene.Field(DateTime, description="When its body last said something of it that counts.")
    waitsFor = graphene.Field(Waiting, description="For its body: why it waits to be confirmed; null when it does not.")
    waitsOn = graphene.Field(Date, description="For its body: the day that is about, such as that of the expiry.")
    encumbrances = many(Encumbrance, "The public actions against its holder, the latest first.")
    issuedBy = one(CertifyingBody, "The body that issued it and alone can confirm it.")
    holder = graphene.Field(lambda: _practitioner(), description="Who holds it.")  # noqa: PLW0108 - defined below
    observations = page_of(ObservationConnection, "Everything said of it, newest first.")


def _practitioner() -> type[graphene.Interface]:
    # People hold credentials and credentials have holders: one of the two must be looked up late.
    from api.schema.people import Practitioner  # noqa: PLC0415

    return Practitioner


CredentialConnection = connection(Credential, "Credential", "credentials")
CertifyingBodyConnection = connection(CertifyingBody, "CertifyingBody", "certifying bodies by code")


class Policy(graphene.ObjectType):
    """The rules a decision was made under."""

    id = graphene.String(required=True, description="Which set of rules.")
    version = graphene.String(required=True, description="Its version; rules are never changed under a version.")


class CheckParam(graphene.ObjectType):
    """One value that a reason is about."""

    name = graphene.String(required=True, description="What it is, such as body, expires or zone.")
    value = graphene.String(required=True, description="The value; days as ISO 8601 dates.")


class Check(graphene.ObjectType):
    """One question a decision asked, and how it came out."""

    code = graphene.String(required=True, description="A stable word for programs.")
    outcome = graphene.Field(graphene.NonNull(CheckOutcome), description="How it came out.")
    reason = graphene.String(required=True, description="Why, as a sentence for people.")
    reasonCode = graphene.String(description="The same for programs; null where it was kept before reasons had codes.")
    params = many(CheckParam, "What the reason is about: with its code, all that its sentence says.")
    remedy = graphene.String(description="What would turn it into a pass, and who can do it.")
    fixableBy = graphene.Field(Fixer, description="Who can turn it into a pass; null where nothing has to be.")
    evidence = many(Evidence, "What the outcome rests on.")


class Standing(graphene.ObjectType):
    """May a patient in this jurisdiction be referred to this person? With every check, and until when it holds."""

    verdict = graphene.Field(graphene.NonNull(Verdict), description="The answer.")
    at = one(DateTime, "The instant it is about.")
    knownAt = one(DateTime, "What had been recorded by this instant was taken into account, nothing later.")
    goodUntil = graphene.Field(DateTime, description="The verdict holds until here; null when nothing known ends it.")
    policy = one(Policy, "The rules it was made under.")
    checks = many(Check, "Every check, whatever its outcome.")
    evidence = many(Evidence, "All that the checks rest on, each once.")


class ReferableWindow(graphene.ObjectType):
    """A time in which a patient of one jurisdiction can be referred to a therapist, as far as is known now."""

    jurisdiction = graphene.String(required=True, description="For patients here.")
    start = one(DateTime, "From here.")
    until = graphene.Field(DateTime, description="Until just before here; null when nothing known ends it.")
    notice = graphene.Boolean(required=True, description="A public fact has to be told.")
    because = many(graphene.String, "What it rests on, in words.")


def standing_field() -> graphene.Field:
    """`standing(jurisdiction, at, knownAt)`: decided on the evidence each time it is asked."""
    return graphene.Field(
        graphene.NonNull(Standing),
        description="Decided anew from the evidence. For any past `at` and `knownAt` it says what held, as then known.",
        jurisdiction=graphene.Argument(graphene.NonNull(JurisdictionCode), description="Where the patient is."),
        at=graphene.Argument(DateTime, description="The instant asked about; now by default."),
        knownAt=graphene.Argument(DateTime, description="Leave out what was recorded later; now by default."),
    )
