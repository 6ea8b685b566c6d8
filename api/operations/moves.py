"""How every move of a referral is made: read the facts, let the machine decide, record behind the locks.

- A mutation is a row: its action, whose standing is weighed, what its input says, and what else it writes.
- The key of an earlier try is looked at before the version, the version before the rules.
- Whoever acts for several practitioners does a move for the one who may do it: an action belongs to one side.
- When the record finds that something has changed, the facts are read again; by then they say why, or the move is
  simply made. Nothing is retried without looking again.
- Two statements when nobody interferes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from api.operations.outcomes import (
    PRACTITIONERS,
    Context,
    Done,
    Outcome,
    Problems,
    Said,
    asked,
    from_refusal,
    new_id,
    not_found,
    own_id,
    refused,
    settled_before,
    tried,
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.judgements import Judged, judge
from graph.commands.receipts import Answer, Asked
from graph.commands.referral_facts import AttemptFacts, Found, ReferralFacts, Weigh, read_referral
from graph.commands.referral_notices import event_notices
from graph.commands.referrals import Record, record_move
from graph.commands.system_moves import stored
from graph.errors import Conflict
from graph.instants import millis
from graph.outbox import Notice
from verification.access import ASKS_A_PHYSICIAN, Action, Relation, Role
from verification.clocks import NOWHERE
from verification.errors import Refusal
from verification.policies import Policies
from verification.referral_clocks import Timing
from verification.referral_effects import TAKEN_ON, Timed, attempt_changes, timed
from verification.referral_guards import Facts, Words
from verification.referral_notices import RECALLED, TOPIC_OF, told
from verification.referral_reasons import RecallReason
from verification.referral_rows import OnAttempt
from verification.referral_states import State
from verification.referrals import Transition, decide, side_of

_UNSEEN = Answer("true", {})
"""A steward marks what was entered in error by its id, and is shown nothing of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A move that was decided: everything that what it writes may depend on.

    `acts_for` is the practitioner in whose name it is made; nobody for a steward.
    """

    said: Said
    referral: ReferralFacts
    transition: Transition
    judged: Judged | None
    role: str
    acts_for: str | None
    now: datetime
    policies: Policies


_ABOUT_A_VISIT = frozenset({Action.SCHEDULE_VISIT, Action.START_THERAPY, Action.RECORD_NO_SHOW, Action.CANCEL_VISIT})

Extras = Callable[[Made], Mapping[str, Any]]


def _nothing_else(_: Made) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One mutation. `words` reads the input for the guards, `extras` gives further fields of the `Record`.

    `check` looks at the input once the move is decided, and says what is wrong with it.
    """

    action: Action
    weigh: Weigh = Weigh.NOBODY
    words: Callable[[Said], Words] = field(default=lambda _: Words())
    extras: Extras = _nothing_else
    candidate: str | None = None
    check: Callable[[Made], Problems | None] = field(default=lambda _: None)


async def move(row: Row, context: Context, said: Said) -> Outcome:
    """Makes the move, or says why not; see the module."""
    if problem := unusable(said):
        return problem
    referral = own_id(said["referral"], "Referral")
    candidate = None
    if row.candidate and said.get(row.candidate) is not None:
        # An id that is nobody's is looked for too, so that whoever may not ask at all hears that first.
        candidate = own_id(said[row.candidate], *PRACTITIONERS) or ""
    return await tried(context, said, lambda: _once(row, context, said, referral or "", candidate))


async def _once(row: Row, context: Context, said: Said, referral: str, candidate: str | None) -> Outcome | None:
    try_ = asked(context, row.action, said)
    found = await read_referral(context.database, try_, referral, row.weigh, candidate)
    if found.who is None:
        raise Unauthenticated
    steward = found.who.role == Role.STEWARD.value
    if steward:
        context = replace(context, answer=_UNSEEN)
    settled = await settled_before(context, row.action, try_, found.who, found.receipt, label="Referral")
    if settled is not None:
        return Done(None) if steward and isinstance(settled, Done) else settled
    made = _decided(row, context, said, found, try_, named=candidate is not None)
    if not isinstance(made, Made):
        return made
    try:
        node = await record_move(context.database, try_, record_of(row, made), context.answer)
    except Conflict:
        return None
    return None if node is None else Done(None if steward else node)


