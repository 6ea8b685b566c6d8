"""The guards of the referral machine: pure predicates over small records of fact.

- `Facts` is what the world says at the instant `now`, gathered beforehand; `Words` is what the acting person says.
- What is not known never lets a guard pass that needs it: an unknown standing is not a standing.
- A guard on words is skipped when the question is only "what could I do now", before anything was said.
- Every refusal is a sentence for the person who is refused, and tells nothing about the patient.
- It does not know the transitions that use it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from verification.referral_reasons import HoldReason, ReportKind, comment_required
from verification.referral_states import State


@dataclass(frozen=True, slots=True)
class Words:
    """What the acting person says with the action; `reason` is a code, the rest is free text and instants."""

    reason: str | None = None
    comment: str | None = None
    text: str | None = None
    report: ReportKind | None = None
    no_contact: bool = False
    starts_at: datetime | None = None
    confirmed_duplicate: bool = False
    confirmed_apart: bool = False
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one referral at `now`.

    `proven`: the recipient is referable for the patient's jurisdiction now (None: cannot be said); `doubts` are the
    sentences that say why not. `needs_proof` is false of what goes to a physician, `for_therapy` of a referral that
    itself asks a physician something. `visit` is the start of the next booked visit, `deadline` the end of the clock
    that runs in this state, `held_from` and `cancel_from` the states a hold and a cancellation request remember.
    """

    now: datetime
    needs_proof: bool = True
    for_therapy: bool = True
    proven: bool | None = None
    doubts: tuple[str, ...] = ()
    consent: bool = False
    candidate: bool = True
    candidate_is_author: bool = False
    candidate_fits: bool = True
    accepting: bool | None = None
    duplicate: bool = False
    apart: bool = False
    stops: tuple[str, ...] = ()
    workups: tuple[str, ...] = ()
    auto_advance: bool = False
    visit: datetime | None = None
    deadline: datetime | None = None
    hold: HoldReason | None = None
    held_from: State | None = None
    cancel_from: State | None = None
    begun: bool = False
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Guard:
    """One condition: `holds` decides, `code` and `message` say why not, `path` is the input field it is about.

    `said` marks a guard on the acting person's words.
    """

    code: str
    holds: Callable[[Facts], bool]
    message: str
    path: tuple[str, ...] = ()
    said: bool = False
    because: Callable[[Facts], tuple[str, ...]] = lambda _: ()

    def refusal(self, facts: Facts) -> str:
        """The sentence for the person refused, with what was found wrong."""
        return " ".join((self.message, *self.because(facts)))


def _typed(text: str | None) -> bool:
    return bool(text and text.strip())


