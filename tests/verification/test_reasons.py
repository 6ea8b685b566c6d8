"""Every reason there is, brought about once: its sentence, what it is about, its remedy and who can put it right."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import verification
from tests.verification.people import (
    DAY,
    NOW,
    NPI,
    certificate,
    edition,
    held,
    licence,
    membership,
    observed,
    person,
    row,
)
from tests.verification.test_compacts import traveller
from verification import parameters, wording
from verification.credentials import CredentialStatus
from verification.evidence import Claim, Facts, HeldCredential, MatchVerdict, Observation, Review, SourceType
from verification.policies import SHIPPED_POLICIES
from verification.policy import US_POLICY, policy_from, policy_table
from verification.reasons import ABOUT_CREDENTIALS, CREDENTIAL_REASONS, FIXERS, Fixer
from verification.standing import standing, standing_in_force
from verification.verdicts import Check, Outcome, Standing

S = CredentialStatus
HOLDERS = {
    "licence": ("LMFT", "FL-MFT", "FL"),
    "certificate": ("CST", "AASECT", "US"),
    "membership": ("AASECT-MEMBER", "AASECT", "US"),
    "title": ("FL-SEX-THERAPIST", "FL-MFT", "FL"),
}
LONG_AGO = NOW - 400 * DAY


def said(state: str, body: str) -> tuple[Observation, ...]:
    """What makes a credential read as that state."""
    if state in S.__members__:
        return (observed(S(state), source=body),)
    seen: dict[str, Any] = {"source": "NURSYS", "source_type": SourceType.EQUIVALENT}
    made: dict[str, tuple[Observation, ...]] = {
        "EXPIRED": (observed(source=body, expires=date(2026, 1, 31)),),
        "STALE": (observed(source=body, answered=LONG_AGO),),
        "REVERIFY": (observed(source=body, reverify_by=date(2026, 1, 31)),),
        "CONFLICT": (observed(S.SUSPENDED, source=body), observed(S.ACTIVE, **seen)),
        "UNREADABLE": (observed(S.UNKNOWN, source=body, word="see file"),),
        "NOT_PRIMARY": (observed(**seen),),
        "NOT_YET": (observed(on=date(2027, 5, 1), source=body),),
    }
    return made[state]


def in_florida(check: str, state: str) -> Facts:
    """A therapist in Florida of whom everything is good but the one credential."""
    found = []
    for each, (kind, body, place) in HOLDERS.items():
        found.append(held(kind, body, place, *(said(state, body) if each == check else [observed(source=body)])))
    return person(*found)


def check_of(decided: Standing, code: str) -> Check:
    return next(check for check in decided.checks if check.reason_code == code)


@pytest.mark.parametrize("code", CREDENTIAL_REASONS)
def test_every_reason_about_a_credential(code: str) -> None:
    check = next(check for check in ABOUT_CREDENTIALS if code.startswith(check.upper()))
    state = code.removeprefix(f"{check.upper()}_")
    found = check_of(standing(in_florida(check, state), "FL", NOW, NOW, US_POLICY), code)
    assert found.code == check
    assert complete(found)
    assert {"kind", "number", "jurisdiction", "body"} <= set(found.params)
    assert set(found.params) > {"kind", "number", "jurisdiction", "body"}, "and what is so about it"


def complete(found: Check) -> bool:
    """Whether a check says all it has to."""
    assert found.reason.endswith(".")
    assert all(name and value and isinstance(value, str) for name, value in found.params.items())
    settled = found.outcome in {Outcome.PASSED, Outcome.SKIPPED}
    assert (found.remedy is None) is settled
    assert (found.fixable_by is None) is settled
    assert settled or found.fixable_by is FIXERS[found.reason_code]
    if found.outcome is Outcome.NOTICE and found.code != "title":
        assert found.fixable_by is Fixer.NOBODY
    return True


def without(check: str) -> Any:
    rules = [rule | {"on": rule["on"] and rule["code"] != check} for rule in policy_table(US_POLICY)["rules"]]
    return policy_from(policy_table(US_POLICY) | {"rules": rules})


def texan(*observations: Observation, **changes: Any) -> HeldCredential:
    return held("LMFT", "TX-MFT", "TX", *(observations or (observed(source="TX-MFT"),)), **changes)


GOOD = (licence(), certificate(), membership())
SUSPENDED = observed(S.SUSPENDED, source="TX-MFT")
REVIEW = Review("review", "", "Looked into.", NOW, "review")
COSRT = certificate(observed(source="COSRT"), kind="COSRT-ACCREDITED", body="COSRT")
ECPS = certificate(observed(source="EFS-ESSM"), kind="ECPS", body="EFS-ESSM")
ASSOCIATE = held("AMFT", "CA-BBS", "CA", observed())
NAMESAKE = row(birth_date=date(1980, 2, 29))
CLAIM = Claim("claim", "LMFT", "12345", "CA", "CA-BBS", NOW - DAY, None, "evidence")
SCENES: dict[str, tuple[Facts, str]] = {
    "POLICY_NONE": (person(), "IE"),
    "IDENTITY_CLAIMED_TWICE": (person(claims=(CLAIM,)), "CA"),
    "NPI_NONE": (person(npi=None), "CA"),
    "NPI_IN_USE": (person(npi_recorded_at=LONG_AGO), "CA"),
    "NPI_INVALID": (person(npi="2000000011"), "CA"),
    "NPI_DEACTIVATED": (person(npi_deactivated=date(2026, 1, 1)), "CA"),
    "LICENCE_NO_STATEMENT": (person(certificate(), membership()), "CA"),
    "LICENCE_NOT_INDEPENDENT": (person(ASSOCIATE), "CA"),
    "LICENCE_NOT_NEEDED": (traveller(), "CO"),
    "LICENCE_ELSEWHERE_NONE": (person(), "CA"),
    "LICENCE_ELSEWHERE_CLEAR": (person(*GOOD, texan()), "CA"),
    "LICENCE_ELSEWHERE_DISCIPLINE": (person(*GOOD, texan(SUSPENDED)), "CA"),
    "LICENCE_ELSEWHERE_REVIEWED": (person(*GOOD, texan(SUSPENDED, reviews=(REVIEW,))), "CA"),
    "LICENCE_ELSEWHERE_NOTICE": (person(*GOOD, texan(observed(S.RESTRICTED, source="TX-MFT"))), "CA"),
    "COMPACT_NO_PRIVILEGE": (person(certificate()), "CA"),
    "COMPACT_NOT_NEEDED": (person(), "CA"),
    "COMPACT_OPEN": (traveller(), "CO"),
    "TITLE_NO_STATEMENT": (person(licence(kind="LMFT", place="FL", body="FL-MFT")), "FL"),
    "TITLE_NOT_PROTECTED": (person(), "CA"),
    "CERTIFICATE_NO_STATEMENT": (person(licence(), certificate(kind="CSC")), "CA"),
    "MEMBERSHIP_NO_CERTIFICATE": (person(licence()), "CA"),
    "MEMBERSHIP_NOT_NEEDED": (person(licence(), ECPS), "CA"),
    "MEMBERSHIP_INCLUDED": (person(licence(), COSRT), "CA"),
    "MEMBERSHIP_NO_STATEMENT": (person(licence(), certificate()), "CA"),
    "EXCLUSION_NO_EDITION": (person(exclusion_editions=()), "CA"),
    "EXCLUSION_CLEAR": (person(), "CA"),
    "EXCLUSION_STALE": (person(exclusion_editions=(edition(fetched=LONG_AGO),)), "CA"),
    "EXCLUSION_MATCH": (person(exclusions=(row(npi=NPI),)), "CA"),
    "EXCLUSION_WAIVED": (person(exclusions=(row(npi=NPI, waiver_state="CA"),)), "CA"),
    "EXCLUSION_PROBABLE": (person(exclusions=(NAMESAKE,)), "CA"),
    "EXCLUSION_POSSIBLE": (person(exclusions=(row(),)), "CA"),
    "EXCLUSION_NONE": (person(exclusions=(row(family_name="SMITH", decided=MatchVerdict.UNKNOWN),)), "CA"),
}
ROUTES = {
    "COMPACT_NOT_MEMBER",
    "COMPACT_NO_HOME_LICENCE",
    "COMPACT_DEGREE_UNKNOWN",
    "COMPACT_NOT_DOCTORAL",
    "COMPACT_ENCUMBERED",
    "COMPACT_NOT_ACTIVE",
}


@pytest.mark.parametrize("code", SCENES)
def test_every_other_reason(code: str) -> None:
    facts, place = SCENES[code]
    assert complete(check_of(standing_in_force(facts, place, NOW, NOW, SHIPPED_POLICIES), code))


def test_a_check_that_is_not_asked() -> None:
    decided = standing(person(licence(), certificate()), "CA", NOW, NOW, without("membership"))
    assert complete(check_of(decided, "NOT_ASKED"))


def routes() -> Iterator[Check]:
    """What is found of a traveller's privilege in everything that can be wrong with it."""
    good = traveller()
    home = next(c for c in good.credentials if c.jurisdiction == good.privileges[0].home)
    others = tuple(c for c in good.credentials if c is not home)

    def with_home(**changes: Any) -> Facts:
        told = tuple(replace(o, **changes) for o in home.observations)
        return replace(good, credentials=(replace(home, observations=told), *others))

    stopped = tuple(replace(p, status=S.SUSPENDED) for p in good.privileges)
    for facts in (
        replace(good, compact_members=()),
        replace(good, credentials=others),
        with_home(degree=None),
        with_home(degree="masters"),
        with_home(status=S.ACTIVE_WITH_NOTICE),
        replace(good, privileges=stopped),
    ):
        yield next(c for c in standing(facts, "CO", NOW, NOW, US_POLICY).checks if c.code == "compact")


