"""Writing a referral for the first time.

- Whoever acts for several physicians says for which one it is written; for one there is nothing to say.
- A draft needs the patient's consent and a concern of ours; its shortlist may be empty until it is sent.
- A draft is seen by its author alone, and nobody on its shortlist is weighed before it is sent.
- Of a couple each has a draft of their own, made of what was said of that one alone and of consent of their own.
- What is over is never opened again: one that goes on from it is a new one, by the same author and of the same person.
- The same patient is told by the fingerprint of folded name, birth date and concern under one author.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from api.operations.moves import event_of
from api.operations.outcomes import (
    PRACTITIONERS,
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
    tried,
    unusable,
)
from api.operations.red_flags import Speaker, examined
from api.problems import Unauthenticated
from graph.commands.new_referrals import Base, Ground, NewDraft, NewReferral, create_referral, read_new_referral
from graph.commands.system_moves import stored
from graph.errors import Conflict
from graph.instants import millis
from verification.access import Action
from verification.clock_settings import Clocks
from verification.names import fold
from verification.referral_effects import draft_clocks
from verification.referral_reasons import Priority
from verification.referral_states import CLOSED_STATES, State

LONGEST_SHORTLIST: Final = 10
CLOCKS_APART: Final = timedelta(minutes=5)
"""How far a client's clock may be ahead of ours."""
_OLDEST_BIRTH: Final = date(1900, 1, 1)
_PATIENT_FIELDS: Final = (
    "familyName", "givenName", "preferredName", "pronouns", "phone", "email", "postalCode", "payer",
)  # fmt: skip


async def create_referral_draft(context: Context, said: Said) -> Outcome:
    """Writes a draft and answers with it, or says why not."""
    candidates = [own_id(opaque, "Therapist") for opaque in said["candidates"]]
    problem = unusable(said) or _people_problem(said, context.now()) or _shortlist_problem(candidates)
    if problem:
        return problem
    known = [own for own in candidates if own is not None]
    return await tried(context, said, lambda: _once(context, said, known))


async def _once(context: Context, said: Said, candidates: list[str]) -> Outcome | None:
    try_ = asked(context, Action.CREATE_REFERRAL, said)
    based_on = None if said.get("basedOn") is None else own_id(said["basedOn"], "Referral") or ""
    ground = await read_new_referral(context.database, try_, said["concern"], candidates, based_on)
    if ground.who is None:
        raise Unauthenticated
    settled = await settled_before(context, Action.CREATE_REFERRAL, try_, ground.who, ground.receipt, label="Referral")
    if settled is not None:
        return settled
    author = author_among(ground.physicians, said.get("for_"))
    if isinstance(author, Problems):
        return author
    if problem := _ground_problem(ground) or _base_problem(said, ground.base, author):
        return problem
    speaker = Speaker(author, ground.who.role, try_.now)
    couple = new_id() if said.get("partner") else None
    new = _new_referral(said, candidates, speaker, context.policies.clocks, couple)
    if isinstance(new, Problems):
        return new
    if ground.base is not None:
        new = _going_on(new, based_on, ground.base)
    try:
        node = await create_referral(context.database, try_, new, context.answer)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _people_problem(said: Said, now: datetime) -> Problems | None:
    partner = said.get("partner")
    if partner is None:
        return _patient_problem(said, now)
    return _patient_problem(said, now) or _patient_problem(partner, now, "partner") or _secret_problem(said, partner)


def _patient_problem(part: Said, now: datetime, *path: str) -> Problems | None:
    patient = part["patient"]
    born = patient.get("birthDate")
    if not part["consent"]["given"]:
        return refused("CONSENT_REQUIRED", "A referral needs the patient's consent.", *path, "consent", "given")
    if (part["consent"].get("at") or now) > now + CLOCKS_APART:
        return refused("BAD_INPUT", "Consent cannot have been given in the future.", *path, "consent", "at")
    for name in ("familyName", "givenName"):
        if not patient[name].strip():
            return refused("BAD_INPUT", "The patient's name is needed.", *path, "patient", name)
    if born is not None and not _OLDEST_BIRTH <= born <= now.astimezone(UTC).date():
        return refused("BAD_INPUT", "The date of birth cannot be right.", *path, "patient", "birthDate")
    return None


def _secret_problem(said: Said, partner: Said) -> Problems | None:
    """Who is sent together with a partner cannot keep it from that partner."""
    for part, path in ((said, ()), (partner, ("partner",))):
        if (part["patient"].get("safeContact") or {}).get("partnerUnaware"):
            message = "The partner is sent as well, and so must know; send them apart, or correct this."
            return refused("BAD_INPUT", message, *path, "patient", "safeContact", "partnerUnaware")
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


