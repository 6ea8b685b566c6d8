"""What one officer cannot take off a credential alone, and when two have agreed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verification.histories import instants, single_credentials
from tests.verification.people import DAY, MS, NOW, S, licence, observed
from verification.agreements import (
    LASTS,
    WEIGHTY,
    Proposal,
    ProposalKind,
    ProposalStatus,
    check_agreement,
    ground_of,
    is_open,
    lifts,
    needs_second,
    words_of,
)
from verification.credentials import YES, CredentialStatus, OfficerAction
from verification.errors import Refusal
from verification.evidence import HeldCredential, Observation, SourceType
from verification.histories import boundaries, history_of, read

TODAY = date(2026, 11, 25)
YEARS = timedelta(days=3650)


def said(status: CredentialStatus, on: date | None = TODAY, **changes: Any) -> Observation:
    """Said by the board a moment ago."""
    return observed(status, on, **({"answered": NOW} | changes))


def adding(held: HeldCredential, *more: Observation) -> HeldCredential:
    return replace(held, observations=(*held.observations, *more))


def lifted(held: HeldCredential, *more: Observation) -> bool:
    return lifts(held, adding(held, *more), NOW)


@pytest.mark.parametrize("status", sorted(WEIGHTY))
@pytest.mark.parametrize("better", sorted(YES))
def test_whatever_is_worse_than_a_notice_is_lifted_by_a_yes(status: CredentialStatus, better: CredentialStatus) -> None:
    assert lifted(licence(observed(status)), said(better))


@pytest.mark.parametrize("status", [S.ACTIVE, S.ACTIVE_WITH_NOTICE, S.LAPSED, S.PENDING, S.UNKNOWN])
def test_anything_else_is_one_officers_to_say(status: CredentialStatus) -> None:
    assert not lifted(licence(observed(status)), said(S.ACTIVE))


@pytest.mark.parametrize("status", sorted(CredentialStatus))
def test_putting_weight_on_needs_nobody(status: CredentialStatus) -> None:
    for worse in (S.SUSPENDED, S.REVOKED):
        if status not in {S.SURRENDERED, S.REVOKED, S.DECEASED}:
            assert not lifted(licence(observed(status)), said(worse))


def test_a_lighter_name_for_a_suspension_is_a_lift() -> None:
    assert lifted(licence(observed(S.SUSPENDED)), said(S.RESTRICTED))
    assert not lifted(licence(observed(S.RESTRICTED)), said(S.SUSPENDED))


def test_the_death_of_the_holder_is_no_lift() -> None:
    assert not lifted(licence(observed(S.SUSPENDED)), said(S.DECEASED))


def test_no_way_round_by_small_steps() -> None:
    """Restricted, called lapsed by one officer, called active by the same: the second step is the lift."""
    held = licence(observed(S.RESTRICTED))
    lapsed = said(S.LAPSED, answered=NOW - DAY)
    assert not lifts(held, adding(held, lapsed), NOW)
    assert lifted(adding(held, lapsed), said(S.ACTIVE))


def test_a_suspension_that_has_yet_to_begin_cannot_be_taken_away_alone() -> None:
    held = licence(observed(), said(S.SUSPENDED, TODAY + 10 * DAY, answered=NOW - DAY))
    assert not lifted(held, said(S.ACTIVE))
    assert lifted(held, said(S.ACTIVE, TODAY + 10 * DAY))
    assert lifted(held, said(S.ACTIVE, TODAY + 11 * DAY))


def test_a_suspension_hidden_by_a_contradiction_cannot_either() -> None:
    contradicted = licence(
        observed(S.SUSPENDED, TODAY, NOW - 2 * DAY, source="COMPACTCONNECT", source_type=SourceType.AGGREGATOR),
        said(S.ACTIVE, TODAY, answered=NOW - DAY),
    )
    assert history_of(contradicted, NOW, NOW, YEARS).readings[0][1].status is S.UNKNOWN
    assert lifted(contradicted, said(S.ACTIVE, TODAY + DAY))


def test_a_yes_that_is_older_than_the_suspension_lifts_nothing_but_is_still_meant_to() -> None:
    held = licence(observed(S.SUSPENDED, TODAY))
    after = adding(held, said(S.ACTIVE, TODAY - DAY))
    assert not lifts(held, after, NOW)
    assert needs_second(OfficerAction.REINSTATE, S.SUSPENDED, held, after, NOW)
    assert not needs_second(OfficerAction.CONFIRM, S.SUSPENDED, held, after, NOW)


def test_an_agreed_return_cannot_be_brought_forward_alone() -> None:
    held = licence(observed(S.SUSPENDED), said(S.ACTIVE, TODAY + 20 * DAY, answered=NOW - DAY))
    assert lifted(held, said(S.ACTIVE, TODAY))
    assert not lifted(held, said(S.ACTIVE, TODAY + 30 * DAY))


@pytest.mark.parametrize(
    ("action", "grave"),
    [("suspension", True), ("probation", True), ("other adjudicated action", True), ("fine", False)],
)
def test_ending_an_action(action: str, grave: bool) -> None:
    begun: dict[str, Any] = {"discipline": action, "discipline_date": date(2026, 1, 1)}
    held = licence(observed(S.ACTIVE, date(2025, 1, 1), **begun))
    over = said(S.ACTIVE, date(2025, 1, 1), **begun, discipline_lifted=TODAY)
    assert lifted(held, over) is grave
    later = said(S.ACTIVE, date(2025, 1, 1), **begun, discipline_lifted=TODAY + 9 * DAY)
    assert lifted(held, later) is grave


def test_one_of_two_actions_is_a_lift_too() -> None:
    """The worse one still stands, so that nothing shows yet."""
    suspension: dict[str, Any] = {"discipline": "suspension", "discipline_date": date(2026, 3, 1)}
    probation: dict[str, Any] = {"discipline": "probation", "discipline_date": date(2026, 2, 1)}
    first = date(2025, 1, 1)
    held = licence(observed(S.ACTIVE, first, **suspension), observed(S.ACTIVE, first, **probation))
    assert lifted(held, said(S.ACTIVE, first, **probation, discipline_lifted=TODAY))


@given(single_credentials, single_credentials, instants)
def test_nothing_goes_from_weight_to_a_yes_without_a_lift(
    held: HeldCredential, other: HeldCredential, now: Any
) -> None:
    """Whatever is added: if at any instant a credential reads better than its weight, it counts as lifted."""
    before = replace(held, observations=tuple(o for o in held.observations if o.recorded_at <= now))
    more = [replace(o, recorded_at=now, source=held.body) for o in other.observations]
    after = adding(before, *more)
    old, new = (history_of(each, now, now, YEARS) for each in (before, after))
    instants_ = {now, *boundaries(old), *boundaries(new)}
    escaped = any(read(old, t).status in WEIGHTY and read(new, t).status in YES for t in instants_)
    if escaped:
        assert lifts(before, after, now)


@given(single_credentials, instants)
def test_the_same_said_again_is_no_lift(held: HeldCredential, now: Any) -> None:
    assert not lifts(held, held, now)


def proposal(**changes: Any) -> Proposal:
    made = Proposal("p", ProposalKind.REINSTATE, ProposalStatus.OPEN, "ann", True, "words", "ground", NOW + LASTS, {})
    return replace(made, **changes)


def refused(made: Proposal, account: str = "bea", ground: str = "ground", now: Any = NOW) -> str:
    try:
        check_agreement(made, account, ground, now)
    except Refusal as refusal:
        return refusal.code
    return "AGREED"


def test_another_officer_agrees_in_time_on_the_same_ground() -> None:
    assert refused(proposal()) == "AGREED"
    assert refused(proposal(), account="ann") == "SAME_OFFICER"
    assert refused(proposal(), ground="another") == "PROPOSAL_VOID"
    assert refused(proposal(active=False)) == "PROPOSAL_VOID"
    assert refused(proposal(), now=NOW + LASTS - MS) == "AGREED"
    assert refused(proposal(), now=NOW + LASTS) == "PROPOSAL_EXPIRED"
    for status in ProposalStatus:
        assert (refused(proposal(status=status)) == "AGREED") is (status is ProposalStatus.OPEN)
        assert is_open(proposal(status=status), "ground", NOW) is (status is ProposalStatus.OPEN)
    assert not is_open(proposal(), "ground", NOW + LASTS)
    assert not is_open(proposal(), "other", NOW)
    assert not is_open(proposal(active=False), "ground", NOW)


def test_the_ground_is_what_stands_against_it_and_nothing_else() -> None:
    held = licence(observed(S.SUSPENDED, TODAY - 5 * DAY))
    again = adding(held, said(S.SUSPENDED, TODAY - 5 * DAY))
    assert ground_of(held, NOW) == ground_of(again, NOW) == ground_of(again, NOW + 2 * DAY)
    assert ground_of(adding(held, said(S.SUSPENDED, TODAY - DAY)), NOW) != ground_of(held, NOW)
    assert ground_of(adding(held, said(S.REVOKED)), NOW) != ground_of(held, NOW)
    assert ground_of(adding(held, said(S.ACTIVE)), NOW) != ground_of(held, NOW)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.none(), max_size=4))
def test_words_are_the_same_when_they_say_the_same(values: dict[str, Any]) -> None:
    kind = ProposalKind.REINSTATE
    assert words_of(kind, "c", values) == words_of(kind, "c", dict(reversed(values.items())))
    assert words_of(kind, "c", values) != words_of(kind, "d", values)
    assert words_of(kind, "c", values) != words_of(kind, "c", {**values, "longer": "than any"})
