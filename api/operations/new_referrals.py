"""Writing a referral for the first time.

- A draft needs the patient's consent and a concern of ours; its shortlist may be empty until it is sent.
- A draft is seen by its author alone, and nobody on its shortlist is weighed before it is sent.
- The same patient is told by the fingerprint of folded name, birth date and concern under one author.
"""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from api.operations.moves import event_of
from api.operations.outcomes import (
    BUSY,
    TRIES,
    Context,
    Done,
    Outcome,
    Problems,
    Said,
    asked,
    new_id,
    not_found,
    own_id,
    refused,
    settled_before,
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.new_referrals import Ground, NewReferral, create_referral, read_new_referral
from graph.commands.receipts import Asked
from graph.errors import Conflict
from graph.instants import millis
from verification.access import Action
from verification.names import fold
from verification.referral_states import State

LONGEST_SHORTLIST: Final = 10
_OLDEST_BIRTH: Final = date(1900, 1, 1)
_PATIENT_FIELDS: Final = (
    "familyName", "givenName", "preferredName", "pronouns", "phone", "email", "postalCode", "payer",
)  # fmt: skip


async def create_referral_draft(context: Context, said: Said) -> Outcome:
    """Writes a draft and answers with it, or says why not."""
    candidates = [own_id(opaque, "Therapist") for opaque in said["candidates"]]
    problem = unusable(said) or _patient_problem(said, context.now()) or _shortlist_problem(candidates)
    if problem:
        return problem
    known = [own for own in candidates if own is not None]
    for _ in range(TRIES):
        outcome = await _once(context, said, known)
        if outcome is not None:
            return outcome
    return BUSY


async def _once(context: Context, said: Said, candidates: list[str]) -> Outcome | None:
    try_ = asked(context, Action.CREATE_REFERRAL, said)
    ground = await read_new_referral(context.database, try_, said["concern"], candidates)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, Action.CREATE_REFERRAL, try_, ground.who, ground.receipt, label="Referral")
    if settled is not None:
        return settled
    if problem := _ground_problem(ground):
        return problem
    new = _new_referral(said, candidates, ground.who.acts_as or "", ground.who.role, try_)
    try:
        node = await create_referral(context.database, try_, new, context.answer)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _patient_problem(said: Said, now: datetime) -> Problems | None:
    patient = said["patient"]
    born = patient.get("birthDate")
    if not said["consent"]["given"]:
        return refused("CONSENT_REQUIRED", "A referral needs the patient's consent.", "consent", "given")
    for name in ("familyName", "givenName"):
        if not patient[name].strip():
            return refused("BAD_INPUT", "The patient's name is needed.", "patient", name)
    if born is not None and not _OLDEST_BIRTH <= born <= now.astimezone(UTC).date():
        return refused("BAD_INPUT", "The date of birth cannot be right.", "patient", "birthDate")
    return None


def _shortlist_problem(candidates: list[str | None]) -> Problems | None:
    if len(candidates) > LONGEST_SHORTLIST:
        return refused("BAD_INPUT", f"A shortlist has at most {LONGEST_SHORTLIST} therapists.", "candidates")
    for position, candidate in enumerate(candidates):
        if candidate is None:
            return not_found("candidates", position)
        if candidate in candidates[:position]:
            return refused("BAD_INPUT", "This therapist is on the shortlist already.", "candidates", position)
    return None


def _ground_problem(ground: Ground) -> Problems | None:
    if ground.who is None or ground.who.acts_as is None:
        return refused("FORBIDDEN", "This account acts for no physician.")
    if not ground.concern:
        return not_found("concern")
    if False in ground.candidates:
        return not_found("candidates", list(ground.candidates).index(False))
    return None


def _new_referral(said: Said, candidates: list[str], author: str, role: str, try_: Asked) -> NewReferral:
    identity = new_id()
    return NewReferral(
        actor=author,
        referral={
            "id": identity,
            "status": State.DRAFT.value,
            "jurisdiction": said["jurisdiction"],
            "priority": said["priority"],
            "reason": said.get("reason"),
            "requisition": identity,
            "createdAt": millis(try_.now),
            "duplicateKey": _duplicate_key(author, said["patient"], said["concern"]),
            **_consent(said["consent"], try_.now),
        },
        patient=_patient(said["patient"]),
        concern=said["concern"],
        candidates=candidates,
        event=event_of(role, try_.now, 1, "ReferralCreated", None, State.DRAFT, None, None),
    )


def _consent(consent: Said, now: datetime) -> dict[str, Any]:
    return {
        "consentGiven": True,
        "consentMethod": consent.get("method"),
        "consentAt": millis(consent.get("at") or now),
    }


def _patient(patient: Said) -> dict[str, Any]:
    born, contact = patient.get("birthDate"), patient.get("safeContact") or {}
    return {
        "id": new_id(),
        **{name: patient.get(name) for name in _PATIENT_FIELDS},
        "birthDate": born.isoformat() if born else None,
        "safeContactPhone": contact.get("phone"),
        "safeContactHours": contact.get("hours"),
        "safeContactVoicemail": contact.get("voicemailAllowed"),
        "safeContactNote": contact.get("note"),
    }


def _duplicate_key(author: str, patient: Said, concern: str) -> str:
    born = patient.get("birthDate")
    parts = (
        author,
        fold(patient["familyName"]),
        fold(patient["givenName"]),
        born.isoformat() if born else "",
        concern,
    )
    return sha256("|".join(parts).encode()).hexdigest()
