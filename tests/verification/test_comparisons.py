"""What another policy would change for one person, and why."""

from datetime import date
from typing import Any

import pytest

from tests.verification.people import DAY, NOW, certificate, held, licence, membership, observed, person
from tests.verification.test_policies import version
from verification.comparisons import Change, Reason, changed_entries, compare, comparison, places
from verification.credentials import CredentialStatus
from verification.evidence import Facts
from verification.policies import SHIPPED_POLICIES
from verification.policy import US_POLICY, Policy, PolicyError, policy_table
from verification.standing import Verdict, glance, standing

S = CredentialStatus
GB = SHIPPED_POLICIES.named("gb")


def without(check: str) -> Policy:
    """The policy without one of its checks."""
    rules = [rule | {"on": rule["on"] and rule["code"] != check} for rule in policy_table(US_POLICY)["rules"]]
    return version("2", date(2027, 1, 1), rules=rules)


def differ(facts: Facts, other: Policy, place: str = "CA") -> Any:
    return compare(facts, place, comparison(US_POLICY, other, NOW, NOW))


def test_whoever_gains_and_by_which_check() -> None:
    found = differ(person(licence(), certificate()), without("membership"))
    assert (found.change, found.before, found.after) == (Change.GAINS, Verdict.UNKNOWN, Verdict.REFERABLE)
    assert found.why == (Reason("membership", "MEMBERSHIP_NO_STATEMENT", "NOT_ASKED"),)


def test_whoever_loses_and_by_which_check() -> None:
    strict = version("2", date(2027, 1, 1), freshness={**policy_table(US_POLICY)["freshness"], "licence": 1})
    found = differ(person(), strict)
    assert (found.change, found.after) == (Change.LOSES, Verdict.UNKNOWN)
    assert found.why == (Reason("licence", "LICENCE_ACTIVE", "LICENCE_STALE"),)
    assert list(changed_entries(US_POLICY, strict)) == [
        ("effective", date(2026, 1, 1), date(2027, 1, 1)),
        ("freshness.licence", 30, 1),
        ("version", "1", "2"),
    ]


def test_a_notice_and_another_no() -> None:
    texan = held("LMFT", "TX-MFT", "TX", observed(S.RESTRICTED, source="TX-MFT"))
    found = differ(person(licence(), certificate(), membership(), texan), without("licence-elsewhere"))
    assert found.change is Change.NOTICE
    stale = licence(observed(S.REVOKED))
    lost = differ(person(stale, certificate(observed(source="AASECT", answered=NOW - 99 * DAY))), without("licence"))
    assert (lost.change, lost.before, lost.after) == (Change.OTHER, Verdict.NOT_REFERABLE, Verdict.UNKNOWN)


def test_the_same_is_nothing() -> None:
    assert differ(person(), version("2", date(2027, 1, 1))) is None


def test_places_are_those_of_either_policy() -> None:
    asked = comparison(US_POLICY, without("licence"), NOW, NOW)
    assert len(places(person(), asked)) > 50, "with no licence asked for, every state is open"
    assert places(person(), comparison(US_POLICY, US_POLICY, NOW, NOW)) == ("CA",)


def test_policies_with_no_place_in_common_are_refused() -> None:
    none = SHIPPED_POLICIES.otherwise
    assert GB is not None
    with pytest.raises(PolicyError, match="no place in common"):
        comparison(US_POLICY, GB, NOW, NOW)
    with pytest.raises(PolicyError, match="none@1 governs no place"):
        comparison(none, US_POLICY, NOW, NOW)


@pytest.mark.parametrize("facts", [person(), person(licence(), certificate()), person(licence(observed(S.REVOKED)))])
def test_a_glance_is_the_decision_without_its_words(facts: Facts) -> None:
    decided = standing(facts, "CA", NOW, NOW, US_POLICY)
    seen = glance(facts, "CA", NOW, NOW, US_POLICY)
    assert seen.verdict is decided.verdict
    assert seen.found == {check.code: (check.outcome, check.reason_code) for check in decided.checks}
