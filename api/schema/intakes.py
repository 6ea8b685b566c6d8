"""What is asked and found before a patient is sent: forms of questions, answers to them, red flags.

- The lists are those of `verification`; nothing here decides what a form asks or what a rule finds.
- A form is built by a client from `intakeForm`; what was answered is shown with the referral to those in charge.
"""

import graphene

from api.schema.enums import described
from api.schema.pages import many
from api.schema.scalars import Date, DateTime
from verification.instruments import INSTRUMENTS
from verification.intake import MEDICINES, ORGANS
from verification.intake import QuestionKind as Kinds
from verification.intake import Said as Answers
from verification.red_flag_answers import WorkUp as WorkUps
from verification.red_flags import Override as Overrides
from verification.red_flags import Severity as Severities

Said = described(
    "IntakeSaid",
    Answers,
    "An answer. What was not asked is never taken for a no.",
    {"NOT_ASKED": "Not asked, or not known; the same as leaving it out."},
)
QuestionKind = described(
    "QuestionKind",
    Kinds,
    "What a question is answered with besides yes or no.",
    {
        "YES_NO": "Nothing more.",
        "NUMBER": "`number`, in the question's `unit`.",
        "DATE": "`on`, a date; NO means that it never was.",
        "CHOICE": "`choice`, one of the question's `choices`.",
        "MEDICINES": "`medicines`, all classes that are taken; NO means none.",
    },
)
Organ = described(
    "Organ", list(ORGANS), "An organ somebody has. Anatomy is an inventory, never a gender.", dict(ORGANS)
)
MedicineClass = described("MedicineClass", list(MEDICINES), "A class of medicines.", dict(MEDICINES))
InstrumentCode = described(
    "InstrumentCode",
    list(INSTRUMENTS),
    "A screening instrument; its total travels, its items do not.",
    {code: instrument.name for code, instrument in INSTRUMENTS.items()},
)
Severity = described(
    "RedFlagSeverity",
    Severities,
    "How much a red flag weighs.",
    {
        "STOP": "Not sent unless you override it, where that is possible.",
        "URGENT": "A medical route today or within two weeks, beside which therapy may wait in line.",
        "WORKUP": "Sent once you have said whether the medical work-up is ordered, done or not indicated.",
        "ADVISE": "To be known.",
    },
)
Override = described(
    "RedFlagOverride",
    Overrides,
    "What it takes to send in spite of a STOP.",
    {"REASON": "A typed `reason`.", "LEGAL_BASIS": "A typed `legalBasis`.", "NEVER": "It cannot be."},
)
WorkUp = described(
    "WorkUp", WorkUps, "How a medical work-up stands.", {"NOT_INDICATED": "It is not needed; the `reason` says why."}
)


class CodeMapping(graphene.ObjectType):
    """A code of another system that a concern may come with. Our own code is the key; these are aids."""

    system = graphene.String(required=True, description="ICD-10-CM, ICD-11 or SNOMED CT.")
    code = graphene.String(required=True, description="The code.")
    certainty = graphene.String(
        required=True,
        description="`verified` against the system, `seen` with this meaning in public data, or `recalled`.",
    )


class Choice(graphene.ObjectType):
    """One of a list to choose from."""

    code = graphene.String(required=True, description="What to send.")
    text = graphene.String(required=True, description="What to show.")


class IntakeQuestion(graphene.ObjectType):
    """A question of a form, in our own words."""

    code = graphene.String(required=True, description="What to send as `question`.")
    kind = graphene.Field(graphene.NonNull(QuestionKind), description="What it is answered with.")
    text = graphene.String(required=True, description="The question.")
    why = graphene.String(required=True, description="Why it is asked.")
    organs = many(Organ, "Asked where one of these is there, or the inventory is not known; empty: of everybody.")
    unit = graphene.String(description="What a number counts.")
    lowest = graphene.Float(description="The least number that can be.")
    highest = graphene.Float(description="The greatest number that can be.")
    choices = many(Choice, "What can be chosen; empty for other kinds.")


class ScoreBand(graphene.ObjectType):
    """A band of totals."""

    to = graphene.Float(required=True, description="Its upper bound, included; it begins above the band before.")
    name = graphene.String(required=True, description="What it is called.")


class Instrument(graphene.ObjectType):
    """A screening instrument, by its range and bands; the items are its publisher's."""

    code = graphene.Field(graphene.NonNull(InstrumentCode), description="What to send as `instrument`.")
    name = graphene.String(required=True, description="Its name.")
    lowest = graphene.Float(required=True, description="The least total.")
    highest = graphene.Float(required=True, description="The greatest total.")
    step = graphene.Float(required=True, description="Totals go in steps of this.")
    bands = many(ScoreBand, "From the lowest up.")
    evidence = graphene.String(required=True, description="Cut-offs `verified` against a publication, or `recalled`.")
    licence = graphene.String(required=True, description="Under what terms the instrument itself may be used.")


