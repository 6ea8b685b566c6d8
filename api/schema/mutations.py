"""The changes of the contract: a table of mutations, and the one resolver they share.

- A mutation is a row: its action, its input, what it changes, and the operation that does it. There is none in the
  schema that has no operation.
- Every payload has the changed object, null when nothing was done, and `problems`, empty when all is well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import graphene
from graphql import GraphQLResolveInfo

from api.derived import Asked
from api.operations.outcomes import Context, Done, Problem, plain
from api.operations.table import OPERATIONS
from api.payloads import payload_of, plan_payload
from api.schema import endpoints, information, inputs, medical_inputs, new_referrals, officer_inputs, threads
from api.schema.credentials import CertifyingBody, Credential
from api.schema.pages import many
from api.schema.people import Therapist
from api.schema.proposals import CONFIRMED, PREVIEWED, PROPOSED, Proposal
from api.schema.referrals import Referral
from verification.access import Action


class ProblemType(graphene.ObjectType):
    """Why something was not done. Where there is a problem nothing was changed, but for rows of a roster."""

    class Meta:
        name = "Problem"

    code = graphene.String(required=True, description="A stable word for programs, such as `STALE_VERSION`.")
    message = graphene.String(required=True, description="A sentence for people; never anything about a patient.")
    path = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The input field it is about, from the outermost inwards; empty when it is about none.",
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One mutation. `counts`, `texts` and the objects `beside` the changed one are further fields of its payload."""

    action: Action
    input: type[graphene.InputObjectType]
    changes: tuple[str, type[graphene.ObjectType], str]
    description: str
    counts: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    tells: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, tuple[type[graphene.ObjectType], str]] = field(default_factory=dict)


_REFERRAL: Final = ("referral", Referral, "The referral as it is now; null when nothing was done.")
_CREDENTIAL: Final = ("credential", Credential, "The credential as it is now; null when nothing was done.")
_THERAPIST: Final = ("therapist", Therapist, "You as you are shown now; null when nothing was done.")
_DECIDED: Final = ("therapist", Therapist, "The therapist as shown now; null when nothing was done.")
_BODY: Final = ("certifyingBody", CertifyingBody, "Your body; null when nothing was done.")
_ENDPOINT: Final = ("endpoint", endpoints.Endpoint, "The endpoint as it is now; null when nothing was done.")
_SECRET: Final = {"secret": "What the webhook is signed with: `whsec_` and base64. Shown now and never again."}
_PROPOSAL: Final = ("proposal", Proposal, "The proposal as it is now; null when nothing was done.")
_LOSING: Final = "Open referrals that would lose what they rest on."
_BACK: Final = ("referral", Referral, "The new referral to the physician; null when nothing was done.")

