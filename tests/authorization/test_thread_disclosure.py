"""Messages and attachments by role and state: a text that is nowhere else, and everybody asking for it all the time."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.execute import Executor
from graph.ids import plain_id
from tests.api.conftest import Served, served
from tests.network import NOW, key
from verification.policies import SHIPPED_POLICIES

__all__ = ["served"]  # the fixture, used here too
pytestmark = pytest.mark.neo4j

ASK = """
query T($id: ID!) {
  referral(id: $id) {
    unread
    messages(first: 20) { totalCount edges { node { text kind mine read writtenBy attempt } } }
    attachments { title mine state sha256 }
  }
}
"""
WHO = ("physician", "therapist", "second", "officer", "steward")


async def seen(served: Served, referral: Any, *canaries: str) -> dict[str, set[str]]:
    """Which of the canaries each sees, for those who see any."""
    found = {}
    for who in WHO:
        text = str(await served.data(getattr(served, who), ASK, id=referral["id"]))
        if shown := {canary for canary in canaries if canary in text}:
            found[who] = shown
    return found


async def attached(served: Served, referral: Any, title: str, *, state: str = "CLEAN", by: str = "physician") -> None:
    """An attachment as it is stored."""
    await served.network.database.write(
        """
        MATCH (r:Referral) WHERE r.id = $id
        MATCH (w:Account {role: $role})-[:ACTS_AS]->(p:Practitioner)
        WHERE $role = 'physician' AND EXISTS { (r)-[:SENT_BY]->(p) }
          OR $role = 'therapist' AND EXISTS { (r)<-[:OF]-(:Attempt)-[:TO]->(p) }
        WITH r, w, p LIMIT 1
        CREATE (w)<-[:BY]-(a:Attachment {id: $own, title: $title, state: $state, mediaType: 'text/plain', size: 1,
          sha256: $own, at: 0})-[:OF]->(r)
        SET a.actsFor = p.id, a.attempt = CASE WHEN $role = 'therapist' THEN
          head(COLLECT { MATCH (r)<-[:OF]-(t:Attempt) RETURN t.id ORDER BY t.number DESC LIMIT 1 }) END
        """,
        {"id": own_of(referral), "own": key(), "title": title, "state": state, "role": by},
    )


def own_of(referral: Any) -> str:
    found = plain_id(referral["id"])
    assert found is not None
    return found[1]


async def say(served: Served, token: str, referral: Any, text: str) -> None:
    done = await served.change(token, "sendMessage", {"referral": referral["id"], "text": text}, "referral { version }")
    assert done["problems"] == [], done
    assert done["referral"]["version"] == referral["version"]


async def test_who_reads_what_and_when(served: Served) -> None:
    question, note, late, lab, own, pending = (f"Q{name}{secrets.token_hex(6)}" for name in "qnlaop")
    every = (question, note, late, lab, own, pending)
    referral = await served.draft()
    await attached(served, referral, lab)
    await attached(served, referral, pending, state="PENDING")
    mine = {lab, pending}
    assert await seen(served, referral, *every) == {"physician": mine}
    referral = await served.moved(served.physician, "sendReferral", referral)
    referral = await served.moved(served.therapist, "openReferral", referral)
    referral = await served.moved(served.therapist, "requestInformation", referral, question=question)
    assert await seen(served, referral, *every) == {"physician": mine | {question}, "therapist": {question}}
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    await say(served, served.physician, referral, note)
    await attached(served, referral, own, by="therapist")
    assert await seen(served, referral, *every) == {
        "physician": mine | {question, note, own},
        "therapist": {question, note, lab, own},
    }
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="OUTSIDE_SCOPE")
    assert (await seen(served, referral, *every))["therapist"] == {question, note}
    referral = await served.moved(served.physician, "redirectReferral", referral)
    assert "second" not in await seen(served, referral, *every)
    referral = await served.moved(served.second, "acceptReferral", referral)
    await say(served, served.physician, referral, late)
    now = await seen(served, referral, *every)
    assert now == {
        "physician": mine | {question, note, own, late},
        "therapist": {question, note},
        "second": {late, lab},
    }
    await served.moved(served.physician, "markEnteredInError", referral, reason="WRONG_PATIENT")
    assert await seen(served, referral, *every) == {"physician": mine | {question, note, own, late}}


async def test_a_question_is_not_kept_by_who_never_accepted(served: Served) -> None:
    question = f"Q{secrets.token_hex(6)}"
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "openReferral", referral)
    referral = await served.moved(served.therapist, "requestInformation", referral, question=question)
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="OUTSIDE_SCOPE")
    assert await seen(served, referral, question) == {"physician": {question}}


async def test_unread_and_read(served: Served) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    for text in ("One.", "Two."):
        await say(served, served.physician, referral, text)
    await say(served, served.therapist, referral, "Three.")

    async def thread(token: str) -> Any:
        return (await served.data(token, ASK, id=referral["id"]))["referral"]

    found = await thread(served.therapist)
    assert (found["unread"], found["messages"]["totalCount"]) == (2, 3)
    assert [(e["node"]["text"], e["node"]["mine"]) for e in found["messages"]["edges"]] == [
        ("One.", False),
        ("Two.", False),
        ("Three.", True),
    ]
    assert (await thread(served.physician))["unread"] == 1
    shape = "referral { unread messages(first: 1) { edges { node { id } } } }"
    said = {"referral": referral["id"]}
    first = await served.change(served.physician, "markRead", said, shape)
    assert first["referral"]["unread"] == 0
    through = first["referral"]["messages"]["edges"][0]["node"]["id"]
    assert (await served.change(served.therapist, "markRead", {**said, "through": through}, shape))["referral"][
        "unread"
    ] == 1
    read = [e["node"]["read"] for e in (await thread(served.physician))["messages"]["edges"]]
    assert read == [True, False, True]


async def test_every_version_of_a_report_is_kept_and_acknowledged_for_itself(served: Served) -> None:
    database, at = served.network.database, NOW + timedelta(days=1)
    tomorrow = replace(served, executor=Executor(database, SHIPPED_POLICIES, lambda: at + timedelta(hours=1)))
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    referral = await served.moved(served.therapist, "scheduleVisit", referral, startsAt=at.isoformat())
    referral = await tomorrow.moved(served.therapist, "startTherapy", referral)
    for words in ("First.", "Amended."):
        referral = await tomorrow.moved(
            served.therapist, "sendReport", referral, kind="FINAL", recommendation=words, attendance="All."
        )
    await tomorrow.moved(served.physician, "acknowledgeReport", referral)
    query = (
        "query R($id: ID!) { referral(id: $id) { currentAttempt { reports { version recommendation sentBy "
        "acknowledgedBy acknowledgedAt } } } }"
    )
    reports = (await tomorrow.data(served.physician, query, id=referral["id"]))["referral"]["currentAttempt"]["reports"]
    assert [(r["version"], r["recommendation"], r["sentBy"], r["acknowledgedBy"]) for r in reports] == [
        (1, "First.", "A therapist", "A physician"),
        (2, "Amended.", "A therapist", "A physician"),
    ]
