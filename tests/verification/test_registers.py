"""The exclusion list in the decision."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.verification.people import DAY, MS, NOW, NPI, edition, person, row
from verification.evidence import Facts, MatchVerdict, PairDecision
from verification.policy import US_POLICY
from verification.registers import rows_in_force, undecided
from verification.standing import Check, Outcome, standing

BORN = date(1980, 2, 29)


def exclusion(facts: Facts, place: str = "CA", at: datetime = NOW, known_at: datetime = NOW) -> Check:
    checks = standing(facts, place, at, max(known_at, at) if known_at == NOW else known_at, US_POLICY).checks
    return next(check for check in checks if check.code == "exclusion")


def test_the_latest_edition_must_be_fetched_within_31_days() -> None:
    fetched = NOW - 3 * DAY
    limit = fetched + timedelta(days=31)
    assert exclusion(person(), at=limit).outcome is Outcome.PASSED
    assert exclusion(person()).good_until == limit + MS
    stale = exclusion(person(), at=limit + MS)
    assert (stale.outcome, stale.reason_code) == (Outcome.UNKNOWN, "EXCLUSION_STALE")


def test_fetched_again_is_fresh_again_and_an_older_edition_is_not() -> None:
    old = edition(fetched=NOW - 40 * DAY)
    assert exclusion(person(exclusion_editions=(old,))).outcome is Outcome.UNKNOWN
    again = edition(fetched=NOW - DAY)
    assert exclusion(person(exclusion_editions=(again, old))).outcome is Outcome.PASSED
    older = edition("2026-10", fetched=NOW - DAY)
    assert exclusion(person(exclusion_editions=(old, older))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("found", "outcome", "reason"),
    [
        (row(npi=NPI), Outcome.FAILED, "EXCLUSION_MATCH"),
        (row(npi=NPI, family_name="OTHER", decided=MatchVerdict.DIFFERENT), Outcome.FAILED, "EXCLUSION_MATCH"),
        (row(birth_date=BORN), Outcome.UNKNOWN, "EXCLUSION_PROBABLE"),
        (row(birth_date=BORN, npi="2999999990"), Outcome.UNKNOWN, "EXCLUSION_PROBABLE"),
        (row(), Outcome.UNKNOWN, "EXCLUSION_POSSIBLE"),
        (row(npi="2999999990"), Outcome.PASSED, "EXCLUSION_CLEAR"),
        (row(birth_date=date(1970, 1, 1)), Outcome.PASSED, "EXCLUSION_CLEAR"),
        (row(given_name="D"), Outcome.PASSED, "EXCLUSION_CLEAR"),
        (row(birth_date=BORN, decided=MatchVerdict.SAME), Outcome.FAILED, "EXCLUSION_MATCH"),
        (row(birth_date=BORN, decided=MatchVerdict.DIFFERENT), Outcome.PASSED, "EXCLUSION_CLEAR"),
    ],
)
def test_row(found: object, outcome: Outcome, reason: str) -> None:
    check = exclusion(person(exclusions=(found,)))
    assert (check.outcome, check.reason_code) == (outcome, reason)


def test_a_waiver_lifts_it_in_its_own_state_only_and_shows() -> None:
    waived = person(exclusions=(row(npi=NPI, waiver_state="CA", waiver_date=date(2026, 12, 1)),))
    start = datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert exclusion(waived).outcome is Outcome.FAILED
    assert exclusion(waived).good_until == start
    assert exclusion(waived, at=start).outcome is Outcome.NOTICE
    assert exclusion(waived, "NV", at=start).outcome is Outcome.FAILED


def test_an_exclusion_begins_on_its_day() -> None:
    coming = person(exclusions=(row(npi=NPI, excluded_on=date(2026, 12, 1)),))
    assert exclusion(coming).outcome is Outcome.PASSED
    assert exclusion(coming).good_until == datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_a_match_of_a_stale_edition_is_still_a_match() -> None:
    facts = person(exclusions=(row(npi=NPI),), exclusion_editions=(edition(fetched=NOW - 90 * DAY),))
    assert exclusion(facts).outcome is Outcome.FAILED


def test_the_worst_row_counts() -> None:
    facts = person(exclusions=(row(), row(npi=NPI), row(family_name="SMITH")))
    assert exclusion(facts).outcome is Outcome.FAILED


def test_what_was_known_then() -> None:
    october, november = edition("2026-10", NOW - 30 * DAY), edition("2026-11", NOW - 2 * DAY)
    new_row = row(npi=NPI, first_edition="2026-11")
    gone_row = row(birth_date=BORN, last_edition="2026-10")
    facts = person(exclusion_editions=(october, november), exclusions=(new_row, gone_row))
    assert exclusion(facts, known_at=NOW).reason_code == "EXCLUSION_MATCH"
    assert exclusion(facts, known_at=NOW - 3 * DAY).reason_code == "EXCLUSION_PROBABLE"
    assert exclusion(facts, known_at=NOW - 31 * DAY).reason_code == "EXCLUSION_NO_EDITION"


def test_a_decision_counts_from_when_it_was_made() -> None:
    decided = row(birth_date=BORN, decided=MatchVerdict.DIFFERENT, decided_at=NOW - DAY, decision_evidence="decision-1")
    assert exclusion(person(exclusions=(decided,))).outcome is Outcome.PASSED
    assert exclusion(person(exclusions=(decided,)), known_at=NOW - 2 * DAY).outcome is Outcome.UNKNOWN
    same = row(birth_date=BORN, decided=MatchVerdict.SAME, decided_at=NOW - DAY, decision_evidence="decision-1")
    assert "decision-1" in exclusion(person(exclusions=(same,))).evidence


def test_what_a_person_has_yet_to_decide() -> None:
    open_row, gone = row(id="b"), row(id="a", last_edition="2026-10")
    decided, same_npi, stranger = row(id="c", decided=MatchVerdict.SAME), row(id="d", npi=NPI), row(id="e", suffix="JR")
    facts = person(suffix="Sr", exclusions=(stranger, same_npi, open_row, decided, gone, open_row))
    assert undecided(facts, NOW) == (open_row,)
    assert [found.id for found in rows_in_force(facts, NOW)] == ["b", "c", "d", "e"]
    assert undecided(person(exclusions=(open_row,), exclusion_editions=()), NOW) == ()


def test_a_later_decision_does_not_change_what_was_known_before_it() -> None:
    first = PairDecision(MatchVerdict.DIFFERENT, NOW - 5 * DAY, "decision-1")
    decided = row(decided=MatchVerdict.SAME, decided_at=NOW - 2 * DAY, decision_evidence="decision-2", earlier=(first,))
    at = NOW - 6 * DAY
    facts = person(exclusions=(decided,), exclusion_editions=(edition(fetched=NOW - 9 * DAY),))
    found = [exclusion(facts, at=at, known_at=known_at) for known_at in (NOW - 6 * DAY, NOW - 3 * DAY, NOW)]
    assert [check.outcome for check in found] == [Outcome.UNKNOWN, Outcome.PASSED, Outcome.FAILED]
    assert "decision-2" in found[2].evidence
