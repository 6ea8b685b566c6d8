"""E-mail by way of the operator's own mail server.

- The connection is encrypted, by STARTTLS or from the start; in plain text only to this very machine.
- A mail server that is away or does not let us in is our own trouble, never the recipient's: nothing counts against it.
  A mail that it looked at and did not take is the recipient's, so that one that is never taken does not wait for ever.
- It does not know what a mail says.
"""

import asyncio
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from api.delivery.mail_addresses import Encryption
from api.delivery.sending import TAKEN, Came, Sent, not_taken
from api.delivery.signatures import SigningKey
from api.delivery.wording import confirming_mail, mail
from graph.deliveries import Claim, Waiting
from graph.outbox import Topic

WHOLE_TRY: Final = 15.0
"""Seconds; the slowest of servers is no reason to hold an address for longer."""
_AWAY: Final = 421
_PERMANENT: Final = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom. `public_url` is where people reach this network; None: no link."""

    host: str
    port: int
    sender: str
    encryption: Encryption = Encryption.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    public_url: str | None = None


class Mailing:
    """Sends mail through one server."""

    def __init__(self, server: MailServer, key: SigningKey | None = None) -> None:
        self._server, self._key = server, key

    async def send(self, endpoint: Claim, notice: Waiting) -> Sent:
        """Tell the endpoint; never raises but for cancellation."""
        server = self._server
        written = self._written(endpoint, notice)
        try:
            async with asyncio.timeout(WHOLE_TRY):
                await aiosmtplib.send(
                    written,
                    hostname=server.host,
                    port=server.port,
                    username=server.user,
                    password=server.password,
                    use_tls=server.encryption is Encryption.TLS,
                    start_tls=server.encryption is Encryption.STARTTLS,
                    timeout=WHOLE_TRY,
                )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _refused("the address", refused.recipients[0].code)
        except aiosmtplib.SMTPDataError as refused:
            return _refused("the mail", refused.code)
        except (aiosmtplib.SMTPException, OSError) as problem:
            code = problem.code if isinstance(problem, aiosmtplib.SMTPResponseException) else 0
            return Sent(Came.OURS, f"our mail server did not take it (status {code or 'none'})")
        return TAKEN

    def _written(self, endpoint: Claim, notice: Waiting) -> EmailMessage:
        sender, url = self._server.sender, self._server.public_url
        to, message = endpoint.address, notice.message
        if notice.topic == Topic.ENDPOINT_CONFIRMATION and self._key is not None:
            code = self._key.code(endpoint.endpoint)
            return confirming_mail(sender=sender, to=to, message=message, code=code, public_url=url)
        return mail(sender=sender, to=to, message=message, opaque=notice.object, public_url=url)


def _refused(what: str, code: int) -> Sent:
    if code == _AWAY:
        return Sent(Came.OURS, "our mail server is going away (status 421)")
    lasting = "for good" if code >= _PERMANENT else "for now"
    return not_taken(f"{what} was refused {lasting} (status {code})")
