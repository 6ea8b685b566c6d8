"""What is said to write a referral and to answer its red flags.

- Everything of one partner stands in that partner's own part: a couple is two referrals, each with its own consent.
"""

import graphene

from api.schema.enums import Priority
from api.schema.inputs import OnReferral, ScreeningScoreInput, automatic, key, listed, needed, taken
from api.schema.intakes import MedicineClass, Organ, Said, WorkUp
from api.schema.scalars import ConcernCode, Date, DateTime, JurisdictionCode


class SafeContactInput(graphene.InputObjectType):
    """How the patient may be reached without anybody else learning why. What is not said is not allowed."""

    phone = taken(graphene.String, "A number that is safe to call.")
    hours = taken(graphene.String, "When it is safe to call.")
    voicemailAllowed = taken(graphene.Boolean, "Whether a message may be left.")
    neutralWording = taken(graphene.Boolean, "Letters, e-mail, calendar and calls use neutral words only.")
    partnerUnaware = taken(graphene.Boolean, "The partner does not know of this.")
    doNotWriteHome = taken(graphene.Boolean, "Nothing is to be sent to the home.")
    note = taken(graphene.String, "Anything else.")


class PatientInput(graphene.InputObjectType):
    """The patient. Until a therapist accepts, only age band, area and payer are shown to them."""

    familyName = needed(graphene.String, "Family name.")
    givenName = needed(graphene.String, "Given name.")
    preferredName = taken(graphene.String, "Name in use.")
    pronouns = taken(graphene.String, "Pronouns.")
    birthDate = taken(Date, "Date of birth.")
    phone = taken(graphene.String, "Telephone.")
    email = taken(graphene.String, "E-mail address.")
    postalCode = taken(graphene.String, "Postal code of the home.")
    payer = taken(graphene.String, "Who is to pay.")
    safeContact = taken(SafeContactInput, "How to reach the patient safely.")


class ConsentInput(graphene.InputObjectType):
    """The patient's consent to this referral."""

    given = needed(graphene.Boolean, "It was given; without it no referral is written.")
    method = taken(graphene.String, "How, such as `written` or `spoken`.")
    at = taken(DateTime, "When; now by default.")


class IntakeAnswerInput(graphene.InputObjectType):
    """An answer to one question of `intakeForm`. A value alone counts as YES."""

    question = needed(graphene.String, "The question's code.")
    answer = taken(Said, "Yes, no or not asked; may be left out where a value says it.")
    number = taken(graphene.Float, "For a question of kind NUMBER.")
    on = taken(Date, "For a question of kind DATE.")
    choice = taken(graphene.String, "For a question of kind CHOICE: one of its codes.")
    medicines = listed(MedicineClass, "For a question of kind MEDICINES: all that are taken; empty means none.")


class IntakeInput(graphene.InputObjectType):
    """The patient's history, as far as it was asked."""

    answers = listed(IntakeAnswerInput, "What was asked and answered; what is left out counts as not asked.")
    anatomy = listed(Organ, "The inventory of organs; left out or empty: not known.")
    scores = listed(ScreeningScoreInput, "Screening scores.")


class RedFlagAnswerInput(graphene.InputObjectType):
    """Your answer to one red flag. A STOP needs `reason` or `legalBasis`, a WORKUP needs `workUp`."""

    rule = needed(graphene.String, "The rule's code, as `redFlags` shows it.")
    reason = taken(graphene.String, "Why you send all the same; printed on the letter.")
    legalBasis = taken(graphene.String, "The legal basis, where the rule asks for one.")
    workUp = taken(WorkUp, "How the medical work-up stands; NOT_INDICATED needs a `reason`.")


class PartnerInput(graphene.InputObjectType):
    """The other one of a couple: a patient with a referral of their own, in which nothing of the first is told."""

    patient = needed(PatientInput, "The partner.")
    consent = needed(ConsentInput, "The partner's own consent.")
    reason = taken(graphene.String, "Your words to the therapist about the partner; shown once accepted.")
    intake = taken(IntakeInput, "The partner's own history.")
    redFlagAnswers = listed(RedFlagAnswerInput, "Answers to the red flags of the partner's own history.")


class CreateReferralInput(graphene.InputObjectType):
    """A referral to be written; nobody but you sees it until it is sent."""

    idempotencyKey = key()
    patient = needed(PatientInput, "The patient.")
    concern = needed(ConcernCode, "Why the patient comes.")
    jurisdiction = needed(JurisdictionCode, "Where the patient will be during sessions.")
    priority = needed(Priority, "How soon a first answer is needed.")
    candidates = listed(
        graphene.ID, "Therapists to ask, in this order, at most 10. May be empty until it is sent.", required=True
    )
    reason = taken(graphene.String, "Your words to the therapist; shown once accepted.")
    consent = needed(ConsentInput, "The patient's consent.")
    autoAdvance = automatic()
    intake = taken(IntakeInput, "The patient's history; shown once accepted.")
    redFlagAnswers = listed(RedFlagAnswerInput, "Answers to red flags, where you know already what will be found.")
    for_ = graphene.InputField(
        graphene.ID, name="for", description="The physician whose referral it is; needed where you act for several."
    )
    basedOn = taken(
        graphene.ID,
        "An earlier referral of yours of the same patient that is over; this one goes on from it, in one chain.",
    )
    partner = taken(PartnerInput, "For a couple: the other one, who gets a referral of their own, written with this.")


class AnswerRedFlagsInput(OnReferral):
    """Complete a draft's intake and answer what the rules found, so that it can be sent."""

    intake = taken(IntakeInput, "The whole history anew, in place of what was there; left out: it stays.")
    answers = listed(RedFlagAnswerInput, "Answers to what is found; earlier answers stay where they still fit.")