def author_among(physicians: Sequence[str], named: str | None) -> str | Problems:
    """Whose referral it is, of the physicians an account acts for; `named` is the opaque id of one, where one is."""
    if not physicians:
        return refused("FORBIDDEN", "This account acts for no physician.")
    if named is None:
        if len(physicians) > 1:
            return refused("NAME_THE_PHYSICIAN", "You act for several physicians; say for which one this is.", "for")
        return physicians[0]
    own = own_id(named, *PRACTITIONERS)
    return own if own is not None and own in physicians else not_found("for")


def _ground_problem(ground: Ground) -> Problems | None:
    if not ground.concern:
        return not_found("concern")
    if False in ground.candidates:
        return not_found("candidates", list(ground.candidates).index(False))
    return None


def _base_problem(said: Said, base: Base | None, author: str) -> Problems | None:
    """Why this cannot go on from the referral that `basedOn` names."""
    if said.get("basedOn") is None:
        return None
    if base is None or base.author != author:
        return not_found("basedOn")
    if base.status not in CLOSED_STATES - {State.ENTERED_IN_ERROR}:
        return refused("NOT_OVER", "What it goes on from is not over yet, or was entered in error.", "basedOn")
    if base.couple or said.get("partner") is not None:
        return refused("BAD_INPUT", "Of a couple each goes on alone; write it without basedOn.", "basedOn")
    patient = said["patient"]
    born = patient.get("birthDate")
    known = (fold(base.family_name), fold(base.given_name), base.birth_date)
    if known != (fold(patient["familyName"]), fold(patient["givenName"]), born.isoformat() if born else None):
        return refused(
            "OTHER_PATIENT", "Name and date of birth are not those of the referral it goes on from.", "patient"
        )
    return None


def _going_on(new: NewReferral, based_on: str | None, base: Base) -> NewReferral:
    """The draft as the next link of a chain: about the person who is there already, under the same requisition."""
    patient = {name: value for name, value in new.draft.patient.items() if name != "id"}
    referral = {**new.draft.referral, "requisition": base.requisition}
    return replace(new, draft=replace(new.draft, referral=referral, patient=patient), based_on=based_on)


def _new_referral(
    said: Said, candidates: list[str], speaker: Speaker, clocks: Clocks, couple: str | None
) -> NewReferral | Problems:
    """The draft, or both drafts of a couple, or what is wrong with an intake or an answer."""
    requisition = new_id()
    shared = {
        "status": State.DRAFT.value,
        "jurisdiction": said["jurisdiction"],
        "priority": said["priority"],
        "requisition": requisition,
        "couple": couple,
        "createdAt": millis(speaker.now),
        "autoAdvance": bool(said.get("autoAdvance")),
        **stored(draft_clocks(Priority(said["priority"]), speaker.now, clocks)),
    }
    own = _draft(said, said["concern"], {"id": requisition, **shared}, speaker, ())
    if isinstance(own, Problems) or couple is None:
        return own if isinstance(own, Problems) else NewReferral(speaker.practitioner, own, said["concern"], candidates)
    partner = _draft(said["partner"], said["concern"], {"id": new_id(), **shared}, speaker, ("partner",))
    if isinstance(partner, Problems):
        return partner
    return NewReferral(speaker.practitioner, own, said["concern"], candidates, partner)


def _draft(
    part: Said, concern: str, shared: dict[str, Any], speaker: Speaker, path: tuple[str, ...]
) -> NewDraft | Problems:
    """One patient's draft, of what was said of that patient alone at `path`."""
    coupled = shared["couple"] is not None
    found = examined(part, concern, part["patient"].get("birthDate"), speaker, coupled=coupled, path=path)
    if isinstance(found, Problems):
        return found
    referral = {
        **shared,
        "reason": part.get("reason"),
        "duplicateKey": _duplicate_key(speaker.practitioner, part["patient"], concern),
        **_consent(part["consent"], speaker.now),
        **found.properties(coupled=coupled),
    }
    by, for_whom = speaker.role, speaker.practitioner
    event = event_of(by, for_whom, speaker.now, 1, "ReferralCreated", None, State.DRAFT, None, None)
    return NewDraft(referral, _patient(part["patient"]), event)


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
        "safeContactNeutralWording": contact.get("neutralWording"),
        "safeContactPartnerUnaware": contact.get("partnerUnaware"),
        "safeContactDoNotWriteHome": contact.get("doNotWriteHome"),
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
