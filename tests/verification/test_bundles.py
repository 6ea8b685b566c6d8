"""A bundle holds everything a decision rests on, decides the same anywhere, and shows whatever was changed in it."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verification.bundled import Path, bundle_for, changed, get, leaves, linked_evidence
from tests.verification.histories import chance, histories, instants, places
from tests.verification.people import DAY, NOW, S, certificate, licence, membership, observed, person, row
from verification.bundle_checks import check_bundle
from verification.bundles import (
    PARTS,
    BundleError,
    bundle_from_text,
    bundle_of,
    bundle_text,
    evidence_ids,
    facts_of,
    sealed,
    shipped_policy,
)
from verification.canonical import canonical
from verification.evidence import CompactMember, Facts, MatchVerdict, Privilege, Review
from verification.plain_records import NotARecord, plain, record_of
from verification.policy import US_POLICY, policy_from, policy_table
from verification.standing import standing
from verification.tables import table

BUNDLE = bundle_for(person())


def everything() -> Facts:
    """Facts with something in every field."""
    reviewed = licence(observed(S.REVOKED, discipline="fine", discipline_date=date(2024, 2, 29), degree="MA"))
    return person(
        replace(reviewed, reviews=(Review("r", reviewed.id, "Looked into.", NOW, "e-review"),)),
        certificate(observed(source="AASECT", expires=date(2027, 2, 28), issued=date(2020, 1, 1))),
        membership(),
        middle_name="Zoë",
        suffix="JR",
        npi_deactivated=date(2020, 1, 1),
        npi_reactivated=date(2021, 1, 1),
        npi_recorded_at=NOW - timedelta(microseconds=1),
        npi_evidence="e-npi",
        revision=7,
        exclusions=(row(decided=MatchVerdict.SAME, decided_at=NOW, decision_evidence="match-1", waiver_state="CA"),),
        privileges=(
            Privilege("p", "PSYPACT", "APIT", "AZ", "", S.ACTIVE, date(2025, 1, 1), None, NOW, NOW, "e-p", "PSYPACT"),
        ),
        compact_members=(CompactMember("PSYPACT", "CA", date(2020, 1, 1), None, None, NOW - DAY, "e-m"),),
    )


def resealed(bundle: dict[str, Any]) -> dict[str, Any]:
    """What a forger does: change the content and hash it again."""
    return sealed({part: bundle[part] for part in PARTS})


def messages(bundle: Any) -> str:
    return "\n".join(f"{flaw.part}: {flaw.message}" for flaw in check_bundle(bundle))


@given(histories, places, instants, instants)
@settings(max_examples=80, deadline=None)
def test_there_and_back_through_text(facts: Facts, place: str, at: datetime, known_at: datetime) -> None:
    back = bundle_from_text(bundle_text(bundle_for(facts, place, at, known_at)))
    assert facts_of(back) == facts
    assert check_bundle(back) == ()
    decided = standing(facts, place, at, known_at, US_POLICY)
    assert back["decision"]["verdict"] == decided.verdict.value
    assert [check["reasonCode"] for check in back["decision"]["checks"]] == [c.reason_code for c in decided.checks]


def test_every_field_of_the_facts_comes_back() -> None:
    facts = everything()
    bundle = bundle_from_text(bundle_text(bundle_for(facts)))
    assert facts_of(bundle) == facts
    assert check_bundle(bundle) == ()
    assert {"e-npi", "e-review", "match-1", "e-p", "e-m"} <= set(evidence_ids(facts))


def spoilt(value: Any, dice: Random) -> Any:
    """The value with one character of its text, or one step, changed."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if not value:
        return "x"
    at = dice.randrange(len(value))
    return value[:at] + chr((ord(value[at]) ^ 1) or 1) + value[at + 1 :]


