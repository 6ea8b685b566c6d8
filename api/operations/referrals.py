"""The mutations of a referral, each a row for `moves`.

- What a mutation's input says for the guards, and what it writes besides the move, stand together here.
- Which moves are legal, for whom and when is not known here: `verification.referrals` decides.
"""

from collections.abc import Mapping
from datetime import UTC
from functools import partial
from typing import Any, Final
from zoneinfo import available_timezones

from api.operations.moves import Made, Row, event_of, move, opened_attempt
from api.operations.outcomes import Context, Operation, Outcome, Problem, Problems, Said, new_id, refused
from api.operations.plans_ahead import first_visit_in_reach, visit_in_reach, wait_in_reach
from api.operations.red_flags import check_answers, freeze, record_answers
from graph.commands.referral_facts import Weigh
from graph.commands.referral_notices import event_notices
from graph.commands.system_moves import stored
from graph.instants import millis
from graph.intakes import scores_text
from verification.access import Action, Relation, Role
from verification.clocks import NOWHERE
from verification.intake_reading import score_problems, scores_of
from verification.referral_clocks import Timing
from verification.referral_effects import first_clocks
from verification.referral_guards import Words
from verification.referral_links import Side
from verification.referral_notices import SENT
from verification.referral_reasons import Priority, ReportKind
from verification.referral_states import State

REPORT_FIELDS: Final = ("attendance", "formulation", "intervention", "progress", "risks", "recommendation")

_ADVICE_GIVEN = "RETURNED_WITH_ADVICE"
_VISIT_OUTCOMES = {
    Action.START_THERAPY: "ATTENDED",
    Action.RECORD_NO_SHOW: "NO_SHOW",
    Action.CANCEL_VISIT: "CANCELLED",
}


def _reasoned(said: Said) -> Words:
    return Words(reason=said.get("reason"), comment=said.get("comment"))


def _send_words(said: Said) -> Words:
    return Words(confirmed_duplicate=bool(said.get("confirmDuplicate")), confirmed_apart=bool(said.get("confirmApart")))


def _automatic(made: Made) -> Mapping[str, Any]:
    """The author's choice for what comes after a no; left out, it stays as it was."""
    chosen = made.said.get("autoAdvance")
    return {} if chosen is None else {"changes": {"autoAdvance": chosen}}


def _question(made: Made) -> Mapping[str, Any]:
    return {"message": _message(made, "question")}


def _answer(made: Made) -> Mapping[str, Any]:
    return {"message": _message(made, "answer")}


def _message(made: Made, kind: str) -> dict[str, Any]:
    return {"id": new_id(), "at": millis(made.now), "kind": kind, "text": made.said[kind]}


def _report_words(said: Said) -> Words:
    return Words(report=ReportKind(said["kind"]), text=said.get("recommendation"))


def _end_words(said: Said) -> Words:
    report = said.get("report") or {}
    return Words(
        reason=said.get("reason"),
        comment=said.get("comment"),
        text=report.get("recommendation"),
        no_contact=bool(said.get("noContact")),
    )


def _back_words(said: Said) -> Words:
    return Words(reason=said["request"], comment=said.get("comment"), hold=bool(said.get("hold")))


def _expected(made: Made) -> Mapping[str, Any]:
    expected = made.said.get("expectedBy")
    return {"changes": {"expectedBy": expected.isoformat()}} if expected else {}


def _waiting(made: Made) -> Mapping[str, Any]:
    return {"attempt_changes": {"waitWeeks": made.said.get("waitWeeks")}}


def _advice(made: Made) -> Mapping[str, Any]:
    return {"attempt_changes": {"endReason": _ADVICE_GIVEN, "comment": made.said["advice"]}}


def _settle_visit(made: Made) -> Mapping[str, Any]:
    return {"visit_status": _VISIT_OUTCOMES[made.transition.action]}


