"""What a decision about a referral needs, read in one statement.

- The account, the receipt of an earlier try, the referral with its current attempt, and the practitioner whose
  standing is to be weighed, with the evidence about that person as it stands.
- Which practitioner that is depends on the move: nobody, the current recipient, the candidate to send to, or the
  physician who is asked something.
- Whoever acts for several practitioners stands to a referral as those of them do who are its parties: on one side, or
  on both. Which of the two is meant depends on the move.
- A referral that the viewer has no part in is not told apart from one that does not exist: both are None.
- It gathers; `verification.referrals` decides.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_RECEIPT, Asked, Receipt, Who
from graph.database import Database
from graph.instants import instant, optional_instant
from graph.intakes import FLAG_FACTS, FlagFacts, flag_facts
from graph.standing import facts_expression, facts_from
from verification.access import Relation, Role
from verification.clocks import NOWHERE, Place, place_of
from verification.evidence import Facts as EvidenceFacts
from verification.referral_clocks import AnswerClock, Left, Timing
from verification.referral_links import Side
from verification.referral_reasons import HoldReason, Priority
from verification.referral_states import CLOSED_STATES, State


class Weigh(Enum):
    """Whose standing the decision needs."""

    NOBODY = "nobody"
    RECIPIENT = "recipient"
    CANDIDATE = "candidate"
    PHYSICIAN = "physician"


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """The newest attempt.

    `place` is where the recipient practises, `visit` the start of the booked visit, `report` the number of reports so
    far; `clock` is the answer clock while it runs, `left` what is left of it while it stands still.
    """

    id: str
    number: int
    status: State
    recipient: str
    place: Place
    visit: datetime | None
    held_from: State | None
    cancel_from: State | None
    hold: HoldReason | None
    accepted: bool
    begun: bool
    report: int
    clock: AnswerClock | None = None
    left: Left | None = None
    wait_weeks: int | None = None


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """A referral as far as moving it needs, and how the viewer stands to it.

    `sides` names, for every side the viewer stands on, whom the viewer acts for there; nobody for a steward.
    `asked_by_a_physician`: a work-up that a physician ordered, and not the therapist. `own_status` is the state of the
    viewer's own newest attempt, for somebody whose part may have ended; `duplicate` says that the author has another
    open one for the same patient and concern. `flags` is what its red flags depend on, where it may be sent;
    `partner_with` who has the partner of a couple while that attempt is open.
    """

    id: str
    version: int
    status: State
    jurisdiction: str
    priority: str
    back_request: bool
    asked_by_a_physician: bool
    consent: bool
    duplicate: bool
    author: str
    requisition: str
    attempt: AttemptFacts | None
    sides: Mapping[Relation, str | None]
    own_status: State | None
    timing: Timing
    flags: FlagFacts | None
    partner_with: str | None = None

    @property
    def partner(self) -> str | None:
        """The id of the partner's referral, of a couple that may be sent on."""
        return self.flags.partner if self.flags else None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A practitioner to be decided on: the evidence, the revision it was read at, and what sending needs to know.

    `sources` holds, by id, what is to be shown of each piece of evidence.
    """

    id: str
    revision: int
    therapist: bool
    physician: bool
    accepting: bool | None
    place: Place
    evidence: EvidenceFacts
    sources: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of the one read; `who` is None when no active account has this token."""

    who: Who | None
    receipt: Receipt | None = None
    referral: ReferralFacts | None = None
    weighed: Weighed | None = None


ATTEMPT: Final = """
head(COLLECT {
  MATCH (a:Attempt)-[:OF]->({n})
  WITH a ORDER BY a.number DESC LIMIT 1
  RETURN a {
    .id, .number, .status, .heldFrom, .cancelFrom, .hold, .acceptedAt, .startedAt, .waitWeeks,
    .runsFrom, .dueAt, .expiresAt, .dueLeft, .expiryLeft,
    recipient: head([(a)-[:TO]->(p:Practitioner) | p.id]),
    place: head([(a)-[:TO]->(:Practitioner)-[:PRACTISES_AT]->(q:Practice) WHERE q.zone IS NOT NULL
      | q {.zone, .country, .state}]),
    visit: head(COLLECT { MATCH (v:Visit {status: 'BOOKED'})-[:OF]->(a) RETURN min(v.startsAt) }),
    report: COUNT { (:Report)-[:OF]->(a) }
  }
})"""
"""The newest attempt of the referral bound to `{n}`, as `attempt_from` reads it."""

AUTHOR_PLACE: Final = """
head([({n})-[:SENT_BY]->(:Practitioner)-[:PRACTISES_AT]->(q:Practice) WHERE q.zone IS NOT NULL
  | q {.zone, .country, .state}])"""
"""Where the author of the referral bound to `{n}` practises, as `read_place` reads it."""

