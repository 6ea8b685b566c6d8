"""The policy's data, and what its loader refuses."""

import copy
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from verification.credentials import CredentialStatus
from verification.policy import CHECKS, POLICIES, US_POLICY, Policy, PolicyError, policy_from, policy_table
from verification.tables import table

GOOD = table("policies/us-1")


def test_the_policy_of_the_united_states() -> None:
    assert (US_POLICY.id, US_POLICY.version) == ("us", "1")
    assert {key: age.days for key, age in US_POLICY.freshness.items()} == {
        "licence": 30,
        "certificate": 30,
        "membership": 30,
        "qualification": 30,
        "privilege": 30,
        "exclusions": 31,
    }
    assert set(US_POLICY.rules) == set(CHECKS)
    assert all(rule.source for rule in US_POLICY.rules.values())
    assert CredentialStatus.SUSPENDED in US_POLICY.elsewhere_unknown


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_policy_is_the_one_of_its_table(policy: Policy) -> None:
    assert policy_from(policy_table(policy)) == policy
    assert set(policy.rules) == set(CHECKS)
    for rule in policy.rules.values():
        assert bool(rule.source) == rule.on, "each rule names its source"
        assert bool(rule.why) != rule.on, "each rule that is not asked says why"


def spoil(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(whole: dict[str, Any]) -> None:
        data: Any = whole
        *way, last = path.split(".")
        for step in way:
            data = data[int(step)] if step.isdigit() else data[step]
        data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (spoil("colour", "blue"), "the policy has an unknown entry “colour”"),
        (lambda data: data.pop("freshness"), "the policy lacks the entry “freshness”"),
        (spoil("freshness.licenses", 3), "freshness has an unknown entry “licenses”"),
        (spoil("freshness.licence", 0), "freshness.licence must be a whole number of days, 1 or more"),
        (spoil("freshness.licence", "30"), "freshness.licence must be a whole number of days, 1 or more"),
        (spoil("freshness.licence", True), "freshness.licence must be a whole number of days, 1 or more"),
        (spoil("freshness_by_kind.LFMT", 3), "freshness_by_kind names “LFMT”, which is no kind of credential"),
        (spoil("effective", "2026-01-01"), "“effective” of the policy must be a date"),
        (spoil("id", " "), "“id” of the policy must be a text that is not blank"),
        (spoil("elsewhere.unknown", ["ACTIVE"]), "elsewhere.unknown names “ACTIVE”"),
        (spoil("elsewhere", 3), "elsewhere must be a table"),
        (spoil("rules.0.source", ""), "“source” of the rule “npi” must be a text that is not blank"),
        (spoil("rules.0.on", "yes"), "“on” of the rule “npi” must be true or false"),
        (spoil("rules.0.colour", 1), "a rule has an unknown entry “colour”"),
        (spoil("rules.0.code", "licence"), "the rule “licence” is there twice"),
        (spoil("rules.0.code", "weather"), "rules has an unknown entry “weather”"),
        (spoil("rules.0.why", "no need"), "a rule has an unknown entry “why”"),
        (lambda data: data["rules"][0].pop("source"), "a rule lacks the entry “source”"),
        (spoil("country", "CA"), "“country” names “CA”, which is no country with a place in it"),
        (spoil("country", ""), "“country” is blank, so the rule “npi” can be asked nowhere"),
        (spoil("certificates", ["CTS"]), "certificates names “CTS”, which is no kind of certificate"),
        (spoil("certificates", ["LMFT"]), "certificates names “LMFT”, which is no kind of certificate"),
        (spoil("certificates", "CST"), "certificates must be a list"),
        (spoil("certificates", []), "certificates is empty, and the rule “certificate” is on"),
        (spoil("titles.0.qualification", "X"), "a title rule names “X”, which is no kind of credential"),
    ],
)
def test_a_bad_table_is_refused(change: Callable[[dict[str, Any]], None], message: str) -> None:
    data = copy.deepcopy(GOOD)
    change(data)
    with pytest.raises(PolicyError) as refused:
        policy_from(data)
    assert message in str(refused.value)


def nodes(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inner for found in [(*way, key), *nodes(part, (*way, key))]]


NONSENSE = [3, "", "X", True, None, [], ["X"], [3], {}, {"X": 1}, 1.5, date(2026, 1, 1)]


def test_nonsense_anywhere_is_refused_or_makes_a_policy() -> None:
    refused = 0
    for way, value in product(nodes(GOOD), NONSENSE):
        data = copy.deepcopy(GOOD)
        part: Any = data
        for step in way[:-1]:
            part = part[step]
        part[way[-1]] = value
        try:
            policy = policy_from(data)
        except PolicyError:
            refused += 1
        else:
            assert policy_from(policy_table(policy)) == policy
    assert refused > 500


def test_a_kind_may_have_its_own_limit() -> None:
    data = copy.deepcopy(GOOD) | {"freshness_by_kind": {"CST": 7}}
    policy = policy_from(data)
    assert policy.longest_age("CST") == timedelta(days=7)
    assert policy.longest_age("COSRT-ACCREDITED") == timedelta(days=30)