@given(histories, chance)
@settings(max_examples=25, deadline=None)
def test_changing_any_character_of_any_value_is_found(facts: Facts, dice: Random) -> None:
    bundle = bundle_for(facts)
    paths: list[Path] = list(leaves(bundle))
    for part in ("format", "sha256", *PARTS):
        inside = [path for path in paths if path[0] == part]
        path = dice.choice(inside) if inside else None
        if path is not None:
            assert check_bundle(changed(bundle, path, spoilt(get(bundle, path), dice))), path


def test_every_value_of_a_whole_bundle_counts() -> None:
    bundle, dice = bundle_for(everything()), Random(1)
    for path in leaves(bundle):
        assert check_bundle(changed(bundle, path, spoilt(get(bundle, path), dice))), path


@given(histories, chance)
@settings(max_examples=25, deadline=None)
def test_a_decision_that_was_changed_and_hashed_again_is_found(facts: Facts, dice: Random) -> None:
    bundle = bundle_for(facts)
    path = dice.choice(list(leaves(bundle["decision"], ("decision",))))
    forged = resealed(changed(bundle, path, spoilt(get(bundle, path), dice)))
    assert {flaw.part for flaw in check_bundle(forged)} & {"decision", "evidence"}, path


@pytest.mark.parametrize(
    ("path", "new", "message"),
    [
        (("decision", "verdict"), "UNKNOWN", "The bundle says UNKNOWN; decided anew from its own facts it is REFER"),
        (("decision", "goodUntil"), None, "The bundle says good until further notice; it is good until 2026-"),
        (("decision", "checks", 1, "reason"), "Fine.", "The check “licence” has reason “Fine.”; decided anew it is “"),
        (("decision", "checks", 1, "evidence"), ["gone"], "rests on the evidence gone, which is not in the bundle"),
        (("decision", "checks"), [], "The checks must be, in this order: npi, licence"),
        (("decision", "checks", 1, "outcome"), "GOOD", "decision.checks[1].outcome must be one of PASSED"),
        (("subject", "npi"), "2000000028", "somebody of another name or NPI than the subject"),
        (("question", "at"), "2026-11-25", "question.at must be an instant in UTC such as"),
        (("question", "jurisdiction"), "TX", "decided anew from its own facts it is"),
        (("facts", "birthDate"), "1980-02-30", "facts.birthDate must be a date such as 2026-11-25"),
        (("facts", "birthDate"), "19800229", "facts.birthDate must be a date such as 2026-11-25"),
        (("facts", "revision"), True, "facts.revision must be a whole number"),
        (("facts", "colour"), "blue", "facts has an unknown entry “colour”"),
        (("facts", "credentials"), {}, "facts.credentials must be a list"),
        (("facts", "credentials", 0), None, "facts.credentials[0] must be an object"),
        (("facts", "credentials", 0, "observations", 0, "status"), "REVOKED", "decided anew from its own facts it is"),
        (("facts", "exclusionEditions", 0, "fetchedAt"), "0001-01-01T00:00:00Z", "decision: "),
        (("policy", "freshness", "licence"), 3000, "Policy us 1 as shipped with this program differs in: freshness."),
        (("policy", "rules", 0, "on"), False, "Policy us 1 as shipped with this program differs in: rules."),
        (("policy", "effective"), "20260101", "it is not written the one way a policy is"),
        (("policy", "titles"), 3, "The policy cannot be read"),
        (("policy",), [], "The policy cannot be read"),
        (("evidence", 0, "source"), "TX-COU", "is of another source than TX-COU"),
        (("evidence", 0, "sha256"), 5, "evidence[0].sha256 must be a text"),
        (("evidence",), {}, "evidence must be a list"),
        (("evidence", 0, "sha256"), "cd" * 32, "has another sha256 than was linked"),
        (("evidence", 0, "answeredAt"), "2026-01-01T00:00:00Z", "has another answeredAt than was linked"),
        (("evidence", 0, "edition"), "2026-11", "has another edition than was linked"),
        (("evidence", 0, "record"), "{}", "is not what was linked at CA-BBS 1"),
        (("evidence", 0, "record"), '{"b": 1}', "is not written the one way it is"),
        (("evidence", 0, "record"), None, "has a link without a record"),
        (("evidence", 0, "link"), None, "has a link without a record, or a record without a link"),
        (("evidence", 0, "link", "record"), "ff", "is not what was linked at CA-BBS 1"),
        (("evidence", 0, "link", "hash"), "ff", "The link at CA-BBS 1 does not follow from what stands before it"),
        (("evidence", 0, "link", "previous"), "ff", "The link at CA-BBS 1 does not follow from what stands before it"),
        (("evidence", 0, "link", "position"), 2, "The link at CA-BBS 2 does not follow from what stands before it"),
        (("evidence", 0, "link", "chain"), "TX-COU", "The chain TX-COU has no head in the bundle"),
        (("chains", 1, "hash"), "ff", "The head of the chain CA-BBS does not follow from the records shown"),
        (("chains", 1, "position"), 3, "do not reach from a record here to its head"),
        (("chains", 1, "position"), 0, "ends at 0, and a record stands behind it"),
        (("chains", 1, "records", 0), "ff", "The link at CA-BBS 1 does not follow from the records shown"),
        (("chains", 1, "records", 1), "ff", "The head of the chain CA-BBS does not follow from the records shown"),
        (("chains", 1, "start"), 2, "do not reach from a record here to its head"),
        (("chains", 1, "chain"), "AASECT", "A chain is there twice"),
        (("chains",), [], "The chain CA-BBS has no head in the bundle"),
        (("chains",), {}, "chains must be a list"),
        (("store", "simulated"), "no", "store.simulated must be true or false"),
    ],
)
def test_what_a_forger_changes_is_named(path: Path, new: Any, message: str) -> None:
    assert message in messages(resealed(changed(BUNDLE, path, new)))


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        (None, "one JSON object"),
        ([], "one JSON object"),
        ({}, "“format” must be “bonafide-proof/2”"),
        (BUNDLE | {"format": "bonafide-proof/1"}, "“format” must be"),
        (BUNDLE | {"more": 1}, "entries that no bundle has: more"),
        ({key: BUNDLE[key] for key in BUNDLE if key != "facts"}, "lacks: facts"),
        (BUNDLE | {"sha256": {}}, "must hold a hash for each of: store, subject"),
        (BUNDLE | {"sha256": 3}, "must hold a hash for each of: store, subject"),
        (BUNDLE | {"subject": {1, 2}}, "a value that JSON has not"),
        (BUNDLE | {"evidence": [BUNDLE["evidence"][0]] * 2}, "is there twice"),
    ],
)
def test_what_is_no_bundle_is_told(bundle: Any, message: str) -> None:
    assert message in messages(bundle)


