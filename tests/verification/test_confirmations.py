"""Why a credential waits to be confirmed."""

from datetime import date, timedelta

import pytest

from tests.verification.people import DAY, NOW, S, licence, observed
from verification.confirmations import FILTERS, MISSING_WORD, Waiting, Waits, waits
from verification.evidence import Observation, SourceType
from verification.histories import history_of

LIMIT = timedelta(days=30)
ON = date(2024, 5, 1)


def why(*said: Observation) -> Waits | None:
    held = licence(*said) if said else licence().__class__("c", "LMFT", "1", "CA", "CA-BBS", ())
    return waits(history_of(held, NOW, NOW, LIMIT).readings[0][1])


@pytest.mark.parametrize("status", [S.ACTIVE, S.LAPSED, S.SUSPENDED, S.REVOKED, S.RESTRICTED, S.DECEASED])
def test_what_its_body_said_does_not_wait(status: S) -> None:
    assert why(observed(status)) is None


def test_everything_that_waits() -> None:
    other = observed(S.SUSPENDED, ON, source="COMPACTCONNECT", source_type=SourceType.AGGREGATOR)
    assert why(observed(S.ACTIVE, ON), other) == (Waiting.CONFLICT, ON)
    assert why(observed(S.UNKNOWN, ON, word="zzz")) == (Waiting.UNKNOWN_WORD, ON)
    assert why(observed(S.UNKNOWN, ON, word=MISSING_WORD)) == (Waiting.MISSING, ON)
    assert why(observed(S.ACTIVE, ON, NOW - 31 * DAY)) == (Waiting.STALE, (NOW - 31 * DAY).date())
    asked_for_again = observed(S.ACTIVE, ON, reverify_by=date(2026, 11, 1))
    assert why(asked_for_again) == (Waiting.STALE, date(2026, 11, 1))
    assert why(observed(S.PENDING, ON)) == (Waiting.NEW_CLAIM, ON)
    assert why(observed(S.ACTIVE, ON, source="NURSYS", source_type=SourceType.EQUIVALENT)) == (Waiting.NEW_CLAIM, ON)
    assert why() == (Waiting.NEW_CLAIM, None)


def test_every_reason_has_a_filter() -> None:
    assert FILTERS["ALL"] == frozenset(Waiting)
    assert frozenset().union(*(found for name, found in FILTERS.items() if name != "ALL")) == frozenset(Waiting)
