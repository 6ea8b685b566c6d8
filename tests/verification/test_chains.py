"""A chain shows whatever was done to it: changed, dropped, added, put elsewhere, cut off."""

from collections.abc import Sequence
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verification.histories import chance
from verification.chains import (
    NOT_SAID,
    Break,
    Head,
    Link,
    Said,
    end_flaw,
    first_break,
    flaw,
    head_of,
    link_after,
    link_hash,
    record_hash,
)

RECORD = {"id": "e-1", "source": "CA-BBS", "answeredAt": 1_700_000_000_000, "edition": "", "fields": ["a", "b"]}
values = st.text() | st.integers() | st.booleans() | st.lists(st.text(), max_size=3)
records = st.dictionaries(st.text(min_size=1).filter(lambda name: name not in NOT_SAID), values, max_size=6)
chains = st.lists(records, min_size=1, max_size=12)


def linked(said: Sequence[dict[str, Any]], chain: str = "CA-BBS") -> tuple[list[Link], Head]:
    head = Head(chain)
    links = []
    for record in said:
        link = link_after(head, record)
        links.append(link)
        head = head_of(link)
    return links, head


def test_the_form_of_a_link_is_pinned() -> None:
    """Whoever checks a chain with a program of his own relies on these bytes."""
    first = link_after(Head("CA-BBS"), RECORD)
    assert first.record == "39ef0f4bb0d069e5d5e65e04754944234ba7e2ee8f3995a35cb40e2d5d1844e0"
    assert first.previous is None
    assert first.hash == "909583e58d59805323a2753eac9f5b08f4eef54d000a06bb0d13abc80a6c4592"
    assert first.hash == link_hash("CA-BBS", 1, None, first.record)
    assert link_after(head_of(first), RECORD).previous == first.hash


@given(chains)
def test_a_chain_that_nobody_touched_holds(said: list[dict[str, Any]]) -> None:
    links, head = linked(said)
    assert first_break("CA-BBS", links, head) is None
    assert head.position == len(said)


def test_no_record_at_all_is_a_chain_too() -> None:
    assert first_break("CA-BBS", [], Head("CA-BBS")) is None
    assert first_break("CA-BBS", [], Head("CA-BBS", 1, "00")) == Break(
        1, "The chain ends here; by its head it has 1 records."
    )


@given(chains, chance, values)
def test_changing_any_property_of_any_record_is_found_where_it_was_done(
    said: list[dict[str, Any]], dice: Random, value: Any
) -> None:
    links, head = linked(said)
    at = dice.randrange(len(said))
    name = dice.choice([*said[at], "new"])
    other = {**said[at], name: value}
    if record_hash(other) == record_hash(said[at]):
        return
    links[at] = replace(links[at], record=record_hash(other))
    found = first_break("CA-BBS", links, head)
    assert found is not None
    assert found.position == at + 1


@given(chains, chance)
def test_changing_any_part_of_any_link_is_found(said: list[dict[str, Any]], dice: Random) -> None:
    links, head = linked(said)
    at = dice.randrange(len(said))
    part = dice.choice(["position", "previous", "record", "hash"])
    other: dict[str, Any] = {part: 99 if part == "position" else "ff" * 32}
    links[at] = replace(links[at], **other)
    found = first_break("CA-BBS", links, head)
    assert found is not None
    assert found.position in {at + 1, at + 2}


@given(st.lists(records, min_size=2, max_size=12), chance)
@settings(max_examples=60)
def test_dropping_adding_and_reordering_are_found(said: list[dict[str, Any]], dice: Random) -> None:
    links, head = linked(said)
    at = dice.randrange(len(said))
    dropped = [*links[:at], *links[at + 1 :]]
    renumbered = [replace(link, position=place) for place, link in enumerate(dropped, 1)]
    twice = [*links[: at + 1], *links[at:]]
    swapped = list(links)
    other = (at + 1) % len(links)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    renamed = [replace(link, position=place) for place, link in enumerate(swapped, 1)]
    for forged in (dropped, renumbered, twice, swapped, renamed):
        assert first_break("CA-BBS", forged, head) is not None, forged
    behind = link_after(head, {"id": "added"})
    assert first_break("CA-BBS", [*links, behind], head) == Break(
        head.position + 1, f"By its head the chain has {head.position} records; this is one more."
    )


@given(chains)
def test_another_name_is_another_chain(said: list[dict[str, Any]]) -> None:
    links, head = linked(said)
    assert first_break("TX-COU", links, head._replace(chain="TX-COU")) is not None


def test_what_is_wrong_is_named() -> None:
    links, head = linked([{"id": str(number)} for number in range(4)])
    assert flaw(Head("CA-BBS"), links[1]) == Break(1, "Nothing stands at position 1; the next record is at 2.")
    assert flaw(head_of(links[1]), links[1]) == Break(3, "Another record stands at position 2 already.")
    assert flaw(Head("CA-BBS", 1, "aa"), links[1]) == Break(2, "It does not follow from what stands before it.")
    changed = replace(links[2], record="aa")
    assert flaw(head_of(links[1]), changed) == Break(
        3, "It is not what was linked here: the record or its hash was changed."
    )
    assert end_flaw(head._replace(hash="aa"), head) == Break(4, "The head has another hash than the last record.")


def test_what_was_not_known_when_it_was_added_is_no_part_of_a_record() -> None:
    assert record_hash(RECORD) == record_hash({**RECORD, "completedAt": 5, "position": 3, "chain": "x", "note": None})
    assert record_hash(RECORD) != record_hash({**RECORD, "edition": "2026-11"})
    with pytest.raises(ValueError, match="JSON"):
        record_hash({"x": float("nan")})


@given(st.lists(records, max_size=8), chance)
def test_what_was_said_is_counted_and_hashed_in_order(rows: list[dict[str, Any]], dice: Random) -> None:
    def said(given: Sequence[dict[str, Any]]) -> tuple[int, str]:
        all_ = Said()
        for row in given:
            all_.add(row)
        return all_.count, all_.hash

    turned = list(rows)
    dice.shuffle(turned)
    assert (said(turned) == said(rows)) == (turned == rows)
    assert said([*rows, {"id": "one more"}]) != said(rows)


def test_every_part_of_a_link_is_looked_at() -> None:
    assert {field.name for field in fields(Link)} == {"chain", "position", "previous", "record", "hash"}