def test_each_part_that_changed_is_named_beside_the_whole() -> None:
    found = check_bundle(changed(BUNDLE, ("policy", "title"), "Another"))
    assert {flaw.part for flaw in found} == {"policy", "all"}


def test_a_policy_that_is_not_shipped_decides_by_its_own_values() -> None:
    old = table("policies/us-1") | {"version": "0", "effective": date(2025, 1, 1)}
    policy = policy_from(old | {"freshness": old["freshness"] | {"licence": 1}})
    facts = person()
    bundle = bundle_from_text(bundle_text(bundle_for(facts, policy=policy)))
    assert shipped_policy("us", "0") is None
    assert check_bundle(bundle) == ()
    assert bundle["decision"]["verdict"] == "UNKNOWN"
    assert BUNDLE["decision"]["verdict"] == "REFERABLE"
    wider = resealed(changed(bundle, ("policy", "freshness", "licence"), 30))
    assert "decided anew from its own facts it is REFERABLE" in messages(wider)


def test_a_policys_table_makes_the_same_policy() -> None:
    assert policy_from(policy_table(US_POLICY)) == US_POLICY


def test_hashes_do_not_hang_on_the_order_or_the_layout_of_the_text() -> None:
    turned = json.loads(json.dumps(BUNDLE, sort_keys=True, ensure_ascii=True))
    assert check_bundle(dict(reversed(turned.items()))) == ()
    assert canonical({"b": ["é\n", 1], "a": None}) == '{"a":null,"b":["é\\n",1]}'.encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "It is not JSON: Expecting value at line 1, column 1."),
        (bundle_text(BUNDLE)[:-40], "It is not JSON: "),
        ("[" * 100_000, "It is nested too deeply"),
        ('{"a": 1, "a": 2}', "the entry “a” twice"),
        ('{"a": 1.5}', "1.5, but a bundle's numbers are whole"),
        ('{"a": NaN}', "NaN, but"),
        (f'{{"a": {"9" * 10_000}}}', "a number that no bundle holds"),
    ],
)
def test_a_text_that_is_no_bundle_is_told(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=re.escape(message)):
        bundle_from_text(text)


