"""E-mail by way of the operator's own mail server.

- The connection is encrypted, by STARTTLS or from the start; in plain text only to this very machine.
- A mail server that is away or does not let us in is our own trouble, never the recipient's: nothing counts against it.
- It does not know what a mail says.
"""

from dataclasses import dataclass, field
from typing import Final

import aiosmtplib

from api.delivery.mail_addresses import Encryption
from api.delivery.sending import TAKEN, Came, Sent, not_taken
from api.delivery.wording import mail
from graph.deliveries import Claim, Waiting

WHOLE_TRY: Final = 15.0
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

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def send(self, endpoint: Claim, notice: Waiting) -> Sent:
        """Tell the endpoint; never raises but for cancellation."""
        server = self._server
        written = mail(
            sender=server.sender,
            to=endpoint.address,
            message=notice.message,
            opaque=notice.object,
            public_url=server.public_url,
        )
        try:
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
            return _refused(refused.recipients[0].code)
        except (aiosmtplib.SMTPException, OSError) as problem:
            code = problem.code if isinstance(problem, aiosmtplib.SMTPResponseException) else 0
            return Sent(Came.OURS, f"our mail server did not take it (status {code or 'none'})")
        return TAKEN


def _refused(code: int) -> Sent:
    if code == _AWAY:
        return Sent(Came.OURS, "our mail server is going away (status 421)")
    lasting = "for good" if code >= _PERMANENT else "for now"
    return not_taken(f"the address was refused {lasting} (status {code})")
