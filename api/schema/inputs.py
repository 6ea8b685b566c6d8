"""What can be said to Bonafide: one input for each mutation.

- Every input has an `idempotencyKey`; where the object has a version, an `expectedVersion` too.
- Which moves are legal when is the machine's business; an input only gives it words.
"""

from typing import Any

import graphene

from api.schema.encumbrances import EncumbranceInput
from api.schema.enums import (
    CancelReason,
    CredentialStatus,
    DeclineReason,
    MatchVerdict,
    Modality,
    ReportKind,
    SessionFormat,
    described,
)
from api.schema.intakes import InstrumentCode
from api.schema.scalars import ConcernCode, Date, DateTime
from verification.credential_reasons import CredentialReason as WhyOfficer
from verification.referral_reasons import EndReason as WhyEnded
from verification.referral_reasons import HoldReason as WhyHeld

CredentialReason = described(
    "CredentialReason",
    WhyOfficer,
    "Why a body's officer acts. OTHER needs a note.",
    {
        "DISCIPLINARY_ORDER": "A decision after a disciplinary proceeding; to suspend or revoke.",
        "EMERGENCY_ORDER": "A summary or interim order before the proceeding; to suspend or revoke.",
        "COURT_ORDER": "A court has ordered it; to suspend, revoke or reinstate.",
        "TERM_SERVED": "The suspension has run its term; to reinstate.",
        "REQUIREMENTS_MET": "What was missing is there again; to reinstate.",
        "APPEAL_UPHELD": "The holder's appeal succeeded; to reinstate.",
        "CORRECTION": "The earlier statement was wrong; to reinstate.",
    },
)
EndReason = described(
    "EndReason",
    WhyEnded,
    "Why therapy, or the wait for it, ends without a final report. OTHER needs a comment.",
    {"DISENGAGED": "The patient stopped coming.", "TRANSFERRED": "The patient goes on with somebody else."},
)
HoldReason = described(
    "HoldReason",
    WhyHeld,
    "Why a referral rests.",
    {
        "MEDICAL_REVIEW_PENDING": "A physician has to look first; the sender can clear it.",
        "PATIENT_PAUSE": "The patient asked for a pause.",
        "CREDENTIAL_REVIEW": "The therapist's standing is in question.",
    },
)


def needed(of_type: Any, description: str) -> graphene.InputField:
    """An input field that must be given."""
    return graphene.InputField(graphene.NonNull(of_type), description=description)


def taken(of_type: Any, description: str) -> graphene.InputField:
    """An input field that may be left out."""
    return graphene.InputField(of_type, description=description)


def listed(of_type: Any, description: str, *, required: bool = False) -> graphene.InputField:
    """A list without gaps."""
    of_list = graphene.List(graphene.NonNull(of_type))
    return needed(of_list, description) if required else taken(of_list, description)


def key() -> graphene.InputField:
    return needed(
        graphene.ID,
        "Yours to choose, 1 to 200 characters. The same key with the same input has no second effect and gives the "
        "same object; with another input it is refused.",
    )


def version() -> graphene.InputField:
    return needed(graphene.Int, "The version you looked at; refused with STALE_VERSION when it has moved on.")


def automatic() -> graphene.InputField:
    return taken(
        graphene.Boolean,
        "After a decline, a return, an expiry or a recall the network asks the next of the shortlist by itself, unless "
        "the reason is one that the next could only repeat. Left out, it stays as it was; off to begin with.",
    )


class OnReferral(graphene.InputObjectType):
    """Which referral, as you last saw it."""

    class Meta:
        abstract = True

    idempotencyKey = key()
    referral = needed(graphene.ID, "The referral's id.")
    expectedVersion = version()


def apart() -> graphene.InputField:
    return taken(graphene.Boolean, "Of a couple: send although the partner's referral is with another therapist.")


class SendReferralInput(OnReferral):
    """Send a draft to the first of its shortlist, whose standing is decided at that moment."""

    confirmDuplicate = taken(
        graphene.Boolean, "Send although you have an open referral for the same patient and concern."
    )
    confirmApart = apart()
    autoAdvance = automatic()


class RedirectReferralInput(OnReferral):
    """Send to the next one, after a decline or in place of somebody who has not accepted; the content stays."""

    candidate = taken(
        graphene.ID,
        "The therapist to send to; by default the next of the shortlist not yet asked, of a couple first the one "
        "who has the partner.",
    )
    confirmApart = apart()
    autoAdvance = automatic()


