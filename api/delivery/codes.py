"""The code by which somebody shows that mail to an address reaches them.

- It is derived from the store's key and the endpoint, so that the graph holds its hash alone and the mail can be
  written again at every try; 128 bits, good for three days and once.
- People may type it: the size of letters, spaces and hyphens make no difference.
- It does not know how it is sent, nor who asks with it.
"""

import re
from datetime import timedelta
from hashlib import sha256
from typing import Final

LASTS: Final = timedelta(days=3)
MOST_WRONG: Final = 10
"""Wrong codes after which the right one is good no more."""
MOST_AN_HOUR: Final = 5
"""Codes one account may have sent within an hour, so that nobody's mailbox is filled by way of this network."""
_LOOKS: Final = re.compile(r"[a-z2-7]{26}", re.ASCII)


def code_hash(code: str) -> str | None:
    """What is kept of a code; None for a text that can be none."""
    plain = re.sub(r"[\s-]", "", code).lower()
    return sha256(plain.encode()).hexdigest() if _LOOKS.fullmatch(plain) else None
