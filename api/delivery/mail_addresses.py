"""E-mail addresses as they are taken, and how a mail server is spoken to.

- The plain form of RFC 5321 (4.1.2): no quoting, no comments, no address literals, ASCII. Nothing that could end a
  header line gets through.
"""

import re
from enum import StrEnum
from typing import Final

from verification.errors import Refusal

LONGEST_ADDRESS: Final = 254
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?=[^@]{{1,64}}@){_LOCAL}@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])", re.ASCII
)


class Encryption(StrEnum):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def mail_address(text: str) -> str:
    """The address, if it is one that mail can be sent to (RFC 5321, 4.1.2, without quoting). Raises Refusal."""
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise Refusal("BAD_INPUT", "This is no e-mail address, such as name@example.org.", ("address",))
    return text
