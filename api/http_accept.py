"""Which of our media types a client takes (RFC 9110, section 12.5.1).

- No Accept header, or a wildcard, takes the older type, which every client can read.
- A type with `q=0` is refused, one with a broken weight is passed over.
"""

from collections.abc import Sequence
from typing import Final

_MOST_RANGES: Final = 50


def accepts(header: str, offered: Sequence[str]) -> str | None:
    """The media type to answer with, None when none of `offered` (best first) is taken."""
    if not header.strip():
        return offered[-1]
    weights: dict[str, float] = {}
    for part in header.split(",")[:_MOST_RANGES]:
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(parameters)
        if weight is not None:
            weights[media_range] = weight
    scored = [(_score(name, weights, offered), -place, name) for place, name in enumerate(offered)]
    best, _, name = max(scored)
    return name if best > 0 else None


def _score(name: str, weights: dict[str, float], offered: Sequence[str]) -> float:
    if name in weights:
        return weights[name]
    kind = name.partition("/")[0]
    wildcard = weights.get(f"{kind}/*", weights.get("*/*", 0.0))
    # A client that takes anything has most likely never heard of the newer type.
    return wildcard if name == offered[-1] else min(wildcard, 0.0001)


def _weight(parameters: Sequence[str]) -> float | None:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return None
    return 1.0
