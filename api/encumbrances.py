"""The public actions against a credential's holder, as the contract shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.standings import teller
from graph.standing import credential_from
from verification.encumbrances import encumbrances


def encumbrances_of(raw: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The field's value from what `graph.standing.discipline_expression` fetched."""
    if raw["credential"] is None:
        return []
    tell = teller({"credentials": [raw["credential"]], "evidence": raw["evidence"]})
    return [
        {
            "type": each.type,
            "word": each.word,
            "status": each.status.value,
            "effective": each.effective and each.effective.isoformat(),
            "lifted": each.lifted and each.lifted.isoformat(),
            "public": True,
            "evidence": next(iter(tell((each.evidence,))), None),
        }
        for each in encumbrances(credential_from(raw["credential"]), now)
    ]
