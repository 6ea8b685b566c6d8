"""The decision, rule by rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.verification.people import DAY, MS, NOW, certificate, held, licence, membership, observed, person
from verification.credentials import CredentialStatus
from verification.evidence import Facts, HeldCredential, Review, SourceType
from verification.policies import SHIPPED_POLICIES
from verification.policy import CHECKS, US_POLICY, policy_from
from verification.standing import Check, Outcome, Standing, Verdict, standing, standing_in_force
from verification.tables import table

S = CredentialStatus
LIMIT = timedelta(days=30)


def decide(facts: Facts, place: str = "CA", at: datetime = NOW, known_at: datetime | None = None) -> Standing:
    return standing(facts, place, at, known_at or max(at, NOW), US_POLICY)


def check(decided: Standing, code: str) -> Check:
    return next(found for found in decided.checks if found.code == code)


def with_licence(*observations: Any, **changes: Any) -> Facts:
    return person(licence(*observations), certificate(), membership(), **changes)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_somebody_in_good_standing() -> None:
    decided = decide(person())
    assert decided.verdict is Verdict.REFERABLE
    assert decided.referable
    assert [found.code for found in decided.checks] == list(CHECKS)
    assert (decided.policy_id, decided.policy_version) == ("us", "1")
    assert decided.good_until == NOW + 28 * DAY + MS, "the licence, answered two days ago, is the first to go stale"
    assert check(decided, "licence").reason == "LMFT licence 12345, active, confirmed by CA-BBS on 2026-11-23."
    assert len(decided.evidence) == 4


def test_a_known_failure_outweighs_an_unknown_and_that_a_notice() -> None:
    suspended = observed(S.SUSPENDED)
    assert decide(person(licence(suspended))).verdict is Verdict.NOT_REFERABLE, (
        "although nothing is known of a certificate"
    )
    assert decide(person(licence(observed(S.ACTIVE_WITH_NOTICE)))).verdict is Verdict.UNKNOWN
    assert decide(with_licence(observed(S.ACTIVE_WITH_NOTICE))).verdict is Verdict.REFERABLE_WITH_NOTICE


@pytest.mark.parametrize(
    ("facts", "code", "reason"),
    [
        (person(certificate(), membership()), "licence", "LICENCE_NO_STATEMENT"),
        (person(licence(place="TX", body="TX-MFT"), certificate(), membership()), "licence", "LICENCE_NO_STATEMENT"),
        (person(licence(), membership()), "certificate", "CERTIFICATE_NO_STATEMENT"),
        (person(licence(), certificate(kind="CSC"), membership()), "certificate", "CERTIFICATE_NO_STATEMENT"),
        (person(licence(), certificate()), "membership", "MEMBERSHIP_NO_STATEMENT"),
        (person(held("LMFT", "CA-BBS", "CA"), certificate(), membership()), "licence", "LICENCE_NO_STATEMENT"),
        (person(exclusion_editions=()), "exclusion", "EXCLUSION_NO_EDITION"),
    ],
)
def test_no_statement_at_all_is_unknown(facts: Facts, code: str, reason: str) -> None:
    decided = decide(facts)
    assert decided.verdict is Verdict.UNKNOWN
    assert (check(decided, code).outcome, check(decided, code).reason_code) == (Outcome.UNKNOWN, reason)
    assert check(decided, code).remedy
    assert decided.good_until is None, "nothing that is known could ever change it"


def test_a_confirmed_absence_is_a_failure() -> None:
    decided = decide(with_licence(observed(S.CANCELLED, word="no such licence")))
    assert decided.verdict is Verdict.NOT_REFERABLE
    assert "no such licence" in check(decided, "licence").reason


@pytest.mark.parametrize("status", [s for s in S if s not in {S.ACTIVE, S.ACTIVE_WITH_NOTICE, S.UNKNOWN}])
def test_every_no_of_the_board_is_a_failure(status: CredentialStatus) -> None:
    decided = decide(with_licence(observed(status)))
    assert decided.verdict is Verdict.NOT_REFERABLE
    assert check(decided, "licence").reason_code == f"LICENCE_{status}"
    assert check(decided, "licence").remedy


def test_a_word_nobody_mapped_is_unknown_and_quoted() -> None:
    decided = decide(with_licence(observed(S.UNKNOWN, word="sleeping")))
    assert decided.verdict is Verdict.UNKNOWN
    assert "“sleeping”" in check(decided, "licence").reason


def test_a_licence_that_is_not_independent() -> None:
    decided = decide(person(licence(kind="AMFT"), certificate(), membership()))
    assert decided.verdict is Verdict.NOT_REFERABLE
    assert check(decided, "licence").reason_code == "LICENCE_NOT_INDEPENDENT"
    former = licence(observed(S.LAPSED), kind="AMFT")
    assert decide(person(former, certificate(), membership())).verdict is Verdict.UNKNOWN
    assert decide(person(former, licence(), certificate(), membership())).verdict is Verdict.REFERABLE


# --- Freshness ---


@pytest.mark.parametrize("make", [licence, certificate, membership])
def test_exactly_the_limit_is_fresh_and_a_millisecond_more_is_stale(make: Any) -> None:
    answered = NOW - DAY / 2
    body = "CA-BBS" if make is licence else "AASECT"
    late = [
        make(observed(source=body, answered=answered)) if one is make else one()
        for one in (licence, certificate, membership)
    ]
    facts = person(*late, exclusion_editions=())
    code = make.__name__
    limit = answered + LIMIT
    assert check(decide(facts, at=limit), code).outcome is Outcome.PASSED
    assert check(decide(facts, at=limit), code).good_until == limit + MS
    stale = check(decide(facts, at=limit + MS), code)
    assert stale.outcome is Outcome.UNKNOWN
    assert stale.reason_code.endswith("_STALE")


def test_the_newest_answer_that_carries_the_yes_counts() -> None:
    old = observed(on=date(2024, 5, 1), answered=NOW - 40 * DAY)
    again = observed(on=date(2015, 1, 1), answered=NOW - 1 * DAY)
    assert decide(with_licence(old)).verdict is Verdict.UNKNOWN
    assert decide(with_licence(old, again)).verdict is Verdict.REFERABLE
    other = observed(on=date(2024, 5, 1), answered=NOW - 1 * DAY, source="NURSYS", source_type=SourceType.EQUIVALENT)
    assert decide(with_licence(old, other)).verdict is Verdict.UNKNOWN, "only the board's own answer refreshes"


def test_a_stale_failure_stays_a_failure() -> None:
    assert decide(with_licence(observed(S.REVOKED, answered=NOW - 400 * DAY))).verdict is Verdict.NOT_REFERABLE


def test_a_record_counts_from_the_moment_it_was_made() -> None:
    facts = with_licence(observed(recorded_at=NOW + MS))
    assert decide(facts, known_at=NOW).verdict is Verdict.UNKNOWN
    assert decide(facts, known_at=NOW + MS).verdict is Verdict.REFERABLE


def test_a_policy_may_set_a_limit_for_one_kind() -> None:
    weekly = policy_from(table("policies/us-1") | {"freshness_by_kind": {"CST": 1}})
    decided = standing(person(), "CA", NOW, NOW, weekly)
    assert check(decided, "certificate").reason_code == "CERTIFICATE_STALE"


# --- What is newer in the world ---


def test_a_later_effective_date_clears_a_suspension() -> None:
    suspended = observed(S.SUSPENDED, date(2026, 6, 1), answered=NOW - 5 * DAY)
    assert decide(with_licence(suspended)).verdict is Verdict.NOT_REFERABLE
    restored = observed(S.ACTIVE, date(2026, 7, 1), answered=NOW - 6 * DAY)
    assert decide(with_licence(suspended, restored)).verdict is Verdict.REFERABLE, "whichever arrived first"


def test_an_older_statement_that_arrives_late_overwrites_nothing() -> None:
    suspended = observed(S.SUSPENDED, date(2026, 6, 1), answered=NOW - 5 * DAY)
    stale_feed = observed(S.ACTIVE, date(2024, 5, 1), answered=NOW - 1 * DAY)
    assert decide(with_licence(suspended, stale_feed)).verdict is Verdict.NOT_REFERABLE
    active = observed(S.ACTIVE, date(2026, 6, 1), answered=NOW - 5 * DAY)
    old_trouble = observed(S.SUSPENDED, date(2020, 1, 1), answered=NOW - 1 * DAY)
    assert decide(with_licence(active, old_trouble)).verdict is Verdict.REFERABLE


def test_a_correction_of_the_same_day() -> None:
    day = date(2026, 6, 1)
    suspended = observed(S.SUSPENDED, day, answered=NOW - 5 * DAY)
    corrected = observed(S.ACTIVE, day, answered=NOW - 4 * DAY)
    assert decide(with_licence(suspended, corrected)).verdict is Verdict.REFERABLE
    before = observed(S.ACTIVE, day, answered=NOW - 6 * DAY)
    assert decide(with_licence(suspended, before)).verdict is Verdict.NOT_REFERABLE
    same_answer = observed(S.ACTIVE, day, answered=NOW - 5 * DAY)
    assert decide(with_licence(suspended, same_answer)).verdict is Verdict.NOT_REFERABLE


def test_different_sources_of_one_day_that_contradict_each_other() -> None:
    day = date(2026, 6, 1)
    board = observed(S.ACTIVE, day)
    other = observed(S.SUSPENDED, day, source="NURSYS", source_type=SourceType.EQUIVALENT)
    decided = decide(with_licence(board, other))
    assert decided.verdict is Verdict.UNKNOWN
    assert check(decided, "licence").reason_code == "LICENCE_CONFLICT"
    assert set(check(decided, "licence").evidence) == {board.evidence, other.evidence}, "both are shown"


def test_a_no_from_any_credible_source_wins_until_the_board_clears_it() -> None:
    board = observed(S.ACTIVE, date(2026, 6, 1))
    other = observed(S.REVOKED, date(2026, 7, 1), source="NURSYS", source_type=SourceType.AGGREGATOR)
    assert decide(with_licence(board, other)).verdict is Verdict.NOT_REFERABLE
    own_yes = observed(S.ACTIVE, date(2026, 8, 1), source="NURSYS", source_type=SourceType.AGGREGATOR)
    assert decide(with_licence(board, other, own_yes)).verdict is Verdict.NOT_REFERABLE, "only the board can clear it"
    cleared = observed(S.ACTIVE, date(2026, 8, 1))
    assert decide(with_licence(board, other, cleared)).verdict is Verdict.REFERABLE


def test_without_a_status_date_the_day_of_the_answer_counts_in_the_source_s_zone() -> None:
    # Answered at 06:00 UTC on the 2nd, which is the evening of the 1st in California.
    suspended = observed(S.SUSPENDED, None, answered=utc("2026-11-02T06:00"))
    later = observed(S.ACTIVE, date(2026, 11, 2), answered=utc("2026-11-02T06:00"))
    assert decide(with_licence(suspended, later)).verdict is Verdict.REFERABLE
    assert (
        decide(with_licence(observed(S.ACTIVE, None, answered=NOW)), at=utc("2026-11-25T07:59")).verdict
        is Verdict.UNKNOWN
    )
    assert (
        decide(with_licence(observed(S.ACTIVE, None, answered=NOW)), at=utc("2026-11-25T08:00")).verdict
        is Verdict.REFERABLE
    )


def test_missing_from_a_complete_roster_is_unknown() -> None:
    active = observed(S.ACTIVE, date(2024, 5, 1), answered=NOW - 3 * DAY)
    missing = observed(S.UNKNOWN, None, answered=NOW - 2 * DAY, word="not in roster")
    decided = decide(with_licence(active, missing))
    assert decided.verdict is Verdict.UNKNOWN
    assert check(decided, "licence").reason_code == "LICENCE_UNREADABLE"


# --- Dates ---


@pytest.mark.parametrize(
    ("place", "kind", "body", "end"),
    [
        ("CA", "LMFT", "CA-BBS", "2026-12-01T08:00"),
        ("NY", "LMFT", "NY-MFT", "2026-12-01T05:00"),
        ("AZ", "LMFT", "AZ-MFT", "2026-12-01T07:00"),
        ("HI", "LMFT", "HI-MFT", "2026-12-01T10:00"),
        ("GB", "HCPC-PSYCHOLOGIST", "HCPC", "2026-12-01T00:00"),
    ],
)
def test_a_printed_expiry_lasts_through_its_day_where_the_board_sits(
    place: str, kind: str, body: str, end: str
) -> None:
    said = observed(source=body, expires=date(2026, 11, 30), answered=NOW)
    facts = person(licence(said, kind=kind, place=place, body=body), certificate(), membership())
    decided = decide(facts, place)
    assert decided.good_until == utc(end)
    assert decide(facts, place, utc(end) - MS).verdict is Verdict.REFERABLE
    assert decide(facts, place, utc(end)).verdict is Verdict.NOT_REFERABLE
    assert check(decide(facts, place, utc(end)), "licence").reason_code == "LICENCE_EXPIRED"


def test_compactconnect_keeps_its_own_day() -> None:
    seen = observed(S.SUSPENDED, date(2026, 11, 30), source="COMPACTCONNECT", source_type=SourceType.AGGREGATOR)
    facts = with_licence(observed(), seen)
    assert decide(facts).good_until == utc("2026-11-30T04:00")


def test_a_boards_word_by_way_of_compactconnect_ends_by_that_systems_day() -> None:
    """Through the printed date, ending with the next day's first second at UTC-4, wherever the board sits."""
    said = observed(source="AZ-COU", expires=date(2026, 11, 30), answered=NOW, method="compact")
    facts = person(licence(said, kind="LPC", place="AZ", body="AZ-COU"), certificate(), membership())
    assert decide(facts, "AZ").good_until == utc("2026-12-01T04:00")
    assert decide(facts, "AZ", utc("2026-12-01T04:00")).verdict is Verdict.NOT_REFERABLE


