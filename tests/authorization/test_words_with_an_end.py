"""Words that come with the end of an attempt, and how a referral closed: for whom they are, and for whom not."""

import secrets
from typing import Any

import pytest

from graph.ids import plain_id
from tests.api.conftest import Served, served

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

ASK = """
query A($id: ID!) {
  referral(id: $id) {
    autoClosed currentAttempt { comment }
    attempts(first: 9) { edges { node { id status comment } } }
    events(first: 20) { edges { node { name reason } } }
  }
}
"""
NODE = "query N($id: ID!) { node(id: $id) { id ... on Attempt { status comment } } }"


async def shown(served: Served, token: str, referral: Any) -> str:
    """Everything this viewer gets of it, attempts by their own ids too."""
    data = await served.data(token, ASK, id=referral["id"])
    attempts = [edge["node"]["id"] for edge in data["referral"]["attempts"]["edges"]]
    nodes = [await served.data(token, NODE, id=attempt) for attempt in attempts]
    return f"{data} {nodes}"


async def sent(served: Served) -> Any:
    return await served.moved(served.physician, "sendReferral", await served.draft())


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_senders_words_on_cancelling_open_with_the_acceptance(served: Served, accepted: bool) -> None:
    words, referral = f"Q{secrets.token_hex(6)}", await sent(served)
    if accepted:
        referral = await served.moved(served.therapist, "acceptReferral", referral)
    said = {"reason": "OTHER", "comment": words}
    referral = await served.moved(served.physician, "cancelReferral", referral, **said)
    assert words in await shown(served, served.physician, referral)
    assert (words in await shown(served, served.therapist, referral)) is accepted


async def test_words_of_what_was_entered_in_error_are_for_its_author(served: Served) -> None:
    words, referral = f"Q{secrets.token_hex(6)}", await sent(served)
    said = {"reason": "OTHER", "comment": words}
    referral = await served.moved(served.therapist, "declineReferral", referral, **said)
    assert words in await shown(served, served.therapist, referral)
    referral = await served.moved(served.physician, "markEnteredInError", referral, reason="WRONG_PATIENT")
    assert words in await shown(served, served.physician, referral)
    assert words not in await shown(served, served.therapist, referral)


async def test_why_a_cancellation_was_refused_is_hidden_with_the_rest(served: Served) -> None:
    words, referral = f"Q{secrets.token_hex(6)}", await sent(served)
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    referral = await served.moved(served.therapist, "holdReferral", referral, reason="PATIENT_PAUSE")
    referral = await served.moved(served.physician, "cancelReferral", referral, reason="PATIENT_MOVED")
    referral = await served.moved(served.therapist, "refuseCancellation", referral, reason=words)
    assert words in await shown(served, served.therapist, referral)
    referral = await served.moved(served.physician, "markEnteredInError", referral, reason="WRONG_PATIENT")
    assert words in await shown(served, served.physician, referral)
    assert words not in await shown(served, served.therapist, referral)


async def test_who_declined_is_not_told_how_it_closed_with_another(served: Served) -> None:
    referral = await sent(served)
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="OUTSIDE_SCOPE")
    referral = await served.moved(served.physician, "redirectReferral", referral)
    await served.moved(served.second, "acceptReferral", referral)
    found = plain_id(referral["id"])
    assert found is not None
    # As the clocks leave it when nobody acknowledged the report for a month.
    await served.network.database.write(
        """
        MATCH (r:Referral {id: $id})<-[:OF]-(a:Attempt {number: 2})
        SET r.autoClosed = true, r.status = 'CLOSED', a.status = 'CLOSED', a.endedAt = 1
        """,
        {"id": found[1]},
    )
    query = "query C($id: ID!) { referral(id: $id) { status autoClosed } }"
    told = [
        (await served.data(token, query, id=referral["id"]))["referral"]
        for token in (served.physician, served.therapist, served.second)
    ]
    assert [(each["status"], each["autoClosed"]) for each in told] == [
        ("CLOSED", True), ("DECLINED", None), ("CLOSED", True),
    ]  # fmt: skip