ROWS: Final[Sequence[Row]] = (
    # A body's officer.
    Row(
        Action.CONFIRM_CREDENTIAL,
        inputs.ConfirmCredentialInput,
        _CREDENTIAL,
        "Say how a credential of yours stands. What would lift something waits for a second officer.",
        tells={"proposal": PROPOSED},
    ),
    Row(
        Action.CONFIRM_CREDENTIALS,
        officer_inputs.ConfirmCredentialsInput,
        _BODY,
        "Say of many credentials of yours how they stand: all of them, or none.",
        tells=CONFIRMED,
    ),
    Row(Action.SUSPEND_CREDENTIAL, inputs.SuspendCredentialInput, _CREDENTIAL, "Suspend a credential of yours."),
    Row(Action.REVOKE_CREDENTIAL, inputs.RevokeCredentialInput, _CREDENTIAL, "Revoke a credential of yours."),
    Row(
        Action.REINSTATE_CREDENTIAL,
        inputs.ReinstateCredentialInput,
        _CREDENTIAL,
        "Give a credential back. After discipline it takes two officers: the first proposes, the second says the same.",
        tells={"proposal": PROPOSED},
    ),
    Row(
        Action.LIFT_ENCUMBRANCE,
        officer_inputs.LiftEncumbranceInput,
        _CREDENTIAL,
        "End a public action. One graver than a notice takes two officers.",
        tells={"proposal": PROPOSED},
    ),
    Row(Action.APPROVE_PROPOSAL, officer_inputs.ApproveProposalInput, _PROPOSAL, "Agree to what another proposed."),
    Row(Action.REFUSE_PROPOSAL, officer_inputs.RefuseProposalInput, _PROPOSAL, "Do not agree to it."),
    Row(Action.WITHDRAW_PROPOSAL, officer_inputs.WithdrawProposalInput, _PROPOSAL, "Take back what you proposed."),
    Row(
        Action.PREVIEW_ROSTER,
        officer_inputs.PreviewRosterInput,
        _BODY,
        "See what a roster would change. Nothing is written; rows that could not be taken are problems.",
        {"read": "Rows read.", "refused": "Rows that could not be taken.", "openReferrals": _LOSING},
        tells=PREVIEWED,
    ),
    Row(
        Action.APPLY_ROSTER,
        inputs.ApplyRosterInput,
        _BODY,
        "Apply your body's roster. Rows that cannot be taken are problems; the others are in, all together. One that "
        "lifts something or changes much at once waits for a second officer, who sends the same.",
        {
            "read": "Rows read.",
            "written": "Rows that said something new.",
            "unchanged": "Rows that said what was known already.",
            "refused": "Rows that could not be taken.",
            "openReferrals": _LOSING,
        },
        tells={"proposal": PROPOSED},
    ),
    # A physician.
    Row(
        Action.CREATE_REFERRAL,
        new_referrals.CreateReferralInput,
        _REFERRAL,
        "Write a referral, or the two of a couple; a draft until sent.",
        beside={"partner": (Referral, "The partner's own referral, written with it; null for one patient alone.")},
    ),
    Row(
        Action.ANSWER_RED_FLAGS,
        new_referrals.AnswerRedFlagsInput,
        _REFERRAL,
        "Complete a draft's intake and answer its red flags.",
    ),
    Row(Action.SEND_REFERRAL, inputs.SendReferralInput, _REFERRAL, "Send a draft to the first of its shortlist."),
    Row(
        Action.REDIRECT_REFERRAL,
        inputs.RedirectReferralInput,
        _REFERRAL,
        "Send it to the next one.",
    ),
    Row(
        Action.CANCEL_REFERRAL, inputs.CancelReferralInput, _REFERRAL, "Withdraw it, or ask to once a visit is booked."
    ),
    Row(
        Action.ACKNOWLEDGE_REPORT, inputs.AcknowledgeReportInput, _REFERRAL, "You have read the report; this closes it."
    ),
    Row(
        Action.ORDER_WORK_UP,
        medical_inputs.OrderWorkUpInput,
        _BACK,
        "Ask a physician for a medical work-up of the same patient, beside the therapy you sent them to. Possible from "
        "the sending until it is over; what it says is for you and that physician.",
    ),
    Row(Action.CLEAR_MEDICAL_REVIEW, inputs.ClearMedicalReviewInput, _REFERRAL, "The medical review is done."),
    Row(
        Action.ANSWER_INFORMATION,
        information.AnswerInformationInput,
        _REFERRAL,
        "Give the recipient what was asked for.",
    ),
    Row(
        Action.MARK_ENTERED_IN_ERROR,
        information.MarkEnteredInErrorInput,
        _REFERRAL,
        "Say that it should never have been written. A steward does so by its id and is shown nothing of it.",
    ),
    Row(Action.SEND_MESSAGE, threads.SendMessageInput, _REFERRAL, "Write to the other side. This is no event."),
    Row(Action.MARK_READ, threads.MarkReadInput, _REFERRAL, "Say what you have read of its messages."),
    # A therapist, or the physician who was asked something.
    Row(Action.OPEN_REFERRAL, inputs.OpenReferralInput, _REFERRAL, "You have looked at it."),
    Row(Action.ACCEPT_REFERRAL, inputs.AcceptReferralInput, _REFERRAL, "Take the patient; who it is opens to you now."),
    Row(Action.WAITLIST_REFERRAL, inputs.WaitlistReferralInput, _REFERRAL, "Take the patient, for later."),
    Row(Action.DECLINE_REFERRAL, inputs.DeclineReferralInput, _REFERRAL, "Do not take the patient."),
    Row(Action.RETURN_REFERRAL, inputs.ReturnReferralInput, _REFERRAL, "Give it back with advice."),
    Row(
        Action.REQUEST_INFORMATION,
        information.RequestInformationInput,
        _REFERRAL,
        "Ask the sender something before you decide.",
    ),
    Row(Action.SCHEDULE_VISIT, inputs.ScheduleVisitInput, _REFERRAL, "Book a visit."),
    Row(Action.RECORD_NO_SHOW, inputs.RecordNoShowInput, _REFERRAL, "The patient did not come."),
    Row(Action.CANCEL_VISIT, inputs.CancelVisitInput, _REFERRAL, "The booked visit will not take place."),
    Row(Action.START_THERAPY, inputs.StartTherapyInput, _REFERRAL, "The first visit has begun."),
    Row(Action.HOLD_REFERRAL, inputs.HoldReferralInput, _REFERRAL, "Let it rest."),
    Row(Action.RESUME_REFERRAL, inputs.ResumeReferralInput, _REFERRAL, "Go on after a rest."),
    Row(Action.SEND_REPORT, inputs.SendReportInput, _REFERRAL, "Report to the sender."),
    Row(
        Action.REFER_BACK, medical_inputs.ReferBackInput, _BACK, "Send the patient back to a physician with a question."
    ),
    Row(Action.END_REFERRAL, inputs.EndReferralInput, _REFERRAL, "End without a final report."),
    Row(Action.CONFIRM_CANCELLATION, inputs.ConfirmCancellationInput, _REFERRAL, "Agree to cancel."),
    Row(Action.REFUSE_CANCELLATION, inputs.RefuseCancellationInput, _REFERRAL, "Do not agree to cancel."),
    Row(Action.UPDATE_PROFILE, inputs.UpdateProfileInput, _THERAPIST, "Say how you work, and where."),
    Row(Action.UPDATE_AVAILABILITY, inputs.UpdateAvailabilityInput, _THERAPIST, "Say whether you take new patients."),
    # Everybody, about being told.
    Row(Action.ADD_WEBHOOK, endpoints.AddWebhookInput, _ENDPOINT, "Be told by a signed webhook.", texts=_SECRET),
    Row(Action.REMOVE_WEBHOOK, endpoints.RemoveWebhookInput, _ENDPOINT, "Be told by a webhook no more."),
    Row(Action.TEST_WEBHOOK, endpoints.TestWebhookInput, _ENDPOINT, "Have a notice of no matter sent to a webhook."),
    Row(
        Action.ROTATE_WEBHOOK_SECRET,
        endpoints.RotateWebhookSecretInput,
        _ENDPOINT,
        "Give a webhook a new secret; for a day the former one signs too.",
        texts=_SECRET,
    ),
    Row(Action.SET_NOTIFICATION_EMAIL, endpoints.SetNotificationEmailInput, _ENDPOINT, "Be told by e-mail, or not."),
    Row(Action.CONFIRM_ADDRESS, endpoints.ConfirmAddressInput, _ENDPOINT, "Say that you read mail to an address."),
    # A steward.
    Row(Action.DECIDE_MATCH, inputs.DecideMatchInput, _DECIDED, "Say whether an excluded person is this therapist."),
    Row(
        Action.RECORD_REVIEW,
        officer_inputs.RecordReviewInput,
        _CREDENTIAL,
        "Discipline elsewhere was looked into, and need not hold up the holder's other licences.",
    ),
)