class CancelReferralInput(OnReferral):
    """Withdraw a referral; once a visit is booked this asks the therapist, who confirms or refuses."""

    reason = needed(CancelReason, "Why.")
    comment = taken(graphene.String, "In words; needed with OTHER.")


class AcknowledgeReportInput(OnReferral):
    """The report was read: the loop is closed."""


class OpenReferralInput(OnReferral):
    """You have looked at it. Reading alone changes nothing."""


class AcceptReferralInput(OnReferral):
    """Take the patient. Your standing for the patient's place is decided at that moment, and frozen as proof."""

    expectedBy = taken(Date, "By when you expect the first visit; at most two years ahead.")


class WaitlistReferralInput(OnReferral):
    """Take the patient, to be seen later. Decided and frozen as with accepting."""

    waitWeeks = taken(graphene.Int, "For how many weeks, 0 to 104, as far as you can tell.")


class DeclineReferralInput(OnReferral):
    """Do not take the patient; possible until the first session."""

    reason = needed(DeclineReason, "Why.")
    comment = taken(graphene.String, "In words; needed with OTHER.")


class ReturnReferralInput(OnReferral):
    """Give it back with advice, before deciding."""

    advice = needed(graphene.String, "What you advise the sender to do.")


class ScheduleVisitInput(OnReferral):
    """Book a visit; a visit booked before gives way to it."""

    startsAt = needed(DateTime, "When it starts; still to come, at most two years ahead.")
    zone = taken(graphene.String, "IANA zone of the place where it is held; that of your practice by default.")


class StartTherapyInput(OnReferral):
    """The booked first visit has begun and the patient is there."""


class RecordNoShowInput(OnReferral):
    """The patient did not come to the booked visit."""


class CancelVisitInput(OnReferral):
    """The booked visit will not take place."""


class HoldReferralInput(OnReferral):
    """Let it rest."""

    reason = needed(HoldReason, "Why.")


class ResumeReferralInput(OnReferral):
    """Go on after a rest; needs standing."""


class ClearMedicalReviewInput(OnReferral):
    """The medical review is done: what rested for it goes on."""


class ScreeningScoreInput(graphene.InputObjectType):
    """A total of a screening instrument; its band is computed."""

    instrument = needed(InstrumentCode, "Which.")
    total = needed(graphene.Float, "The total; never the answers to single items.")
    administeredOn = needed(Date, "When it was taken.")
    version = taken(graphene.String, "The version of the instrument that was used, at most 40 characters.")


class ReportInput(graphene.InputObjectType):
    """What a report says."""

    attendance = taken(graphene.String, "Visits attended and missed.")
    formulation = taken(graphene.String, "How you understand the concern.")
    intervention = taken(graphene.String, "What was done.")
    progress = taken(graphene.String, "What changed.")
    scores = listed(ScreeningScoreInput, "Screening scores taken since; printed beside those at referral.")
    risks = taken(graphene.String, "What to watch.")
    recommendation = needed(graphene.String, "What you ask the sender to do next.")


class SendReportInput(OnReferral):
    """Report to the sender. A final report sent again is a new version, to be acknowledged again."""

    kind = needed(ReportKind, "Interim or final.")
    attendance = taken(graphene.String, "Visits attended and missed.")
    formulation = taken(graphene.String, "How you understand the concern.")
    intervention = taken(graphene.String, "What was done.")
    progress = taken(graphene.String, "What changed.")
    scores = listed(ScreeningScoreInput, "Screening scores taken since; printed beside those at referral.")
    risks = taken(graphene.String, "What to watch.")
    recommendation = needed(graphene.String, "What you ask the sender to do next.")


class EndReferralInput(OnReferral):
    """End without a final report."""

    reason = needed(EndReason, "Why.")
    comment = taken(graphene.String, "In words; needed with OTHER.")
    report = taken(ReportInput, "A report, unless there was no contact.")
    noContact = taken(graphene.Boolean, "There was no contact, so there is nothing to report.")


class ConfirmCancellationInput(OnReferral):
    """Agree to the sender's request to cancel."""


class RefuseCancellationInput(OnReferral):
    """Do not agree to cancel: the referral goes on where it was."""

    reason = needed(graphene.String, "Why, in words for the sender.")


class ConfirmCredentialInput(graphene.InputObjectType):
    """What your body says of a credential it issued."""

    idempotencyKey = key()
    credential = needed(graphene.ID, "The credential's id.")
    status = needed(CredentialStatus, "Its status.")
    effective = needed(DateTime, "From when the status holds; counted from the start of that day at your seat.")
    expires = taken(Date, "The last day it holds.")
    reverifyBy = taken(Date, "For a credential without an end: by when to ask you again.")
    encumbrance = taken(EncumbranceInput, "A public action against the holder.")
    note = taken(graphene.String, "For the record; shown to nobody but your body.")


