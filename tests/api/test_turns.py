"""Turns and dates as each side may see them, and what stays to be seen of what was entered in error."""

import pytest

from tests.api.conftest import Served

pytestmark = pytest.mark.neo4j
SEE = """
query See($id: ID!) {
  referral(id: $id) {
    status turn dueAt expiresAt autoAdvance reason
    patient { familyName initials ageBand area payer }
    currentAttempt { status dueAt expiresAt }
    events(first: 9) { edges { node { name } } }
  }
}
"""


async def test_turn_and_dates(served: Served) -> None:
    draft = await served.draft()
    seen = (await served.data(served.physician, SEE, id=draft["id"]))["referral"]
    assert (seen["turn"], seen["expiresAt"], seen["autoAdvance"]) == ("AUTHOR", None, False)
    sent = await served.moved(served.physician, "sendReferral", draft, autoAdvance=True)
    for who, chosen in ((served.physician, True), (served.therapist, None)):
        seen = (await served.data(who, SEE, id=sent["id"]))["referral"]
        assert (seen["turn"], seen["autoAdvance"]) == ("RECIPIENT", chosen)
        assert seen["dueAt"] == seen["currentAttempt"]["dueAt"]
        assert seen["expiresAt"] == seen["currentAttempt"]["expiresAt"]
    await served.moved(served.therapist, "declineReferral", sent, reason="AT_CAPACITY")
    former = (await served.data(served.therapist, SEE, id=sent["id"]))["referral"]
    assert (former["status"], former["turn"], former["dueAt"]) == ("DECLINED", None, None)
    own = (await served.data(served.physician, SEE, id=sent["id"]))["referral"]
    assert own["turn"] == "NETWORK"


async def test_what_was_entered_in_error_existed_and_no_more(served: Served) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    before = (await served.data(served.therapist, SEE, id=referral["id"]))["referral"]
    assert before["patient"]["familyName"].startswith("Canarywood")
    given = {"referral": referral["id"], "expectedVersion": referral["version"], "reason": "WRONG_PATIENT"}
    done = await served.change(served.steward, "markEnteredInError", given, "referral { id }")
    assert done == {"problems": [], "referral": None}
    seen = (await served.data(served.therapist, SEE, id=referral["id"]))["referral"]
    assert seen["status"] == "ENTERED_IN_ERROR"
    assert set(seen["patient"].values()) == {None}
    assert (seen["reason"], seen["turn"]) == (None, None)
    assert seen["events"]["edges"][-1]["node"]["name"] == "MarkedEnteredInError"
    author = (await served.data(served.physician, SEE, id=referral["id"]))["referral"]
    assert author["patient"]["familyName"].startswith("Canarywood")
    assert author["turn"] == "NOBODY"
