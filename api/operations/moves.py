"""How every move of a referral is made: read the facts, let the machine decide, record behind the locks.

- A mutation is a row: its action, whose standing is weighed, what its input says, and what else it writes.
- The key of an earlier try is looked at before the version, the version before the rules.
- When the record finds that something has changed, the facts are read again; by then they say why, or the move is
  simply made. Nothing is retried without looking again.
- Two statements when nobody interferes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.operations.outcomes import (
    BUSY,
    PRACTITIONERS,
    TRIES,
    Context,
    Done,
    Outcome,
    Said,
    asked,
    from_refusal,
    new_id,
    not_found,
    own_id,
    refused,
    settled_before,
    unusable,
)
from api.operations.proofs import Judged, judge
from api.problems import Unauthenticated
from graph.commands.receipts import Asked
from graph.commands.referral_facts import AttemptFacts, Found, ReferralFacts, Weigh, read_referral
from graph.commands.referrals import Record, record_move
from graph.errors import Conflict
from graph.instants import millis
from verification.access import Action
from verification.clocks import first_answer_due
from verification.errors import Refusal
from verification.referral_guards import Facts, Words
from verification.referral_moves import OnAttempt
from verification.referral_reasons import Priority, RecallReason
from verification.referral_states import ATTEMPT_ENDED, UNANSWERED, State
from verification.referrals import Transition, decide

_UNITED_STATES = frozenset({None, "", "US", "USA"})
_TAKEN_ON = frozenset({State.ACCEPTED, State.WAITLISTED})


@dataclass(frozen=True, slots=True)
class Made:
    """A move that was decided: everything that what it writes may depend on."""

    said: Said
    referral: ReferralFacts
    transition: Transition
    judged: Judged | None
    role: str
    account_acts_as: str
    now: datetime


Extras = Callable[[Made], Mapping[str, Any]]


def _nothing_else(_: Made) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One mutation. `words` reads the input for the guards, `extras` gives further fields of the `Record`."""

    action: Action
    weigh: Weigh = Weigh.NOBODY
    words: Callable[[Said], Words] = field(default=lambda _: Words())
    extras: Extras = _nothing_else
    candidate: str | None = None


async def move(row: Row, context: Context, said: Said) -> Outcome:
    """Makes the move, or says why not; see the module."""
    if problem := unusable(said):
        return problem
    referral = own_id(said["referral"], "Referral")
    candidate = None
    if row.candidate and said.get(row.candidate) is not None:
        candidate = own_id(said[row.candidate], *PRACTITIONERS)
        if candidate is None:
            return not_found(row.candidate)
    for _ in range(TRIES):
        outcome = await _once(row, context, said, referral or "", candidate)
        if outcome is not None:
            return outcome
    return BUSY


async def _once(row: Row, context: Context, said: Said, referral: str, candidate: str | None) -> Outcome | None:
    try_ = asked(context, row.action, said)
    found = await read_referral(context.database, try_, referral, row.weigh, candidate)
    if found.who is None:
        raise Unauthenticated
    settled = await settled_before(context, row.action, try_, found.who, found.receipt, label="Referral")
    if settled is not None:
        return settled
    made = _decided(row, context, said, found, try_, named=candidate is not None)
    if not isinstance(made, Made):
        return made
    try:
        node = await record_move(context.database, try_, record_of(row, made), context.answer)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _decided(row: Row, context: Context, said: Said, found: Found, try_: Asked, *, named: bool) -> Made | Outcome:
    referral = found.referral
    if referral is None or found.who is None or found.who.acts_as is None:
        return not_found("referral")
    if referral.relation is None:
        return refused("ILLEGAL_TRANSITION", "Your part in this referral has ended.", "referral")
    if said["expectedVersion"] != referral.version:
        return refused(
            "STALE_VERSION",
            f"The referral is at version {referral.version} by now; look at it again.",
            "expectedVersion",
        )
    if named and found.weighed is None:
        return not_found(row.candidate or "candidate")
    needs_proof = not referral.back_request and row.action is not Action.REFER_BACK
    judged = None
    if found.weighed is not None:
        judged = judge(found.weighed, referral.jurisdiction, try_.now, context.policy, needs_proof=needs_proof)
    facts = machine_facts(referral, judged, row.words(said), try_.now, back=not needs_proof)
    answer = decide(row.action, referral.status, referral.relation, facts)
    if isinstance(answer, Refusal):
        return from_refusal(answer)
    return Made(said, referral, answer, judged, found.who.role, found.who.acts_as, try_.now)


def machine_facts(referral: ReferralFacts, judged: Judged | None, words: Words, now: datetime, *, back: bool) -> Facts:
    """What was read, as the machine wants it; `back` when a patient goes (or went) back to a physician."""
    attempt, weighed = referral.attempt, judged.weighed if judged else None
    return Facts(
        now=now,
        needs_proof=not back,
        proven=judged.proven if judged else None,
        doubts=judged.doubts if judged else (),
        consent=referral.consent,
        candidate=weighed is not None,
        candidate_is_author=weighed is not None and weighed.id == _sender(referral, back=back),
        candidate_fits=weighed is None or (weighed.physician if back else weighed.therapist),
        accepting=weighed.accepting if weighed else None,
        duplicate=referral.duplicate,
        visit=attempt.visit if attempt else None,
        hold=attempt.hold if attempt else None,
        held_from=attempt.held_from if attempt else None,
        cancel_from=attempt.cancel_from if attempt else None,
        begun=attempt is not None and attempt.begun,
        words=words,
    )


def _sender(referral: ReferralFacts, *, back: bool) -> str | None:
    """Who must not be addressed: the author, or, of a patient sent back by its recipient, that recipient."""
    if back and not referral.back_request:
        return referral.attempt.recipient if referral.attempt else None
    return referral.author


