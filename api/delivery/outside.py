"""What of the outside world this process may reach, put together once from its settings.

- Without a mail server no e-mail is sent; without a key no webhook is.
"""

from dataclasses import dataclass
from typing import Final

from api.delivery.deliverer import Channel
from api.delivery.mailing import Mailing, MailServer
from api.delivery.signatures import SigningKey, signing_key
from api.delivery.webhooks import Webhooks
from api.settings import Settings
from graph.deliveries import EndpointKind


@dataclass(frozen=True, slots=True)
class Outside:
    """`loopback` lets developers have webhooks on this machine."""

    key: SigningKey | None = None
    mail: MailServer | None = None
    loopback: bool = False

    @property
    def mails(self) -> bool:
        """Whether e-mail is sent at all."""
        return self.mail is not None

    def channels(self) -> dict[EndpointKind, Channel]:
        """The ways of telling that there are."""
        found: dict[EndpointKind, Channel] = {}
        if self.key is not None:
            found[EndpointKind.WEBHOOK] = Webhooks(self.key, loopback=self.loopback)
        if self.mail is not None:
            found[EndpointKind.EMAIL] = Mailing(self.mail, self.key)
        return found


NOWHERE: Final = Outside()
"""Nothing outside can be reached."""


def outside(settings: Settings) -> Outside:
    """What these settings let this process reach. Raises OSError, ValueError for a signing key that cannot be read."""
    mail = None
    if settings.smtp_host is not None and settings.smtp_sender is not None:
        mail = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            encryption=settings.smtp_encryption,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            public_url=settings.public_url,
        )
    return Outside(signing_key(settings.data), mail, settings.webhook_loopback)