def test_a_status_holds_from_the_start_of_its_day() -> None:
    coming = observed(S.SUSPENDED, date(2026, 12, 1))
    decided = decide(with_licence(observed(), coming))
    assert decided.verdict is Verdict.REFERABLE
    assert decided.good_until == utc("2026-12-01T08:00")


def test_nothing_dated_in_the_future_proves_the_present() -> None:
    decided = decide(with_licence(observed(issued=date(2026, 12, 1), on=None)))
    assert decided.verdict is Verdict.UNKNOWN
    assert decided.good_until == utc("2026-12-01T08:00")
    assert check(decided, "licence").reason_code == "LICENCE_NOT_YET"


def test_discipline_ends_at_the_start_of_the_day_it_was_lifted() -> None:
    said = observed(discipline="probation", discipline_date=date(2026, 1, 10), discipline_lifted=date(2026, 12, 1))
    decided = decide(with_licence(said))
    assert decided.verdict is Verdict.NOT_REFERABLE
    assert check(decided, "licence").reason_code == "LICENCE_RESTRICTED"
    assert decided.good_until == utc("2026-12-01T08:00")
    assert decide(with_licence(said), at=utc("2026-12-01T08:00")).verdict is Verdict.REFERABLE


def test_discipline_begins_on_its_day_and_a_later_status_clears_it() -> None:
    said = observed(discipline="suspension", discipline_date=date(2026, 12, 1))
    assert decide(with_licence(said)).good_until == utc("2026-12-01T08:00")
    put_right = observed(S.ACTIVE, date(2026, 12, 5), answered=NOW)
    assert decide(with_licence(said, put_right), at=utc("2026-12-04T08:00")).verdict is Verdict.NOT_REFERABLE
    assert decide(with_licence(said, put_right), at=utc("2026-12-06T08:00")).verdict is Verdict.REFERABLE


