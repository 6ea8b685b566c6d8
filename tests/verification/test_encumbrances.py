"""Public actions: CompactConnect's fifteen types, and which one a statement is about."""

from datetime import date
from typing import Any

from tests.verification.people import DAY, MS, NOW, S, licence, observed
from verification.credentials import encumbrance_status
from verification.encumbrances import TYPES, encumbrances, find, type_of
from verification.evidence import SourceType

BEGUN = date(2026, 3, 1)
PROBATION: dict[str, Any] = {"discipline": "Probation", "discipline_date": BEGUN}


def test_all_fifteen_types_have_a_name_and_come_back_by_their_word() -> None:
    assert len(TYPES) == 15
    for name, word in TYPES.items():
        assert type_of(word) == name
        assert type_of(word.upper()) == name
    assert type_of("surrender") == "SURRENDER"
    assert type_of("modification-extension") == "MODIFICATION_EXTENSION"
    assert type_of("gibberish") is None
    assert encumbrance_status(TYPES["OTHER_ADJUDICATED_ACTION"]) is S.UNKNOWN


def test_one_action_told_of_every_night_is_one_and_the_newest_answer_counts() -> None:
    held = licence(
        observed(S.ACTIVE, answered=NOW - 3 * DAY, **PROBATION),
        observed(S.ACTIVE, answered=NOW - 2 * DAY, **PROBATION, discipline_lifted=date(2026, 11, 1)),
        observed(S.ACTIVE, answered=NOW - DAY, discipline="fine", discipline_date=date(2026, 5, 1)),
    )
    found = encumbrances(held, NOW)
    assert [(e.type, e.effective, e.lifted) for e in found] == [
        ("FINE", date(2026, 5, 1), None),
        ("PROBATION", BEGUN, date(2026, 11, 1)),
    ]
    earlier = encumbrances(held, NOW - 3 * DAY)
    assert [(e.type, e.lifted) for e in earlier] == [("PROBATION", None)]
    assert encumbrances(held, NOW - 3 * DAY - MS) == ()


def test_what_somebody_says_of_herself_is_no_action() -> None:
    assert encumbrances(licence(observed(S.ACTIVE, source_type=SourceType.SELF, **PROBATION)), NOW) == ()


def test_the_bodys_own_word_is_found_before_anothers() -> None:
    held = licence(
        observed(S.ACTIVE, answered=NOW - DAY, source="COMPACTCONNECT", source_type=SourceType.AGGREGATOR, **PROBATION),
        observed(S.ACTIVE, answered=NOW - 2 * DAY, **PROBATION),
    )
    found = find(held, "PROBATION", BEGUN, NOW)
    assert found is not None
    assert found.source == "CA-BBS"
    assert find(held, "PROBATION", date(2026, 3, 2), NOW) is None
    assert find(held, "FINE", BEGUN, NOW) is None
