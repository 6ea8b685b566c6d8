"""The picture of the data as a table: schema type to label, fields to Cypher, in the schema's own names.

- `{n}` is the node a field belongs to, `{m}` the node an edge leads to; `viewer` and `$now` (epoch milliseconds) are
  always bound.
- Instants are epoch milliseconds and dates ISO text here; what they look like to clients is the schema's business.
- A derived field fetches what a pure function needs; the function itself is named and kept by the reader.
- Every edge has a total order, so that pages are stable.
"""

from dataclasses import dataclass
from typing import Final

from graph.access import (
    ATTEMPT_NOT_IN_ERROR,
    AUTHOR,
    CLOSED_TO_ME,
    COMMENT_SHOWN,
    EVERYONE,
    IN_CHARGE,
    IS_PARTY,
    MINE,
    NOT_IN_ERROR,
    ONCE_IN_CHARGE,
    OVERDUE,
    OWN_ATTEMPT,
    OWN_EVENT,
    OWN_SINCE,
    OWN_STATUS,
    PART_GOES_ON,
    READS_THREAD,
    SEES_ATTACHMENT,
)
from graph.accounts import WHO_DID_IT, WHO_SENT_IT
from graph.available import available_expression
from graph.chain_links import CHAIN
from graph.confirmations import IS_ISSUER, WAITS_FOR, WAITS_ON
from graph.instants import FOR_EVER
from graph.intakes import FLAG_FACTS
from graph.proposal_states import PROPOSAL_STATUS
from graph.reply_times import FIRST_VISIT, RESPONSE_TIME
from graph.standing import discipline_expression, facts_expression
from graph.threads import ATTACHMENT_FIELDS, MESSAGE_FIELDS, UNREAD


