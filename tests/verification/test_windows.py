"""Windows of referral and what is shown of single credentials."""

from dataclasses import replace
from datetime import UTC, date, datetime

from tests.verification.people import DAY, MS, NOW, certificate, held, licence, membership, observed, person
from verification.credentials import CredentialStatus
from verification.policies import SHIPPED_POLICIES
from verification.standing import jurisdictions, outlook, projection, windows

S = CredentialStatus


def test_one_open_window_and_what_it_rests_on() -> None:
    (window,) = windows(person(), "CA", NOW, SHIPPED_POLICIES)
    assert (window.start, window.until, window.notice) == (NOW, NOW + 28 * DAY + MS, False)
    assert window.because[0] == "LMFT licence 12345, active, confirmed by CA-BBS on 2026-11-23"
    assert window.because[1].startswith("CST certificate 12345, active, confirmed by AASECT")
    assert windows(person(), "NY", NOW, SHIPPED_POLICIES) == ()


def test_a_window_that_is_already_known_to_come() -> None:
    coming = licence(observed(S.PENDING), observed(S.ACTIVE, date(2026, 12, 1)))
    (window,) = windows(person(coming, certificate(), membership()), "CA", NOW, SHIPPED_POLICIES)
    assert window.start == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_windows_around_a_suspension_with_a_known_end() -> None:
    said = observed(
        discipline="suspension",
        discipline_date=date(2026, 12, 1),
        discipline_lifted=date(2026, 12, 5),
        answered=NOW,
    )
    first, second = windows(person(licence(said), certificate(), membership()), "CA", NOW, SHIPPED_POLICIES)
    assert first.until == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert second.start == datetime(2026, 12, 5, 8, tzinfo=UTC)


def test_a_notice_divides_a_window_in_two() -> None:
    said = observed(discipline="fine", discipline_date=date(2026, 12, 1))
    first, second = windows(person(licence(said), certificate(), membership()), "CA", NOW, SHIPPED_POLICIES)
    assert (first.notice, second.notice) == (False, True)
    assert first.until == second.start
    assert any("Public notice" in sentence for sentence in second.because)


def test_at_most_four_windows() -> None:
    actions = [
        observed(
            discipline="suspension", discipline_date=date(2026, 12, day), discipline_lifted=date(2026, 12, day + 1)
        )
        for day in range(1, 20, 3)
    ]
    found = windows(person(licence(*actions), certificate(), membership()), "CA", NOW, SHIPPED_POLICIES)
    assert len(found) == 4
    assert all(window.until is not None for window in found)


def test_places_in_which_a_window_is_possible() -> None:
    facts = person(licence(), licence(place="NY", body="NY-MFT"), licence(kind="AMFT", place="NV"), certificate())
    assert jurisdictions(facts, SHIPPED_POLICIES) == ("CA", "NY")
    assert set(outlook(facts, NOW, SHIPPED_POLICIES).windows) == {"CA", "NY"}


def test_projection_of_a_yes() -> None:
    said = observed(issued=date(2020, 5, 1), expires=date(2026, 12, 1))
    shown = projection(licence(said), NOW, SHIPPED_POLICIES)
    assert shown.status is S.ACTIVE
    assert (shown.status_until, shown.status_after) == (datetime(2026, 12, 2, 8, tzinfo=UTC), S.LAPSED)
    assert (shown.issued, shown.expires, shown.confirmed_at) == (date(2020, 5, 1), date(2026, 12, 1), NOW - 2 * DAY)


def test_projection_goes_stale() -> None:
    shown = projection(certificate(), NOW, SHIPPED_POLICIES)
    assert (shown.status_until, shown.status_after) == (NOW + 28 * DAY + MS, S.UNKNOWN)


def test_projection_of_a_no_and_of_nothing() -> None:
    revoked = projection(licence(observed(S.REVOKED)), NOW, SHIPPED_POLICIES)
    assert (revoked.status, revoked.status_until, revoked.confirmed_at) == (S.REVOKED, None, NOW - 2 * DAY)
    nothing = projection(held("LMFT", "CA-BBS", "CA"), NOW, SHIPPED_POLICIES)
    assert (nothing.status, nothing.confirmed_at) == (S.UNKNOWN, None)
    unheard = replace(nothing, waits=None)
    assert projection(held("WIZARD", "X", "CA", observed()), NOW, SHIPPED_POLICIES) == unheard, "nobody's to confirm"


def test_a_board_that_turns_suspension_into_probation_names_it() -> None:
    history = licence(observed(S.SUSPENDED, date(2026, 1, 1)), observed(S.RESTRICTED, date(2026, 6, 1)))
    assert projection(history, NOW, SHIPPED_POLICIES).status is S.RESTRICTED
    lapsed_too = licence(observed(S.SUSPENDED, date(2026, 1, 1)), observed(S.LAPSED, date(2026, 6, 1)))
    assert projection(lapsed_too, NOW, SHIPPED_POLICIES).status is S.SUSPENDED, (
        "a licence that runs out stays suspended"
    )
