"""The closed lists of the contract, each made from the one place that decides it."""

from enum import Enum, StrEnum
from typing import Any

import graphene

from verification.access import Role
from verification.confirmations import Waiting as Waits
from verification.credentials import CredentialStatus as Status
from verification.encumbrances import TYPES
from verification.evidence import MatchVerdict as Match
from verification.matches import Likeness as Alike
from verification.reasons import Fixer as Fixing
from verification.referral_reasons import BackRequest as Back
from verification.referral_reasons import CancelReason as Cancel
from verification.referral_reasons import DeclineReason as Decline
from verification.referral_reasons import Priority as Urgency
from verification.referral_reasons import ReportKind as Kind
from verification.referral_states import State
from verification.verdicts import Outcome
from verification.verdicts import Verdict as Answer
from verification.worklists import WORKLIST_FOLDERS


def sentence(name: str) -> str:
    """A code's own words as a sentence: AT_CAPACITY is "At capacity."."""
    return name.replace("_", " ").capitalize() + "."


def described(name: str, values: type[Enum] | list[str], meaning: str, each: dict[str, str] | None = None) -> Any:
    """A GraphQL enum whose names are the members' names, every one described."""
    names = values if isinstance(values, list) else [member.name for member in values]
    texts = {code: (each or {}).get(code) or sentence(code) for code in names}
    members = StrEnum(name, {code: code for code in names})  # type: ignore[misc] # made at run time from the one list
    return graphene.Enum.from_enum(
        members, name=name, description=lambda value: texts[value.name] if value else meaning
    )