async def _resolve(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Every mutation: read the selection, do it, shape the payload."""
    asking, operation = info.context, OPERATIONS[Action(info.field_name)]
    plan = plan_payload(info, asking)
    slots = plan.arguments(asking.variables)
    executor = asking.executor
    answer = plan.answer(slots)
    context = Context(executor.database, asking.token_hash, executor.now, executor.policies, answer, executor.outside)
    outcome = await operation(context, plain(arguments["input"]))
    values: dict[str, Any] = {"problems": [_told(problem) for problem in outcome.problems]}
    node = None
    if isinstance(outcome, Done):
        node, values = outcome.node, {**outcome.values, **values}
    return payload_of(plan, node, values, Asked(slots, asking.now, executor.policies))


def _told(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "path": [str(part) for part in problem.path]}


def _payload(row: Row) -> type[graphene.ObjectType]:
    name, changed, meaning = row.changes
    title = row.action.value[0].upper() + row.action.value[1:]
    fields = {
        name: graphene.Field(changed, description=meaning),
        **{count: graphene.Int(description=text) for count, text in row.counts.items()},
        **row.tells,
        **{name: graphene.String(description=text) for name, text in row.texts.items()},
        **{name: graphene.Field(of, description=text) for name, (of, text) in row.beside.items()},
        "problems": many(ProblemType, "Why nothing was done; empty when it was."),
    }
    return type(f"{title}Payload", (graphene.ObjectType,), {"__doc__": f"What came of `{row.action.value}`.", **fields})


def _field(row: Row) -> graphene.Field:
    taken = graphene.Argument(graphene.NonNull(row.input), description="What you say.")
    return graphene.Field(_payload(row), description=row.description, resolver=_resolve, input=taken)


Mutation = type(
    "Mutation",
    (graphene.ObjectType,),
    {
        "__doc__": "What can be changed. Each is done whole or not at all, once for each `idempotencyKey`.",
        **{row.action.value: _field(row) for row in ROWS},
    },
)
