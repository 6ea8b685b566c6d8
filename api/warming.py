"""What most people ask first, planned while the server starts: a search, a standing, a referral, a worklist.

- The documents are ordinary ones and go the ordinary way up to the statement.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from graphql import GraphQLSchema

from api.documents import Documents
from api.plans import plan_for

_REFERRAL: Final = """id version status priority jurisdiction reason
  patient { ageBand area payer initials familyName givenName phone }
  concern { code name }
  currentAttempt { number status recipient { npi name } }
  events(first: 20) { edges { node { number name toStatus } } }"""

Question = tuple[str, dict[str, Any]]

FIRST_QUESTIONS: Final[tuple[Question, ...]] = (
    (
        """query($where: TherapistFilter!, $near: Near) {
          therapists(where: $where, near: $near, first: 20) {
            totalCount pageInfo { hasNextPage endCursor }
            edges { distanceKm because node { id npi name credentials(first: 5) {
              edges { node { kind number status expires issuedBy { code } } } } } } } }""",
        {
            "where": {"concern": "erectile-difficulty", "jurisdiction": "CA", "acceptingNew": True},
            "near": {"latitude": 37.7, "longitude": -122.4, "withinKm": 30},
        },
    ),
    ('{ practitioner(npi: "2000000010") { name standing(jurisdiction: "CA") { verdict checks { reason } } } }', {}),
    (f'{{ referral(id: "UmVmZXJyYWw6bm9uZQ") {{ {_REFERRAL} availableActions {{ action allowed }} }} }}', {}),
    (f"{{ worklist(folder: NEW, first: 20) {{ totalCount edges {{ node {{ {_REFERRAL} }} }} }} }}", {}),
)


def first_statements(schema: GraphQLSchema, questions: Iterable[Question] = FIRST_QUESTIONS) -> Iterator[str]:
    """The statements behind the first questions, or behind others."""
    documents = Documents(schema)
    for text, variables in questions:
        document = documents.get(text)
        plan = plan_for(schema, document, document.operation(None), variables)
        arguments = plan.arguments(variables)
        for root in plan.roots:
            slot = root.selection.slot
            yield root.statement({} if slot is None else arguments[slot]).text
