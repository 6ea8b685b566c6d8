"""Who may look: for every type of the graph a predicate that the compiler puts into each node and edge.

- Default deny: a type without an entry cannot be read, and the compiler refuses to start.
- A predicate speaks of `{n}`, the node looked at, and of `viewer`, the account that asks.
- Hidden rows are absent and hidden fields null, so that unknown and forbidden look alike.
- Patients are seen by the physician who sends and by the therapist who accepted, while that attempt is open; a
  certifying body or a steward never sees one. Nobody is told who was asked before.
- How the viewer stands to a referral is found out once for each referral, and whatever hangs on it asks those two
  answers: a planner's work grows with every pattern it is given.
"""

from typing import Final

EVERYONE: Final = "true"

# Found out once for each referral: is the viewer its author, and which of its attempts were sent to the viewer?
AUTHOR: Final = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({n}) }"
MINE: Final = (
    "COLLECT { MATCH (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(at_{n}:Attempt)-[:OF]->({n}) "
    "WHERE at_{n}.sentAt IS NOT NULL RETURN at_{n} {.id, .acceptedAt, .endedAt} }"
)

# In terms of the two, for what hangs on the referral `{n}`. Identity opens with an acceptance that is in force; who
# once accepted keeps the initials, so that the own record stays readable.
IS_PARTY: Final = "(author_{n} OR size(mine_{n}) > 0)"
IN_CHARGE: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.acceptedAt IS NOT NULL AND x.endedAt IS NULL))"
ONCE_IN_CHARGE: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.acceptedAt IS NOT NULL))"
OWN_ATTEMPT: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.id = {m}.id))"
OWN_EVENT: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.id = {m}.attempt))"

_OF_A_SENT_REFERRAL = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-({n}) }"

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
    "Referral": IS_PARTY,
    "Attempt": (f"({_OF_A_SENT_REFERRAL} OR EXISTS {{ (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-({{n}}) }})"),
    "Decision": (
        "(EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(:Attempt)-[:PROVEN_BY]->({n}) } OR EXISTS "
        "{ (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-(:Attempt)-[:PROVEN_BY]->({n}) })"
    ),
    # These are reached through what they hang on alone, and that edge says who sees them.
    "Event": "false",
    "Visit": "false",
    "Report": "false",
    "Patient": "false",
}