@dataclass(frozen=True, slots=True)
class Value:
    """A property or expression of the node itself."""

    expression: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to other nodes: `pattern` binds `{m}`, `order` is total, `where` narrows.

    `seen` says who sees the target by this way, in terms of `{n}`, which is seen already; without it the target's own
    rule holds. `gives` are answers about `{n}` that the target's fields ask for, by name. `single` says that there is
    exactly one by the way the data is made, so that nothing need be ordered.
    """

    pattern: str
    target: str
    order: tuple[str, ...]
    where: str | None = None
    seen: str | None = None
    gives: tuple[tuple[str, str], ...] = ()
    single: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """What a pure function needs to compute the field."""

    expression: str


Field = Value | Edge | Derived


@dataclass(frozen=True, slots=True)
class Entity:
    """A concrete schema type: how its nodes are matched and which fields they have.

    `lets` are answers that its rule and fields share, found out once for each node and named `NAME_{n}`.
    """

    label: str
    fields: dict[str, Field]
    lets: tuple[tuple[str, str], ...] = ()


def _own(*names: str) -> dict[str, Field]:
    return {name: Value(f"{{n}}.{name}") for name in names}


def _global_id(type_name: str) -> Value:
    return Value(f"'{type_name}:' + {{n}}.id")


def _when(predicate: str, expression: str) -> Value:
    return Value(f"CASE WHEN {predicate} THEN {expression} END")


_STATUS_NOW = (
    "CASE WHEN {n}.statusUntil IS NOT NULL AND {n}.statusUntil <= $now THEN coalesce({n}.statusAfter, 'UNKNOWN') "
    "ELSE coalesce({n}.status, 'UNKNOWN') END"
)


def _practitioner(type_name: str) -> dict[str, Field]:
    return {
        "id": _global_id(type_name),
        **_own("npi", "name", "familyName", "givenName", "middleName", "suffix"),
        "npiDeactivatedOn": Value("CASE WHEN {n}.npiReactivatedOn IS NULL THEN {n}.npiDeactivatedOn END"),
        "practices": Edge("({n})-[:PRACTISES_AT]->({m}:Practice)", "Practice", ("coalesce({m}.city, '')", "{m}.id")),
        "credentials": Edge("({n})-[:HOLDS]->({m}:Credential)", "Credential", ("{m}.kind", "{m}.id")),
        "standing": Derived(facts_expression("{n}")),
        "standingHistory": Derived(facts_expression("{n}")),
    }


_THERAPIST: dict[str, Field] = {
    **_practitioner("Therapist"),
    **_own("acceptsNew", "waitWeeks", "profileUpdatedAt"),
    "approaches": Value("coalesce({n}.approaches, [])"),
    "formats": Value("coalesce({n}.formats, [])"),
    "responseTime": Derived(RESPONSE_TIME),
    "firstVisit": Derived(FIRST_VISIT),
    "modalities": Value("COLLECT { MATCH ({n})-[:OFFERS]->(m:Modality) RETURN m.code ORDER BY m.code }"),
    "concerns": Edge("({n})-[:TREATS]->({m}:Concern)", "Concern", ("{m}.code",)),
    "languages": Edge("({n})-[:SPEAKS]->({m}:Language)", "Language", ("{m}.code",)),
    "payers": Edge("({n})-[:ACCEPTS]->({m}:Payer)", "Payer", ("{m}.code",)),
    "referableIn": Derived(
        "COLLECT { MATCH ({n})-[w:REFERABLE_IN]->(j:Jurisdiction) WHERE w.until > $now "
        "RETURN {jurisdiction: j.code, start: w.from, "
        f"until: CASE WHEN w.until < {FOR_EVER} THEN w.until END, notice: w.notice, because: w.because}} "
        "ORDER BY j.code, w.from }"
    ),
}

# Older decisions do not say for where; the referral they were made for does.
_DECIDED_FOR = (
    "coalesce({n}.jurisdiction, head([({n})<-[:PROVEN_BY]-(:Attempt)-[:OF]->(d_r:Referral) | d_r.jurisdiction]))"
)
_GROUNDS = (
    "{decision: {n} {.verdict, .at, .knownAt, .policyId, .policyVersion, .checks}, "
    f"jurisdiction: {_DECIDED_FOR}, "
    f"facts: head(COLLECT {{ MATCH ({{n}})-[:CONCERNS]->(d_p:Practitioner) RETURN {facts_expression('d_p')} }})}}"
)

_IN_ORDER = ("{m}.number", "{m}.id")
_UNLESS_IN_ERROR = (("shown", NOT_IN_ERROR),)
_PATIENT_OWN = ("familyName", "givenName", "preferredName", "pronouns", "birthDate", "phone", "email", "postalCode")

_SAFE_CONTACT = (
    "{phone: {n}.safeContactPhone, hours: {n}.safeContactHours, voicemailAllowed: {n}.safeContactVoicemail, "
    "neutralWording: {n}.safeContactNeutralWording, partnerUnaware: {n}.safeContactPartnerUnaware, "
    "doNotWriteHome: {n}.safeContactDoNotWriteHome, note: {n}.safeContactNote}"
)

_BY_NAME = ("coalesce({m}.searchName, '')", "{m}.id")

MODEL: Final[dict[str, Entity]] = {
    "Viewer": Entity(
        "Account",
        {
            "id": Value("'Viewer:' + {n}.id"),
            "name": Value("{n}.name"),
            "role": Value("toUpper({n}.role)"),
            "practitioner": Edge("({n})-[:ACTS_AS]->({m}:Practitioner)", "Practitioner", _BY_NAME),
            "actsFor": Edge("({n})-[:ACTS_AS]->({m}:Practitioner)", "Practitioner", _BY_NAME),
            "certifyingBody": Edge("({n})-[:ACTS_AS]->({m}:CertifyingBody)", "CertifyingBody", ("{m}.id",)),
            "endpoints": Edge(
                "({n})<-[:OF]-({m}:Endpoint)", "Endpoint", ("{m}.createdAt", "{m}.id"), "{m}.removedAt IS NULL"
            ),
        },
    ),
    "Endpoint": Entity(
        "Endpoint",
        {
            "id": _global_id("Endpoint"),
            **_own("kind", "address", "createdAt", "lastDeliveredAt", "failingSince", "problem", "disabledAt"),
            **_own("confirmedAt"),
            "formerSecretUntil": _when("{n}.overlapUntil > $now", "{n}.overlapUntil"),
        },
    ),
    "DeadLetter": Entity(
        "Delivery",
        {
            "id": Value("'DeadLetter:' + {n}.key"),
            "topic": Value("head([({n})-[:OF]->(o:Outbox) | o.topic])"),
            "kind": Value("head([({n})-[:TO]->(e:Endpoint) | e.kind])"),
            **_own("attempts", "problem", "deadAt"),
        },
    ),
    "Therapist": Entity("Therapist", _THERAPIST),
    "Physician": Entity("Physician", _practitioner("Physician")),
    "OtherPractitioner": Entity("Practitioner", _practitioner("OtherPractitioner")),
    "Practice": Entity(
        "Practice",
        {
            **_own("placeName", "line1", "line2", "city", "state", "postalCode", "country", "phone", "zone"),
            "latitude": Value("{n}.location.latitude"),
            "longitude": Value("{n}.location.longitude"),
        },
    ),
    "Concern": Entity("Concern", {**_own("code", "name", "description"), "mappings": Derived("{n}.code")}),
    "Language": Entity("Language", _own("code", "name")),
    "Payer": Entity("Payer", _own("code", "name")),
    "CertifyingBody": Entity(
        "CertifyingBody",
        {"id": _global_id("CertifyingBody"), **_own("code", "name", "kind", "zone", "jurisdiction")},
    ),
    "Credential": Entity(
        "Credential",
        {
            "id": _global_id("Credential"),
            **_own("kind", "number", "jurisdiction", "expires", "issued", "confirmedAt"),
            "status": Value(_STATUS_NOW),
            "waitsFor": _when(IS_ISSUER, WAITS_FOR),
            "waitsOn": _when(f"{IS_ISSUER} AND {WAITS_FOR} IS NOT NULL", WAITS_ON),
            "encumbrances": Derived(discipline_expression("{n}")),
            "issuedBy": Edge("({n})-[:ISSUED_BY]->({m}:CertifyingBody)", "CertifyingBody", ("{m}.id",), single=True),
            "holder": Edge("({n})<-[:HOLDS]-({m}:Practitioner)", "Practitioner", ("{m}.id",)),
            "observations": Edge("({n})<-[:ABOUT]-({m}:Observation)", "Observation", ("-{m}.recordedAt", "{m}.id")),
        },
    ),
    "Proposal": Entity(
        "Proposal",
        {
            "id": _global_id("Proposal"),
            **_own("kind", "madeAt", "expiresAt", "settledAt", "why", "wanted", "effective", "expires", "reverifyBy"),
            **_own("reason", "note", "rows", "lifts", "worse", "openReferrals"),
            "status": Value(PROPOSAL_STATUS),
            "madeBy": Value("head([({n})-[:BY]->(maker:Account) | maker.name])"),
            "mine": Value("EXISTS { ({n})-[:BY]->(viewer) }"),
            "settledBy": Value("head([({n})-[:SETTLED_BY]->(settler:Account) | settler.name])"),
            "certifyingBody": Edge("({n})-[:FOR]->({m}:CertifyingBody)", "CertifyingBody", ("{m}.id",), single=True),
            "credential": Edge("({n})-[:ABOUT]->({m}:Credential)", "Credential", ("{m}.id",)),
        },
    ),
    "Observation": Entity(
        "Observation",
        {
            **_own("word", "statusDate", "issued", "expires", "reverifyBy", "answeredAt", "recordedAt"),
            **_own("disciplineType", "disciplineDate", "disciplineLiftedDate"),
            "status": Value("{n}.status"),
            "evidence": Edge("({n})-[:FROM]->({m}:Evidence)", "Evidence", ("{m}.id",), single=True),
        },
    ),
    "Evidence": Entity(
        "Evidence",
        {
            "id": _global_id("Evidence"),
            **_own("source", "sourceType", "method", "edition", "fileName", "sha256", "position", "previous", "chain"),
            **_own("askedAt", "answeredAt", "recordedAt", "completedAt"),
            "observations": Edge("({n})<-[:FROM]-({m}:Observation)", "Observation", ("{m}.id",)),
        },
    ),
    "Referral": Entity(
        "Referral",
        {
            "id": _global_id("Referral"),
            "status": Value(OWN_STATUS),
            **_own("version", "jurisdiction", "priority", "requisition", "createdAt", "sentAt"),
            "autoClosed": _when(CLOSED_TO_ME, "{n}.autoClosed"),
            **{name: _when(PART_GOES_ON, f"{{n}}.{name}") for name in ("turn", "dueAt", "expiresAt")},
            "since": Value(OWN_SINCE),
            "overdue": Value(OVERDUE),
            "chain": Derived(CHAIN),
            "autoAdvance": _when("author_{n}", "{n}.autoAdvance"),
            "affectedAt": _when("author_{n}", "{n}.affectedAt"),
            "reason": _when(IN_CHARGE, "{n}.reason"),
            "couple": _when(IN_CHARGE, "{n}.couple"),
            "partner": Edge("({n})-[:COUPLED_WITH]-({m}:Referral)", "Referral", ("{m}.id",), where=IN_CHARGE),
            "intake": Derived(f"CASE WHEN {IN_CHARGE} THEN {{n}}.intake END"),
            "redFlags": Derived(f"CASE WHEN {IN_CHARGE} THEN {FLAG_FACTS} END"),
            "consentAt": Value("{n}.consentAt"),
            "request": Value("{n}.backRequest"),
            "consentMethod": _when(IN_CHARGE, "{n}.consentMethod"),
            "concern": Edge("({n})-[:ABOUT]->({m}:Concern)", "Concern", ("{m}.code",), single=True),
            "patient": Edge(
                "({n})-[:FOR]->({m}:Patient)",
                "Patient",
                ("{m}.id",),
                seen=IS_PARTY,
                gives=(("known", IN_CHARGE), ("onceKnown", ONCE_IN_CHARGE), ("shown", NOT_IN_ERROR)),
            ),
            "sentBy": Edge("({n})-[:SENT_BY]->({m}:Practitioner)", "Practitioner", ("{m}.id",), single=True),
            "basedOn": Edge("({n})-[:BASED_ON]->({m}:Referral)", "Referral", ("{m}.id",)),
            "candidates": Edge(
                "({n})-[c_{m}:CANDIDATE]->({m}:Practitioner)",
                "Practitioner",
                ("c_{m}.position", "{m}.id"),
                "author_{n}",
            ),
            "currentAttempt": Edge(
                "({n})<-[:OF]-({m}:Attempt)", "Attempt", ("-{m}.number", "{m}.id"), seen=OWN_ATTEMPT
            ),
            "attempts": Edge("({n})<-[:OF]-({m}:Attempt)", "Attempt", _IN_ORDER, seen=OWN_ATTEMPT),
            "events": Edge("({n})<-[:OF]-({m}:Event)", "Event", _IN_ORDER, seen=OWN_EVENT, gives=_UNLESS_IN_ERROR),
            "messages": Edge(
                "({n})<-[:OF]-(t_{m}:Attempt)<-[:OF]-({m}:Message)", "Message", ("{m}.at", "{m}.id"), seen=READS_THREAD
            ),
            "unread": Value(UNREAD),
            "attachments": Edge(
                "({n})<-[:OF]-({m}:Attachment)", "Attachment", ("{m}.at", "{m}.id"), seen=SEES_ATTACHMENT
            ),
            "availableActions": Derived(available_expression("{n}")),
        },
        lets=(("author", AUTHOR), ("mine", MINE)),
    ),
    "Attempt": Entity(
        "Attempt",
        {
            "id": _global_id("Attempt"),
            **_own("number", "status", "sentAt", "dueAt", "expiresAt", "openedAt", "acceptedAt"),
            **_own("endedAt", "endReason"),
            "comment": _when(COMMENT_SHOWN, "{n}.comment"),
            "by": Derived(WHO_SENT_IT),
            "recipient": Edge("({n})-[:TO]->({m}:Practitioner)", "Practitioner", ("{m}.id",), single=True),
            "proofs": Edge("({n})-[:PROVEN_BY]->({m}:Decision)", "Decision", ("{m}.at", "{m}.id"), seen=EVERYONE),
            "visits": Edge("({n})<-[:OF]-({m}:Visit)", "Visit", ("{m}.startsAt", "{m}.id"), seen=ATTEMPT_NOT_IN_ERROR),
            "reports": Edge("({n})<-[:OF]-({m}:Report)", "Report", ("{m}.sentAt", "{m}.id"), seen=ATTEMPT_NOT_IN_ERROR),
        },
    ),
    "Event": Entity(
        "Event",
        {
            **_own("number", "name", "at", "dueAt", "actorRole", "fromStatus", "toStatus"),
            "reason": _when("shown_{n}", "{n}.reason"),
            "by": Derived(WHO_DID_IT),
        },
    ),
    "Visit": Entity("Visit", _own("startsAt", "zone", "status")),
    "Report": Entity(
        "Report",
        {
            **_own("kind", "version", "sentAt", "acknowledgedAt"),
            **_own("attendance", "formulation", "intervention", "progress", "risks", "recommendation"),
            "scores": Derived("{n}.scores"),
            "sentBy": Value("head([({n})-[:BY]->(w:Account) | w.name])"),
            "acknowledgedBy": Value("head([({n})-[:ACKNOWLEDGED_BY]->(w:Account) | w.name])"),
        },
    ),
    "Message": Entity("Message", {name: Value(text) for name, text in MESSAGE_FIELDS.items()}),
    "Attachment": Entity("Attachment", {name: Value(text) for name, text in ATTACHMENT_FIELDS.items()}),
    "Decision": Entity(
        "Decision",
        {
            "id": _global_id("Decision"),
            **_own("verdict", "at", "knownAt", "policyId", "policyVersion", "goodUntil"),
            "jurisdiction": Value(_DECIDED_FOR),
            "checks": Derived("{n}.checks"),
            "replay": Derived("grounds_{n}"),
            "agrees": Derived("grounds_{n}"),
            "now": Derived("grounds_{n}"),
            "reconsiderations": Edge(
                "({n})<-[:OF]-({m}:Reconsideration)", "Reconsideration", ("{m}.knownAt", "{m}.id"), seen=EVERYONE
            ),
        },
        lets=(("grounds", _GROUNDS),),
    ),
    "Reconsideration": Entity(
        "Reconsideration", _own("verdict", "knownAt", "policyId", "policyVersion", "codes", "reasons")
    ),
    "Patient": Entity(
        "Patient",
        {
            "ageBand": Derived("CASE WHEN shown_{n} THEN {n}.birthDate END"),
            "area": _when("shown_{n}", "left({n}.postalCode, 3)"),
            "payer": _when("shown_{n}", "{n}.payer"),
            "initials": _when("onceKnown_{n}", "left({n}.givenName, 1) + '. ' + left({n}.familyName, 1) + '.'"),
            **{name: _when("known_{n}", f"{{n}}.{name}") for name in _PATIENT_OWN},
            "safeContact": Derived(f"CASE WHEN known_{{n}} THEN {_SAFE_CONTACT} END"),
        },
    ),
}

# Interfaces: the concrete types a node can turn out to be, first match wins.
POSSIBLE: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Practitioner": (
        ("Therapist", "{n}:Therapist"),
        ("Physician", "{n}:Physician"),
        ("OtherPractitioner", "true"),
    ),
}

NODES: Final = (
    "Therapist",
    "Physician",
    "OtherPractitioner",
    "Credential",
    "Proposal",
    "CertifyingBody",
    "Evidence",
    "Referral",
    "Attempt",
    "Decision",
)
