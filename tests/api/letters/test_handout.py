"""The patient's handout: plain, large, and not a word of why, in the text or anywhere else in the file."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from api.letters import handout as module
from api.letters.handout import handout
from tests.api.letters.answers import CALM, PATIENT, REFERRAL, SETTING, referral
from tests.api.letters.reading import printed

CLINICAL = (
    "sex", "therap", "counsel", "psych", "pain", "penetration", "dysfunction", "diagnos", "disorder", "urolog",
    "gynec", "clinic", "treat", "concern", "referral", "Merrow", "1994",
)  # fmt: skip
"""What no handout says, wherever it comes from; the canaries of the answers are among it."""


def with_safe_contact(**said: Any) -> dict[str, Any]:
    return referral(patient={**PATIENT, "safeContact": {**CALM, **said}})


def test_it_says_what_happens_now_in_plain_words() -> None:
    text = printed(handout(with_safe_contact(), SETTING)).text
    for said in (
        "Your appointment",
        "For Jo",
        "Ruth Calloway has asked Ines Quaresma in Olympia to see you.",
        "They will not leave a message unless you said they may.",
        "The first visit will be about 3 weeks later",
        "Visits can be on screen or in person. You choose.",
        "Your plan is Regence.",
        "Ines Quaresma, Olympia, WA: 360-555-0119",
        "Call us at 253-555-0142 and give this number: E9EM-NY5W.",
        "call 911",
    ):
        assert said in text


@pytest.mark.parametrize("said", [{}, {"neutralWording": True}, {"partnerUnaware": True}, {"voicemailAllowed": True}])
def test_no_clinical_word_stands_anywhere(said: dict[str, Any]) -> None:
    paper = printed(handout(with_safe_contact(**said), SETTING))
    metadata = " ".join(str(value) for value in (paper.reader.metadata or {}).values())
    for place in (paper.text.lower(), metadata.lower(), module.FILE_NAME):
        for word in CLINICAL:
            assert word.lower() not in place


def test_its_question_names_nothing_clinical() -> None:
    asked = (Path(module.__file__).parent / "handout.graphql").read_text(encoding="utf-8").partition("query")[2]
    for field in (
        "concern",
        "reason",
        "intake",
        "redFlags",
        "reports",
        "familyName }",
        "birthDate",
        "placeName",
        "phone ",
    ):
        assert field not in asked.replace("state phone zone", "")


def test_it_is_large_neutral_and_tagged() -> None:
    paper = printed(handout(referral(), SETTING))
    assert paper.title == "Your appointment"
    assert paper.catalog["/Lang"] == "en-US"
    assert {"H1", "L", "LI"} <= set(paper.names())
    assert len(paper.reader.pages) == 1
    sizes: list[float] = []
    paper.reader.pages[0].extract_text(
        visitor_text=lambda text, _cm, tm, _font, size: sizes.append(size * abs(tm[3])) if text.strip() else None
    )
    assert sorted(sizes)[len(sizes) // 2] >= 16


def test_voicemail_is_promised_as_it_was_agreed() -> None:
    assert (
        "They may leave a message, as you agreed."
        in printed(handout(with_safe_contact(voicemailAllowed=True), SETTING)).text
    )
    assert "They will not leave a message." in printed(handout(with_safe_contact(voicemailAllowed=False), SETTING)).text


@pytest.mark.parametrize("caution", ["neutralWording", "partnerUnaware", "doNotWriteHome"])
def test_a_patient_with_reason_to_be_careful_gets_still_fewer_words(caution: str) -> None:
    text = printed(handout(with_safe_contact(**{caution: True}), SETTING)).text
    for word in ("talk only", "Regence", "report"):
        assert word not in text
    assert "partner" not in text.lower()


def test_a_booked_visit_is_told_in_its_own_zone() -> None:
    attempt = deepcopy(REFERRAL["currentAttempt"])
    attempt["visits"] = [
        {"startsAt": "2026-08-20T16:00:00Z", "zone": "America/Los_Angeles", "status": "CANCELLED"},
        {"startsAt": "2026-08-21T00:30:00Z", "zone": "America/Denver", "status": "BOOKED"},
    ]
    text = printed(handout(referral(currentAttempt=attempt), SETTING)).text
    assert "Your first visit is on August 20, 2026, 6:30 pm Mountain." in text
    assert "3 weeks" not in text


def test_nobody_asked_any_more_means_no_handout() -> None:
    assert handout(referral(currentAttempt=None), SETTING) is None
    ended = {**REFERRAL["currentAttempt"], "endedAt": "2026-08-01T00:00:00Z"}
    assert handout(referral(currentAttempt=ended), SETTING) is None


def test_emergency_numbers_are_those_of_the_place() -> None:
    assert "911" not in printed(handout(referral(jurisdiction="GB"), SETTING)).text


def test_of_a_visit_to_a_physician_it_claims_no_proof_and_no_talk() -> None:
    attempt = {**referral()["currentAttempt"], "proofs": []}
    text = printed(handout(referral(currentAttempt=attempt), SETTING)).text
    assert "Ruth Calloway has asked Ines Quaresma in Olympia to see you." in text
    assert "credentials" not in text
    assert "talk only" not in text
    assert "Visits are private." in text
