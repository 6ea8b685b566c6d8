"""Pairs of a therapist and a row of the exclusion list, in the schema's own names, with what decides each.

- Only rows of the edition in force count. What a person decided is shown beside the pair, also where a field it was
  decided by has changed since and it no longer holds.
- The likeliest come first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from graph.standing import facts_from, shared_facts
from verification.evidence import ExclusionRow, Facts, MatchVerdict
from verification.matches import Likeness, match
from verification.names import display_name
from verification.registers import rows_in_force

Raw = Mapping[str, Any]
SOURCE: Final = "LEIE"
_ORDER: Final = {Likeness.MATCH: 0, Likeness.PROBABLE: 1, Likeness.POSSIBLE: 2, Likeness.NONE: 3}


def pairs_of(raw: Raw | None, verdict: str, now: datetime) -> list[dict[str, Any]]:
    """The pairs of that verdict, each with `k`, the value it is ordered by; none for whoever may not see them."""
    if raw is None:
        return []
    shared = shared_facts(raw["shared"])
    found = [
        pair
        for person in raw["people"]
        for pair in _pairs(person, facts_from(person["facts"], shared), MatchVerdict[verdict], now)
    ]
    return sorted(found, key=lambda pair: pair["k"])


def _pairs(person: Raw, facts: Facts, wanted: MatchVerdict, now: datetime) -> Iterator[dict[str, Any]]:
    listed = {each["row"]: each for each in person["rows"]}
    for row in rows_in_force(facts, now):
        pair = match(facts, row)
        if pair.verdict is wanted and row.id in listed:
            yield {
                "k": [f"{_ORDER[pair.likeness]}|{facts.practitioner}|{row.id}"],
                "source": SOURCE,
                "practitioner": f"Therapist:{facts.practitioner}",
                "row": row.id,
                "verdict": pair.verdict.name,
                "likeness": pair.likeness.name,
                "fields": list(pair.fields),
                "person": _person(person, facts),
                "listed": _listed(row, listed[row.id]),
                "decision": _decision(person["decisions"], row.id),
            }


def _person(person: Raw, facts: Facts) -> dict[str, Any]:
    others = [
        display_name(name.given_name, name.middle_name, name.family_name, name.suffix) for name in facts.other_names
    ]
    return {
        "name": person["name"] or "",
        "otherNames": others,
        "npi": facts.npi,
        "birthDate": facts.birth_date.isoformat() if facts.birth_date else None,
        "places": list(filter(None, map(_town, person["places"]))),
        "exclusionType": None,
        "excludedOn": None,
    }


def _listed(row: ExclusionRow, place: Raw) -> dict[str, Any]:
    return {
        "name": " ".join(filter(None, (row.given_name, row.middle_name, row.family_name, row.suffix))),
        "otherNames": [],
        "npi": row.npi,
        "birthDate": row.birth_date.isoformat() if row.birth_date else None,
        "places": list(filter(None, [_town(place)])),
        "exclusionType": row.exclusion_type or None,
        "excludedOn": row.excluded_on.isoformat() if row.excluded_on else None,
    }


def _town(place: Raw) -> str:
    return " ".join(filter(None, (place["city"], place["state"])))


def _decision(decisions: Sequence[Raw], row: str) -> dict[str, Any] | None:
    """The last decision about this row, whether or not it still holds."""
    about = [decision for decision in decisions if decision["row"] == row]
    if not about:
        return None
    last = max(about, key=lambda decision: (decision["decidedAt"], decision["id"]))
    return {
        "verdict": MatchVerdict(last["verdict"]).name,
        "fields": last["fields"] or [],
        "why": last["why"] or "",
        "decidedAt": last["decidedAt"],
        "evidence": f"Evidence:{last['id']}",
    }
