"""The referral letter: what stands on it, for whom, and that software for blind readers can read it."""

from copy import deepcopy

import pytest

from api.letters.letter import letter
from tests.api.letters.answers import (
    PATIENT,
    RECIPIENT,
    SENDER,
    SETTING,
    UNKNOWN_PATIENT,
    referral,
)
from tests.api.letters.reading import printed


def test_it_says_who_asks_what_for_whom() -> None:
    text = printed(letter(referral(), SETTING)).text
    for said in (
        "Harbor Street Family Medicine",
        "418 Harbor Street, Tacoma, WA 98402",
        "July 28, 2026",
        "To: Ines Quaresma, PsyD, Psychologist, Olympia, WA",
        "About: Joanna Merrow, date of birth March 3, 1994, she/her. Please use the name Jo.",
        "Pain with penetration.",
        "Since the birth of her second child nine months ago.",
        "PHQ-9 12, moderate (July 12, 2026)",
        "Is the patient breastfeeding? Yes.",
        "She agreed on July 28, 2026 (spoken) to this referral and to a report back to me.",
        "Please answer by August 4, 2026, 5:00 pm Pacific.",
        "Ruth Calloway, MD, NPI 2003141597",
    ):
        assert said in text


def test_where_a_delegate_sent_it_both_names_are_on_it() -> None:
    by = {"name": "Ann Reyes", "role": "DELEGATE", "actsFor": "Ruth Calloway, MD"}
    attempt = referral()["currentAttempt"]
    text = printed(letter(referral(currentAttempt={**attempt, "by": by}), SETTING)).text
    assert "Prepared by Ann Reyes for Ruth Calloway, MD" in text
    for own in (None, {**by, "role": "PHYSICIAN", "actsFor": None}):
        assert "Prepared by" not in printed(letter(referral(currentAttempt={**attempt, "by": own}), SETTING)).text


def test_only_the_safe_number_is_printed_with_every_caution() -> None:
    text = printed(letter(referral(), SETTING)).text
    assert "Telephone 253-555-0188, after 5 pm. No voicemail. No letters to the home." in text
    assert PATIENT["phone"] not in text
    assert PATIENT["email"] not in text


def test_red_flags_come_with_overrides_and_the_draft_mark() -> None:
    text = printed(letter(referral(), SETTING)).text
    assert "Overridden (July 28, 2026): Seen on July 20, resolved." in text
    assert "Sender (July 28, 2026): work-up done." in text
    assert "Not ruled out, since not asked: Alcohol beyond a safe amount." in text
    assert "Draft decision support, not signed by a clinician." in text
    signed = {**deepcopy(referral()["redFlags"]), "draft": False, "notice": None, "signedBy": "A. Clinician, MD"}
    text = printed(letter(referral(redFlags=signed), SETTING)).text
    assert "Draft" not in text
    assert "signed by A. Clinician, MD" in text


def test_before_acceptance_nothing_tells_who_the_patient_is() -> None:
    sealed = referral(patient=UNKNOWN_PATIENT, reason=None, intake=None, redFlags=None, consentMethod=None)
    paper = printed(letter(sealed, SETTING))
    assert "About: a patient, age 30-39, area 985" in paper.text
    assert "opens on acceptance" in paper.text
    for secret in ("Merrow", "Joanna", "Jo.", "1994", "253-555-0170", "253-555-0188", "she/her", "breastfeeding"):
        assert secret not in paper.text
        assert secret.encode() not in paper.pdf


def test_a_patient_without_a_date_of_birth_has_an_age() -> None:
    text = printed(letter(referral(patient={**PATIENT, "birthDate": None}), SETTING)).text
    assert "Joanna Merrow, age 30-39" in text


@pytest.mark.parametrize(
    ("pronouns", "start"),
    [
        ("he/him", "He agreed"),
        ("they/them", "They agreed"),
        (None, "The patient agreed"),
        ("xe/xem", "The patient agreed"),
    ],
)
def test_a_pronoun_is_used_and_never_guessed(pronouns: str | None, start: str) -> None:
    assert start in printed(letter(referral(patient={**PATIENT, "pronouns": pronouns}), SETTING)).text