def test_half_a_surrogate_pair_and_deep_nesting_are_flaws_like_any_other() -> None:
    text = bundle_text(BUNDLE).replace('"Achterberg"', '"\\ud800"')
    assert "facts: The part “facts” is not what was sealed" in messages(bundle_from_text(text))
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert check_bundle(BUNDLE | {"evidence": deep})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(leaves(bundle_for(everything())))), json_values)
@settings(max_examples=150, deadline=None)
def test_no_value_anywhere_is_a_fault(path: Path, value: Any) -> None:
    bundle = bundle_for(everything())
    for depth in range(1, len(path) + 1):
        check_bundle(changed(bundle, path[:depth], value))
        if path[0] in PARTS:
            check_bundle(resealed(changed(bundle, path[:depth], value)))


def test_a_long_chain_is_told_by_its_head_alone_and_old_evidence_by_nothing() -> None:
    facts = person()
    evidence, chains = linked_evidence(facts)
    short = [replace(shown, records=()) for shown in chains]
    assert check_bundle(bundle_of(facts, evidence, "CA", NOW, NOW, US_POLICY, short)) == ()
    old = [replace(record, record=None, link=None) for record in linked_evidence(facts)[0]]
    assert check_bundle(bundle_of(facts, old, "CA", NOW, NOW, US_POLICY)) == ()


def test_a_bundle_of_a_simulated_store_says_so() -> None:
    facts = person()
    evidence, chains = linked_evidence(facts)
    bundle = bundle_of(facts, evidence, "CA", NOW, NOW, US_POLICY, chains, simulated=True)
    assert bundle["store"] == {"simulated": True}
    assert check_bundle(bundle) == ()
    assert BUNDLE["store"] == {"simulated": False}


def test_the_order_of_evidence_does_not_matter() -> None:
    facts = person()
    records, chains = linked_evidence(facts)
    assert bundle_of(facts, records[::-1], "CA", NOW, NOW, US_POLICY, chains[::-1]) == bundle_for(facts)


def test_instants_are_one_text_each_in_utc() -> None:
    assert plain(datetime(2026, 1, 1, 1, 2, 3, 4000, tzinfo=UTC)) == "2026-01-01T01:02:03.004000Z"
    with pytest.raises(ValueError, match="needs a zone"):
        plain(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    for text in (
        "2026-01-01T01:02:03",
        "2026-01-01T01:02:03+00:00",
        "2026-01-01 01:02:03Z",
        "9999-12-31T23:59:59-23:00",
    ):
        with pytest.raises(NotARecord):
            record_of(Facts, plain(person()) | {"npiRecordedAt": text}, "facts")


def test_facts_that_are_none_are_refused() -> None:
    nothing: list[dict[str, Any]] = [{}, {"facts": None}, {"facts": {}}]
    for bundle in nothing:
        with pytest.raises(BundleError, match="The facts cannot be read"):
            facts_of(bundle)