# The same patient: the fingerprint of folded name and birth date, under one author and for one concern.
DUPLICATE: Final = f"""
CASE WHEN {{n}}.status = 'DRAFT' THEN EXISTS {{
  MATCH (twin:Referral {{duplicateKey: {{n}}.duplicateKey}})
  WHERE twin.id <> {{n}}.id AND NOT twin.status IN {[str(state) for state in sorted(CLOSED_STATES | {State.DRAFT})]}
}} ELSE false END"""
"""Whether the author of the draft bound to `{n}` has another open referral for the same patient and concern."""

WITH_PARTNER: Final = f"""
[({{n}})-[:COUPLED_WITH]-(w:Referral)<-[:OF]-(b:Attempt)-[:TO]->(h:Practitioner)
  WHERE NOT w.status IN {sorted(state.value for state in CLOSED_STATES)}
  | {{id: h.id, open: b.endedAt IS NULL}}]"""
"""Of one of a couple, bound to `{n}`: who was asked for the partner, and whether that attempt is still open. Nobody,
once the partner's referral is over."""

NEXT_OF_SHORTLIST: Final = f"""
  MATCH ({{n}})-[c:CANDIDATE]->(p:Practitioner)
  WHERE c.passedOverAt IS NULL AND NOT EXISTS {{ ({{n}})<-[:OF]-(:Attempt)-[:TO]->(p) }}
  WITH c, p, {WITH_PARTNER} AS beside
  ORDER BY CASE WHEN any(x IN beside WHERE x.open AND x.id = p.id) THEN 0
    WHEN any(x IN beside WHERE x.id = p.id) THEN 2 ELSE 1 END, c.position
  LIMIT 1"""
"""The next to be asked of the shortlist of `{n}`, as `p`: neither asked nor passed over. Of a couple the one who has
the partner comes first, and who had the partner and has not any more comes last."""

_WEIGH: Final[Mapping[Weigh, str]] = {
    Weigh.NOBODY: "null",
    Weigh.RECIPIENT: """
head(COLLECT {
  MATCH (node)<-[:OF]-(a:Attempt)-[:TO]->(p:Practitioner)
  WITH a, p ORDER BY a.number DESC LIMIT 1 RETURN p
})""",
    # The one named, or else the next of the shortlist.
    Weigh.CANDIDATE: f"""
CASE WHEN $candidate IS NOT NULL
  THEN head(COLLECT {{ MATCH (p:Practitioner {{id: $candidate}}) RETURN p }})
  ELSE head(COLLECT {{ {NEXT_OF_SHORTLIST.replace("{n}", "node")} RETURN p }})
END""",
    # The one named, or else the author.
    Weigh.PHYSICIAN: """
CASE WHEN $candidate IS NOT NULL
  THEN head(COLLECT { MATCH (p:Practitioner {id: $candidate}) RETURN p })
  ELSE head(COLLECT { MATCH (node)-[:SENT_BY]->(p:Practitioner) RETURN p })
END""",
}

PRACTITIONER: Final = f"""
weighed {{
  .id, .revision, .acceptsNew,
  therapist: weighed:Therapist, physician: weighed:Physician,
  place: head([(weighed)-[:PRACTISES_AT]->(p:Practice) WHERE p.zone IS NOT NULL | p {{.zone, .country, .state}}]),
  evidence: {facts_expression("weighed")}
}}"""


# Nobody who is weighed as a recipient is sent to anew, and so no red flag matters.
_FLAGS: Final[Mapping[Weigh, str]] = {
    weigh: FLAG_FACTS.replace("{n}", "node") if weigh in (Weigh.NOBODY, Weigh.CANDIDATE) else "null" for weigh in Weigh
}


def _statement(weigh: Weigh) -> str:
    return f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (node:Referral {{id: $referral}})