def test_the_proof_is_the_frozen_decision_and_what_was_found_since() -> None:
    attempt = deepcopy(referral()["currentAttempt"])
    text = printed(letter(referral(currentAttempt=attempt), SETTING)).text
    assert "Proof of standing when sent, July 28, 2026, 11:10 am Pacific" in text
    assert "Psychologist licence 4471, active" in text
    assert "No compact was needed" not in text
    attempt["proofs"][0]["reconsiderations"] = [
        {"knownAt": "2026-08-02T09:00:00Z", "reasons": ["The licence was suspended on 2026-07-01."]}
    ]
    text = printed(letter(referral(currentAttempt=attempt), SETTING)).text
    assert "Found since, on August 2, 2026: The licence was suspended on 2026-07-01." in text


def test_the_codes_open_the_check_page_for_the_recipient_and_hold_no_patient() -> None:
    sheet = letter(referral(), SETTING)
    assert sheet is not None
    assert sheet.panel is not None
    assert [code.address for code in sheet.panel.codes] == [
        "https://bonafide.example/check?body=WA-PSY&kind=PSYCHOLOGIST&number=PY+4471&familyName=Quaresma&jurisdiction=WA",
        "https://bonafide.example/check?body=AASECT&kind=CST&number=A-1187&familyName=Quaresma&jurisdiction=US",
    ]
    figures = [element for name, element in printed(sheet).tags() if name == "Figure"]
    assert [figure["/Alt"] for figure in figures] == [
        "Code that opens the public check page for the license",
        "Code that opens the public check page for the certificate",
    ]


def test_a_shared_address_is_disclosed_however_it_is_written() -> None:
    place = {**SENDER["practices"][0], "line1": "418 HARBOR STREET", "placeName": "Upstairs"}
    attempt = {**referral()["currentAttempt"], "recipient": {**RECIPIENT, "practices": [place]}}
    disclosure = "Disclosure: sender and recipient work at the same address."
    assert disclosure in printed(letter(referral(currentAttempt=attempt), SETTING)).text
    assert disclosure not in printed(letter(referral(), SETTING)).text
    place["line1"] = "419 Harbor Street"
    assert disclosure not in printed(letter(referral(currentAttempt=attempt), SETTING)).text


def test_it_is_tagged_and_named_without_the_patient() -> None:
    paper = printed(letter(referral(), SETTING))
    assert paper.catalog["/MarkInfo"]["/Marked"]
    assert paper.catalog["/Lang"] == "en-US"
    assert paper.catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert paper.title == "Referral letter"
    assert paper.names().count("H1") == 5
    assert {"Document", "P", "L", "LI", "Figure"} <= set(paper.names())
    assert b"<pdfuaid:part>1</pdfuaid:part>" in paper.catalog["/Metadata"].get_data()
    metadata = b"".join(str(value).encode() for value in (paper.reader.metadata or {}).values())
    for secret in (b"Merrow", b"Joanna", b"Pain", b"Quaresma"):
        assert secret not in metadata


def test_every_page_is_numbered_and_carries_the_reference_alone() -> None:
    paper = printed(letter(referral(reason="\n".join(["A long story, told in full."] * 120)), SETTING))
    count = len(paper.reader.pages)
    assert count > 2
    for number, page in enumerate(paper.reader.pages, 1):
        text = " ".join(page.extract_text().split())
        assert f"Page {number} of {count}" in text
        assert "Referral E9EM-NY5W" in text


def test_a_draft_has_no_letter() -> None:
    assert letter(referral(currentAttempt=None), SETTING) is None
    unsent = {**referral()["currentAttempt"], "sentAt": None}
    assert letter(referral(currentAttempt=unsent), SETTING) is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("INVESTIGATE", "order what tests you find needed"),
        ("PRESCRIBE_OR_DEPRESCRIBE", "review the patient's medicines"),
        ("URGENT_REVIEW", "see the patient urgently"),
        ("SHARE_RESULT", "share the results you have"),
    ],
)
def test_a_physician_is_asked_for_something_in_words(request_: str, words: str) -> None:
    asked = referral(
        request=request_,
        intake=None,
        redFlags=None,
        currentAttempt={
            **referral()["currentAttempt"],
            "proofs": [],
            "recipient": {**RECIPIENT, "__typename": "Physician"},
        },
    )
    text = printed(letter(asked, SETTING)).text
    assert "Referral for medical review" in text
    assert words in text
    assert "agreed on July 28, 2026 (spoken) to the referral that this one goes with." in text
    assert "counseling" not in text
    assert "assess and treat" not in text


def test_the_paper_is_that_of_the_place() -> None:
    here, there = (printed(letter(referral(jurisdiction=place), SETTING)) for place in ("WA", "GB"))
    assert [round(float(page.mediabox.width)) for page in (here.reader.pages[0], there.reader.pages[0])] == [612, 595]
