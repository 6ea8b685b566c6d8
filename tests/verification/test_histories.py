"""What is so about one credential, in the corners that chance seldom reaches."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.verification import interpreter
from tests.verification.people import DAY, MS, NOW, held, licence, observed
from verification.credentials import CredentialStatus
from verification.evidence import HeldCredential, SourceType
from verification.findings import outcome_of
from verification.histories import Basis, Reading, history_of, read
from verification.policy import US_POLICY
from verification.statements import refused

S = CredentialStatus


def reading(held_one: HeldCredential, at: datetime = NOW, since: datetime | None = None) -> Reading:
    """The reading at an instant, of a history that was made for an earlier one."""
    history = history_of(held_one, NOW + 365 * DAY, since or at, US_POLICY.longest_age(held_one.kind))
    found = read(history, at)
    assert outcome_of(found).value == interpreter.status(held_one, at, NOW + 365 * DAY)[0]
    return found


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


def test_an_older_yes_that_lasts_longer_carries_on_when_a_newer_comes() -> None:
    lasting = observed(on=date(2025, 12, 31), answered=day(4, 1))
    printed = observed(on=date(2026, 1, 13), answered=day(4, 5), expires=date(2026, 1, 10))
    renewed = observed(on=date(2026, 3, 2), answered=day(3, 22))
    one = licence(lasting, printed, renewed)
    assert reading(one, day(2, 1), since=day(1, 14)).basis is Basis.EXPIRED
    assert reading(one, day(4, 25), since=day(1, 14)).basis is Basis.YES, "the answer of the 1st of April is fresh"


def test_a_yes_older_than_a_no_that_was_cleared_carries_nothing() -> None:
    cancelled = observed(S.CANCELLED, date(2026, 1, 9), answered=day(1, 10))
    restored = observed(on=date(2026, 1, 10), answered=day(1, 13))
    old_news = observed(on=date(2026, 1, 4), answered=day(2, 24), issued=date(2026, 1, 12))
    one = licence(cancelled, restored, old_news)
    assert reading(one, day(2, 1), since=day(1, 11)).basis is Basis.YES
    assert reading(one, day(2, 20), since=day(1, 11)).basis is Basis.STALE


def test_an_action_that_has_ended_holds_nothing_back() -> None:
    fined = observed(on=date(2026, 1, 3), answered=day(3, 14), discipline="fine", discipline_lifted=date(2026, 1, 8))
    plain = observed(on=date(2026, 1, 4), answered=day(1, 4))
    assert reading(licence(fined, plain), day(3, 20)).basis is Basis.YES


def test_a_notice_that_was_cleared_stays_cleared_when_another_comes() -> None:
    first = observed(S.ACTIVE_WITH_NOTICE, date(2026, 1, 1))
    clean = observed(S.ACTIVE, date(2026, 2, 1))
    second = observed(S.ACTIVE_WITH_NOTICE, date(2026, 3, 1))
    found = reading(licence(first, clean, second))
    assert [s.said for s in found.against] == [second]


def test_of_two_answers_of_one_moment_the_worse_counts() -> None:
    short = observed(answered=NOW - DAY, expires=date(2026, 1, 1))
    long = observed(answered=NOW - DAY, expires=date(2030, 1, 1))
    due = observed(answered=NOW - DAY, reverify_by=date(2026, 1, 1))
    assert reading(licence(short, long)).basis is reading(licence(long, short)).basis is Basis.EXPIRED
    assert reading(licence(observed(answered=NOW - DAY), due)).basis is Basis.REVERIFY


def qualification(*said: Any) -> HeldCredential:
    return held("FL-SEX-THERAPIST", "FL-MFT", "FL", *said)


def test_only_the_same_board_can_correct_its_own_day() -> None:
    revoked = observed(S.REVOKED, date(2026, 6, 1), NOW - 5 * DAY, "FL-MFT")
    own = observed(S.ACTIVE, date(2026, 6, 1), NOW - DAY, "FL-MFT")
    other = observed(S.ACTIVE, date(2026, 6, 1), NOW - DAY, "FL-SW")
    assert reading(qualification(revoked, own)).basis is Basis.YES
    assert reading(qualification(revoked, other)).basis is Basis.CONFLICT


def test_a_source_that_took_its_yes_back_contradicts_nobody() -> None:
    suspended = observed(S.SUSPENDED, date(2026, 6, 1))
    seen = {"source": "NURSYS", "source_type": SourceType.EQUIVALENT}
    yes = observed(S.ACTIVE, date(2026, 6, 1), NOW - 5 * DAY, **seen)
    no = observed(S.SUSPENDED, date(2026, 6, 1), NOW - 4 * DAY, **seen)
    assert reading(licence(suspended, yes)).basis is Basis.CONFLICT
    assert reading(licence(suspended, yes, no)).basis is Basis.NO


def test_a_thousand_repetitions_are_one() -> None:
    nightly = [observed(answered=NOW - n * DAY / 4, expires=date(2027, 1, 1)) for n in range(1000)]
    history = history_of(licence(*nightly), NOW, NOW, US_POLICY.longest_age("LMFT"))
    assert len(history.readings) == 3
    assert history.readings[0][1].carrier is not None
    assert history.readings[0][1].carrier.said is nightly[0]
    assert reading(licence(*nightly), NOW - 100 * DAY).basis is Basis.YES


def test_half_a_millisecond_is_still_the_limit() -> None:
    limit = NOW - 2 * DAY + US_POLICY.longest_age("LMFT")
    assert reading(licence(), limit + MS / 2).basis is Basis.YES
    assert reading(licence(), limit + MS).basis is Basis.STALE


@pytest.mark.parametrize(
    ("source", "kind", "because"),
    [
        ("CA-BBS", SourceType.SELF, "proves nothing"),
        ("CA-PSY", SourceType.PRIMARY, "no authority over LMFT in CA"),
        ("SOMEBODY", SourceType.PRIMARY, "no body that issues credentials"),
        ("CA-BBS", SourceType.PRIMARY, None),
        ("NURSYS", SourceType.EQUIVALENT, None),
    ],
)
def test_why_a_statement_is_refused(source: str, kind: SourceType, because: str | None) -> None:
    why = refused(observed(source=source, source_type=kind), licence())
    assert because in why if because and why else why is None