def test_an_answer_that_lifts_an_earlier_action() -> None:
    day = date(2026, 1, 10)
    first = observed(discipline="Probation", discipline_date=day, answered=NOW - 9 * DAY)
    lifted = observed(discipline="probation", discipline_date=day, discipline_lifted=date(2026, 11, 1))
    assert decide(with_licence(first)).verdict is Verdict.NOT_REFERABLE
    assert decide(with_licence(first, lifted)).verdict is Verdict.REFERABLE
    assert decide(with_licence(lifted, replace(first, answered_at=NOW))).verdict is Verdict.NOT_REFERABLE, "taken back"


def test_a_feed_that_leaves_the_action_out_does_not_clear_it() -> None:
    acted = observed(discipline="suspension", discipline_date=date(2026, 6, 1), answered=NOW - 5 * DAY)
    silent = observed(answered=NOW - 1 * DAY)
    assert decide(with_licence(acted, silent)).verdict is Verdict.NOT_REFERABLE


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("fine", Verdict.REFERABLE_WITH_NOTICE),
        ("completion of continuing education", Verdict.REFERABLE_WITH_NOTICE),
        ("required supervision", Verdict.NOT_REFERABLE),
        ("other monitoring", Verdict.NOT_REFERABLE),
        ("revocation", Verdict.NOT_REFERABLE),
        ("other adjudicated action", Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
    ],
)
def test_encumbrance(kind: str | None, verdict: Verdict) -> None:
    said = observed(discipline=kind, discipline_date=date(2026, 1, 10))
    assert decide(with_licence(said)).verdict is verdict