def _book(made: Made) -> Mapping[str, Any]:
    """A new visit takes the place of one that is still booked; in therapy, one whose time has passed was attended."""
    attempt = made.referral.attempt
    booked = attempt.visit if attempt else None
    visit = {
        "id": new_id(),
        "startsAt": millis(made.said["startsAt"]),
        "zone": made.said.get("zone") or (attempt.place.zone if attempt else "UTC"),
        "status": "BOOKED",
    }
    if booked is None:
        return {"visit": visit}
    attended = made.transition.before is State.IN_THERAPY and booked <= made.now
    return {"visit": visit, "visit_status": "ATTENDED" if attended else "MOVED"}


def _report(made: Made) -> Mapping[str, Any]:
    return {"report": _report_properties(made, made.said["kind"], made.said)}


def _closing_report(made: Made) -> Mapping[str, Any]:
    report = made.said.get("report")
    extra = {"attempt_changes": {"noContact": bool(made.said.get("noContact"))}}
    return extra if report is None else {**extra, "report": _report_properties(made, ReportKind.FINAL.value, report)}


def _report_properties(made: Made, kind: str, said: Said) -> dict[str, Any]:
    attempt = made.referral.attempt
    return {
        "id": new_id(),
        "kind": kind,
        "version": (attempt.report if attempt else 0) + 1,
        "sentAt": millis(made.now),
        "scores": scores_text(scores_of(said.get("scores") or ())),
        **{name: said.get(name) for name in REPORT_FIELDS},
    }


def _scores_fit(made: Made) -> Problems | None:
    return _wrong_scores(made, made.said, ())


def _wrong_scores(made: Made, said: Said, path: tuple[str | int, ...]) -> Problems | None:
    """What is wrong with the scores of a report said at `path`."""
    wrong = score_problems(said.get("scores") or (), made.now.astimezone(UTC).date(), (*path, "scores"))
    return Problems(tuple(Problem(each.code, str(each), each.path) for each in wrong)) if wrong else None


def _acknowledge(_: Made) -> Mapping[str, Any]:
    return {"acknowledges": True}


def _cancel(made: Made) -> Mapping[str, Any]:
    return {"changes": {"cancelReason": made.said.get("reason"), "cancelComment": made.said.get("comment")}}


def _closing_fits(made: Made) -> Problems | None:
    """A report that closes is signed by whoever writes it; that there was no contact a delegate may say too."""
    report = made.said.get("report")
    if report is None:
        return None
    if made.role != Role.DELEGATE.value:
        return _wrong_scores(made, report, ("report",))
    return refused("FORBIDDEN", "A report is sent by the therapist, not by a delegate.", "report")


def _confirmed(_: Made) -> Mapping[str, Any]:
    return {"attempt_changes": {"endReason": "CANCELLATION_CONFIRMED"}}


def _ask_physician(made: Made) -> Mapping[str, Any]:
    """A new referral to the physician, sent at once, with one event; from whoever of the two sides makes the move."""
    referral, asking = made.referral, made.transition.actor
    priority = made.said.get("priority") or referral.priority
    physician = made.judged.weighed if made.judged else None
    place = physician.place if physician else NOWHERE
    ordered = asking is Relation.AUTHOR
    own_place = referral.timing.author if ordered else referral.timing.recipient
    clocks = first_clocks(Timing(Priority(priority), recipient=place, author=own_place), made.now, made.policies.clocks)
    attempt = opened_attempt(1, made.now, clocks)
    child = {
        "id": new_id(),
        "version": 1,
        "status": State.SENT.value,
        "jurisdiction": referral.jurisdiction,
        "priority": priority,
        "requisition": referral.requisition,
        "backRequest": made.said["request"],
        "sentAs": Side.PHYSICIAN.value if ordered else Side.THERAPIST.value,
        "reason": made.said.get("comment"),
        "consentGiven": referral.consent,
        "createdAt": millis(made.now),
        "sentAt": millis(made.now),
        **stored(clocks.referral),
    }
    sent = event_of(
        made.role, made.acts_for, made.now, 1, "ReferralSent", None, State.SENT, attempt["id"], made.said["request"]
    )
    to = {Relation.RECIPIENT: physician.id if physician and physician.id != made.acts_for else None}
    extras: dict[str, Any] = {
        "child": child,
        "child_attempt": attempt,
        "child_event": sent,
        "notices": event_notices(child["id"], 1, SENT, to, to, made.now),
    }
    if made.transition.after is not made.transition.before:
        extras["attempt_changes"] = {"hold": "MEDICAL_REVIEW_PENDING"}
    return extras


