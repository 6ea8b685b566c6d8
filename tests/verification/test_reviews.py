"""Who waits for a steward's review, and whom one would not help."""

from dataclasses import replace
from typing import Any

import pytest

from tests.verification.people import DAY, NOW, S, certificate, licence, membership, observed, person
from verification.errors import Refusal
from verification.evidence import Facts, HeldCredential, Observation, Review
from verification.policies import SHIPPED_POLICIES
from verification.reviews import check_reviewable, waiting_for_review
from verification.standing import Verdict, standing_in_force


def texan(*said: Observation, **changes: Any) -> HeldCredential:
    held = licence(*said, kind="LPC", place="TX", body="TX-COU")
    return replace(held, **changes)


def somebody(*more: HeldCredential) -> Facts:
    return person(licence(), certificate(), membership(), *more)


def verdict(facts: Facts) -> Verdict:
    return standing_in_force(facts, "CA", NOW, NOW, SHIPPED_POLICIES).verdict


@pytest.mark.parametrize("status", [S.SUSPENDED, S.REVOKED, S.SURRENDERED])
def test_whoever_is_held_up_by_discipline_elsewhere_waits_until_it_is_reviewed(status: S) -> None:
    bad = texan(observed(status, source="TX-COU", answered=NOW - 5 * DAY))
    assert waiting_for_review(somebody(bad), NOW, SHIPPED_POLICIES) == {bad.id}
    assert verdict(somebody(bad)) is Verdict.UNKNOWN
    review = Review("r", bad.id, "Settled.", NOW - DAY, "e")
    seen = somebody(replace(bad, reviews=(review,)))
    assert waiting_for_review(seen, NOW, SHIPPED_POLICIES) == frozenset()
    assert verdict(seen) is Verdict.REFERABLE_WITH_NOTICE
    newer = observed(status, source="TX-COU", on=NOW.date(), answered=NOW)
    again = replace(bad, reviews=(review,), observations=(*bad.observations, newer))
    assert waiting_for_review(somebody(again), NOW, SHIPPED_POLICIES) == {bad.id}


def test_nobody_waits_whom_a_review_would_not_help() -> None:
    alone = person(texan(observed(S.SUSPENDED, source="TX-COU")), certificate(), membership())
    assert waiting_for_review(alone, NOW, SHIPPED_POLICIES) == frozenset()
    lapsed = somebody(texan(observed(S.LAPSED, source="TX-COU")))
    assert waiting_for_review(lapsed, NOW, SHIPPED_POLICIES) == frozenset()
    assert waiting_for_review(somebody(), NOW, SHIPPED_POLICIES) == frozenset()


def test_a_review_answers_something() -> None:
    check_reviewable(texan(observed(S.REVOKED, source="TX-COU")), NOW, SHIPPED_POLICIES)
    revoked, lapsed = observed(S.REVOKED, source="AASECT"), observed(S.LAPSED, source="TX-COU")
    for held in (licence(), certificate(revoked), texan(lapsed)):
        with pytest.raises(Refusal) as refusal:
            check_reviewable(held, NOW, SHIPPED_POLICIES)
        assert refusal.value.code == "NOTHING_TO_REVIEW"
