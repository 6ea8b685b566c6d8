"""Referrals as each side may see them."""

import graphene

from api.schema.credentials import Check, Node, Standing
from api.schema.enums import BackRequest, Priority, ReferralStatus, ReportKind, Verdict
from api.schema.information import Turn
from api.schema.intakes import Intake, RedFlags, ScreeningScore
from api.schema.pages import connection, many, one, page_of
from api.schema.people import Concern, Practitioner
from api.schema.scalars import Date, DateTime
from api.schema.threads import Attachment, MessageConnection
from api.schema.worklists import ChainLink, EventActor


class SafeContact(graphene.ObjectType):
    """How the patient may be reached without anybody else learning why. What is null was not said: not allowed."""

    phone = graphene.String(description="A number that is safe to call.")
    hours = graphene.String(description="When it is safe to call.")
    voicemailAllowed = graphene.Boolean(description="Whether a message may be left.")
    neutralWording = graphene.Boolean(description="Letters, e-mail, calendar and calls use neutral words only.")
    partnerUnaware = graphene.Boolean(description="The partner does not know of this.")
    doNotWriteHome = graphene.Boolean(description="Nothing is to be sent to the home.")
    note = graphene.String(description="Anything else.")


class Patient(graphene.ObjectType):
    """The patient of a referral. Before acceptance only age band, area and payer are there; the rest is null."""

    ageBand = graphene.String(description="Age in decades, such as `40-49`; `under 18` and `90 and over` at the ends.")
    area = graphene.String(description="The first three characters of the postal code.")
    payer = graphene.String(description="Who is to pay.")
    initials = graphene.String(description="For the sender, and for whoever has once accepted.")
    familyName = graphene.String(description="Family name; for the sender and, while it is theirs, the accepter.")
    givenName = graphene.String(description="Given name; as above.")
    preferredName = graphene.String(description="Name in use; as above.")
    pronouns = graphene.String(description="Pronouns; as above.")
    birthDate = graphene.Field(Date, description="Date of birth; as above.")
    phone = graphene.String(description="Telephone; as above.")
    email = graphene.String(description="E-mail; as above.")
    postalCode = graphene.String(description="Postal code; as above.")
    safeContact = graphene.Field(SafeContact, description="How to reach the patient safely; as above.")


class Visit(graphene.ObjectType):
    """A booked visit."""

    startsAt = one(DateTime, "When it starts.")
    zone = graphene.String(description="The IANA zone of the place where it is held.")
    status = graphene.String(
        required=True, description="BOOKED, MOVED (another took its place), NO_SHOW, CANCELLED or ATTENDED."
    )


class Report(graphene.ObjectType):
    """What the therapist reports. Versions are kept; the newest is the one in force."""

    kind = graphene.Field(graphene.NonNull(ReportKind), description="Interim or final.")
    version = graphene.Int(required=True, description="Counts up with each amendment.")
    sentAt = one(DateTime, "When it was sent.")
    sentBy = graphene.String(description="The name of the account that sent it.")
    acknowledgedAt = graphene.Field(
        DateTime, description="When the sender acknowledged this version; a later one is to be acknowledged again."
    )
    acknowledgedBy = graphene.String(description="The name of the account that acknowledged it.")
    attendance = graphene.String(description="Visits attended and missed.")
    formulation = graphene.String(description="How the therapist understands the concern.")
    intervention = graphene.String(description="What was done.")
    progress = graphene.String(description="What changed.")
    scores = many(ScreeningScore, "Screening scores taken since the referral, to be read beside those of its intake.")
    risks = graphene.String(description="What to watch.")
    recommendation = graphene.String(description="What the sender is asked to do next.")


class Reconsideration(graphene.ObjectType):
    """What a frozen decision would be with what has been learnt since, under the policy of its own instant."""

    verdict = graphene.Field(graphene.NonNull(Verdict), description="The answer as it would be now.")
    knownAt = one(DateTime, "When that was found: records up to this instant count.")
    policyId = graphene.String(required=True, description="Which set of rules.")
    policyVersion = graphene.String(required=True, description="Their version.")
    codes = many(graphene.String, "The checks that did not pass, by code.")
    reasons = many(graphene.String, "The sentence of each of them, in the same order.")


