"""What holds for every history: the decision against a second reading of the rules, and against itself."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verification import interpreter
from tests.verification.histories import (
    END,
    Dice,
    chance,
    histories,
    instants,
    observation,
    places,
    single_credentials,
)
from tests.verification.people import MS, held
from verification.credentials import SEVERITY, CredentialStatus
from verification.evidence import Facts, HeldCredential, SourceType
from verification.findings import outcome_of
from verification.histories import Basis, history_of, read
from verification.policies import SHIPPED_POLICIES
from verification.policy import US_POLICY
from verification.standing import Verdict, outlook, projection, standing_in_force, windows
from verification.verdicts import REFERABLE_VERDICTS

fresh = st.builds(Dice, chance, st.just(6))
quick = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
RANK = [Verdict.REFERABLE, Verdict.REFERABLE_WITH_NOTICE, Verdict.UNKNOWN, Verdict.NOT_REFERABLE]


@settings(quick, max_examples=400)
@given(single_credentials, instants, instants)
def test_a_credential_reads_as_it_does_naively(held_one: HeldCredential, at: datetime, known_at: datetime) -> None:
    for known in (known_at, END):
        history = history_of(held_one, known, at, US_POLICY.longest_age(held_one.kind))
        for instant in [
            at,
            *(start for start, _ in history.readings),
            *(start - MS for start, _ in history.readings[1:]),
        ]:
            reading = read(history, instant)
            said = reading.basis not in {Basis.NOTHING_SAID, Basis.NOT_PRIMARY}
            outcome, heard = interpreter.status(held_one, instant, known)
            assert (outcome_of(reading), said) == (outcome, heard)


@settings(quick, max_examples=200)
@given(histories, places, instants, instants)
def test_agrees_with_a_naive_reading(facts: Facts, place: str, at: datetime, known_at: datetime) -> None:
    for known in (known_at, END):
        decided = standing_in_force(facts, place, at, known, SHIPPED_POLICIES)
        found = {check.code: check.outcome.value for check in decided.checks if check.code != "compact"}
        legs = (found["certificate"], found.pop("membership"))
        found["certificate"] = max(legs, key=interpreter.ORDER.__getitem__)
        assert found == interpreter.checks(facts, place, at, known)
        assert decided.verdict == interpreter.verdict(facts, place, at, known)


@settings(quick, max_examples=120)
@given(histories, places, instants, chance)
def test_good_until_is_exact(facts: Facts, place: str, at: datetime, dice: random.Random) -> None:
    decided = standing_in_force(facts, place, at, END, SHIPPED_POLICIES)
    until = decided.good_until
    span = (until or END) - at
    for _ in range(4):
        between = at + timedelta(milliseconds=int(dice.random() * (span / MS)))
        assert interpreter.verdict(facts, place, between, END) == decided.verdict
    if until is None:
        for days in (50, 100, 365, 3650):
            assert interpreter.verdict(facts, place, at + timedelta(days=days), END) == decided.verdict
    else:
        assert interpreter.verdict(facts, place, until - MS, END) == decided.verdict
        assert interpreter.verdict(facts, place, until, END) != decided.verdict


@settings(quick, max_examples=60)
@given(histories, places, instants)
def test_each_check_is_good_until_it_says(facts: Facts, place: str, at: datetime) -> None:
    checks = standing_in_force(facts, place, at, END, SHIPPED_POLICIES).checks
    for index, check in enumerate(checks):
        if check.good_until is not None:
            before = standing_in_force(facts, place, check.good_until - MS, END, SHIPPED_POLICIES).checks[index]
            after = standing_in_force(facts, place, check.good_until, END, SHIPPED_POLICIES).checks[index]
            assert before.outcome is check.outcome is not after.outcome


@settings(quick, max_examples=80)
@given(histories, places, instants, instants, st.data())
def test_new_evidence_leaves_the_past_alone(
    facts: Facts,
    place: str,
    at: datetime,
    known_at: datetime,
    data: st.DataObject,
) -> None:
    first, *rest = facts.credentials
    new = replace(data.draw(st.builds(observation, fresh, st.just(first.body))), recorded_at=known_at + MS)
    more = replace(facts, credentials=(replace(first, observations=(*first.observations, new)), *rest))
    assert standing_in_force(more, place, at, known_at, SHIPPED_POLICIES) == standing_in_force(
        facts, place, at, known_at, SHIPPED_POLICIES
    )


@settings(quick, max_examples=80)
@given(histories, places, instants, chance)
def test_order_of_arrival_does_not_matter(facts: Facts, place: str, at: datetime, dice: random.Random) -> None:
    shuffled = [
        replace(c, observations=tuple(dice.sample(c.observations, len(c.observations)))) for c in facts.credentials
    ]
    dice.shuffle(shuffled)
    editions = tuple(dice.sample(facts.exclusion_editions, len(facts.exclusion_editions)))
    other = replace(facts, credentials=tuple(shuffled), exclusion_editions=editions)
    assert standing_in_force(other, place, at, END, SHIPPED_POLICIES) == standing_in_force(
        facts, place, at, END, SHIPPED_POLICIES
    )
    assert windows(other, place, at, SHIPPED_POLICIES) == windows(facts, place, at, SHIPPED_POLICIES)


@settings(quick, max_examples=80)
@given(histories, places, instants, chance)
def test_windows_agree_with_standing(facts: Facts, place: str, now: datetime, dice: random.Random) -> None:
    found = windows(facts, place, now, SHIPPED_POLICIES)
    for earlier, later in pairwise(found):
        assert earlier.until is not None
        assert earlier.until <= later.start
    horizon = found[-1].start if len(found) == 4 else END
    edges = [instant for w in found for instant in (w.start, w.until) if instant is not None]
    probes = [now, *edges, *(edge - MS for edge in edges), *(now + dice.random() * (horizon - now) for _ in range(6))]
    for instant in probes:
        if now <= instant <= horizon:
            covering = [w for w in found if w.start <= instant and (w.until is None or instant < w.until)]
            decided = standing_in_force(facts, place, instant, now, SHIPPED_POLICIES)
            assert decided.referable == bool(covering)
            if covering:
                assert covering[0].notice == (decided.verdict is Verdict.REFERABLE_WITH_NOTICE)
                assert covering[0].because


@settings(quick, max_examples=80)
@given(histories, places, instants, st.data())
def test_a_worse_word_never_betters_the_verdict(facts: Facts, place: str, at: datetime, data: st.DataObject) -> None:
    """A primary statement made worse: the verdict on that licence's own place can only get worse, or stay."""
    index = data.draw(st.integers(0, len(facts.credentials) - 1))
    chosen = facts.credentials[index]
    said = [
        o for o in chosen.observations if o.status is CredentialStatus.ACTIVE and o.source_type is SourceType.PRIMARY
    ]
    if not said:
        return
    worse = data.draw(st.sampled_from([s for s in SEVERITY if s is not CredentialStatus.ACTIVE]))
    changed = tuple(replace(o, status=worse) if o is said[0] else o for o in chosen.observations)
    others = [replace(c, observations=changed) if c is chosen else c for c in facts.credentials]
    before = standing_in_force(facts, place, at, END, SHIPPED_POLICIES)
    after = standing_in_force(replace(facts, credentials=tuple(others)), place, at, END, SHIPPED_POLICIES)
    if not before.referable:
        assert not after.referable
    else:
        assert RANK.index(after.verdict) >= RANK.index(before.verdict)


