"""Who may look: for every type of the graph a predicate that the compiler puts into each node and edge.

- Default deny: a type without an entry cannot be read, and the compiler refuses to start.
- A predicate speaks of `{n}`, the node looked at, and of `viewer`, the account that asks.
- Hidden rows are absent and hidden fields null, so that unknown and forbidden look alike.
- Patients are seen by the physician who sends and by the therapist who accepted, while that attempt is open; a
  certifying body or a steward never sees one. Nobody is told who was asked before.
- An account may act for several practitioners. It then sees what each of them sees, and nothing that none of them does.
- How the viewer stands to a referral is found out once for each referral, and whatever hangs on it asks those two
  answers: a planner's work grows with every pattern it is given.
"""

from typing import Final

EVERYONE: Final = "true"

# Found out once for each referral: is the viewer its author, and which of its attempts were sent to the viewer?
AUTHOR: Final = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({n}) }"
MINE: Final = (
    "COLLECT { MATCH (viewer)-[:ACTS_AS]->(:Practitioner)<-[:TO]-(at_{n}:Attempt)-[:OF]->({n}) "
    "WHERE at_{n}.sentAt IS NOT NULL RETURN at_{n} {.id, .status, .acceptedAt, .endedAt} ORDER BY at_{n}.number }"
)

# In terms of the two, for what hangs on the referral `{n}`. Identity opens with an acceptance that is in force; who
# once accepted keeps the initials, so that the own record stays readable.
IS_PARTY: Final = "(author_{n} OR size(mine_{n}) > 0)"
IN_CHARGE: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.acceptedAt IS NOT NULL AND x.endedAt IS NULL))"
ONCE_IN_CHARGE: Final = (
    "(author_{n} OR {n}.status <> 'ENTERED_IN_ERROR' AND any(x IN mine_{n} WHERE x.acceptedAt IS NOT NULL))"
)
# Of what was entered in error whoever it was sent to sees that it existed, and nothing of whom it was about.
NOT_IN_ERROR: Final = "(author_{n} OR {n}.status <> 'ENTERED_IN_ERROR')"
PART_GOES_ON: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.endedAt IS NULL))"
# Who is no longer part of it is told how the own part ended, and nothing of what came after.
OWN_STATUS: Final = f"CASE WHEN {PART_GOES_ON} THEN {{n}}.status ELSE mine_{{n}}[-1].status END"
# How it was closed is told to whoever it was closed with, and not to somebody who was asked before.
CLOSED_TO_ME: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.status = 'CLOSED'))"
# Since when it is as it is: what was written before that was kept has been so since it was sent.
SINCE: Final = "coalesce({n}.since, {n}.sentAt, {n}.createdAt)"
OWN_SINCE: Final = f"CASE WHEN {PART_GOES_ON} THEN {SINCE} ELSE mine_{{n}}[-1].endedAt END"
# The viewer should have acted by now.
OVERDUE: Final = (
    "coalesce({n}.dueAt < $now AND (author_{n} AND {n}.turn = 'AUTHOR' "
    "OR {n}.turn = 'RECIPIENT' AND any(x IN mine_{n} WHERE x.endedAt IS NULL)), false)"
)
OWN_ATTEMPT: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.id = {m}.id))"
OWN_EVENT: Final = "(author_{n} OR any(x IN mine_{n} WHERE x.id = {m}.attempt))"

# `t_{m}` is the attempt of the thread. Who never accepted keeps nothing of it once that attempt is over.
READS_THREAD: Final = (
    "(author_{n} OR {n}.status <> 'ENTERED_IN_ERROR' AND any(x IN mine_{n} WHERE x.id = t_{m}.id "
    "AND (x.acceptedAt IS NOT NULL OR x.endedAt IS NULL)))"
)
# A recipient sees what the sender attached, and what was attached in the own attempt, while in charge of the patient.
IN_CHARGE_OF_ATTACHMENT: Final = (
    "(author_{n} OR any(x IN mine_{n} WHERE x.acceptedAt IS NOT NULL AND x.endedAt IS NULL "
    "AND ({m}.attempt IS NULL OR {m}.attempt = x.id)))"
)
# What is not known to be clean is for whoever it was attached for, and only to be told of.
SEES_ATTACHMENT: Final = (
    f"({IN_CHARGE_OF_ATTACHMENT} AND ({{m}}.state = 'CLEAN' OR EXISTS {{ "
    "MATCH (viewer)-[:ACTS_AS]->(at_p:Practitioner) WHERE at_p.id = {m}.actsFor }))"
)

_OF_A_SENT_REFERRAL = "EXISTS { (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-(:Referral)<-[:OF]-({n}) }"

ATTEMPT_NOT_IN_ERROR: Final = f"({{n}}.status <> 'ENTERED_IN_ERROR' OR {_OF_A_SENT_REFERRAL})"

# Words with an end are the recipient's own, but for a cancellation: those are the sender's free text, which opens with
# the acceptance like any other. Of what was entered in error neither is shown to the recipient.
COMMENT_SHOWN: Final = (
    f"({_OF_A_SENT_REFERRAL} OR ({{n}}.status <> 'CANCELLED' OR {{n}}.acceptedAt IS NOT NULL) "
    "AND NOT EXISTS { ({n})-[:OF]->(:Referral {status: 'ENTERED_IN_ERROR'}) })"
)

VISIBLE: Final[dict[str, str]] = {
    "Viewer": EVERYONE,
    "DeadLetter": "viewer.role = 'steward'",
    "Endpoint": "EXISTS { ({n})-[:OF]->(viewer) }",
    "Therapist": EVERYONE,
    "Physician": EVERYONE,
    "OtherPractitioner": EVERYONE,
    "Credential": EVERYONE,
    "Proposal": "EXISTS { (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:FOR]-({n}) }",
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
    "Message": "false",
    "Attachment": "false",
    "Reconsideration": "false",
    "Patient": "false",
}
