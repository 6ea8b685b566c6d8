"""`availableActions`: what the viewer may do with a referral now, and what forbids the rest.

- Only what the contract has a mutation for is offered, under the mutation's own name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.operations.table import OPERATIONS
from graph.available import available_from


def available(raw: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The field's value from what `graph.available.available_expression` fetched."""
    return [
        {"action": item.action.value, "allowed": item.allowed, "why": item.why}
        for item in available_from(raw, now, OPERATIONS)
    ]
