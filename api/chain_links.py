"""`Referral.chain`: the links as clients see them, from what the statement fetched."""

from collections.abc import Mapping, Sequence
from typing import Any

from verification.referral_links import Side, lane_of, sides_of


def chain_shown(raw: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each link with its lane and the roles of its two sides."""
    return [_link(link) for link in raw]


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    sent_by, to = sides_of(back=link["back"], sent_as=Side(link["sentAs"]) if link["sentAs"] else None)
    return {**link, "lane": lane_of(back=link["back"]).value, "sentBy": sent_by.value, "to": to.value}
