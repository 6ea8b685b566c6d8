"""What a party of a referral is shown of the others that go back to the same request: that they are there.

- The links of a chain are about one patient. A partner's referral is about somebody else, and is no link.
- Of somebody else's link there is its lane, its state, the roles of both sides and when it changed; what it says and
  whom it is with are for its own parties. A draft is its author's alone.
- Whose part has ended sees no link but the own ones, each as it was left.
- The order is that in which they were written.
"""

from typing import Final

from graph.access import AUTHOR, MINE, PART_GOES_ON, SINCE

_LINK: Final = "link_{n}"


def _of_link(text: str) -> str:
    return text.replace("{n}", _LINK)


# A link that is somebody else's is shown as it is; an own one as its part ended.
_AS_IT_IS: Final = _of_link(f"(size(mine_{{n}}) = 0 OR {PART_GOES_ON})")

CHAIN: Final = (
    "COLLECT { MATCH ({n})-[:FOR]->(person_{n}:Patient) MATCH (person_{n})<-[:FOR]-("
    f"{_LINK}:Referral) WITH {_LINK}, {_of_link(AUTHOR)} AS author_{_LINK}, {_of_link(MINE)} AS mine_{_LINK} "
    f"WITH {_LINK}, author_{_LINK}, mine_{_LINK}, author_{_LINK} OR size(mine_{_LINK}) > 0 AS own_{_LINK} "
    f"WHERE own_{_LINK} OR {_LINK}.status <> 'DRAFT' AND {PART_GOES_ON} "
    f"RETURN {{referral: 'Referral:' + {_LINK}.id, mine: own_{_LINK}, back: {_LINK}.backRequest IS NOT NULL, "
    f"sentAs: {_LINK}.sentAs, "
    f"status: CASE WHEN {_AS_IT_IS} THEN {_LINK}.status ELSE mine_{_LINK}[-1].status END, "
    f"since: CASE WHEN {_AS_IT_IS} THEN {_of_link(SINCE)} ELSE mine_{_LINK}[-1].endedAt END, "
    f"sentAt: {_LINK}.sentAt, "
    f"basedOn: head([({_LINK})-[:BASED_ON]->(root_{_LINK}:Referral) | 'Referral:' + root_{_LINK}.id]), "
    f"concern: CASE WHEN own_{_LINK} THEN head([({_LINK})-[:ABOUT]->(c_{_LINK}:Concern) | c_{_LINK}.code]) END}} "
    f"ORDER BY {_LINK}.createdAt, {_LINK}.id }}"
)
"""The chain of the referral bound to `{n}`, whose answers `author_{n}` and `mine_{n}` are in scope."""