def _decided(row: Row, context: Context, said: Said, found: Found, try_: Asked, *, named: bool) -> Made | Outcome:
    referral = found.referral
    if referral is None or found.who is None:
        return not_found("referral")
    relation = side_of(row.action, referral.sides)
    if relation is None:
        return refused("ILLEGAL_TRANSITION", "Your part in this referral has ended.", "referral")
    if said["expectedVersion"] != referral.version:
        return refused(
            "STALE_VERSION",
            f"The referral is at version {referral.version} by now; look at it again.",
            "expectedVersion",
        )
    if named and found.weighed is None:
        return not_found(row.candidate or "candidate")
    needs_proof = not referral.back_request and row.action not in ASKS_A_PHYSICIAN
    judged = None
    if found.weighed is not None:
        judged = judge(found.weighed, referral.jurisdiction, try_.now, context.policies, needs_proof=needs_proof)
    facts = machine_facts(referral, judged, row.words(said), try_.now, back=not needs_proof)
    answer = decide(row.action, referral.status, relation, facts)
    if isinstance(answer, Refusal):
        return from_refusal(answer)
    acts_for = referral.sides[relation]
    made = Made(said, referral, answer, judged, found.who.role, acts_for, try_.now, context.policies)
    return row.check(made) or made


def machine_facts(referral: ReferralFacts, judged: Judged | None, words: Words, now: datetime, *, back: bool) -> Facts:
    """What was read, as the machine wants it; `back` when a physician is asked something."""
    attempt, weighed = referral.attempt, judged.weighed if judged else None
    stops, workups = referral.flags.obstacles(now) if referral.flags else ((), ())
    return Facts(
        now=now,
        needs_proof=not back,
        for_therapy=not referral.back_request,
        proven=judged.proven if judged else None,
        doubts=judged.doubts if judged else (),
        consent=referral.consent,
        candidate=weighed is not None,
        candidate_is_author=weighed is not None and weighed.id == _sender(referral, back=back),
        candidate_fits=weighed is None or (weighed.physician if back else weighed.therapist),
        accepting=weighed.accepting if weighed and not back else None,
        duplicate=referral.duplicate,
        apart=weighed is not None and referral.partner_with not in (None, weighed.id),
        stops=stops,
        workups=workups,
        visit=attempt.visit if attempt else None,
        hold=attempt.hold if attempt else None,
        held_from=attempt.held_from if attempt else None,
        cancel_from=attempt.cancel_from if attempt else None,
        begun=attempt is not None and attempt.begun,
        words=words,
    )


def _sender(referral: ReferralFacts, *, back: bool) -> str | None:
    """Who must not be addressed: the author, or, of a patient sent back by its recipient, that recipient.

    A physician may order a work-up from themselves, and take one over that another did not take.
    """
    if referral.asked_by_a_physician:
        return None
    if back and not referral.back_request:
        return referral.attempt.recipient if referral.attempt else None
    return referral.author


def record_of(row: Row, made: Made) -> Record:
    """Everything the move writes."""
    referral, transition = made.referral, made.transition
    opens = transition.attempt in {OnAttempt.OPENS, OnAttempt.REPLACES}
    clocks = timed(transition, timing(made, opens=opens), made.now, made.said.get("reason"), made.policies.clocks)
    new_attempt = _new_attempt(made, clocks) if opens else None
    moves = referral.attempt if transition.attempt in {OnAttempt.MOVES, OnAttempt.REPLACES} else None
    changes = {"status": transition.after.value, **stored(clocks.referral)}
    if transition.before is State.DRAFT and opens:
        changes["sentAt"] = millis(made.now)
    extras = dict(row.extras(made))
    attempt_changes = {} if moves is None else {**_attempt_changes(made, moves), **extras.pop("attempt_changes", {})}
    if moves is not None and not opens:
        attempt_changes |= stored(clocks.attempt)
    changes |= extras.pop("changes", {})
    return Record(
        referral=referral.id,
        actor=made.acts_for,
        version=referral.version,
        before=transition.before.value,
        changes=changes,
        events=_events(made, moves, new_attempt),
        attempt=moves.id if moves else None,
        attempt_changes=attempt_changes,
        weighed=made.judged.guard if made.judged else None,
        new_attempt=new_attempt,
        proof=_proof(made, opens=opens),
        notices=[*_notices(made, moves, opens=opens), *extras.pop("notices", ())],
        **(_with_partner(referral) if opens else {}),
        **extras,
    )