def _sent(made: Made) -> Mapping[str, Any]:
    frozen = freeze(made)
    return {**frozen, "changes": {**frozen["changes"], **_automatic(made).get("changes", {})}}


_ROWS: Final = (
    Row(Action.ANSWER_RED_FLAGS, extras=record_answers, check=check_answers),
    Row(Action.SEND_REFERRAL, Weigh.CANDIDATE, _send_words, _sent),
    Row(Action.REDIRECT_REFERRAL, Weigh.CANDIDATE, _send_words, extras=_automatic, candidate="candidate"),
    Row(Action.OPEN_REFERRAL),
    Row(Action.ACCEPT_REFERRAL, Weigh.RECIPIENT, extras=_expected, check=first_visit_in_reach),
    Row(Action.WAITLIST_REFERRAL, Weigh.RECIPIENT, extras=_waiting, check=wait_in_reach),
    Row(Action.DECLINE_REFERRAL, words=_reasoned),
    Row(Action.RETURN_REFERRAL, words=lambda said: Words(text=said["advice"]), extras=_advice),
    Row(Action.REQUEST_INFORMATION, words=lambda said: Words(text=said["question"]), extras=_question),
    Row(Action.ANSWER_INFORMATION, words=lambda said: Words(text=said["answer"]), extras=_answer),
    Row(Action.START_THERAPY, extras=_settle_visit),
    Row(Action.RECORD_NO_SHOW, extras=_settle_visit),
    Row(Action.CANCEL_VISIT, extras=_settle_visit),
    Row(Action.HOLD_REFERRAL, words=_reasoned),
    Row(Action.RESUME_REFERRAL, Weigh.RECIPIENT),
    Row(Action.SEND_REPORT, words=_report_words, extras=_report, check=_scores_fit),
    Row(Action.ACKNOWLEDGE_REPORT, extras=_acknowledge),
    Row(Action.END_REFERRAL, words=_end_words, extras=_closing_report, check=_closing_fits),
    Row(Action.REFER_BACK, Weigh.PHYSICIAN, _back_words, _ask_physician, candidate="physician"),
    Row(Action.ORDER_WORK_UP, Weigh.PHYSICIAN, _back_words, _ask_physician, candidate="physician"),
    Row(Action.CANCEL_REFERRAL, words=_reasoned, extras=_cancel),
    Row(Action.CONFIRM_CANCELLATION, extras=_confirmed),
    Row(Action.REFUSE_CANCELLATION, Weigh.RECIPIENT, _reasoned),
    Row(Action.CLEAR_MEDICAL_REVIEW, Weigh.RECIPIENT),
    Row(Action.MARK_ENTERED_IN_ERROR, words=_reasoned),
)
_BOOKING: Final = Row(
    Action.SCHEDULE_VISIT, words=lambda said: Words(starts_at=said["startsAt"]), extras=_book, check=visit_in_reach
)


async def schedule_visit(context: Context, said: Said) -> Outcome:
    """Books a visit; the zone, where given, must be one the tz database knows."""
    zone = said.get("zone")
    if zone is not None and zone not in available_timezones():
        return refused("BAD_INPUT", "The zone is no IANA time zone, such as America/Los_Angeles.", "zone")
    return await move(_BOOKING, context, said)


REFERRAL_OPERATIONS: Final[Mapping[Action, Operation]] = {
    **{row.action: partial(move, row) for row in _ROWS},
    Action.SCHEDULE_VISIT: schedule_visit,
}
"""Every mutation that moves a referral."""
