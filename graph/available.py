"""What a reader of a referral could do with it now, as far as the graph knows.

- It is gathered inside the reader's own statement, and looks at the stored windows of standing: cheap enough for every
  row of a list. The action itself decides standing anew on the evidence.
- Somebody whose part in the referral has ended, or who has none, is offered nothing; nobody what the role may not ask.
  Who acts for both sides is offered what either may do.
- It gathers; `verification.referrals` decides.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from graph.commands.referral_facts import ATTEMPT, DUPLICATE, NEXT_OF_SHORTLIST, attempt_from, sides_of
from graph.intakes import FLAG_FACTS, flag_facts
from verification.access import Action, Relation, Role, may
from verification.referral_guards import Facts
from verification.referral_states import State
from verification.referrals import AvailableAction, available_actions

_WINDOW: Final = """
EXISTS { (p)-[w:REFERABLE_IN]->(:Jurisdiction {code: {n}.jurisdiction}) WHERE w.from <= $now AND $now < w.until }"""

_NEXT: Final = f"""
head(COLLECT {{ {NEXT_OF_SHORTLIST}
  RETURN {{
    proven: {_WINDOW}, accepting: p.acceptsNew,
    apart: any(x IN beside WHERE x.open) AND NOT any(x IN beside WHERE x.open AND x.id = p.id)
  }}
}})"""

_AVAILABLE: Final = f"""{{
  status: {{n}}.status, consent: {{n}}.consentGiven, back: {{n}}.backRequest IS NOT NULL, duplicate: {DUPLICATE},
  role: viewer.role, own: [(viewer)-[:ACTS_AS]->(p:Practitioner) | p.id],
  author: head([({{n}})-[:SENT_BY]->(p:Practitioner) | p.id]),
  attempt: {ATTEMPT},
  proven: head(COLLECT {{
    MATCH ({{n}})<-[:OF]-(a:Attempt)-[:TO]->(p:Practitioner) WITH a, p ORDER BY a.number DESC LIMIT 1 RETURN {_WINDOW}
  }}),
  next: {_NEXT},
  flags: CASE WHEN {{n}}.status = 'DRAFT' THEN {FLAG_FACTS} END
}}"""

# These weigh the one to send to; everything else weighs the one who was sent to.
_TO_THE_NEXT: Final = frozenset({Action.SEND_REFERRAL, Action.REDIRECT_REFERRAL})


def available_expression(variable: str) -> str:
    """A Cypher map expression about the referral bound to `variable`, with `viewer` and `$now` in scope."""
    return " ".join(_AVAILABLE.replace("{n}", variable).split())


def available_from(found: Mapping[str, Any], now: datetime, offered: Container[Action]) -> tuple[AvailableAction, ...]:
    """What the viewer could do, of the actions `offered`, from a map that `available_expression` made."""
    attempt = attempt_from(found["attempt"]) if found["attempt"] else None
    sides = sides_of(found["author"], attempt.recipient if attempt else None, found["own"])
    if not sides:
        return ()
    # What was sent had its red flags answered, and keeps the answers.
    stops, workups = flag_facts(found["flags"]).obstacles(now) if found["flags"] else ((), ())
    # Without a window it is not known whether standing failed or could not be told; the action itself will say.
    facts = Facts(
        now=now,
        needs_proof=not found["back"],
        for_therapy=not found["back"],
        proven=found["proven"] or None,
        consent=bool(found["consent"]),
        duplicate=found["duplicate"],
        stops=stops,
        workups=workups,
        visit=attempt.visit if attempt else None,
        hold=attempt.hold if attempt else None,
        held_from=attempt.held_from if attempt else None,
        cancel_from=attempt.cancel_from if attempt else None,
        begun=attempt is not None and attempt.begun,
    )
    following = found["next"]
    onward = replace(
        facts,
        candidate=following is not None,
        proven=(following or {}).get("proven") or None,
        accepting=(following or {}).get("accepting"),
        apart=bool((following or {}).get("apart")),
    )
    state = State(found["status"])
    return tuple(
        item
        for relation in sides
        for item in _for_one_side(state, relation, facts, onward, offered)
        if may(Role(found["role"]), item.action)
    )


def _for_one_side(
    state: State, relation: Relation, facts: Facts, onward: Facts, offered: Container[Action]
) -> Iterator[AvailableAction]:
    sent_on = {item.action: item for item in available_actions(state, relation, onward, offered)}
    for item in available_actions(state, relation, facts, offered):
        yield sent_on[item.action] if item.action in _TO_THE_NEXT else item