WITH viewer, receipt, node, [(viewer)-[:ACTS_AS]->(p:Practitioner) | p.id] AS own, {_WEIGH[weigh]} AS weighed
RETURN
  {{account: viewer.id, role: viewer.role, own: own}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  node {{
    .id, .version, .status, .jurisdiction, .priority, .backRequest, .sentAs, .consentGiven, .requisition,
    .autoAdvance, .expectedBy,
    duplicate: {DUPLICATE.replace("{n}", "node")},
    author: head([(node)-[:SENT_BY]->(p:Practitioner) | p.id]),
    authorPlace: {AUTHOR_PLACE.replace("{n}", "node")},
    flags: {_FLAGS[weigh]},
    beside: {WITH_PARTNER.replace("{n}", "node") if weigh is Weigh.CANDIDATE else "[]"},
    attempt: {ATTEMPT.replace("{n}", "node")},
    ownStatus: head(COLLECT {{
      MATCH (node)<-[:OF]-(a:Attempt)-[:TO]->(p:Practitioner) WHERE p.id IN own
      RETURN a.status ORDER BY a.number DESC LIMIT 1
    }})
  }} AS referral,
  {"null" if weigh is Weigh.NOBODY else PRACTITIONER} AS weighed
"""


STATEMENTS: Final = {weigh: _statement(weigh) for weigh in Weigh}


async def read_referral(
    database: Database, asked: Asked, referral: str, weigh: Weigh, candidate: str | None = None
) -> Found:
    """Everything a move of `referral` needs, in one statement; `candidate` names whom to weigh, None leaves it open."""
    parameters = {**asked.parameters(), "referral": referral, "candidate": candidate}
    rows = await database.read(STATEMENTS[weigh], parameters)
    if not rows:
        return Found(None)
    who, receipt, node, weighed = rows[0]
    return Found(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        _referral(node, who["own"], who["role"]) if node else None,
        weighed_from(weighed) if weighed else None,
    )


def weighed_from(found: Mapping[str, Any]) -> Weighed:
    """A practitioner read by `PRACTITIONER`."""
    return Weighed(
        found["id"],
        found["revision"] or 0,
        found["therapist"],
        found["physician"],
        found["acceptsNew"],
        read_place(found["place"]),
        facts_from(found["evidence"]),
        {source["id"]: source for source in found["evidence"].get("evidence") or ()},
    )


def read_place(found: Mapping[str, Any] | None) -> Place:
    """Where somebody practises, from a practice's zone, country and state."""
    found = found or {}
    return place_of(found.get("zone"), found.get("country"), found.get("state"))


def timing_of(node: Mapping[str, Any], attempt: AttemptFacts | None, author: Place = NOWHERE) -> Timing:
    """What the clocks of a referral read with `priority`, `expectedBy` and `autoAdvance` go by."""
    timing = Timing(
        Priority(node["priority"]),
        author=author,
        expected_by=_day(node.get("expectedBy")),
        goes_on=bool(node.get("autoAdvance")),
    )
    if attempt is None:
        return timing
    return replace(
        timing,
        recipient=attempt.place,
        clock=attempt.clock,
        left=attempt.left,
        visit=attempt.visit,
        wait_weeks=attempt.wait_weeks,
        hold=attempt.hold,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def with_partner(beside: Iterable[Mapping[str, Any]]) -> str | None:
    """Who has the partner now, of what `WITH_PARTNER` gave."""
    return next((each["id"] for each in beside if each["open"]), None)


def sides_of(author: str | None, recipient: str | None, own: Collection[str]) -> dict[Relation, str | None]:
    """On which sides somebody stands who acts for `own`, each with whom they act for there.

    `author` and `recipient` are the practitioners on the two sides of a referral, the recipient that of its newest
    attempt.
    """
    people = {Relation.AUTHOR: author, Relation.RECIPIENT: recipient}
    return {relation: person for relation, person in people.items() if person is not None and person in own}


def _referral(node: Mapping[str, Any], own: Collection[str], role: str) -> ReferralFacts | None:
    attempt = attempt_from(node["attempt"]) if node["attempt"] else None
    own_status = State(node["ownStatus"]) if node["ownStatus"] else None
    sides = sides_of(node["author"], attempt.recipient if attempt else None, own)
    if role == Role.STEWARD.value:
        sides = {Relation.STEWARD: None}
    if not sides and own_status is None:
        return None
    return ReferralFacts(
        id=node["id"],
        version=node["version"],
        status=State(node["status"]),
        jurisdiction=node["jurisdiction"],
        priority=node["priority"],
        back_request=node["backRequest"] is not None,
        asked_by_a_physician=node["backRequest"] is not None and node["sentAs"] == Side.PHYSICIAN,
        consent=bool(node["consentGiven"]),
        duplicate=node["duplicate"],
        author=node["author"],
        requisition=node["requisition"],
        attempt=attempt,
        sides=sides,
        own_status=own_status,
        timing=timing_of(node, attempt, read_place(node["authorPlace"])),
        flags=flag_facts(node["flags"]) if node["flags"] else None,
        partner_with=with_partner(node["beside"]),
    )


def attempt_from(found: Mapping[str, Any]) -> AttemptFacts:
    """An attempt read by `ATTEMPT`."""
    return AttemptFacts(
        id=found["id"],
        number=found["number"],
        status=State(found["status"]),
        recipient=found["recipient"],
        place=read_place(found["place"]),
        visit=optional_instant(found["visit"]),
        held_from=State(found["heldFrom"]) if found["heldFrom"] else None,
        cancel_from=State(found["cancelFrom"]) if found["cancelFrom"] else None,
        hold=HoldReason(found["hold"]) if found["hold"] else None,
        accepted=found["acceptedAt"] is not None,
        begun=found["startedAt"] is not None,
        report=found["report"],
        clock=_clock(found),
        left=_left(found),
        wait_weeks=found["waitWeeks"],
    )


def _clock(found: Mapping[str, Any]) -> AnswerClock | None:
    instants = [found[name] for name in ("runsFrom", "dueAt", "expiresAt")]
    return None if None in instants else AnswerClock(*map(instant, instants))


def _left(found: Mapping[str, Any]) -> Left | None:
    left = [found[name] for name in ("dueLeft", "expiryLeft")]
    return None if None in left else Left(*(timedelta(milliseconds=part) for part in left))
