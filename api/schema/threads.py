"""The thread of a referral and what is attached to it, and what is said to change them."""

import graphene

from api.schema.enums import described
from api.schema.inputs import needed
from api.schema.pages import connection, one
from api.schema.scalars import DateTime

MessageKind = described(
    "MessageKind",
    ["QUESTION", "ANSWER", "ADVICE", "NOTE"],
    "What a message is.",
    {
        "QUESTION": "What the recipient asked before deciding.",
        "ANSWER": "What the sender answered.",
        "ADVICE": "What the recipient advised instead.",
        "NOTE": "Anything else.",
    },
)
AttachmentState = described(
    "AttachmentState",
    ["PENDING", "CLEAN", "REFUSED"],
    "Whether an attachment can be had.",
    {
        "PENDING": "It is still to be scanned, and nobody can have it.",
        "CLEAN": "Both sides can have it at `/attachments/{id}`.",
        "REFUSED": "The scanner refused it; nobody can have it.",
    },
)


class Message(graphene.ObjectType):
    """A word in the thread of an attempt, for its two sides."""

    id = graphene.ID(required=True, description="An opaque id.")
    kind = graphene.Field(graphene.NonNull(MessageKind), description="What it is.")
    at = one(DateTime, "When it was written.")
    text = graphene.String(required=True, description="The words.")
    attempt = graphene.Int(required=True, description="The number of the attempt whose thread it is in.")
    writtenBy = graphene.String(description="The name of the account that wrote it.")
    mine = graphene.Boolean(required=True, description="Your own side wrote it.")
    read = graphene.Boolean(required=True, description="Somebody of the other side has read it.")


class Attachment(graphene.ObjectType):
    """A file that belongs to a referral: for its sender, and for the recipient while in charge of the patient."""

    id = graphene.ID(required=True, description="An opaque id: `GET /attachments/{id}`.")
    title = graphene.String(required=True, description="What it is, in the words of whoever attached it.")
    mediaType = graphene.String(
        required=True, description="What it holds: application/pdf, image/png, image/jpeg or text/plain."
    )
    size = graphene.Int(required=True, description="Bytes.")
    sha256 = graphene.String(description="The SHA-256 of its content; null while it is not clean.")
    state = graphene.Field(graphene.NonNull(AttachmentState), description="Whether it can be had.")
    refusal = graphene.String(description="Why it was refused.")
    at = one(DateTime, "When it was attached.")
    attachedBy = graphene.String(description="The name of the account that attached it.")
    mine = graphene.Boolean(required=True, description="Your own side attached it.")


MessageConnection = connection(Message, "Message", "messages, oldest first")


def _key() -> graphene.ID:
    return graphene.ID(required=True, description="Your own key for this change; the same key is done once.")


class SendMessageInput(graphene.InputObjectType):
    """A word to the other side. Before the acceptance do not write anything that tells who the patient is."""

    idempotencyKey = _key()
    referral = needed(graphene.ID, "The referral's id.")
    text = needed(graphene.String, "At most 4000 characters.")


class MarkReadInput(graphene.InputObjectType):
    """What you have read. The mark is yours alone, and only moves forward."""

    idempotencyKey = _key()
    referral = needed(graphene.ID, "The referral's id.")
    through = graphene.ID(description="The newest message you have read; everything there is when left out.")