def test_a_date_to_verify_again_by() -> None:
    said = observed(reverify_by=date(2026, 11, 30))
    decided = decide(with_licence(said))
    assert decided.good_until == utc("2026-12-01T08:00")
    assert check(decide(with_licence(said), at=utc("2026-12-01T08:00")), "licence").reason_code == "LICENCE_REVERIFY"


def test_leap_day() -> None:
    said = observed(expires=date(2028, 2, 29), answered=utc("2028-02-20T00:00"))
    facts = with_licence(said)
    assert check(decide(facts, at=utc("2028-03-01T07:59")), "licence").outcome is Outcome.PASSED
    assert check(decide(facts, at=utc("2028-03-01T08:00")), "licence").outcome is Outcome.FAILED


# --- Membership ---


def test_membership_printed_to_the_end_of_the_year_lasts_to_april() -> None:
    answered = utc("2027-03-20T12:00")
    member = membership(observed(source="AASECT", expires=date(2026, 12, 31), answered=answered))
    facts = person(
        licence(observed(answered=answered)), certificate(observed(source="AASECT", answered=answered)), member
    )
    start_of_april = utc("2027-04-01T04:00")
    assert check(decide(facts, at=start_of_april - MS), "membership").outcome is Outcome.PASSED
    assert check(decide(facts, at=start_of_april), "membership").reason_code == "MEMBERSHIP_EXPIRED"
    other_end = membership(observed(source="AASECT", expires=date(2027, 3, 21), answered=answered))
    shorter = person(licence(), certificate(), other_end)
    assert check(decide(shorter, at=utc("2027-03-22T04:00")), "membership").outcome is Outcome.FAILED


