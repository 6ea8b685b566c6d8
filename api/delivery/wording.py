"""What a notice says outside: the same few neutral words, whatever happened.

- No clinical word, no name, no concern, no speciality, nothing about a patient: whoever is told signs in and looks.
- The one mail that says something else brings the code that confirms an address.
- A webhook carries the topic, when it happened, and an opaque id.
- A link holds an opaque id alone, and needs a token or a session to show anything.
"""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import orjson

SUBJECT: Final = "You have a message in Bonafide"
CONFIRM_SUBJECT: Final = "Confirm your address for Bonafide"
_TEXT: Final = """Hello,

You have a message in Bonafide.
{link}
This is an automatic message. Please do not reply to it.
"""


_CONFIRM: Final = """Hello,

Bonafide was asked to write to this address from now on. If it was you who asked, confirm it
{link}with this code:

{code}

It is good for three days, once. If you asked for nothing, do nothing: nothing else will be sent to you.
This is an automatic message. Please do not reply to it.
"""


def webhook_body(topic: str, at: datetime, opaque: str) -> bytes:
    """The body of a webhook in JSON, the same bytes for the same notice (Standard Webhooks: type, timestamp, data)."""
    when = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": topic, "timestamp": when, "data": {"object": opaque}})


def mail(*, sender: str, to: str, message: str, opaque: str, public_url: str | None) -> EmailMessage:
    """The e-mail of one notice. `message` becomes its Message-ID, the same each time the notice is sent."""
    link = f"\n{public_url.rstrip('/')}/open/{opaque}\n" if public_url else ""
    return _written(sender, to, message, SUBJECT, _TEXT.format(link=link))


def confirming_mail(*, sender: str, to: str, message: str, code: str, public_url: str | None) -> EmailMessage:
    """The e-mail that brings the code by which an address is confirmed."""
    link = f"here:\n\n{public_url.rstrip('/')}/confirm-address/{code}\n\nor " if public_url else ""
    return _written(sender, to, message, CONFIRM_SUBJECT, _CONFIRM.format(link=link, code=code))


def _written(sender: str, to: str, message: str, subject: str, text: str) -> EmailMessage:
    written = EmailMessage(policy=SMTP)
    written["From"] = sender
    written["To"] = to
    written["Subject"] = subject
    written["Message-ID"] = f"<{message}@bonafide.invalid>"
    written["Auto-Submitted"] = "auto-generated"
    written["X-Auto-Response-Suppress"] = "All"
    written.set_content(text)
    return written
