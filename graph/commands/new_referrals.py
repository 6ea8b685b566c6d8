"""Writing a referral for the first time, as a draft.

- Only a physician writes one, or somebody who acts for a physician, or for several and says for which.
- Of a couple each has a referral of their own, written in one statement and tied together; nothing of one is in the
  other's.
- One that goes on from an earlier one is about the same person, whose particulars are then as they are said now.
- Nothing is locked: the node is new, and two tries with one key meet at the receipt's constraint.
- The shortlist is kept in order; its members are therapists when the draft is written, and are weighed when it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.commands.receipts import ENTER, FIND_PARTNER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.commands.referrals import ACTS_STILL, WRITE
from graph.database import Database

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
RETURN
  {{account: viewer.id, role: viewer.role, own: [(viewer)-[:ACTS_AS]->(p:Physician) | p.id]}} AS who,
  receipt {{.inputHash, .object}} AS receipt,
  EXISTS {{ MATCH (:Concern {{code: $concern}}) }} AS concern,
  [id IN $candidates | EXISTS {{ MATCH (p:Practitioner {{id: id}}) WHERE p:Therapist }}] AS candidates,
  head([(viewer)-[:ACTS_AS]->(p:Physician)<-[:SENT_BY]-(b:Referral {{id: $basedOn}})-[:FOR]->(x:Patient) | b {{
    .status, .requisition, author: p.id, couple: b.couple IS NOT NULL,
    patient: x {{.familyName, .givenName, .birthDate}}
  }}]) AS base
"""

_NEW_PATIENT: Final = """
MATCH (concern:Concern {code: $concern})
CREATE (patient:Patient)
SET patient = $patient
CREATE (node:Referral)
"""

_SAME_PATIENT: Final = """
MATCH (concern:Concern {code: $concern})
MATCH (actor)<-[:SENT_BY]-(base:Referral {id: $basedOn})-[:FOR]->(patient:Patient)
SET patient += $patient
CREATE (node:Referral)-[:BASED_ON]->(base)
"""

_CREATE: Final = """
CREATE (node)-[:FOR]->(patient)
CREATE (node)-[:ABOUT]->(concern)
CREATE (node)-[:SENT_BY]->(actor)
WITH viewer, node
CALL (node) {
  UNWIND $candidates AS row
  MATCH (candidate:Practitioner {id: row.id})
  CREATE (node)-[:CANDIDATE {position: row.position}]->(candidate)
}
"""

_CREATE_PARTNER: Final = """
MATCH (node)-[:ABOUT]->(shared:Concern)
MATCH (node)-[:SENT_BY]->(author:Practitioner)
CREATE (other:Referral)-[:FOR]->(person:Patient)
SET other = $partner, person = $partnerPatient
CREATE (other)-[:ABOUT]->(shared)
CREATE (other)-[:SENT_BY]->(author)
CREATE (node)-[:COUPLED_WITH]->(other)
CREATE (written:Event)-[:OF]->(other)
SET written = $partnerEvent
CREATE (written)-[:BY]->(viewer)
WITH viewer, node, other
CALL (other) {
  UNWIND $candidates AS row
  MATCH (candidate:Practitioner {id: row.id})
  CREATE (other)-[:CANDIDATE {position: row.position}]->(candidate)
}
WITH viewer, node
"""

_FOR_ONE: Final = _CREATE + WRITE + FIND_PARTNER + LEAVE_RECEIPT
CREATE_REFERRAL: Final = ENTER + ACTS_STILL + _NEW_PATIENT + _FOR_ONE
CREATE_FURTHER: Final = ENTER + ACTS_STILL + _SAME_PATIENT + _FOR_ONE
CREATE_COUPLE: Final = (
    ENTER + ACTS_STILL + _NEW_PATIENT + _CREATE + WRITE + _CREATE_PARTNER + FIND_PARTNER + LEAVE_RECEIPT
)


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier referral by a physician the account acts for: how it stands, and whom it is about."""

    author: str
    status: str
    requisition: str
    couple: bool
    family_name: str
    given_name: str
    birth_date: str | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What writing a draft needs to know: who asks, whether the concern is ours, which candidates are therapists.

    `physicians` are the ids of those the account acts for; `base` is what it goes on from, where that was named.
    """

    who: Who | None
    receipt: Receipt | None = None
    concern: bool = False
    candidates: Sequence[bool] = ()
    physicians: Sequence[str] = ()
    base: Base | None = None


@dataclass(frozen=True, slots=True)
class NewDraft:
    """One patient's draft: properties of the referral and of its patient, and the first event."""

    referral: Mapping[str, Any]
    patient: Mapping[str, Any]
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewReferral:
    """A draft for a concern with its shortlist in order, and the draft of a partner or what it goes on from, if any."""

    actor: str
    draft: NewDraft
    concern: str
    candidates: Sequence[str]
    partner: NewDraft | None = None
    based_on: str | None = None


async def read_new_referral(
    database: Database, asked: Asked, concern: str, candidates: Sequence[str], based_on: str | None
) -> Ground:
    """What a draft for `concern` with this shortlist stands on, in one statement; `based_on` is a referral's id."""
    parameters = {**asked.parameters(), "concern": concern, "candidates": list(candidates), "basedOn": based_on}
    rows = await database.read(_READ, parameters)
    if not rows:
        return Ground(None)
    who, receipt, known, therapists, base = rows[0]
    return Ground(
        Who(who["account"], who["role"], None),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        known,
        therapists,
        who["own"],
        None if base is None else _base(base),
    )


def _base(found: Mapping[str, Any]) -> Base:
    patient = found["patient"]
    return Base(
        found["author"], found["status"], found["requisition"], found["couple"],
        patient["familyName"], patient["givenName"], patient["birthDate"],
    )  # fmt: skip


async def create_referral(database: Database, asked: Asked, new: NewReferral, answer: Answer) -> Any:
    """Writes the draft and returns the answer; None when the concern or the viewer's practitioner is gone.

    Raises graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    partner = new.partner
    alone = CREATE_REFERRAL if new.based_on is None else CREATE_FURTHER
    rows = await database.write(
        answer.wanted(alone if partner is None else CREATE_COUPLE),
        {
            **answer.parameters,
            **asked.parameters(),
            "actor": new.actor,
            "concern": new.concern,
            "basedOn": new.based_on,
            "patient": new.draft.patient,
            "changes": new.draft.referral,
            "version": 0,
            "events": [new.draft.event],
            "partner": partner and {**partner.referral, "version": 1},
            "partnerPatient": partner and partner.patient,
            "partnerEvent": partner and partner.event,
            "candidates": [{"id": id_, "position": position} for position, id_ in enumerate(new.candidates)],
        },
    )
    return rows[0][0] if rows else None