def test_a_certificate_is_as_good_as_the_membership_it_needs() -> None:
    ended = membership(observed(S.LAPSED, source="AASECT", word="membership inactive"))
    decided = decide(person(licence(), certificate(), ended))
    assert decided.verdict is Verdict.NOT_REFERABLE
    assert check(decided, "certificate").outcome is Outcome.PASSED
    assert check(decided, "membership").outcome is Outcome.FAILED, "the leg that failed is shown"


def test_another_certificate_does_as_well() -> None:
    british = certificate(observed(source="COSRT"), kind="COSRT-ACCREDITED", body="COSRT")
    decided = decide(person(licence(), british))
    assert decided.verdict is Verdict.REFERABLE
    assert check(decided, "membership").reason_code == "MEMBERSHIP_INCLUDED"
    ended = held("COSRT-MEMBER", "COSRT", "GB", observed(S.LAPSED, source="COSRT"))
    assert check(decide(person(licence(), british, ended)), "membership").outcome is Outcome.FAILED
    european = certificate(observed(source="EFS-ESSM"), kind="ECPS", body="EFS-ESSM")
    assert check(decide(person(licence(), european)), "membership").reason_code == "MEMBERSHIP_NOT_NEEDED"
    revoked = certificate(observed(S.REVOKED, source="AASECT"))
    assert decide(person(licence(), revoked, membership(), british)).verdict is Verdict.REFERABLE
    supervisor = certificate(kind="CST-S")
    assert decide(person(licence(), supervisor, membership())).verdict is Verdict.UNKNOWN