def _with_partner(referral: ReferralFacts) -> dict[str, Any]:
    """Both of a couple are locked when one is sent, and the other is still where it was."""
    if referral.partner is None:
        return {}
    return {"couple": sorted((referral.id, referral.partner)), "partner_with": referral.partner_with}


def _proof(made: Made, *, opens: bool) -> Any:
    if made.judged is None:
        return None
    if opens:
        return made.judged.frozen("send", new_id())
    return made.judged.frozen("accept", new_id()) if made.transition.after in TAKEN_ON else None


def timing(made: Made, *, opens: bool) -> Timing:
    """What the clocks go by after the move: whom it is sent to, and what was said with it."""
    found, said = made.referral.timing, made.said
    if opens:
        found = replace(found, recipient=made.judged.weighed.place if made.judged else NOWHERE)
    if made.transition.action in _ABOUT_A_VISIT:
        # A visit that is booked counts from its start; one that is settled counts no more.
        found = replace(found, visit=said.get("startsAt"))
    if said.get("autoAdvance") is not None:
        found = replace(found, goes_on=said["autoAdvance"])
    if made.transition.after is State.WAITLISTED:
        found = replace(found, wait_weeks=said.get("waitWeeks"))
    return replace(found, expected_by=said.get("expectedBy") or found.expected_by)


def _new_attempt(made: Made, clocks: Timed) -> dict[str, Any]:
    attempt = made.referral.attempt
    return opened_attempt(attempt.number + 1 if attempt else 1, made.now, clocks)


def opened_attempt(number: int, now: datetime, clocks: Timed) -> dict[str, Any]:
    """The properties of an attempt that is sent now."""
    return {
        "id": new_id(),
        "number": number,
        "status": State.SENT.value,
        "sentAt": millis(now),
        **stored(clocks.attempt),
    }


def _notices(made: Made, moves: AttemptFacts | None, *, opens: bool) -> list[Notice]:
    """What the other side is told; of a redirected referral, the former recipient too, and no more than that."""
    referral, transition, number = made.referral, made.transition, made.referral.version + 1
    weighed = made.judged.weighed.id if made.judged and opens else None
    before = referral.attempt.recipient if referral.attempt else None
    people = {Relation.AUTHOR: referral.author, Relation.RECIPIENT: weighed or before}
    # A physician may have ordered a work-up from themselves.
    people = {side: None if person == made.acts_for else person for side, person in people.items()}
    if opens and moves is not None:
        taken_back = event_notices(
            referral.id, number, RECALLED, (Relation.RECIPIENT,), {Relation.RECIPIENT: before}, made.now
        )
        return [
            *taken_back,
            *event_notices(referral.id, number + 1, TOPIC_OF.get(transition.event), told(transition), people, made.now),
        ]
    return event_notices(referral.id, number, TOPIC_OF.get(transition.event), told(transition), people, made.now)


def _attempt_changes(made: Made, attempt: AttemptFacts) -> dict[str, Any]:
    """How the current attempt goes along with the referral."""
    said = made.said
    return stored(
        attempt_changes(
            made.transition,
            made.now,
            accepted=attempt.accepted,
            begun=attempt.begun,
            reason=said.get("reason"),
            comment=said.get("comment"),
        )
    )


def _events(made: Made, moves: AttemptFacts | None, new_attempt: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    transition, version = made.transition, made.referral.version
    reason = made.said.get("reason") or (made.said.get("request") if transition.actor is Relation.RECIPIENT else None)
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
    return event_of(made.role, made.acts_for, made.now, number, name, before, after, attempt, reason)


def event_of(
    role: str,
    acts_for: str | None,
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
        "actsFor": acts_for,
        "fromStatus": before.value if before else None,
        "toStatus": after.value,
        "reason": None if reason is None else str(reason),
        "attempt": attempt,
    }