class RedFlagRules(graphene.ObjectType):
    """A version of the rules that find red flags."""

    id = graphene.String(required=True, description="Which rules.")
    version = graphene.String(required=True, description="Their version.")
    draft = graphene.Boolean(required=True, description="No clinician has signed them: draft decision support.")
    notice = graphene.String(description="What must be shown with whatever they find while they are a draft.")
    signedBy = graphene.String(description="The clinician who signed them; null while they are a draft.")


class IntakeForm(graphene.ObjectType):
    """What to ask before sending somebody for one concern. Nothing of it has to be answered."""

    version = graphene.String(required=True, description="The version of the form.")
    questions = many(IntakeQuestion, "In the order in which to ask.")
    instruments = many(Instrument, "Screening instruments whose totals are welcome.")
    organs = many(Choice, "What an inventory of organs is made of.")
    medicines = many(Choice, "Classes of medicines.")
    rules = graphene.Field(graphene.NonNull(RedFlagRules), description="The rules that look at the answers.")


class IntakeAnswer(graphene.ObjectType):
    """What was said to one question."""

    question = graphene.String(required=True, description="The question's code.")
    text = graphene.String(description="The question, as it is asked now.")
    answer = graphene.Field(graphene.NonNull(Said), description="Yes or no.")
    number = graphene.Float(description="The number, where the question asks for one.")
    on = graphene.Field(Date, description="The date, where the question asks for one.")
    choice = graphene.String(description="What was chosen, where there is a choice.")
    medicines = many(MedicineClass, "The classes of medicines taken.")


class ScreeningScore(graphene.ObjectType):
    """A total of a screening instrument."""

    instrument = graphene.Field(graphene.NonNull(InstrumentCode), description="Which.")
    total = graphene.Float(required=True, description="The total.")
    band = graphene.String(required=True, description="The band it falls into, computed from published cut-offs.")
    version = graphene.String(description="The version of the instrument that was used.")
    administeredOn = graphene.Field(graphene.NonNull(Date), description="When it was taken.")


class Intake(graphene.ObjectType):
    """The patient's history as far as it was asked. What is not listed was not asked."""

    form = graphene.String(required=True, description="The version of the form.")
    anatomy = many(Organ, "The inventory of organs; empty: not known.")
    answers = many(IntakeAnswer, "What was answered.")
    scores = many(ScreeningScore, "Screening scores.")


class RedFlagAnswer(graphene.ObjectType):
    """What the sender said to a red flag."""

    reason = graphene.String(description="Why it is sent in spite of it, or why no work-up is indicated.")
    legalBasis = graphene.String(description="The legal basis, where the rule asks for one.")
    workUp = graphene.Field(WorkUp, description="How the work-up stands.")
    at = graphene.Field(graphene.NonNull(DateTime), description="When it was said.")
    role = graphene.String(required=True, description="As what the speaker acted.")


class RedFlag(graphene.ObjectType):
    """Something that was found and has to be thought of."""

    rule = graphene.String(required=True, description="The rule's code, such as `RF04`.")
    severity = graphene.Field(graphene.NonNull(Severity), description="How much it weighs.")
    text = graphene.String(required=True, description="What was found.")
    action = graphene.String(required=True, description="What to do.")
    source = graphene.String(required=True, description="What the rule rests on.")
    override = graphene.Field(Override, description="For a STOP: what it takes to send all the same.")
    answer = graphene.Field(RedFlagAnswer, description="What the sender said to it; null while nothing was.")
    open = graphene.Boolean(required=True, description="It keeps the referral from being sent.")


class RedFlagUnasked(graphene.ObjectType):
    """A red flag that was not ruled out, because something was not asked."""

    rule = graphene.String(required=True, description="The rule's code.")
    severity = graphene.Field(graphene.NonNull(Severity), description="The heaviest it could turn out to be.")
    text = graphene.String(required=True, description="What could be found.")
    questions = many(graphene.String, "What would have to be asked, by code; `age` is the date of birth.")


class RedFlags(graphene.ObjectType):
    """What the rules find of a referral: as of now while it is a draft, frozen from the sending on."""

    rules = graphene.Field(graphene.NonNull(RedFlagRules), description="The rules that found it.")
    draft = graphene.Boolean(required=True, description="No clinician has signed the rules: draft decision support.")
    notice = graphene.String(description="What must be shown beside the findings while the rules are a draft.")
    signedBy = graphene.String(description="The clinician who signed the rules; null while they are a draft.")
    evaluatedAt = graphene.Field(graphene.NonNull(DateTime), description="As of when.")
    frozenAt = graphene.Field(DateTime, description="Since when it is frozen; null in a draft.")
    frozenRole = graphene.String(description="As what the sender acted who froze it.")
    findings = many(RedFlag, "What was found, the heaviest first.")
    notAsked = many(RedFlagUnasked, "What was not ruled out, the heaviest first.")
