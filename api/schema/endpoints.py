"""Where an account is told of what happens, and what it says to change that."""

import graphene

from api.schema.enums import described
from api.schema.pages import connection
from api.schema.scalars import DateTime
from graph.deliveries import EndpointKind as Kind

EndpointKind = described(
    "EndpointKind",
    Kind,
    "By which way an endpoint is told.",
    {"EMAIL": "An e-mail with neutral words.", "WEBHOOK": "A signed POST (Standard Webhooks)."},
)


class Endpoint(graphene.ObjectType):
    """A place where an account is told that something happened; never what."""

    id = graphene.ID(required=True, description="An opaque id.")
    kind = graphene.Field(graphene.NonNull(EndpointKind), description="By which way.")
    address = graphene.String(description="The webhook's address or the e-mail address; null once taken away.")
    createdAt = graphene.Field(graphene.NonNull(DateTime), description="Since when it is there.")
    lastDeliveredAt = graphene.Field(DateTime, description="When it last took a notice.")
    failingSince = graphene.Field(DateTime, description="Since when it has taken none; null while it does.")
    problem = graphene.String(description="Why it took none the last time.")
    disabledAt = graphene.Field(
        DateTime, description="When it was given up; `testWebhook` or setting the address again turns it on."
    )
    confirmedAt = graphene.Field(
        DateTime,
        description="Since when an e-mail address is confirmed; null: it is told of nothing. Null for a webhook.",
    )
    formerSecretUntil = graphene.Field(DateTime, description="Until when the secret before this one signs too.")


class DeadLetter(graphene.ObjectType):
    """A notice that an endpoint did not take and that is no longer tried; `bonafide outbox` tries it again."""

    id = graphene.ID(required=True, description="An opaque id.")
    topic = graphene.String(required=True, description="What kind of notice.")
    kind = graphene.Field(graphene.NonNull(EndpointKind), description="By which way it was tried.")
    attempts = graphene.Int(required=True, description="How often.")
    problem = graphene.String(description="Why it was not taken the last time.")
    deadAt = graphene.Field(DateTime, description="Since when nobody tries.")


DeadLetterConnection = connection(DeadLetter, "DeadLetter", "notices nobody took")


def _key() -> graphene.ID:
    return graphene.ID(required=True, description="Your own key for this change; the same key is done once.")


def _webhook() -> graphene.ID:
    return graphene.ID(required=True, description="The webhook's id.")


class AddWebhookInput(graphene.InputObjectType):
    """A webhook to be told by."""

    idempotencyKey = _key()
    url = graphene.String(required=True, description="An https address at a public host, port 443 or 8443.")


class RemoveWebhookInput(graphene.InputObjectType):
    """A webhook to be told by no more."""

    idempotencyKey = _key()
    webhook = _webhook()


class TestWebhookInput(graphene.InputObjectType):
    """A webhook to be tried."""

    idempotencyKey = _key()
    webhook = _webhook()


class RotateWebhookSecretInput(graphene.InputObjectType):
    """A webhook to be given a new secret."""

    idempotencyKey = _key()
    webhook = _webhook()


class SetNotificationEmailInput(graphene.InputObjectType):
    """An e-mail address to be told at; once it is confirmed, and until then the one before it stays in force."""

    idempotencyKey = _key()
    address = graphene.String(description="Your own address; null: no more e-mail.")


class ConfirmAddressInput(graphene.InputObjectType):
    """The code that was sent to an e-mail address."""

    idempotencyKey = _key()
    code = graphene.String(required=True, description="The code; good for three days, once.")