# --- The United Kingdom ---


def london(*credentials: HeldCredential, at: datetime = NOW) -> Standing:
    return standing_in_force(person(*credentials, npi=None), "GB", at, max(at, NOW), SHIPPED_POLICIES)


def accredited(*observations: Any) -> HeldCredential:
    said = observations or (observed(source="COSRT"),)
    return certificate(*said, kind="COSRT-ACCREDITED", body="COSRT", place="GB")


def test_an_accreditation_is_enough_in_the_united_kingdom_and_nowhere_else() -> None:
    decided = london(accredited())
    assert (decided.verdict, decided.policy_id) == (Verdict.REFERABLE, "gb")
    found = {one.code: one.outcome for one in decided.checks}
    assert set(found) == set(CHECKS)
    skipped = {"npi", "licence", "exclusion", "title", "compact", "licence-elsewhere", "membership"}
    assert {code for code, outcome in found.items() if outcome is Outcome.SKIPPED} == skipped
    assert "NPI is given to practitioners in the United States only" in check(decided, "npi").reason
    assert decide(person(accredited(), npi=None), "CA").verdict is Verdict.UNKNOWN


def test_what_is_enough_in_california_is_not_in_the_united_kingdom() -> None:
    assert decide(person()).verdict is Verdict.REFERABLE
    assert london(licence(), certificate(), membership()).verdict is Verdict.UNKNOWN


def test_whoever_was_struck_off_is_looked_at_first() -> None:
    struck = held("HCPC-PSYCHOLOGIST", "HCPC", "GB", observed(S.REVOKED, source="HCPC"))
    assert london(accredited(), struck).verdict is Verdict.UNKNOWN
    assert london(accredited(), texan(observed(S.SUSPENDED, source="TX-MFT"))).verdict is Verdict.UNKNOWN


def test_an_accreditation_ends_at_midnight_in_london() -> None:
    until = datetime(2026, 11, 26, tzinfo=UTC)
    ending = accredited(observed(source="COSRT", expires=date(2026, 11, 25)))
    assert london(ending).good_until == until
    assert london(ending, at=until).verdict is Verdict.NOT_REFERABLE


# --- Elsewhere ---


def texan(*observations: Any, **changes: Any) -> HeldCredential:
    return replace(licence(*observations, place="TX", body="TX-MFT"), **changes)


def with_texan(*observations: Any, **changes: Any) -> Facts:
    return person(licence(), certificate(), membership(), texan(*observations, **changes))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (S.SUSPENDED, Verdict.UNKNOWN),
        (S.REVOKED, Verdict.UNKNOWN),
        (S.SURRENDERED, Verdict.UNKNOWN),
        (S.RESTRICTED, Verdict.REFERABLE_WITH_NOTICE),
        (S.ACTIVE_WITH_NOTICE, Verdict.REFERABLE_WITH_NOTICE),
        (S.LAPSED, Verdict.REFERABLE),
        (S.UNKNOWN, Verdict.REFERABLE),
        (S.PENDING, Verdict.REFERABLE),
        (S.ACTIVE, Verdict.REFERABLE),
    ],
)
def test_a_licence_elsewhere(status: CredentialStatus, verdict: Verdict) -> None:
    assert decide(with_texan(observed(status, source="TX-MFT"))).verdict is verdict


