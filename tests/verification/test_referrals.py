"""The referral machine: a closed set, no way out of the end, nothing unreachable, every guard with both answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.access import SYSTEM_ACTIONS, Action, Relation, Role, may
from verification.errors import Refusal
from verification.referral_guards import Facts, Words
from verification.referral_moves import MOVES
from verification.referral_reasons import (
    BACK_TO_AUTHOR,
    DeclineReason,
    HoldReason,
    ReportKind,
    comment_required,
)
from verification.referral_rows import OnAttempt, Only
from verification.referral_states import (
    ATTEMPT_ENDED,
    BEFORE_START,
    CLOSED_STATES,
    FHIR,
    OPEN_ATTEMPT,
    UNANSWERED,
    UNDER_WAY,
    WAITING_FOR_AUTHOR,
    State,
    fhir_status,
)
from verification.referrals import Transition, available_actions, decide, transitions

NOW = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
S = State
READY = Facts(
    now=NOW,
    proven=True,
    consent=True,
    accepting=True,
    visit=NOW - timedelta(minutes=1),
    deadline=NOW - timedelta(minutes=1),
    hold=HoldReason.MEDICAL_REVIEW_PENDING,
    held_from=S.ACCEPTED,
    cancel_from=S.SCHEDULED,
    begun=True,
    auto_advance=True,
    words=Words(
        reason="AT_CAPACITY",
        comment="Full until March.",
        text="Please check testosterone first.",
        report=ReportKind.FINAL,
        starts_at=NOW + timedelta(days=1),
    ),
)

states = st.sampled_from(State)
actions = st.sampled_from(Action)
actors = st.sampled_from(Relation)
instants = st.one_of(st.none(), st.sampled_from([NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]))
remembered = st.one_of(st.none(), states)
words = st.builds(
    Words,
    reason=st.one_of(st.none(), st.just(""), st.sampled_from(DeclineReason)),
    comment=st.one_of(st.none(), st.just(" "), st.just("why")),
    text=st.one_of(st.none(), st.just("text")),
    report=st.one_of(st.none(), st.sampled_from(ReportKind)),
    no_contact=st.booleans(),
    starts_at=instants,
    confirmed_duplicate=st.booleans(),
    hold=st.booleans(),
)
facts = st.builds(
    Facts,
    now=st.just(NOW),
    needs_proof=st.booleans(),
    proven=st.one_of(st.none(), st.booleans()),
    consent=st.booleans(),
    candidate=st.booleans(),
    candidate_is_author=st.booleans(),
    candidate_fits=st.booleans(),
    accepting=st.one_of(st.none(), st.booleans()),
    duplicate=st.booleans(),
    auto_advance=st.booleans(),
    visit=instants,
    deadline=instants,
    hold=st.one_of(st.none(), st.sampled_from(HoldReason)),
    held_from=remembered,
    cancel_from=remembered,
    begun=st.booleans(),
    words=words,
)


def said(**changes: object) -> Facts:
    return replace(READY, words=replace(READY.words, **changes))  # type: ignore[arg-type] # names of Words


def code(action: Action, state: State, actor: Relation, found: Facts = READY) -> str:
    answer = decide(action, state, actor, found)
    return answer.code if isinstance(answer, Refusal) else answer.after.value


def test_states_are_the_closed_set_of_the_design() -> None:
    assert set(State) == {S.DRAFT} | OPEN_ATTEMPT | WAITING_FOR_AUTHOR | CLOSED_STATES
    assert len(State) == 22


def test_every_state_is_reached_from_draft() -> None:
    reached = {S.DRAFT}
    while True:
        further = {after for _, before, after, _ in transitions() if before in reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(State)


def test_nothing_leaves_a_closed_state() -> None:
    assert not [edge for edge in transitions() if edge[1] in CLOSED_STATES]


def test_no_open_state_is_a_dead_end() -> None:
    for state in set(State) - CLOSED_STATES:
        ways = [
            edge
            for edge in transitions()
            if edge[1] is state and edge[2] is not state and edge[0] is not Action.MARK_ENTERED_IN_ERROR
        ]
        assert ways, state


def test_an_ended_attempt_never_moves_again() -> None:
    for move in MOVES:
        if move.sources & ATTEMPT_ENDED:
            assert move.sources <= ATTEMPT_ENDED
            assert move.attempt in {OnAttempt.KEEPS, OnAttempt.OPENS}


def test_at_most_one_attempt_is_open() -> None:
    for move in MOVES:
        if move.attempt is OnAttempt.OPENS:
            assert not move.sources & OPEN_ATTEMPT
        if move.attempt is OnAttempt.REPLACES:
            assert move.sources <= OPEN_ATTEMPT


def test_what_one_actor_asks_for_has_one_meaning() -> None:
    for action in Action:
        for state in State:
            for actor in Relation:
                rows = [m for m in MOVES if m.action is action and state in m.sources and actor in m.actors]
                kinds = [row.only for row in rows]
                assert len(kinds) == len(set(kinds))
                assert Only.ANY not in kinds or len(kinds) == 1


@given(actions, states, actors, facts)
def test_decide_is_total_and_agrees_with_the_table(action: Action, state: State, actor: Relation, found: Facts) -> None:
    edges = set(transitions())
    answer = decide(action, state, actor, found)
    if isinstance(answer, Transition):
        assert (answer.action, answer.before, answer.actor) == (action, state, actor)
        if answer.after not in {found.held_from, found.cancel_from}:
            assert (action, state, answer.after, actor) in edges
        assert state not in CLOSED_STATES
    else:
        assert answer.code
        assert answer.message.endswith((".", ":")) or answer.message


@given(states, actors, facts)
def test_an_action_that_is_listed_as_forbidden_is_refused(state: State, actor: Relation, found: Facts) -> None:
    listed = {item.action: item for item in available_actions(state, actor, found)}
    for action in Action:
        answer = decide(action, state, actor, found)
        if isinstance(answer, Transition):
            assert listed[action].allowed
        if action in listed:
            assert (listed[action].why is None) == listed[action].allowed


@given(states, facts)
def test_no_recipient_takes_a_patient_without_proof(state: State, found: Facts) -> None:
    unproven = replace(found, needs_proof=True, proven=None)
    for action in (Action.ACCEPT_REFERRAL, Action.WAITLIST_REFERRAL, Action.RESUME_REFERRAL):
        assert isinstance(decide(action, state, Relation.RECIPIENT, unproven), Refusal)
    assert isinstance(decide(Action.SEND_REFERRAL, state, Relation.AUTHOR, unproven), Refusal)


@pytest.mark.parametrize("state", sorted(UNANSWERED | {S.WAITLISTED}))
def test_accept(state: State) -> None:
    assert code(Action.ACCEPT_REFERRAL, state, Relation.RECIPIENT) == "ACCEPTED"
    assert code(Action.ACCEPT_REFERRAL, state, Relation.AUTHOR) == "FORBIDDEN"
    lost = replace(READY, proven=False, doubts=("The licence is suspended.",))
    answer = decide(Action.ACCEPT_REFERRAL, state, Relation.RECIPIENT, lost)
    assert isinstance(answer, Refusal)
    assert answer.code == "RECIPIENT_NOT_REFERABLE"
    assert "The licence is suspended." in answer.message
    assert code(Action.ACCEPT_REFERRAL, state, Relation.RECIPIENT, replace(READY, proven=None)) == "STANDING_UNKNOWN"
    back = replace(READY, proven=None, needs_proof=False)
    assert code(Action.ACCEPT_REFERRAL, state, Relation.RECIPIENT, back) == "ACCEPTED"


def test_send_looks_at_every_guard() -> None:
    cases = {
        "NO_CANDIDATE": replace(READY, candidate=False),
        "SELF_REFERRAL": replace(READY, candidate_is_author=True),
        "RECIPIENT_NOT_SUITABLE": replace(READY, candidate_fits=False),
        "CONSENT_REQUIRED": replace(READY, consent=False),
        "RED_FLAG": replace(READY, stops=("RF06",)),
        "WORK_UP_UNANSWERED": replace(READY, workups=("RF21",)),
        "RECIPIENT_NOT_REFERABLE": replace(READY, proven=False),
        "STANDING_UNKNOWN": replace(READY, proven=None),
        "RECIPIENT_NOT_ACCEPTING": replace(READY, accepting=False),
        "DUPLICATE_REFERRAL": replace(READY, duplicate=True),
        "SENT": replace(READY, duplicate=True, words=replace(READY.words, confirmed_duplicate=True)),
    }
    for expected, found in cases.items():
        assert code(Action.SEND_REFERRAL, S.DRAFT, Relation.AUTHOR, found) == expected


@pytest.mark.parametrize("state", sorted(UNANSWERED | BEFORE_START))
def test_decline_needs_a_coded_reason_and_other_a_comment(state: State) -> None:
    assert code(Action.DECLINE_REFERRAL, state, Relation.RECIPIENT) == "DECLINED"
    assert code(Action.DECLINE_REFERRAL, state, Relation.RECIPIENT, said(reason=None)) == "REASON_REQUIRED"
    silent = said(reason=DeclineReason.OTHER, comment="  ")
    assert code(Action.DECLINE_REFERRAL, state, Relation.RECIPIENT, silent) == "COMMENT_REQUIRED"


def test_who_acts_is_looked_at_before_the_state_and_the_state_before_the_guards() -> None:
    nothing = Facts(now=NOW)
    assert code(Action.ACCEPT_REFERRAL, S.CLOSED, Relation.AUTHOR, nothing) == "FORBIDDEN"
    assert code(Action.ACCEPT_REFERRAL, S.CLOSED, Relation.RECIPIENT, nothing) == "ILLEGAL_TRANSITION"
    assert code(Action.ACCEPT_REFERRAL, S.SENT, Relation.RECIPIENT, nothing) == "STANDING_UNKNOWN"


def test_redirecting_an_open_attempt_takes_it_back_before_acceptance_only() -> None:
    for state in State:
        answer = decide(Action.REDIRECT_REFERRAL, state, Relation.AUTHOR, READY)
        if state in WAITING_FOR_AUTHOR:
            assert isinstance(answer, Transition)
            assert answer.attempt is OnAttempt.OPENS
        elif state in UNANSWERED | {S.WAITLISTED}:
            assert isinstance(answer, Transition)
            assert answer.attempt is OnAttempt.REPLACES
        else:
            assert isinstance(answer, Refusal)


def test_visits_neither_begin_early_nor_are_booked_in_the_past() -> None:
    early = replace(READY, visit=NOW + timedelta(milliseconds=1))
    for action in (Action.START_THERAPY, Action.RECORD_NO_SHOW):
        assert code(action, S.SCHEDULED, Relation.RECIPIENT, early) == "VISIT_NOT_YET"
    assert code(Action.START_THERAPY, S.SCHEDULED, Relation.RECIPIENT, replace(READY, visit=NOW)) == "IN_THERAPY"
    assert code(Action.SCHEDULE_VISIT, S.ACCEPTED, Relation.RECIPIENT, said(starts_at=NOW)) == "VISIT_IN_PAST"
    assert code(Action.SCHEDULE_VISIT, S.IN_THERAPY, Relation.RECIPIENT) == "IN_THERAPY"


def test_cancelling_is_alone_before_a_booking_and_a_request_after() -> None:
    for state in State:
        answer = code(Action.CANCEL_REFERRAL, state, Relation.AUTHOR)
        if state in {S.DRAFT, S.ACCEPTED, S.WAITLISTED} | UNANSWERED | WAITING_FOR_AUTHOR:
            assert answer == "CANCELLED"
        elif state in UNDER_WAY | BEFORE_START:
            assert answer == "CANCEL_REQUESTED"
        else:
            assert answer == "ILLEGAL_TRANSITION"


@pytest.mark.parametrize("origin", sorted(UNDER_WAY | {S.SCHEDULED, S.NO_SHOW, S.APPT_CANCELLED, S.HELD_BEFORE_START}))
def test_a_refused_cancellation_goes_back_to_where_it_came_from_unless_standing_is_lost(origin: State) -> None:
    asked = replace(READY, cancel_from=origin)
    assert code(Action.REFUSE_CANCELLATION, S.CANCEL_REQUESTED, Relation.RECIPIENT, asked) == origin
    lost = replace(asked, proven=False)
    assert code(Action.REFUSE_CANCELLATION, S.CANCEL_REQUESTED, Relation.RECIPIENT, lost) == "RECIPIENT_NOT_REFERABLE"
    assert code(Action.CONFIRM_CANCELLATION, S.CANCEL_REQUESTED, Relation.RECIPIENT, lost) == "CANCELLED"
    waiting = replace(lost, begun=True, deadline=NOW + timedelta(days=1))
    assert code(Action.CONFIRM_CANCELLATION, S.CANCEL_REQUESTED, Relation.SYSTEM, waiting) == "DEADLINE_NOT_PASSED"
    unbegun = replace(waiting, begun=False)
    assert code(Action.CONFIRM_CANCELLATION, S.CANCEL_REQUESTED, Relation.SYSTEM, unbegun) == "CANCELLED"


def test_a_lapse_recalls_what_has_not_begun_and_holds_what_has() -> None:
    lost = replace(READY, proven=False)
    for state in UNANSWERED | BEFORE_START:
        assert code(Action.RECALL_REFERRAL, state, Relation.SYSTEM, lost) == "RECALLED"
        assert code(Action.RECALL_REFERRAL, state, Relation.SYSTEM) == "STANDING_HOLDS"
    assert code(Action.RECALL_REFERRAL, S.IN_THERAPY, Relation.SYSTEM, lost) == "ILLEGAL_TRANSITION"
    assert code(Action.HOLD_REFERRAL, S.IN_THERAPY, Relation.SYSTEM, lost) == "ON_HOLD"


def test_reports() -> None:
    interim = said(report=ReportKind.INTERIM)
    assert code(Action.SEND_REPORT, S.IN_THERAPY, Relation.RECIPIENT, interim) == "IN_THERAPY"
    assert code(Action.SEND_REPORT, S.ON_HOLD, Relation.RECIPIENT, interim) == "ILLEGAL_TRANSITION"
    for state in UNDER_WAY | {S.REPORT_SENT, S.CANCEL_REQUESTED}:
        assert code(Action.SEND_REPORT, state, Relation.RECIPIENT) == "REPORT_SENT"
    unbegun = replace(READY, begun=False)
    assert code(Action.SEND_REPORT, S.CANCEL_REQUESTED, Relation.RECIPIENT, unbegun) == "NOT_STARTED"
    assert code(Action.SEND_REPORT, S.IN_THERAPY, Relation.RECIPIENT, said(text="")) == "REPORT_REQUIRED"
    silent = said(text=None)
    assert code(Action.END_REFERRAL, S.IN_THERAPY, Relation.RECIPIENT, silent) == "REPORT_REQUIRED"
    no_contact = said(text=None, no_contact=True)
    assert code(Action.END_REFERRAL, S.NO_SHOW, Relation.RECIPIENT, no_contact) == "ENDED_EARLY"


def test_a_patient_is_referred_back_from_acceptance_to_the_report() -> None:
    possible = {state for state in State if code(Action.REFER_BACK, state, Relation.RECIPIENT) == state}
    assert possible == BEFORE_START | UNDER_WAY | {S.CANCEL_REQUESTED, S.REPORT_SENT}
    resting = said(hold=True)
    assert code(Action.REFER_BACK, S.IN_THERAPY, Relation.RECIPIENT, resting) == "ON_HOLD"
    assert code(Action.REFER_BACK, S.SCHEDULED, Relation.RECIPIENT, resting) == "HELD_BEFORE_START"


def test_a_work_up_is_ordered_from_the_sending_until_it_is_over() -> None:
    possible = {state for state in State if code(Action.ORDER_WORK_UP, state, Relation.AUTHOR) == state}
    assert possible == OPEN_ATTEMPT | WAITING_FOR_AUTHOR
    for state in State:
        assert code(Action.ORDER_WORK_UP, state, Relation.RECIPIENT) == "FORBIDDEN"
        answer = decide(Action.ORDER_WORK_UP, state, Relation.AUTHOR, READY)
        if isinstance(answer, Transition):
            ended = state in WAITING_FOR_AUTHOR
            assert answer.attempt is (OnAttempt.KEEPS if ended else OnAttempt.MOVES)
            assert answer.event == "WorkUpOrdered"


def test_therapy_rests_for_a_work_up_where_it_was_taken_on() -> None:
    resting = said(hold=True)
    found = {state: code(Action.ORDER_WORK_UP, state, Relation.AUTHOR, resting) for state in State}
    assert {state: after for state, after in found.items() if after != "ILLEGAL_TRANSITION"} == {
        S.ACCEPTED: "HELD_BEFORE_START",
        S.WAITLISTED: "HELD_BEFORE_START",
        S.SCHEDULED: "HELD_BEFORE_START",
        S.IN_THERAPY: "ON_HOLD",
    }


def test_a_work_up_looks_at_every_guard_and_at_no_standing() -> None:
    cases = {
        "NOT_FOR_THERAPY": replace(READY, for_therapy=False),
        "CONSENT_REQUIRED": replace(READY, consent=False),
        "REASON_REQUIRED": said(reason=None),
        "RECIPIENT_NOT_SUITABLE": replace(READY, candidate_fits=False),
        "ACCEPTED": replace(READY, proven=False, accepting=False, candidate_is_author=True, stops=("RF06",)),
    }
    for expected, found in cases.items():
        assert code(Action.ORDER_WORK_UP, S.ACCEPTED, Relation.AUTHOR, found) == expected
    assert may(Role.PHYSICIAN, Action.ORDER_WORK_UP)
    assert may(Role.DELEGATE, Action.ORDER_WORK_UP)
    assert not any(may(role, Action.ORDER_WORK_UP) for role in (Role.THERAPIST, Role.OFFICER, Role.STEWARD))


def test_the_fhir_mapping_is_total_and_takes_only_steps_that_fhir_knows() -> None:
    assert set(FHIR) == set(State)
    typical = {
        ("draft", "requested"), ("draft", "cancelled"), ("requested", "received"), ("requested", "accepted"),
        ("requested", "rejected"), ("requested", "cancelled"), ("received", "accepted"), ("received", "rejected"),
        ("received", "cancelled"), ("accepted", "in-progress"), ("accepted", "cancelled"),
        ("in-progress", "on-hold"), ("in-progress", "completed"), ("in-progress", "failed"),
        ("on-hold", "in-progress"), ("on-hold", "failed"),
    }  # fmt: skip
    # Beyond the base specification: BSeR lets an accepted task be rejected, Gravity lets it fail or rest, and complete
    # from rest.
    peers = {("accepted", "rejected"), ("accepted", "failed"), ("accepted", "on-hold"), ("on-hold", "completed")}
    for action, before, after, _ in transitions():
        if before in WAITING_FOR_AUTHOR or after is S.ENTERED_IN_ERROR:
            continue  # a new Task, or the exit every Task has
        for origin in _origins(before, after):
            step = (_task(before, origin, after), _task(after, origin, before))
            redirected = action is Action.REDIRECT_REFERRAL
            assert redirected or step[0] == step[1] or step in typical | peers, (action, before, after, step)


def _origins(before: State, after: State) -> Sequence[State | None]:
    if S.CANCEL_REQUESTED not in {before, after}:
        return [None]
    other = after if before is S.CANCEL_REQUESTED else before
    sources = UNDER_WAY | {S.SCHEDULED, S.NO_SHOW, S.APPT_CANCELLED, S.HELD_BEFORE_START}
    if other in sources:
        return [other]
    return sorted(UNDER_WAY if other is S.REPORT_SENT else sources)


def _task(state: State, origin: State | None, other: State) -> str:
    begun = origin in UNDER_WAY or other in UNDER_WAY
    return fhir_status(state, begun=begun, cancel_from=origin).task


def test_fhir_details() -> None:
    assert fhir_status(S.CANCELLED, begun=True).task == "failed"
    assert fhir_status(S.CANCEL_REQUESTED, cancel_from=S.ON_HOLD).task == "on-hold"
    assert fhir_status(S.ON_HOLD, reason="MEDICAL_REVIEW_PENDING").business == "medical-review-pending"
    assert fhir_status(S.ENDED_EARLY, report_attached=True).service_request == "completed"
    assert fhir_status(S.RECALLED, reason="CREDENTIAL_LAPSED").business == "credential-lapsed"


def test_reasons() -> None:
    assert [reason for reason in DeclineReason if comment_required(reason)] == [DeclineReason.OTHER]
    assert len(BACK_TO_AUTHOR) == 4


def test_no_role_may_ask_for_what_only_the_system_does() -> None:
    assert not [(role, action) for role in Role for action in SYSTEM_ACTIONS if may(role, action)]
    system = {m.action for m in MOVES if m.actors == {Relation.SYSTEM}}
    assert system - {Action.CONFIRM_CANCELLATION} == SYSTEM_ACTIONS


def test_every_other_action_is_permitted_to_somebody_and_anonymous_may_nothing() -> None:
    for action in set(Action) - SYSTEM_ACTIONS:
        assert any(may(role, action) for role in Role), action
        assert not may(Role.ANONYMOUS, action)


def test_a_body_never_moves_a_referral_and_a_practitioner_never_confirms() -> None:
    moves = {move.action for move in MOVES}
    assert not [action for action in moves if may(Role.OFFICER, action)]
    assert not may(Role.PHYSICIAN, Action.CONFIRM_CREDENTIAL)
    assert not may(Role.THERAPIST, Action.SEND_REFERRAL)