@settings(quick, max_examples=60)
@given(histories, places, instants, st.sampled_from([("LMFT", "CA-BBS", "CA"), ("CST", "AASECT", "US")]), st.data())
def test_what_somebody_says_of_herself_changes_nothing(
    facts: Facts,
    place: str,
    at: datetime,
    kind: tuple[str, str, str],
    data: st.DataObject,
) -> None:
    own = replace(data.draw(st.builds(observation, fresh, st.just(kind[1]))), source_type=SourceType.SELF)
    more = replace(facts, credentials=(*facts.credentials, held(*kind, own)))
    before, after = (standing_in_force(f, place, at, END, SHIPPED_POLICIES) for f in (facts, more))
    assert (before.verdict, before.good_until) == (after.verdict, after.good_until)


@settings(quick, max_examples=60)
@given(histories, instants)
def test_outlook_is_windows_and_projections(facts: Facts, now: datetime) -> None:
    found = outlook(facts, now, SHIPPED_POLICIES)
    for place, spans in found.windows.items():
        assert spans == windows(facts, place, now, SHIPPED_POLICIES)
    for credential in facts.credentials:
        shown = found.credentials[credential.id]
        assert shown == projection(credential, now, SHIPPED_POLICIES)
        if shown.status_until is not None:
            later = projection(credential, shown.status_until, SHIPPED_POLICIES)
            if all(o.recorded_at <= now or o.recorded_at > shown.status_until for o in credential.observations):
                assert later.status is shown.status_after is not shown.status


@settings(quick, max_examples=40)
@given(histories, places, instants)
def test_every_check_explains_itself(facts: Facts, place: str, at: datetime) -> None:
    decided = standing_in_force(facts, place, at, END, SHIPPED_POLICIES)
    known = {o.evidence for c in facts.credentials for o in c.observations}
    known |= {r.evidence for c in facts.credentials for r in c.reviews} | {e.evidence for e in facts.exclusion_editions}
    known |= {claim.evidence for claim in facts.claims}
    for check in decided.checks:
        assert check.reason.endswith((".", "!", "?"))
        assert set(check.evidence) <= known
        assert (check.remedy is None) == (check.outcome in {"PASSED", "SKIPPED"})
    assert decided.referable == (decided.verdict in REFERABLE_VERDICTS)