def test_every_reason_of_a_compact() -> None:
    found = {check.reason_code: check for check in routes()}
    counselling = found.keys() ^ ROUTES
    assert counselling <= {"COMPACT_ENCUMBERED", "COMPACT_OPEN"}, "PSYPACT itself does not ask for that"
    assert all(complete(check) for check in found.values())


def test_the_tables_are_complete_and_nothing_in_them_is_unused() -> None:
    other = set(FIXERS) - set(CREDENTIAL_REASONS)
    assert other == set(SCENES) | ROUTES | {"NOT_ASKED"}
    assert other == set(wording.SENTENCES) == set(parameters.OF_REASON)


def test_no_check_has_a_reason_that_is_not_in_the_table() -> None:
    folder = Path(verification.__file__).parent
    found = {word for file in folder.glob("*.py") for word in finding_reasons(file)}
    assert found <= set(FIXERS)
    assert len(found) > 20


def finding_reasons(file: Path) -> Iterator[str]:
    """The constant reasons that a module gives to a finding."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            named = [k.value for k in node.keywords if k.arg == "reason"]
            third = node.args[2:3] if getattr(node.func, "id", "") == "Finding" else []
            for value in (*named, *third):
                yield from (str(v.value) for v in ast.walk(value) if isinstance(v, ast.Constant) and v.value)
