"""What a body's officer and a steward can say besides a single confirmation, suspension or revocation."""

import graphene

from api.schema.enums import CredentialStatus, EncumbranceType
from api.schema.inputs import CredentialReason, key, listed, needed, taken
from api.schema.proposals import RosterEffect
from api.schema.scalars import Date, DateTime


class LiftEncumbranceInput(graphene.InputObjectType):
    """End a public action. One graver than a notice needs a second officer."""

    idempotencyKey = key()
    credential = needed(graphene.ID, "The credential's id.")
    type = needed(EncumbranceType, "Its type.")
    effective = needed(Date, "From when it was in force, by which it is told from another of its type.")
    lifted = taken(Date, "From which day it no longer holds, at your seat; today by default.")
    reason = needed(CredentialReason, "Why.")
    note = taken(graphene.String, "For the record; needed with OTHER.")


class ConfirmItemInput(graphene.InputObjectType):
    """One of the credentials to confirm."""

    credential = needed(graphene.ID, "The credential's id.")
    status = taken(CredentialStatus, "Its status; ACTIVE by default.")
    effective = taken(DateTime, "From when; now by default. Counted from the start of that day at your seat.")
    expires = taken(Date, "The last day it holds.")
    reverifyBy = taken(Date, "For a credential without an end: by when to ask you again.")
    note = taken(graphene.String, "For the record; shown to nobody but your body.")


class ConfirmCredentialsInput(graphene.InputObjectType):
    """Confirm many at once: all of them, or none where one cannot be taken."""

    idempotencyKey = key()
    items = listed(ConfirmItemInput, "1 to 200 credentials of your body, each once.", required=True)


class ApproveProposalInput(graphene.InputObjectType):
    """Agree to what another officer of your body proposed; it is done at once."""

    idempotencyKey = key()
    proposal = needed(graphene.ID, "The proposal's id.")


class RefuseProposalInput(graphene.InputObjectType):
    """Do not agree to what another officer of your body proposed."""

    idempotencyKey = key()
    proposal = needed(graphene.ID, "The proposal's id.")
    why = needed(graphene.String, "Why, in words for your body.")


class WithdrawProposalInput(graphene.InputObjectType):
    """Take back what you proposed."""

    idempotencyKey = key()
    proposal = needed(graphene.ID, "The proposal's id.")
    why = needed(graphene.String, "Why, in words for your body.")


class PreviewRosterInput(graphene.InputObjectType):
    """Look at what a roster would change. Nothing is written, so there is nothing to repeat and no key."""

    roster = needed(graphene.String, "The whole roster, as for `applyRoster`.")
    complete = taken(graphene.Boolean, "It has everybody: who is missing would become unknown.")
    only = listed(RosterEffect, "Only changes of these effects.")
    first = taken(graphene.Int, "How many changes to tell, at most 1000; 200 by default. Counts are always of all.")
    skip = taken(graphene.Int, "How many to leave out before them.")


class RecordReviewInput(graphene.InputObjectType):
    """You have looked into discipline against a licence, and it need not hold up the holder's other licences."""

    idempotencyKey = key()
    credential = needed(graphene.ID, "The licence that the discipline is against.")
    reason = needed(graphene.String, "Why, in words that are shown with the discipline.")
