"""Who may look: for every type of the graph a predicate that the compiler puts into each node and edge.

- Default deny: a type without an entry cannot be read, and the compiler refuses to start.
- A predicate speaks of `{n}`, the node looked at, and of `viewer`, the account that asks.
- Hidden rows are absent and hidden fields null, so that unknown and forbidden look alike.
- Patients are seen by the physician who sends and by the therapist who accepted, while that attempt is open; a
  certifying body or a steward never sees one. Nobody is told who was asked before.
"""

from typing import Final

EVERYONE: Final = "true"

_SENT_BY_VIEWER = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({n}) }"
_ADDRESSED_TO_VIEWER = (
    "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(at_{n}:Attempt WHERE at_{n}.sentAt IS NOT NULL)-[:OF]->({n}) }"
)

# The physician's side of whatever hangs on a referral by OF.
_ON_A_SENT_REFERRAL = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-({n}) }"

VISIBLE: Final[dict[str, str]] = {
    "Viewer": EVERYONE,
    "Therapist": EVERYONE,
    "Physician": EVERYONE,
    "OtherPractitioner": EVERYONE,
    "Credential": EVERYONE,
    "Observation": EVERYONE,
    "Evidence": EVERYONE,
    "CertifyingBody": EVERYONE,
    "Practice": EVERYONE,
    "Concern": EVERYONE,
    "Language": EVERYONE,
    "Payer": EVERYONE,
    "ReferableWindow": EVERYONE,
    "Referral": f"({_SENT_BY_VIEWER} OR {_ADDRESSED_TO_VIEWER})",
    "Attempt": f"({_ON_A_SENT_REFERRAL} OR EXISTS {{ (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-({{n}}) }})",
    "Event": (
        f"({_ON_A_SENT_REFERRAL} OR EXISTS {{ (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-"
        "(:Attempt {id: {n}.attempt}) })"
    ),
    "Visit": (
        "EXISTS { MATCH ({n})-[:OF]->(at_{n}:Attempt) WHERE "
        "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(at_{n}) } OR "
        "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-(at_{n}) } }"
    ),
    "Report": (
        "EXISTS { MATCH ({n})-[:OF]->(at_{n}:Attempt) WHERE "
        "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(at_{n}) } OR "
        "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-(at_{n}) } }"
    ),
    "Decision": EVERYONE,
    "Patient": EVERYONE,  # reached through a visible referral only; what identifies a person has its own gate below
}

# The referral's author, or a therapist whose acceptance is in force, may know who the patient is.
KNOWS_PATIENT: Final = (
    "(EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)-[:FOR]->({n}) } OR "
    "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-"
    "(at_{n}:Attempt WHERE at_{n}.acceptedAt IS NOT NULL AND at_{n}.endedAt IS NULL)-[:OF]->(:Referral)-[:FOR]->({n}) })"
)

# Who once accepted keeps the initials, so that the own record stays readable.
ONCE_KNEW_PATIENT: Final = (
    "(EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)-[:FOR]->({n}) } OR "
    "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-"
    "(at_{n}:Attempt WHERE at_{n}.acceptedAt IS NOT NULL)-[:OF]->(:Referral)-[:FOR]->({n}) })"
)

# Free text of a referral opens with the identity.
READS_REFERRAL: Final = (
    "(EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({n}) } OR "
    "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-"
    "(at_{n}:Attempt WHERE at_{n}.acceptedAt IS NOT NULL AND at_{n}.endedAt IS NULL)-[:OF]->({n}) })"
)

OWN_REFERRAL: Final = _SENT_BY_VIEWER