class Decision(graphene.ObjectType):
    """A decision on standing as it was frozen: the proof that the recipient was fit at that moment."""

    class Meta:
        interfaces = (Node,)

    verdict = graphene.Field(graphene.NonNull(Verdict), description="The answer then.")
    at = one(DateTime, "The instant it is about.")
    knownAt = one(DateTime, "What had been recorded by this instant was taken into account.")
    goodUntil = graphene.Field(DateTime, description="Until when it held, as then known.")
    policyId = graphene.String(required=True, description="Which set of rules.")
    policyVersion = graphene.String(required=True, description="Their version.")
    checks = many(Check, "Every check, as it came out then; `evidence` lists what it rested on.")
    jurisdiction = graphene.String(description="Where the patient was.")
    replay = one(Standing, "The same question decided anew: at that instant, as then known, under those rules.")
    agrees = graphene.Boolean(
        required=True, description="Whether `replay` gives the verdict, reasons and evidence that were frozen."
    )
    now = one(Standing, "The same question decided as known now.")
    reconsiderations = many(
        Reconsideration, "What later knowledge made of it, oldest first; empty while it would come out the same."
    )


class Attempt(graphene.ObjectType):
    """One try with one recipient. A referral has one or more, at most one of them open."""

    class Meta:
        interfaces = (Node,)

    number = graphene.Int(required=True, description="Counts up within the referral.")
    status = graphene.Field(graphene.NonNull(ReferralStatus), description="Where this try stands.")
    recipient = one(Practitioner, "To whom it was sent.")
    sentAt = graphene.Field(DateTime, description="When it was sent.")
    by = graphene.Field(EventActor, description="Who sent it; null where the network itself did.")
    dueAt = graphene.Field(
        DateTime, description="By when the recipient should have answered; null while the clock stands still."
    )
    expiresAt = graphene.Field(DateTime, description="When it expires without an answer; null as above.")
    openedAt = graphene.Field(DateTime, description="When the recipient opened it.")
    acceptedAt = graphene.Field(DateTime, description="When the recipient accepted; identity opened then.")
    endedAt = graphene.Field(DateTime, description="When this try ended.")
    endReason = graphene.String(description="Why it ended, coded.")
    comment = graphene.String(description="The recipient's words with it.")
    proofs = many(Decision, "The decisions it was sent and accepted on.")
    visits = many(Visit, "Booked visits.")
    reports = many(Report, "Reports, oldest first.")


class Event(graphene.ObjectType):
    """Something that happened to a referral. Never edited."""

    number = graphene.Int(required=True, description="Counts up within the referral; the last equals its version.")
    name = graphene.String(
        required=True,
        description="What happened: ReferralCreated, RedFlagsAnswered, "
        "ReferralSent, ReferralOpened, ReferralAccepted, ReferralWaitlisted, "
        "ReferralDeclined, ReferralReturned, InformationRequested, InformationGiven, ReferralExpired, "
        "ReferralRecalled, CandidatePassedOver, CoupleKeptTogether, ReferralAdvanced, ReferralRedirected, "
        "VisitScheduled, "
        "PatientDidNotAttend, VisitCancelled, TherapyStarted, ReferralHeld, ReferralResumed, MedicalReviewCleared, "
        "PatientReferredBack, WorkUpOrdered, InterimReportSent, "
        "ReportSent, ReportAcknowledged, ReferralClosedUnacknowledged, ReferralEndedEarly, ReferralCancelled, "
        "CancellationRequested, CancellationConfirmed, CancellationRefused, ReferralWithdrawn or MarkedEnteredInError.",
    )
    at = one(DateTime, "When.")
    dueAt = graphene.Field(DateTime, description="When it was to happen, of what the network did because time ran out.")
    by = graphene.Field(EventActor, description="Who did it; null of what the network itself did.")
    actorRole = graphene.String(description="As what the actor acted.")
    fromStatus = graphene.Field(ReferralStatus, description="The state before.")
    toStatus = graphene.Field(ReferralStatus, description="The state after.")
    reason = graphene.String(description="The coded reason, where one was given.")


