"""What follows for referrals when a practitioner's standing changes, in the transaction in which it changed.

Rules:
- An open attempt whose recipient is known to be unfit for the patient's place is taken back, or rests if therapy has
  begun. Standing that merely cannot be told takes nothing back: nobody is sent away because a list is late.
- A patient referred back to a physician asks for no proof, and so loses none.
- The persons are locked already; their referrals are locked in the order of their ids before anything is decided.

Does not know what the system may do: `verification.referral_effects` does. Past decisions are elsewhere, in
`graph.reconsiderations`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from graph.commands.referral_facts import ATTEMPT
from graph.commands.system_moves import Subject, SystemMove, record_system_moves, subject_from, system_move
from graph.database import Statements
from graph.instants import millis
from graph.reconsiderations import reconsider
from graph.standing import read_facts
from verification.evidence import Facts
from verification.policies import Policies
from verification.referral_effects import on_standing_lost
from verification.referral_states import BEFORE_START, UNANSWERED, State
from verification.standing import standing
from verification.verdicts import Verdict

_AT_STAKE: Final = sorted(
    state.value for state in UNANSWERED | BEFORE_START | {State.IN_THERAPY, State.CANCEL_REQUESTED}
)

# Most people have no patients here; a question that is cheap to plan tells who does.
_CONCERNED: Final = """
UNWIND $ids AS id
MATCH (t:Practitioner {id: id})
WITH t, EXISTS { (t)<-[:TO]-(open:Attempt) WHERE open.status IN $atStake } AS treats,
  EXISTS { (t)<-[:CONCERNS]-(:Decision) } AS decided
WHERE treats OR decided
RETURN t.id, treats, decided
"""

# The window says who is safe, so that only the others are decided on.
_EXPOSED: Final = f"""
UNWIND $ids AS id
MATCH (t:Practitioner {{id: id}})<-[:TO]-(open:Attempt)-[:OF]->(node:Referral)
WHERE open.status IN $atStake AND node.status IN $atStake AND node.backRequest IS NULL
  AND NOT EXISTS {{ MATCH (t)-[w:REFERABLE_IN]->(:Jurisdiction {{code: node.jurisdiction}})
                    WHERE w.from <= $now AND $now < w.until }}
WITH DISTINCT t, node ORDER BY node.id
SET node._lock = $now
WITH t, node
RETURN t.id, node {{.id, .version, .status, .jurisdiction,
  .priority, .expectedBy, .autoAdvance,
  author: head([(node)-[:SENT_BY]->(p:Practitioner) | p.id]), attempt: {ATTEMPT.replace("{n}", "node")}}}
"""


async def follow(statements: Statements, practitioner_ids: Iterable[str], now: datetime, policies: Policies) -> None:
    """Everything that follows from what was just recorded about these persons, who are locked.

    One statement when nobody was ever referred to any of them.
    """
    ids = sorted(set(practitioner_ids))
    rows = await statements.run(_CONCERNED, {"ids": ids, "atStake": _AT_STAKE}) if ids else []
    if treating := [person for person, treats, _ in rows if treats]:
        await take_back(statements, treating, now, policies)
    if decided := [person for person, _, was_decided in rows if was_decided]:
        await reconsider(statements, decided, now, policies)


async def take_back(statements: Statements, practitioner_ids: Iterable[str], now: datetime, policies: Policies) -> int:
    """Recall or hold the open attempts of these persons, whose standing was just recorded; the number of referrals.

    One statement when nobody's patients are exposed, three otherwise.
    """
    rows = await statements.run(
        _EXPOSED, {"ids": sorted(set(practitioner_ids)), "atStake": _AT_STAKE, "now": millis(now)}
    )
    exposed = [(person, subject) for person, node in rows if _is_exposed(person, subject := subject_from(node))]
    if not exposed:
        return 0
    facts = await read_facts(statements.run, sorted({person for person, _ in exposed}))
    lost = _lost(exposed, facts, now, policies)
    moves = [
        move
        for person, subject in exposed
        if (person, subject.facts["jurisdiction"]) in lost and (move := _move(subject, now, policies))
    ]
    return len(await record_system_moves(statements, moves, now))


def _is_exposed(person: str, subject: Subject) -> bool:
    attempt = subject.attempt
    return attempt is not None and attempt.recipient == person and attempt.status.value in _AT_STAKE


def _lost(
    exposed: Sequence[tuple[str, Subject]],
    facts: Mapping[str, Facts],
    now: datetime,
    policies: Policies,
) -> frozenset[tuple[str, str]]:
    """The persons and places of which it is known that standing does not hold."""
    asked = {(person, str(subject.facts["jurisdiction"])) for person, subject in exposed}
    return frozenset(
        (person, place)
        for person, place in asked
        if standing(facts[person], place, now, now, policies.in_force(place, now)).verdict is Verdict.NOT_REFERABLE
    )


def _move(subject: Subject, now: datetime, policies: Policies) -> SystemMove | None:
    begun = subject.attempt is not None and subject.attempt.begun
    decided = on_standing_lost(subject.status, now, begun=begun)
    if decided is None:
        return None
    transition, reason = decided
    return system_move(subject, transition, reason, now, policies.clocks)