class OnCredential(graphene.InputObjectType):
    """Which credential, why, and from when."""

    class Meta:
        abstract = True

    idempotencyKey = key()
    credential = needed(graphene.ID, "The credential's id.")
    reason = needed(CredentialReason, "Why.")
    effective = taken(DateTime, "From when; now by default. Counted from the start of that day at your seat.")
    note = taken(graphene.String, "For the record; needed with OTHER.")


class SuspendCredentialInput(OnCredential):
    """Suspend: the holder can be neither found nor accept from the moment it takes effect."""

    encumbrance = taken(EncumbranceInput, "The public action it goes with.")


class RevokeCredentialInput(OnCredential):
    """Revoke for good."""

    encumbrance = taken(EncumbranceInput, "The public action it goes with.")


class ReinstateCredentialInput(OnCredential):
    """Give back what was suspended, lapsed or ended."""

    status = taken(CredentialStatus, "ACTIVE by default; ACTIVE_WITH_NOTICE or RESTRICTED are possible.")
    expires = taken(Date, "The last day it holds.")
    reverifyBy = taken(Date, "For a credential without an end: by when to ask you again.")


class PracticeInput(graphene.InputObjectType):
    """A place where you see patients."""

    placeName = taken(graphene.String, "Its name.")
    addressLine1 = taken(graphene.String, "First address line.")
    addressCity = taken(graphene.String, "City.")
    addressState = taken(graphene.String, "State.")
    addressPostalCode = needed(graphene.String, "US ZIP code; it says where the place lies.")
    phone = taken(graphene.String, "Telephone.")


def of_a_therapist() -> graphene.InputField:
    return taken(graphene.ID, "The therapist it is about; needed where you act for several.")


class UpdateProfileInput(graphene.InputObjectType):
    """What you say of yourself. Each list given takes the place of the one before; what is left out stays.

    It fills the directory and never touches standing.
    """

    idempotencyKey = key()
    therapist = of_a_therapist()
    concerns = listed(ConcernCode, "What you treat.")
    approaches = listed(graphene.String, "How you work, such as `cognitive-behavioural` or `sensate-focus`.")
    languages = listed(graphene.String, "Languages you hold sessions in: BCP 47 codes or English names.")
    payers = listed(graphene.String, "Who may pay.")
    modalities = listed(Modality, "How sessions are held.")
    formats = listed(SessionFormat, "With whom sessions are held.")
    acceptsNew = taken(graphene.Boolean, "Whether you take new patients.")
    waitWeeks = taken(graphene.Int, "Weeks until a first visit, 0 to 104.")
    places = listed(PracticeInput, "Where you see patients, at most 10.")


class UpdateAvailabilityInput(graphene.InputObjectType):
    """Whether and when you take new patients."""

    idempotencyKey = key()
    therapist = of_a_therapist()
    acceptsNew = needed(graphene.Boolean, "Whether you take new patients.")
    waitWeeks = taken(graphene.Int, "Weeks until a first visit, 0 to 104; left as it was when not given.")


class ApplyRosterInput(graphene.InputObjectType):
    """Your body's roster: what it says of the credentials it issued."""

    idempotencyKey = key()
    roster = needed(
        graphene.String,
        "CSV with a header, UTF-8, dates YYYY-MM-DD: credentialKind, credentialNumber, jurisdiction, familyName, "
        "givenName and status, and as far as known middleName, suffix, npi, dateOfBirth, statusDate, dateOfIssuance, "
        "dateOfExpiration, reverifyBy, disciplineType, disciplineDate, disciplineLiftedDate, degree.",
    )
    complete = taken(
        graphene.Boolean, "It names every member: a credential missing from it becomes UNKNOWN, never ended."
    )
    expectedDigest = taken(
        graphene.String, "The digest of the preview you looked at; refused with STALE_PREVIEW when it is true no more."
    )


class DecideMatchInput(graphene.InputObjectType):
    """Whether a row of the federal exclusion list is about a practitioner. A later decision replaces an earlier one."""

    idempotencyKey = key()
    practitioner = needed(graphene.ID, "The practitioner's id.")
    row = needed(graphene.String, "The row's fingerprint, as the list of undecided pairs tells it.")
    verdict = needed(MatchVerdict, "What you found.")
    why = needed(graphene.String, "How you found it, such as from OIG's own check by Social Security number.")
