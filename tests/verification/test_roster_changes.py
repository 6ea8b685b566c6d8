"""What a roster's rows are called, and which rosters one officer may not apply alone."""

from dataclasses import replace
from datetime import date

import pytest

from verification.credentials import CredentialStatus
from verification.roster_changes import (
    MASS_CHANGE,
    MASS_LEAST,
    Change,
    Effect,
    Known,
    changes_digest,
    effect_of,
    totals,
    why_second,
)

S = CredentialStatus
GOOD = Known(S.ACTIVE, date(2027, 1, 31))


@pytest.mark.parametrize(
    ("before", "after", "lifted", "effect"),
    [
        (None, GOOD, False, Effect.NEW),
        (GOOD, GOOD, False, Effect.UNCHANGED),
        (GOOD, Known(S.ACTIVE, date(2028, 1, 31)), False, Effect.RENEWS),
        (GOOD, Known(S.SUSPENDED, None), False, Effect.SUSPENDS),
        (GOOD, Known(S.REVOKED, None), False, Effect.ENDS),
        (GOOD, Known(S.DECEASED, None), False, Effect.ENDS),
        (GOOD, Known(S.RESTRICTED, None), False, Effect.RESTRICTS),
        (GOOD, Known(S.LAPSED, None), False, Effect.LAPSES),
        (GOOD, Known(S.UNKNOWN, None), False, Effect.UNKNOWN),
        (GOOD, Known(S.ACTIVE_WITH_NOTICE, None), False, Effect.NOTICE),
        (Known(S.LAPSED, None), GOOD, False, Effect.IMPROVES),
        (Known(S.UNKNOWN, None), GOOD, False, Effect.IMPROVES),
        (Known(S.SUSPENDED, None), GOOD, True, Effect.LIFTS),
        (GOOD, GOOD, True, Effect.LIFTS),
        (Known(S.SUSPENDED, None), Known(S.SUSPENDED, date(2028, 1, 1)), False, Effect.UNCHANGED),
    ],
)
def test_what_a_change_is_called(before: Known | None, after: Known, lifted: bool, effect: Effect) -> None:
    assert effect_of(before, after, lifted=lifted) is effect


def change(before: Known | None = GOOD, after: Known = GOOD, *, lifted: bool = False, line: int = 2) -> Change:
    effect = effect_of(before, after, lifted=lifted)
    return Change(line, f"k{line}", "LMFT", "1", "CA", "A", "active", before, after, effect)


LAPSES = change(after=Known(S.LAPSED, None))


def test_lifting_one_needs_a_second_officer() -> None:
    assert why_second([change()] * 50, 100) is None
    why = why_second([change(), change(Known(S.SUSPENDED, None), lifted=True)], 100)
    assert why == "It lifts what stands against 1 credential."


def test_a_mass_change_needs_one_too() -> None:
    assert why_second([LAPSES] * MASS_CHANGE, 100_000) is None
    assert why_second([LAPSES] * (MASS_CHANGE + 1), 100_000) is not None
    assert why_second([LAPSES] * MASS_LEAST, MASS_LEAST * 10) is None
    assert why_second([LAPSES] * MASS_LEAST, MASS_LEAST * 10 - 1) is not None
    assert why_second([LAPSES] * (MASS_LEAST - 1), 1) is None
    lapsed = change(Known(S.LAPSED, None), Known(S.REVOKED, None))
    assert why_second([lapsed] * 100, 10) is None, "none of these was good before"


def test_the_digest_tells_file_and_state() -> None:
    changes = [change(), LAPSES]
    one = changes_digest("sha", changes, complete=False)
    assert one == changes_digest("sha", list(changes), complete=False)
    assert one != changes_digest("other", changes, complete=False)
    assert one != changes_digest("sha", changes, complete=True)
    assert one != changes_digest("sha", changes[:1], complete=False)
    assert one != changes_digest("sha", [replace(changes[0], before=None), LAPSES], complete=False)


def test_every_effect_is_counted() -> None:
    counted = totals([change(), LAPSES, LAPSES])
    assert set(counted) == set(Effect)
    assert (counted[Effect.UNCHANGED], counted[Effect.LAPSES], counted[Effect.NEW]) == (1, 2, 0)