def test_discipline_elsewhere_needs_a_review_newer_than_it() -> None:
    bad = observed(S.SUSPENDED, date(2020, 1, 1), source="TX-MFT", answered=NOW - 5 * DAY)
    review = Review("review-1", "", "An old matter, settled.", NOW - 4 * DAY, "evidence-of-review")
    decided = decide(with_texan(bad, reviews=(review,)))
    assert decided.verdict is Verdict.REFERABLE_WITH_NOTICE
    found = check(decided, "licence-elsewhere")
    assert "An old matter, settled." in found.reason
    assert "evidence-of-review" in found.evidence
    early = replace(review, recorded_at=NOW - 5 * DAY)
    assert decide(with_texan(bad, reviews=(early,))).verdict is Verdict.UNKNOWN
    assert decide(with_texan(bad, reviews=(review,)), known_at=NOW - 4 * DAY - MS).verdict is Verdict.UNKNOWN


def test_a_roster_that_repeats_what_was_reviewed_changes_nothing() -> None:
    bad = observed(S.SUSPENDED, date(2020, 1, 1), source="TX-MFT", answered=NOW - 5 * DAY)
    again = observed(S.SUSPENDED, date(2020, 1, 1), source="TX-MFT", answered=NOW - 1 * DAY)
    new = observed(S.SUSPENDED, date(2026, 11, 23), source="TX-MFT", answered=NOW - 1 * DAY)
    review = Review("review-1", "", "Settled.", NOW - 4 * DAY, "evidence-of-review")
    assert decide(with_texan(bad, again, reviews=(review,))).verdict is Verdict.REFERABLE_WITH_NOTICE
    assert decide(with_texan(bad, new, reviews=(review,))).verdict is Verdict.UNKNOWN


def test_another_licence_in_the_same_place_is_no_better() -> None:
    other = licence(observed(S.REVOKED), kind="LPCC")
    assert decide(person(licence(), other, certificate(), membership())).verdict is Verdict.UNKNOWN


# --- Identifier, title, authority ---


def test_a_deactivated_npi() -> None:
    gone = person(npi_deactivated=date(2026, 12, 1))
    assert decide(gone).good_until == utc("2026-12-01T05:00")
    assert decide(gone, at=utc("2026-12-01T05:00")).verdict is Verdict.NOT_REFERABLE
    back = replace(gone, npi_reactivated=date(2026, 12, 10))
    assert decide(back, at=utc("2026-12-10T04:59")).verdict is Verdict.NOT_REFERABLE
    assert check(decide(back, at=utc("2026-12-10T05:00")), "npi").outcome is Outcome.PASSED
    long_ago = replace(gone, npi_reactivated=date(2020, 1, 1))
    assert decide(long_ago, at=utc("2026-12-02T00:00")).verdict is Verdict.NOT_REFERABLE
    unheard = replace(gone, npi_recorded_at=NOW + MS)
    assert check(decide(unheard, at=utc("2026-12-02T00:00"), known_at=NOW), "npi").outcome is Outcome.PASSED


def test_the_age_of_the_nppes_record_is_told_and_changes_nothing() -> None:
    fresh, old = (person(npi_recorded_at=NOW - days * DAY, npi_evidence="nppes") for days in (10, 11))
    assert "last read" not in check(decide(fresh), "npi").reason
    assert "last read on 2026-11-14" in check(decide(old), "npi").reason
    assert decide(old).verdict is decide(fresh).verdict is Verdict.REFERABLE
    assert decide(old).good_until == decide(fresh).good_until
    assert check(decide(old), "npi").evidence == ("nppes",)


