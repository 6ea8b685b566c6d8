"""The therapist's report: the newest version, its sections, and whether it was acknowledged."""

from copy import deepcopy
from typing import Any

from api.letters.report import report
from tests.api.letters.answers import PATIENT, REFERRAL, SETTING, UNKNOWN_PATIENT, referral
from tests.api.letters.reading import printed


def test_the_newest_report_stands_in_its_sections() -> None:
    paper = printed(report(referral(), SETTING))
    for said in (
        "To: Ruth Calloway, MD, Tacoma, WA",
        "About: Joanna Merrow, date of birth March 3, 1994, she/her. Name in use: Jo.",
        "Closing report, version 2",
        "Sessions Nine of ten sessions, the last on November 20.",
        "What I did Education, graded exercises, mindfulness. Two sessions with the partner.",
        "Progress More ease, less fear.",
        "PHQ-9 5, mild (November 20, 2026); at referral 12, moderate (July 12, 2026).",
        "What I recommend Not given.",
        "Ines Quaresma, PsyD, NPI 2002718288",
        "Sent November 20, 2026, 2:18 pm Pacific. Not yet acknowledged.",
    ):
        assert said in paper.text
    assert "To be seen." not in paper.text
    assert paper.names().count("H1") == 6
    assert paper.title == "Report"
    assert paper.catalog["/Lang"] == "en-US"


def test_scores_stand_alone_where_there_is_none_from_before() -> None:
    attempts = deepcopy(REFERRAL["attempts"])
    attempts["edges"][0]["node"]["reports"][1]["progress"] = None
    other_version = {**REFERRAL["intake"]["scores"][0], "version": "2"}
    intakes: tuple[dict[str, Any] | None, ...] = (None, {"scores": []}, {"scores": [other_version]})
    for intake in intakes:
        text = printed(report(referral(intake=intake, attempts=attempts), SETTING)).text
        assert "Progress PHQ-9 5, mild (November 20, 2026)." in text.replace("• ", "").replace("•", "")
        assert "at referral" not in text


def test_an_acknowledged_report_says_when() -> None:
    attempts = deepcopy(REFERRAL["attempts"])
    attempts["edges"][0]["node"]["reports"].pop()
    text = printed(report(referral(attempts=attempts), SETTING)).text
    assert "Interim report, version 1" in text
    assert "Acknowledged September 29, 2026, 11:00 am Pacific." in text


def test_a_therapist_whose_part_has_ended_sees_initials_alone() -> None:
    patient = {**UNKNOWN_PATIENT, "initials": PATIENT["initials"]}
    text = printed(report(referral(patient=patient), SETTING)).text
    assert "About: a patient, J. M., age 30-39, area 985" in text
    assert "Merrow" not in text


def test_without_a_report_there_is_no_paper() -> None:
    assert report(referral(attempts={"edges": []}), SETTING) is None
