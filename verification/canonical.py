"""The one way to write a value as JSON, and its SHA-256: what is hashed must be the same bytes wherever it is made.

- RFC 8785 (JSON Canonicalization Scheme) for the values used here: texts, whole numbers, true, false, null, lists, and
  objects whose names hold no character beyond the basic plane, so that sorting by code point is sorting by UTF-16 unit.
- It does not know what is hashed, nor why.
"""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value. Raises TypeError or ValueError for what is none.

    Half a surrogate pair, which RFC 8785 forbids, is written as it is.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    """The SHA-256 of a value's canonical JSON, as lower-case hexadecimal text. Raises as `canonical` does."""
    return hashlib.sha256(canonical(value)).hexdigest()
