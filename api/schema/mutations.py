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
from api.schema import inputs
from api.schema.credentials import CertifyingBody, Credential
from api.schema.pages import many
from api.schema.people import Therapist
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
    """One mutation. `counts` are further fields of its payload."""

    action: Action
    input: type[graphene.InputObjectType]
    changes: tuple[str, type[graphene.ObjectType], str]
    description: str
    counts: Mapping[str, str] = field(default_factory=dict)


_REFERRAL: Final = ("referral", Referral, "The referral as it is now; null when nothing was done.")
_CREDENTIAL: Final = ("credential", Credential, "The credential as it is now; null when nothing was done.")
_THERAPIST: Final = ("therapist", Therapist, "You as you are shown now; null when nothing was done.")
_DECIDED: Final = ("therapist", Therapist, "The therapist as shown now; null when nothing was done.")
_BODY: Final = ("certifyingBody", CertifyingBody, "Your body; null when nothing was done.")
_BACK: Final = ("referral", Referral, "The new referral to the physician; null when nothing was done.")

ROWS: Final[Sequence[Row]] = (
    # A body's officer.
    Row(Action.CONFIRM_CREDENTIAL, inputs.ConfirmCredentialInput, _CREDENTIAL, "Say how a credential of yours stands."),
    Row(Action.SUSPEND_CREDENTIAL, inputs.SuspendCredentialInput, _CREDENTIAL, "Suspend a credential of yours."),
    Row(Action.REVOKE_CREDENTIAL, inputs.RevokeCredentialInput, _CREDENTIAL, "Revoke a credential of yours."),
    Row(Action.REINSTATE_CREDENTIAL, inputs.ReinstateCredentialInput, _CREDENTIAL, "Give a credential back."),
    Row(
        Action.APPLY_ROSTER,
        inputs.ApplyRosterInput,
        _BODY,
        "Apply your body's roster. Rows that cannot be taken are problems; the others are in.",
        {
            "read": "Rows read.",
            "written": "Rows that said something new.",
            "unchanged": "Rows that said what was known already.",
            "refused": "Rows that could not be taken.",
        },
    ),
    # A physician.
    Row(Action.CREATE_REFERRAL, inputs.CreateReferralInput, _REFERRAL, "Write a referral; it is a draft until sent."),
    Row(Action.SEND_REFERRAL, inputs.SendReferralInput, _REFERRAL, "Send a draft to the first of its shortlist."),
    Row(Action.REDIRECT_REFERRAL, inputs.RedirectReferralInput, _REFERRAL, "Send it to the next therapist."),
    Row(
        Action.CANCEL_REFERRAL, inputs.CancelReferralInput, _REFERRAL, "Withdraw it, or ask to once a visit is booked."
    ),
    Row(
        Action.ACKNOWLEDGE_REPORT, inputs.AcknowledgeReportInput, _REFERRAL, "You have read the report; this closes it."
    ),
    Row(Action.CLEAR_MEDICAL_REVIEW, inputs.ClearMedicalReviewInput, _REFERRAL, "The medical review is done."),
    # A therapist, or the physician a patient was referred back to.
    Row(Action.OPEN_REFERRAL, inputs.OpenReferralInput, _REFERRAL, "You have looked at it."),
    Row(Action.ACCEPT_REFERRAL, inputs.AcceptReferralInput, _REFERRAL, "Take the patient; who it is opens to you now."),
    Row(Action.WAITLIST_REFERRAL, inputs.WaitlistReferralInput, _REFERRAL, "Take the patient, for later."),
    Row(Action.DECLINE_REFERRAL, inputs.DeclineReferralInput, _REFERRAL, "Do not take the patient."),
    Row(Action.RETURN_REFERRAL, inputs.ReturnReferralInput, _REFERRAL, "Give it back with advice."),
    Row(Action.SCHEDULE_VISIT, inputs.ScheduleVisitInput, _REFERRAL, "Book a visit."),
    Row(Action.RECORD_NO_SHOW, inputs.RecordNoShowInput, _REFERRAL, "The patient did not come."),
    Row(Action.CANCEL_VISIT, inputs.CancelVisitInput, _REFERRAL, "The booked visit will not take place."),
    Row(Action.START_THERAPY, inputs.StartTherapyInput, _REFERRAL, "The first visit has begun."),
    Row(Action.HOLD_REFERRAL, inputs.HoldReferralInput, _REFERRAL, "Let it rest."),
    Row(Action.RESUME_REFERRAL, inputs.ResumeReferralInput, _REFERRAL, "Go on after a rest."),
    Row(Action.SEND_REPORT, inputs.SendReportInput, _REFERRAL, "Report to the sender."),
    Row(Action.REFER_BACK, inputs.ReferBackInput, _BACK, "Send the patient back to a physician with a question."),
    Row(Action.END_REFERRAL, inputs.EndReferralInput, _REFERRAL, "End without a final report."),
    Row(Action.CONFIRM_CANCELLATION, inputs.ConfirmCancellationInput, _REFERRAL, "Agree to cancel."),
    Row(Action.REFUSE_CANCELLATION, inputs.RefuseCancellationInput, _REFERRAL, "Do not agree to cancel."),
    Row(Action.UPDATE_PROFILE, inputs.UpdateProfileInput, _THERAPIST, "Say how you work, and where."),
    Row(Action.UPDATE_AVAILABILITY, inputs.UpdateAvailabilityInput, _THERAPIST, "Say whether you take new patients."),
    # A steward.
    Row(Action.DECIDE_MATCH, inputs.DecideMatchInput, _DECIDED, "Say whether an excluded person is this therapist."),
)


async def _resolve(_root: Any, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
    """Every mutation: read the selection, do it, shape the payload."""
    asking, operation = info.context, OPERATIONS[Action(info.field_name)]
    plan = plan_payload(info, asking)
    slots = plan.arguments(asking.variables)
    executor = asking.executor
    context = Context(executor.database, asking.token_hash, executor.now, executor.policy, plan.answer(slots))
    outcome = await operation(context, plain(arguments["input"]))
    values: dict[str, Any] = {"problems": [_told(problem) for problem in outcome.problems]}
    node = None
    if isinstance(outcome, Done):
        node, values = outcome.node, {**outcome.values, **values}
    return payload_of(plan, node, values, Asked(slots, asking.now, executor.policy))


def _told(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "path": [str(part) for part in problem.path]}


def _payload(row: Row) -> type[graphene.ObjectType]:
    name, changed, meaning = row.changes
    title = row.action.value[0].upper() + row.action.value[1:]
    fields = {
        name: graphene.Field(changed, description=meaning),
        **{count: graphene.Int(description=text) for count, text in row.counts.items()},
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
