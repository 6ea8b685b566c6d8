"""Boards' words, CompactConnect's encumbrances, the two axes, and an officer's moves."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import credentials
from verification.credentials import (
    ENCUMBRANCES,
    NO,
    SEVERITY,
    TRANSITIONS,
    WORDS,
    YES,
    CredentialStatus,
    Discipline,
    Life,
    OfficerAction,
    axes,
    canonical_status,
    encumbrance_status,
    is_known_action,
    is_known_word,
    moves,
    officer_move,
    words_of,
    worse,
)
from verification.errors import Refusal
from verification.kinds import BODIES
from verification.tables import table

S = CredentialStatus


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("applied", S.PENDING),
        ("In Process", S.PENDING),
        ("associate", S.PENDING),
        ("intern", S.PENDING),
        ("temporary", S.PENDING),
        ("provisional", S.PENDING),
        ("active", S.ACTIVE),
        ("CURRENT", S.ACTIVE),
        ("Clear", S.ACTIVE),
        ("in good standing", S.ACTIVE),
        ("active-in-renewal", S.ACTIVE),
        ("Accusation Filed", S.ACTIVE_WITH_NOTICE),
        ("under investigation", S.ACTIVE_WITH_NOTICE),
        ("reprimand", S.ACTIVE_WITH_NOTICE),
        ("fine", S.ACTIVE_WITH_NOTICE),
        ("citation", S.ACTIVE_WITH_NOTICE),
        ("probation", S.RESTRICTED),
        ("conditional", S.RESTRICTED),
        ("limited", S.RESTRICTED),
        ("required supervision", S.RESTRICTED),
        ("stayed revocation", S.RESTRICTED),
        ("expired", S.LAPSED),
        ("delinquent", S.LAPSED),
        ("inactive", S.LAPSED),
        ("retired", S.LAPSED),
        ("Null & Void", S.LAPSED),
        ("null and void", S.LAPSED),
        ("not renewed", S.LAPSED),
        ("membership inactive", S.LAPSED),
        ("suspended", S.SUSPENDED),
        ("summary suspension", S.SUSPENDED),
        ("emergency suspension", S.SUSPENDED),
        ("interim order", S.SUSPENDED),
        ("revoked", S.REVOKED),
        ("surrendered", S.SURRENDERED),
        ("surrender while under investigation", S.SURRENDERED),
        ("denied", S.DENIED),
        ("deceased", S.DECEASED),
        ("cancelled", S.CANCELLED),
        ("canceled", S.CANCELLED),
        ("no such licence", S.CANCELLED),
        ("ACTIVE_WITH_NOTICE", S.ACTIVE_WITH_NOTICE),
        ("sleeping", S.UNKNOWN),
        ("", S.UNKNOWN),
        ("inactive active", S.UNKNOWN),
        ("not active", S.UNKNOWN),
    ],
)
def test_word(word: str, status: CredentialStatus) -> None:
    assert canonical_status(word) is status


def test_every_word_of_the_table_has_one_state() -> None:
    listed = [(word, S(status)) for status, words in table("statuses")["words"].items() for word in words]
    for word, status in listed:
        assert canonical_status(word) is status, word
        assert canonical_status(f"  {word.upper()} ") is status
        assert is_known_word(word)
    assert not is_known_word("sleeping")
    assert len(WORDS) > 150


@given(st.text(max_size=20))
def test_an_unmapped_word_is_unknown(word: str) -> None:
    assert canonical_status(word) is S.UNKNOWN or is_known_word(word)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("fine", S.ACTIVE_WITH_NOTICE),
        ("reprimand", S.ACTIVE_WITH_NOTICE),
        ("public reprimand", S.ACTIVE_WITH_NOTICE),
        ("completion of continuing education", S.ACTIVE_WITH_NOTICE),
        ("required supervision", S.RESTRICTED),
        ("probation", S.RESTRICTED),
        ("injunctive action", S.RESTRICTED),
        ("modification of previous action-extension", S.RESTRICTED),
        ("modification of previous action-reduction", S.RESTRICTED),
        ("other monitoring", S.RESTRICTED),
        ("suspension", S.SUSPENDED),
        ("revocation", S.REVOKED),
        ("denial", S.DENIED),
        ("surrender of license", S.SURRENDERED),
        ("other adjudicated action-not listed", S.UNKNOWN),
    ],
)
def test_the_fifteen_encumbrances(kind: str, status: CredentialStatus) -> None:
    assert encumbrance_status(kind) is status
    assert encumbrance_status(kind.upper()) is status


def test_other_words_for_discipline() -> None:
    assert encumbrance_status("modification-extension") is S.RESTRICTED
    assert encumbrance_status("Suspended") is S.SUSPENDED
    assert encumbrance_status("anything") is S.UNKNOWN
    assert encumbrance_status("active") is S.UNKNOWN, "an action is never good news"
    assert encumbrance_status("") is S.UNKNOWN
    assert len(ENCUMBRANCES) >= 15


def test_axes_and_the_worse_of_them() -> None:
    assert axes(S.SUSPENDED) == (Life.ACTIVE, Discipline.SUSPENDED)
    assert axes(S.LAPSED) == (Life.LAPSED, Discipline.NONE)
    assert worse() is S.ACTIVE
    assert worse(S.LAPSED, S.ACTIVE_WITH_NOTICE) is S.LAPSED
    assert worse(S.UNKNOWN, S.LAPSED) is S.LAPSED
    assert worse(S.UNKNOWN, S.ACTIVE_WITH_NOTICE) is S.UNKNOWN
    assert set(SEVERITY) == set(S)
    assert YES | NO | {S.UNKNOWN} == set(S)


@given(st.lists(st.sampled_from(S), min_size=1), st.sampled_from(S))
def test_worse_is_monotone(statuses: list[CredentialStatus], one: CredentialStatus) -> None:
    assert SEVERITY[worse(*statuses, one)] >= SEVERITY[worse(*statuses)]
    assert worse(*statuses) is worse(*reversed(statuses))


@pytest.mark.parametrize("action", OfficerAction)
def test_every_move(action: OfficerAction) -> None:
    for current, wanted in itertools.product(S, S):
        if wanted in TRANSITIONS[action].get(current, ()):
            assert officer_move(action, current, wanted) is wanted
            assert action in moves(current)
            assert wanted is not S.UNKNOWN, "an officer says how it stands"
        else:
            with pytest.raises(Refusal) as refused:
                officer_move(action, current, wanted)
            assert refused.value.code == "ILLEGAL_TRANSITION"


def test_moves_as_they_are_used() -> None:
    assert officer_move(OfficerAction.SUSPEND, S.ACTIVE) is S.SUSPENDED
    assert officer_move(OfficerAction.REVOKE, S.SUSPENDED) is S.REVOKED
    assert officer_move(OfficerAction.REINSTATE, S.SUSPENDED, S.ACTIVE) is S.ACTIVE
    assert officer_move(OfficerAction.CONFIRM, S.UNKNOWN, S.ACTIVE) is S.ACTIVE
    with pytest.raises(Refusal):
        officer_move(OfficerAction.CONFIRM, S.SUSPENDED, S.ACTIVE)
    with pytest.raises(Refusal):
        officer_move(OfficerAction.SUSPEND, S.REVOKED)
    with pytest.raises(Refusal, match="cannot be changed"):
        officer_move(OfficerAction.REINSTATE, S.SUSPENDED)


BY_BODY = [
    (body, word, S(status))
    for body, words in table("statuses")["bodies"].items()
    for status, entries in words.items()
    for word in entries
]


@pytest.mark.parametrize(("body", "word", "status"), BY_BODY)
def test_every_word_of_a_body_of_its_own(body: str, word: str, status: CredentialStatus) -> None:
    assert body in BODIES
    assert canonical_status(word, body) is canonical_status(f" {word.upper()}. ", body) is status
    assert is_known_word(word, body)
    assert list(words_of(body)) == list(dict.fromkeys(words_of(body))), "a word means one thing"


@pytest.mark.parametrize("body", BODIES)
def test_a_body_without_words_of_its_own_says_what_everybody_says(body: str) -> None:
    for word, status in WORDS.items():
        assert canonical_status(word, body) is words_of(body).get(word, status)


def test_a_bodys_own_word_goes_before_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"TX-MFT": {"current": S.RESTRICTED, "in limbo": S.SUSPENDED, "fine": S.RESTRICTED}}
    monkeypatch.setattr(credentials, "WORDS_OF_BODY", own)
    for cached in (canonical_status, encumbrance_status):
        cached.cache_clear()
    try:
        assert canonical_status("Current", "TX-MFT") is S.RESTRICTED
        assert canonical_status("Current", "NY-MFT") is canonical_status("Current") is S.ACTIVE
        assert (canonical_status("in limbo", "TX-MFT"), canonical_status("in limbo")) == (S.SUSPENDED, S.UNKNOWN)
        assert is_known_word("In Limbo", "TX-MFT")
        assert not is_known_word("In Limbo", "NY-MFT")
        assert encumbrance_status("fine", "TX-MFT") is S.RESTRICTED
        assert encumbrance_status("fine", "NY-MFT") is S.ACTIVE_WITH_NOTICE
    finally:
        for cached in (canonical_status, encumbrance_status):
            cached.cache_clear()


def test_a_known_action_without_a_state_is_no_work() -> None:
    assert is_known_action("other adjudicated action")
    assert is_known_action("suspended")
    assert not is_known_action("put in the stocks")
