"""The routes through compacts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.verification.people import DAY, NOW, certificate, licence, membership, new_id, observed, person
from verification.credentials import CredentialStatus
from verification.evidence import CompactMember, Facts, HeldCredential, Privilege
from verification.policies import SHIPPED_POLICIES
from verification.policy import US_POLICY
from verification.standing import Check, Outcome, Standing, Verdict, jurisdictions, standing, windows

S = CredentialStatus


def privilege(compact: str, kind: str, place: str = "", **changes: Any) -> Privilege:
    one = Privilege(
        id=new_id("privilege"),
        compact=compact,
        kind=kind,
        home="TX",
        jurisdiction=place,
        status=S.ACTIVE,
        effective=date(2026, 1, 1),
        expires=None,
        answered_at=NOW - DAY,
        recorded_at=NOW - DAY,
        evidence=new_id("evidence"),
    )
    return replace(one, **changes)


def member(compact: str, place: str, effective: date | None = date(2025, 1, 1), **changes: Any) -> CompactMember:
    return replace(
        CompactMember(compact, place, date(2020, 1, 1), effective, None, NOW - DAY, new_id("evidence")), **changes
    )


def members(compact: str) -> tuple[CompactMember, ...]:
    return member(compact, "TX"), member(compact, "CO")


def psychologist(**changes: Any) -> HeldCredential:
    said = observed(source="TX-PSY", **({"degree": "doctoral"} | changes))
    return licence(said, kind="PSYCHOLOGIST", place="TX", body="TX-PSY")


def traveller(*credentials: HeldCredential, **changes: Any) -> Facts:
    apit = {"privileges": (privilege("PSYPACT", "APIT"),), "compact_members": members("PSYPACT")}
    return person(*(credentials or (psychologist(),)), certificate(), membership(), **(apit | changes))


def decide(facts: Facts, place: str = "CO", at: datetime = NOW) -> Standing:
    return standing(facts, place, at, max(at, NOW), US_POLICY)


def compact(facts: Facts, place: str = "CO", at: datetime = NOW) -> Check:
    return next(check for check in decide(facts, place, at).checks if check.code == "compact")


def test_without_a_privilege_the_route_is_skipped() -> None:
    found = compact(person(), "CO")
    assert (found.outcome, found.reason_code) == (Outcome.SKIPPED, "COMPACT_NO_PRIVILEGE")
    assert decide(person(), "CO").verdict is Verdict.UNKNOWN


def test_a_full_licence_makes_it_needless() -> None:
    found = compact(traveller(psychologist()), "TX")
    assert (found.outcome, found.reason_code) == (Outcome.SKIPPED, "COMPACT_NOT_NEEDED")


def test_psypact() -> None:
    decided = decide(traveller())
    assert decided.verdict is Verdict.REFERABLE
    assert {check.code: check.outcome for check in decided.checks}["licence"] is Outcome.SKIPPED
    assert decided.good_until is not None
    assert "CO" in jurisdictions(traveller(), SHIPPED_POLICIES)
    assert windows(traveller(), "CO", NOW, SHIPPED_POLICIES)[0].because


@pytest.mark.parametrize(
    ("facts", "reason", "verdict"),
    [
        (traveller(psychologist(degree="masters")), "COMPACT_NOT_DOCTORAL", Verdict.UNKNOWN),
        (traveller(psychologist(degree=None)), "COMPACT_DEGREE_UNKNOWN", Verdict.UNKNOWN),
        (traveller(psychologist(expires=date(2026, 1, 1))), "COMPACT_NOT_ACTIVE", Verdict.UNKNOWN),
        (traveller(compact_members=members("PSYPACT")[:1]), "COMPACT_NOT_MEMBER", Verdict.UNKNOWN),
        (
            traveller(compact_members=(member("PSYPACT", "TX"), member("PSYPACT", "CO", None))),
            "COMPACT_NOT_MEMBER",
            Verdict.UNKNOWN,
        ),
        (
            traveller(compact_members=(member("PSYPACT", "TX"), member("PSYPACT", "CO", date(2027, 1, 1)))),
            "COMPACT_NOT_MEMBER",
            Verdict.UNKNOWN,
        ),
        (
            traveller(compact_members=(member("PSYPACT", "TX", withdrawn=date(2026, 6, 1)), member("PSYPACT", "CO"))),
            "COMPACT_NOT_MEMBER",
            Verdict.UNKNOWN,
        ),
        (
            traveller(privileges=(privilege("PSYPACT", "APIT", status=S.REVOKED),)),
            "COMPACT_NOT_ACTIVE",
            Verdict.UNKNOWN,
        ),
        (
            traveller(privileges=(privilege("PSYPACT", "APIT", answered_at=NOW - 31 * DAY),)),
            "COMPACT_NOT_ACTIVE",
            Verdict.UNKNOWN,
        ),
        (traveller(privileges=(privilege("PSYPACT", "TAP"),)), "COMPACT_NO_PRIVILEGE", Verdict.UNKNOWN),
        (traveller(privileges=(privilege("PSYPACT", "APIT", home="NV"),)), "COMPACT_NOT_MEMBER", Verdict.UNKNOWN),
    ],
)
def test_what_closes_the_route(facts: Facts, reason: str, verdict: Verdict) -> None:
    assert compact(facts).reason_code == reason
    assert decide(facts).verdict is verdict


def test_enacted_is_not_effective_until_the_day() -> None:
    facts = traveller(compact_members=(member("PSYPACT", "TX"), member("PSYPACT", "CO", date(2026, 12, 1))))
    start = datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert decide(facts).good_until == start
    assert decide(facts, at=start).verdict is Verdict.REFERABLE
    assert [window.start for window in windows(facts, "CO", NOW, SHIPPED_POLICIES)] == [start]


def test_discipline_in_the_patient_s_own_state_is_not_led_around() -> None:
    suspended = licence(observed(S.SUSPENDED, source="CO-PSY"), kind="PSYCHOLOGIST", place="CO", body="CO-PSY")
    assert decide(traveller(psychologist(), suspended)).verdict is Verdict.NOT_REFERABLE
    expired = licence(
        observed(source="CO-PSY", expires=date(2020, 1, 1)),
        kind="PSYCHOLOGIST",
        place="CO",
        body="CO-PSY",
    )
    assert decide(traveller(psychologist(), expired)).verdict is Verdict.REFERABLE


def counsellor(**changes: Any) -> Facts:
    lpc = licence(observed(source="TX-COU", **changes), kind="LPC", place="TX", body="TX-COU")
    bought = privilege("COUNSELING", "PRIVILEGE", "CO")
    return traveller(lpc, privileges=(bought,), compact_members=members("COUNSELING"))


def test_counseling_compact_is_per_state_and_unencumbered() -> None:
    assert decide(counsellor()).verdict is Verdict.REFERABLE
    facts = replace(counsellor(), privileges=(privilege("COUNSELING", "PRIVILEGE", "AZ"),))
    assert compact(facts).reason_code == "COMPACT_NO_PRIVILEGE"
    fined = counsellor(discipline="fine", discipline_date=date(2026, 2, 1))
    assert compact(fined).reason_code == "COMPACT_ENCUMBERED"


def test_compactconnect_s_day_ends_the_privilege() -> None:
    ends = privilege("COUNSELING", "PRIVILEGE", "CO", expires=date(2026, 11, 30))
    assert decide(replace(counsellor(), privileges=(ends,))).good_until == datetime(2026, 12, 1, 4, tzinfo=UTC)


def test_social_work_multistate_licence() -> None:
    lcsw = licence(observed(source="TX-SW"), kind="LCSW", place="TX", body="TX-SW")
    facts = traveller(
        lcsw, privileges=(privilege("SOCIAL-WORK", "MULTISTATE"),), compact_members=members("SOCIAL-WORK")
    )
    assert decide(facts).verdict is Verdict.REFERABLE
    lmft = licence(observed(source="TX-MFT"), kind="LMFT", place="TX", body="TX-MFT")
    other = replace(facts, credentials=(lmft, certificate(), membership()))
    assert compact(other).reason_code == "COMPACT_NO_HOME_LICENCE"