def record_of(row: Row, made: Made) -> Record:
    """Everything the move writes."""
    referral, transition = made.referral, made.transition
    opens = transition.attempt in {OnAttempt.OPENS, OnAttempt.REPLACES}
    new_attempt = _new_attempt(made) if opens else None
    moves = referral.attempt if transition.attempt in {OnAttempt.MOVES, OnAttempt.REPLACES} else None
    changes: dict[str, Any] = {"status": transition.after.value}
    if new_attempt is not None:
        changes["dueAt"] = new_attempt["dueAt"]
        if transition.before is State.DRAFT:
            changes["sentAt"] = millis(made.now)
    elif transition.after not in UNANSWERED:
        changes["dueAt"] = None
    extras = dict(row.extras(made))
    attempt_changes = {**(_attempt_changes(made, moves) if moves else {}), **extras.pop("attempt_changes", {})}
    changes |= extras.pop("changes", {})
    return Record(
        referral=referral.id,
        actor=made.account_acts_as,
        version=referral.version,
        before=transition.before.value,
        changes=changes,
        events=_events(made, moves, new_attempt),
        attempt=moves.id if moves else None,
        attempt_changes=attempt_changes,
        weighed=made.judged.guard if made.judged else None,
        new_attempt=new_attempt,
        proof=_proof(made, opens=opens),
        **extras,
    )


def _proof(made: Made, *, opens: bool) -> Any:
    if made.judged is None:
        return None
    if opens:
        return made.judged.frozen("send")
    return made.judged.frozen("accept") if made.transition.after in _TAKEN_ON else None


def _new_attempt(made: Made) -> dict[str, Any]:
    attempt = made.referral.attempt
    return opened_attempt(made, attempt.number + 1 if attempt else 1, made.referral.priority)


def opened_attempt(made: Made, number: int, priority: str) -> dict[str, Any]:
    """The properties of an attempt that is sent now to the weighed practitioner."""
    weighed = made.judged.weighed if made.judged else None
    zone = weighed.zone if weighed and weighed.zone else "UTC"
    united_states = (weighed.country if weighed else None) in _UNITED_STATES
    due = first_answer_due(made.now, Priority(priority), zone, united_states=united_states)
    return {
        "id": new_id(),
        "number": number,
        "status": State.SENT.value,
        "sentAt": millis(made.now),
        "dueAt": millis(due),
    }


def _attempt_changes(made: Made, attempt: AttemptFacts) -> dict[str, Any]:
    """How the current attempt goes along with the referral."""
    transition, now = made.transition, millis(made.now)
    before, after = transition.before, transition.after
    if transition.attempt is OnAttempt.REPLACES:
        return {"status": State.RECALLED.value, "endedAt": now, "endReason": RecallReason.REDIRECTED.value}
    changes: dict[str, Any] = {"status": after.value}
    if after is State.RECEIVED and before is State.SENT:
        changes["openedAt"] = now
    if after in _TAKEN_ON and not attempt.accepted:
        changes |= {"acceptedAt": now, "disclosed": True}
    if after is State.IN_THERAPY and not attempt.begun:
        changes["startedAt"] = now
    if after in ATTEMPT_ENDED:
        changes |= {"endedAt": now, "endReason": made.said.get("reason"), "comment": made.said.get("comment")}
    changes |= _remembered(made, before, after)
    return changes


def _remembered(made: Made, before: State, after: State) -> dict[str, Any]:
    """What a hold and a request to cancel keep in mind, and forget when they are over."""
    resting = {State.HELD_BEFORE_START, State.ON_HOLD}
    changes: dict[str, Any] = {}
    if after is State.CANCEL_REQUESTED:
        changes["cancelFrom"] = before.value
    elif before is State.CANCEL_REQUESTED:
        changes["cancelFrom"] = None
    elif after in resting and before not in resting:
        changes |= {"heldFrom": before.value, "hold": made.said.get("reason")}
    elif before in resting and after not in resting:
        changes |= {"heldFrom": None, "hold": None}
    return changes


def _events(made: Made, moves: AttemptFacts | None, new_attempt: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    transition, version = made.transition, made.referral.version
    reason = made.said.get("reason") or made.said.get("request")
    if new_attempt is None:
        attempt = moves.id if moves else None
        return [event(made, version + 1, transition.event, transition.before, transition.after, attempt, reason)]
    if moves is None:
        return [event(made, version + 1, transition.event, transition.before, transition.after, new_attempt["id"])]
    taken_back = event(
        made, version + 1, "ReferralRecalled", transition.before, State.RECALLED, moves.id, RecallReason.REDIRECTED
    )
    sent_on = event(made, version + 2, transition.event, State.RECALLED, transition.after, new_attempt["id"])
    return [taken_back, sent_on]


def event(
    made: Made,
    number: int,
    name: str,
    before: State | None,
    after: State,
    attempt: str | None,
    reason: str | None = None,
) -> dict[str, Any]:
    """The properties of one event; `attempt` says whose recipient may see it."""
    return event_of(made.role, made.now, number, name, before, after, attempt, reason)


def event_of(
    role: str,
    now: datetime,
    number: int,
    name: str,
    before: State | None,
    after: State,
    attempt: str | None,
    reason: str | None,
) -> dict[str, Any]:
    """As `event`, before any move was decided."""
    return {
        "id": new_id(),
        "number": number,
        "name": name,
        "at": millis(now),
        "actorRole": role,
        "fromStatus": before.value if before else None,
        "toStatus": after.value,
        "reason": None if reason is None else str(reason),
        "attempt": attempt,
    }