CredentialStatus = described(
    "CredentialStatus",
    Status,
    "What is known of a credential. An unmapped word of a body is UNKNOWN, never ACTIVE.",
    {
        "PENDING": "Applied for, or held on a temporary or associate footing.",
        "ACTIVE": "Current and in good standing.",
        "ACTIVE_WITH_NOTICE": "Current, with a public notice such as a reprimand or an accusation.",
        "RESTRICTED": "Current under conditions, such as probation or required supervision.",
        "LAPSED": "Expired, delinquent, inactive or retired.",
        "UNKNOWN": "Nothing that counts is known, or what is known contradicts itself. Not a bad sign in itself.",
    },
)
Verdict = described(
    "Verdict",
    Answer,
    "The answer to: may a patient in this jurisdiction be referred to this therapist?",
    {
        "REFERABLE": "Every check passed.",
        "REFERABLE_WITH_NOTICE": "Every check passed, and there is a public fact to be told.",
        "NOT_REFERABLE": "At least one check failed.",
        "UNKNOWN": "Nothing failed, but something needed is not known or too old.",
    },
)
Fixer = described(
    "Fixer",
    Fixing,
    "Who can put right what stands in the way.",
    {
        "THERAPIST": "The holder of the credential: she renews it, or has it put right.",
        "BODY": "The body that issues the credential, by its officer or its roster.",
        "STEWARD": "A steward of this network.",
        "AGENCY": "The federal agency that keeps the register: OIG for the exclusion list, CMS for NPIs.",
        "NOBODY": "Nothing has to be put right; it is to be told.",
    },
)
CheckOutcome = described(
    "CheckOutcome",
    Outcome,
    "How one check came out.",
    {
        "PASSED": "What the check asks for holds.",
        "FAILED": "What the check asks for does not hold.",
        "UNKNOWN": "It cannot be told: no statement, too old, or contradictory.",
        "NOTICE": "It holds, with something to be told.",
        "SKIPPED": "The check does not apply; the reason says why.",
    },
)
Waiting = described(
    "Waiting",
    Waits,
    "Why a credential waits for its body to confirm it, most urgent first.",
    {
        "CONFLICT": "What is said contradicts itself.",
        "UNKNOWN_WORD": "Its body used a word that nobody has mapped.",
        "MISSING": "It was missing from a complete roster.",
        "STALE": "The last answer is too old to count, or was to be asked for again by now.",
        "NEW_CLAIM": "It was asked for, or nobody who counts has said anything of it.",
        "EXPIRING": "It is printed to end within 90 days.",
    },
)
EncumbranceType = described(
    "EncumbranceType", list(TYPES), "CompactConnect's types of public action against the holder of a licence."
)
ReferralStatus = described(
    "ReferralStatus",
    State,
    "Where a referral stands: the state of its current attempt, or how the whole referral ended.",
    {
        "SENT": "Sent and not opened.",
        "RECEIVED": "Opened by the recipient, who has not decided.",
        "INFO_REQUESTED": "The recipient asked the sender something; the recipient's clock stands still.",
        "SCHEDULED": "A first visit is booked.",
        "REPORT_SENT": "The final report is out and waits to be acknowledged.",
        "CLOSED": "The report was acknowledged: the loop is closed.",
        "DECLINED": "The recipient does not take the patient; the sender may redirect.",
        "RETURNED": "Given back with advice; the sender may redirect.",
        "EXPIRED": "Nobody answered in time; the sender may redirect.",
        "RECALLED": "Taken back from the recipient, because a credential lapsed or it was redirected.",
    },
)
Priority = described(
    "Priority",
    Urgency,
    "How soon a first answer is needed.",
    {
        "URGENT": "Within one business day.",
        "SOON": "Within three business days.",
        "ROUTINE": "Within five business days.",
    },
)
DeclineReason = described("DeclineReason", Decline, "Why a recipient does not take the patient. OTHER needs a comment.")
CancelReason = described("CancelReason", Cancel, "Why a sender withdraws a referral. OTHER needs a comment.")
BackRequest = described("BackRequest", Back, "What a physician is asked for, by a therapist or with a work-up.")
ReportKind = described("ReportKind", Kind, "INTERIM leaves therapy going on, FINAL closes the loop.")
AccountRole = described(
    "AccountRole",
    [role.name for role in Role if role is not Role.ANONYMOUS],
    "What an account may do.",
    {
        "PHYSICIAN": "Finds therapists and refers patients.",
        "THERAPIST": "Accepts referrals, reports and refers back.",
        "OFFICER": "Confirms, for a certifying body, what it has issued.",
        "STEWARD": "Keeps the directory; never sees a patient.",
        "DELEGATE": "Acts for a practitioner.",
    },
)
MatchVerdict = described(
    "MatchVerdict",
    [verdict.name for verdict in Match if verdict is not Match.UNKNOWN],
    "Whether a practitioner and a row of the exclusion list are one and the same.",
    {"SAME": "The row is about this person.", "DIFFERENT": "The row is about somebody else."},
)
PairVerdict = described(
    "PairVerdict",
    [verdict.name for verdict in Match],
    "Whether a practitioner and a row of a list are one and the same.",
    {
        "SAME": "The row is about this person.",
        "DIFFERENT": "The row is about somebody else.",
        "UNKNOWN": "A person has to decide.",
    },
)
Likeness = described(
    "Likeness",
    [likeness.name for likeness in Alike],
    "How alike a practitioner and a row of a list are by their fields alone.",
    {
        "MATCH": "An equal NPI.",
        "PROBABLE": "An equal full name and date of birth.",
        "POSSIBLE": "An equal full name, and nothing that tells them apart for certain.",
        "NONE": "Nothing that counts.",
    },
)
Modality = described(
    "Modality",
    ["IN_PERSON", "TELEHEALTH"],
    "How sessions are held.",
    {"IN_PERSON": "At a practice.", "TELEHEALTH": "By video or phone, into the patient's jurisdiction."},
)
SessionFormat = described(
    "SessionFormat",
    ["INDIVIDUAL", "COUPLE", "GROUP"],
    "With whom sessions are held.",
    {"INDIVIDUAL": "With one person.", "COUPLE": "With both partners.", "GROUP": "With several people."},
)
TherapistOrder = described(
    "TherapistOrder",
    ["DISTANCE", "NAME", "SOONEST"],
    "The order of search results.",
    {
        "DISTANCE": "Nearest first; needs `near`, and is then the default.",
        "NAME": "By family name, then the rest of the name; the default without `near`.",
        "SOONEST": "Shortest wait first, as the therapist says.",
    },
)
WorklistFolder = described(
    "WorklistFolder",
    list(WORKLIST_FOLDERS),
    "A folder of a worklist: the first five are a sender's, the others a recipient's.",
    {name: folder.meaning for name, folder in WORKLIST_FOLDERS.items()},
)