CONSENTED = Guard(
    "CONSENT_REQUIRED",
    lambda f: f.consent,
    "The patient's consent to this referral is not recorded.",
)
HAS_CANDIDATE = Guard(
    "NO_CANDIDATE",
    lambda f: f.candidate,
    "There is nobody left on the shortlist to send this referral to; name somebody.",
    ("candidates",),
)
NOT_SELF = Guard(
    "SELF_REFERRAL",
    lambda f: not f.candidate_is_author,
    "A referral cannot be sent to its own author.",
    ("candidates",),
)
FITTING_RECIPIENT = Guard(
    "RECIPIENT_NOT_SUITABLE",
    lambda f: f.candidate_fits,
    "A referral for therapy goes to a therapist; what a physician is asked goes to a physician.",
    ("candidates",),
)
NOT_BACK_TO_SELF = Guard(
    "SELF_REFERRAL",
    NOT_SELF.holds,
    "A patient is not referred back to whoever refers back.",
    ("physician",),
)
PHYSICIAN_ASKED = Guard(
    "RECIPIENT_NOT_SUITABLE",
    FITTING_RECIPIENT.holds,
    "Only a physician can be asked this.",
    ("physician",),
)
FOR_THERAPY = Guard(
    "NOT_FOR_THERAPY",
    lambda f: f.for_therapy,
    "A work-up goes with a referral for therapy, and this is none.",
    ("referral",),
)
PROVEN = Guard(
    "RECIPIENT_NOT_REFERABLE",
    lambda f: not f.needs_proof or f.proven is not False,
    "The therapist may not see patients in this jurisdiction today.",
    because=lambda f: f.doubts,
)
KNOWN = Guard(
    "STANDING_UNKNOWN",
    lambda f: not f.needs_proof or f.proven is not None,
    "It cannot be proven today that the therapist may see patients in this jurisdiction.",
    because=lambda f: f.doubts,
)
ACCEPTING = Guard(
    "RECIPIENT_NOT_ACCEPTING",
    lambda f: f.accepting is not False,
    "The therapist takes no new patients at present.",
)
NO_DUPLICATE = Guard(
    "DUPLICATE_REFERRAL",
    lambda f: not f.duplicate or f.words.confirmed_duplicate,
    "There is an open referral of yours for the same patient and concern; confirm that you want another.",
    ("confirmDuplicate",),
)
KEPT_TOGETHER = Guard(
    "COUPLE_APART",
    lambda f: not f.apart or f.words.confirmed_apart,
    "The partner's referral is with another therapist; confirm that the two are to be apart.",
    ("confirmApart",),
)
NO_STOP = Guard(
    "RED_FLAG",
    lambda f: not f.stops,
    "A red flag stops this referral until it is answered:",
    because=lambda f: f.stops,
)
WORKED_UP = Guard(
    "WORK_UP_UNANSWERED",
    lambda f: not f.workups,
    "Say whether the medical work-up is ordered or done:",
    because=lambda f: f.workups,
)
REASON = Guard(
    "REASON_REQUIRED",
    lambda f: _typed(f.words.reason),
    "A coded reason is required.",
    ("reason",),
    said=True,
)
COMMENT = Guard(
    "COMMENT_REQUIRED",
    lambda f: not comment_required(f.words.reason or "") or _typed(f.words.comment),
    "This reason says nothing without a comment.",
    ("comment",),
    said=True,
)


def text_required(field_name: str, what: str) -> Guard:
    """A guard on free text: `what` is what has to be written, `field_name` the input it comes in."""
    return Guard(
        "TEXT_REQUIRED", lambda f: _typed(f.words.text), f"{what} has to be written.", (field_name,), said=True
    )


ADVICE = text_required("advice", "The advice")
QUESTION = text_required("question", "The question")
ANSWER = text_required("answer", "The answer")
REPORT = Guard(
    "REPORT_REQUIRED",
    lambda f: _typed(f.words.text),
    "The report has no summary.",
    ("summary",),
    said=True,
)
REPORT_OR_NO_CONTACT = Guard(
    "REPORT_REQUIRED",
    lambda f: _typed(f.words.text) or f.words.no_contact,
    "Ending early needs a report, or the statement that there was no contact.",
    ("report",),
    said=True,
)
IN_FUTURE = Guard(
    "VISIT_IN_PAST",
    lambda f: f.words.starts_at is not None and f.words.starts_at > f.now,
    "A visit is booked for a time still to come.",
    ("startsAt",),
    said=True,
)
BOOKED = Guard("NO_VISIT", lambda f: f.visit is not None, "No visit is booked.")
VISIT_BEGUN = Guard(
    "VISIT_NOT_YET",
    lambda f: f.visit is not None and f.now >= f.visit,
    "The booked visit has not begun yet.",
)
DEADLINE_PASSED = Guard(
    "DEADLINE_NOT_PASSED",
    lambda f: f.deadline is not None and f.now >= f.deadline,
    "The time for this has not run out.",
)
LOST_OR_OVERDUE = Guard(
    "DEADLINE_NOT_PASSED",
    # Before the first session a lost standing ends the matter at once; otherwise the request must have gone unanswered.
    lambda f: (f.proven is False and not f.begun) or DEADLINE_PASSED.holds(f),
    "The therapist still has time to answer.",
)
STANDING_LOST = Guard(
    "STANDING_HOLDS",
    lambda f: f.needs_proof and f.proven is False,
    "The therapist's standing has not been lost.",
)
AUTO_ADVANCE = Guard(
    "NOT_AUTOMATIC",
    lambda f: f.auto_advance,
    "The author did not ask for the next candidate to be tried automatically.",
)
STARTED = Guard("NOT_STARTED", lambda f: f.begun, "Therapy has not begun, so there is nothing to report on.")
UNDER_REVIEW = Guard(
    "NO_MEDICAL_REVIEW",
    lambda f: f.hold is HoldReason.MEDICAL_REVIEW_PENDING,
    "No medical review is pending.",
)
