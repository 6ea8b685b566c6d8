"""The notices of a referral's life, in the form in which they are written with the move they tell of.

- A notice is known by the topic, the referral, the number of the event and the receiver, so that a transaction that is
  run again writes the same one.
- It does not know who is told of what: `verification.referral_notices` does.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from graph.outbox import Notice, Topic
from verification.access import Relation

People = Mapping[Relation, str | None]
"""The practitioners on either side, by id."""


def event_notices(
    referral: str, number: int, topic: str | None, sides: Iterable[Relation], people: People, at: datetime
) -> list[Notice]:
    """The notices of the `number`th event to those of `sides` who are there; none without a topic."""
    if topic is None:
        return []
    receivers = [person for side in sides if (person := people.get(side))]
    return [notice(referral, str(number), topic, receiver, at) for receiver in receivers]


def notice(referral: str, which: str, topic: str, receiver: str, at: datetime) -> Notice:
    """One notice about a referral; `which` tells it from others of its topic to the same receiver."""
    dedupe = f"{topic}|{referral}|{which}|{receiver}"
    return Notice(derived_id(dedupe), Topic(topic), referral, receiver, dedupe, at)


def derived_id(*parts: str) -> str:
    """An id that follows from what it is the id of, for what is made inside a transaction that may be run again."""
    return str(uuid5(NAMESPACE_OID, "|".join(parts)))