def test_no_npi_and_a_wrong_one() -> None:
    assert check(decide(person(npi=None)), "npi").outcome is Outcome.SKIPPED
    assert decide(person(npi=None)).verdict is Verdict.REFERABLE
    assert decide(person(npi="2000000011")).verdict is Verdict.NOT_REFERABLE


def floridian(*more: HeldCredential, kind: str = "LMFT", body: str = "FL-MFT") -> Facts:
    return person(licence(kind=kind, place="FL", body=body), certificate(), membership(), *more)


def qualified(status: CredentialStatus = S.ACTIVE) -> HeldCredential:
    return held("FL-SEX-THERAPIST", "FL-MFT", "FL", observed(status, source="FL-MFT"))


def test_the_title_in_florida_is_a_notice_and_never_blocks() -> None:
    assert decide(floridian(), "FL").verdict is Verdict.REFERABLE_WITH_NOTICE
    assert "64B4-7.004" in check(decide(floridian(), "FL"), "title").reason
    assert decide(floridian(qualified()), "FL").verdict is Verdict.REFERABLE
    assert decide(floridian(qualified(S.REVOKED)), "FL").verdict is Verdict.REFERABLE_WITH_NOTICE
    assert decide(floridian(kind="PSYCHOLOGIST", body="FL-PSY"), "FL").verdict is Verdict.REFERABLE
    assert check(decide(person()), "title").outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("CA-PSY", SourceType.PRIMARY),
        ("AASECT", SourceType.PRIMARY),
        ("TX-MFT", SourceType.EQUIVALENT),
        ("SOMEBODY", SourceType.PRIMARY),
        ("CA-BBS", SourceType.SELF),
    ],
)
def test_who_may_not_speak_counts_for_nothing(source: str, kind: SourceType) -> None:
    yes = observed(source=source, source_type=kind)
    assert check(decide(with_licence(yes)), "licence").reason_code == "LICENCE_NO_STATEMENT"
    no = observed(S.REVOKED, date(2026, 11, 1), source=source, source_type=kind)
    assert decide(with_licence(observed(), no)).verdict is Verdict.REFERABLE


def test_a_source_that_is_not_the_board_cannot_confirm() -> None:
    seen = observed(source="NURSYS", source_type=SourceType.EQUIVALENT)
    assert check(decide(with_licence(seen)), "licence").reason_code == "LICENCE_NOT_PRIMARY"


def test_hearsay_never_betters_a_known_failure() -> None:
    heard = licence(observed(source="NURSYS", source_type=SourceType.AGGREGATOR), kind="LPCC")
    suspended = licence(observed(S.SUSPENDED))
    assert decide(person(suspended, heard, certificate(), membership())).verdict is Verdict.NOT_REFERABLE


# --- The report ---


def test_a_rule_that_is_switched_off_is_skipped_with_its_reason() -> None:
    data = table("policies/us-1")
    data["rules"] = [rule | {"on": rule["code"] != "membership"} for rule in data["rules"]]
    decided = standing(person(licence(), certificate()), "CA", NOW, NOW, policy_from(data))
    assert decided.verdict is Verdict.REFERABLE
    assert check(decided, "membership").reason == "The policy in force does not ask for this."


def test_an_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        standing(person(), "CA", datetime(2026, 11, 25), NOW, US_POLICY)  # noqa: DTZ001 - naive on purpose


def test_an_unknown_kind_counts_for_nothing() -> None:
    assert (
        decide(person(licence(), certificate(), membership(), held("WIZARD", "X", "CA", observed()))).verdict
        == "REFERABLE"
    )


def test_good_until_is_the_first_instant_that_differs() -> None:
    facts = with_licence(observed(expires=date(2026, 12, 10)))
    assert decide(facts).good_until == utc("2026-12-11T08:00")
    for instant in (NOW, utc("2026-12-11T07:59")):
        assert decide(facts, at=instant).good_until == utc("2026-12-11T08:00")
    lapsed = decide(facts, at=utc("2026-12-11T08:00"))
    assert lapsed.verdict is Verdict.NOT_REFERABLE
    assert lapsed.good_until is None