class AvailableAction(graphene.ObjectType):
    """What the viewer may do with the referral now, or why not."""

    action = graphene.String(required=True, description="The mutation's name.")
    allowed = graphene.Boolean(required=True, description="It would be allowed now.")
    why = graphene.String(description="What forbids it now.")


AttemptConnection = connection(Attempt, "Attempt", "attempts in order")
EventConnection = connection(Event, "Event", "events in order")


class Referral(graphene.ObjectType):
    """A patient sent, with consent, for one concern. Seen by its sender and, once sent, by its recipient only."""

    class Meta:
        interfaces = (Node,)

    version = graphene.Int(required=True, description="Counts up with each event: pass it as `expectedVersion`.")
    status = graphene.Field(
        graphene.NonNull(ReferralStatus), description="Where it stands; how your own part ended, once it has."
    )
    jurisdiction = graphene.String(required=True, description="Where the patient is.")
    priority = graphene.Field(graphene.NonNull(Priority), description="How soon a first answer is needed.")
    requisition = graphene.String(description="Shared by all referrals that go back to one first request.")
    reason = graphene.String(description="The sender's words; for the recipient once accepted.")
    consentAt = graphene.Field(DateTime, description="When the patient agreed to it.")
    consentMethod = graphene.String(description="How; for the sender and, while it is theirs, the accepter.")
    createdAt = graphene.Field(DateTime, description="When it was written.")
    sentAt = graphene.Field(DateTime, description="When it was first sent.")
    turn = graphene.Field(Turn, description="Whose turn it is; null for who is no longer part of it.")
    dueAt = graphene.Field(DateTime, description="By when whoever's turn it is should have acted.")
    overdue = graphene.Boolean(required=True, description="It is your turn, and you should have acted by now.")
    since = graphene.Field(DateTime, description="Since when it stands where it does.")
    expiresAt = graphene.Field(
        DateTime,
        description="When the network acts by itself if nobody did: the attempt expires, a request to cancel counts as "
        "confirmed, an unread report closes, an unattended referral is withdrawn. Null where it only reminds.",
    )
    autoAdvance = graphene.Boolean(
        description="The sender wants the network to ask the next of the shortlist after a no; for the sender."
    )
    autoClosed = graphene.Boolean(description="It was closed because nobody acknowledged the report.")
    affectedAt = graphene.Field(
        DateTime,
        description="Since when a decision it was sent or accepted on is known to have been wrong; for the sender, and "
        "null while none is. `proofs` have their `reconsiderations`.",
    )
    concern = one(Concern, "Why the patient comes.")
    request = graphene.Field(
        BackRequest, description="What a physician is asked for with it; null of a referral for therapy."
    )
    intake = graphene.Field(Intake, description="The patient's history; for the recipient once accepted.")
    redFlags = graphene.Field(
        RedFlags,
        description="What the rules find of it, as of now in a draft and frozen once sent; for the recipient once "
        "accepted. Null where a physician is asked something.",
    )
    couple = graphene.String(
        description="The same on both referrals of a couple, null on any other; for the recipient once accepted."
    )
    partner = graphene.Field(
        lambda: Referral,
        description="The partner's referral, where it is yours too; for the recipient once this one is accepted.",
    )
    patient = one(Patient, "The patient, as far as you may know.")
    sentBy = one(Practitioner, "Who sent it.")
    chain = many(
        ChainLink,
        "All referrals that go back to the same request for this patient, in the order in which they were written; "
        "only your own once your part in this one has ended.",
    )
    basedOn = graphene.Field(lambda: Referral, description="The referral this one follows from.")
    candidates = many(Practitioner, "The sender's shortlist in order; empty for anybody else.")
    currentAttempt = graphene.Field(Attempt, description="The newest attempt you may see.")
    attempts = page_of(AttemptConnection, "The attempts you may see.")
    events = page_of(EventConnection, "What happened, as far as it concerns you.")
    messages = page_of(MessageConnection, "The thread of every attempt you may see, oldest first.")
    unread = graphene.Int(required=True, description="How many messages of the other side you have not read.")
    attachments = many(Attachment, "What is attached to it, oldest first; for the recipient once accepted.")
    availableActions = many(AvailableAction, "What you may do now, and why not the rest.")


ReferralConnection = connection(Referral, "Referral", "referrals")
