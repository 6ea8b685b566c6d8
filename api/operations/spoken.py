"""What an officer says of one credential, as a value: kept in a proposal, compared between two officers, written down.

- Two officers say the same when status, days and encumbrance are the same. Why, and what they note, is each one's own;
  what the first of them said is what is written.
- From when a word holds is a day in the body's own zone. "Now" is a day too once it was said: the first one's.
- An encumbrance keeps the word of whoever reported it, so that it is known to be the same one.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from api.operations.outcomes import Said, new_id
from graph.instants import millis
from verification.access import Action
from verification.agreements import ProposalKind, words_of
from verification.calendars import day_at
from verification.credentials import CredentialStatus
from verification.encumbrances import TYPES
from verification.errors import Refusal
from verification.evidence import HeldCredential, Observation, SourceType
from verification.kinds import Body

METHOD: Final = "officer"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said. `stated` is the effective day as it was given, None for "now"; `day` the one that counts.

    `encumbrance` is the source's word for the action. Days are ISO text, so that the whole is plain data.
    """

    action: str
    status: str
    stated: str | None
    day: str
    expires: str | None = None
    reverify_by: str | None = None
    encumbrance: str | None = None
    encumbrance_effective: str | None = None
    encumbrance_lifted: str | None = None
    reason: str | None = None
    note: str | None = None

    def words(self, kind: ProposalKind, credential: str) -> str:
        """The hash by which two officers are found to say the same."""
        said = asdict(replace(self, action="", day="", reason=None, note=None))
        return words_of(kind, credential, said)


@dataclass(frozen=True, slots=True)
class Officers:
    """Who said it: the account that asked, the one that agreed where two were needed, and by which proposal."""

    asked_by: str
    agreed_by: str | None = None
    proposal: str | None = None


def spoken(action: Action, said: Said, status: CredentialStatus, now: datetime, body: Body) -> Spoken:
    """What the input of a mutation says. Raises Refusal BAD_INPUT for days in the wrong order."""
    effective: datetime | None = said.get("effective")
    day = day_at(effective or now, body.zone)
    expires: date | None = said.get("expires")
    if expires is not None and expires < day:
        raise Refusal("BAD_INPUT", "It cannot expire before it takes effect.", ("expires",))
    return Spoken(
        action=action.value,
        status=status.value,
        stated=day.isoformat() if effective else None,
        day=day.isoformat(),
        expires=_text(expires),
        reverify_by=_text(said.get("reverifyBy")),
        reason=said.get("reason"),
        note=said.get("note"),
        **_encumbrance(said.get("encumbrance")),
    )


def _encumbrance(said: Said | None) -> dict[str, str | None]:
    if said is None:
        return {}
    effective, lifted = said["effective"], said.get("lifted")
    if lifted is not None and lifted < effective:
        raise Refusal("BAD_INPUT", "It cannot be lifted before it takes effect.", ("encumbrance", "lifted"))
    return {
        "encumbrance": TYPES[said["type"]],
        "encumbrance_effective": effective.isoformat(),
        "encumbrance_lifted": _text(lifted),
    }


def observation_of(said: Spoken, now: datetime, body: Body) -> Observation:
    """It as a statement of the body, on record from now."""
    status = CredentialStatus(said.status)
    return Observation(
        id=new_id(),
        status=status,
        word=status.value.lower().replace("_", " "),
        status_date=date.fromisoformat(said.day),
        issued=None,
        expires=_day(said.expires),
        reverify_by=_day(said.reverify_by),
        discipline=said.encumbrance,
        discipline_date=_day(said.encumbrance_effective),
        discipline_lifted=_day(said.encumbrance_lifted),
        degree=None,
        answered_at=now,
        recorded_at=now,
        evidence=new_id(),
        source=body.code,
        source_type=SourceType.PRIMARY,
    )


def with_observation(held: HeldCredential, observation: Observation) -> HeldCredential:
    """The credential as it is known once this is on record."""
    return replace(held, observations=(*held.observations, observation))


def evidence_of(said: Spoken, observation: Observation, held: HeldCredential, officers: Officers) -> dict[str, Any]:
    """The officer's word as evidence; `statement` is the canonical JSON whose SHA-256 is kept."""
    statement = orjson.dumps(
        _statement(said, observation, held) | {k: v for k, v in _two(officers).items() if officers.agreed_by},
        option=orjson.OPT_SORT_KEYS,
    )
    at = millis(observation.recorded_at)
    return {
        "id": observation.evidence,
        "sha256": sha256(statement).hexdigest(),
        "statement": statement.decode(),
        "source": observation.source,
        "sourceType": observation.source_type.value,
        "method": METHOD,
        "askedAt": at,
        "answeredAt": at,
        "recordedAt": at,
        "completedAt": at,
        "askedBy": officers.asked_by,
        "agreedBy": officers.agreed_by,
    }


def _statement(said: Spoken, observation: Observation, held: HeldCredential) -> dict[str, Any]:
    action = {
        "encumbrance": said.encumbrance,
        "encumbranceEffective": said.encumbrance_effective,
        "encumbranceLifted": said.encumbrance_lifted,
    }
    return {
        "action": said.action,
        "body": observation.source,
        "credential": {"kind": held.kind, "number": held.number, "jurisdiction": held.jurisdiction},
        "status": said.status,
        "statusDate": said.day,
        "expires": said.expires,
        "reverifyBy": said.reverify_by,
        "reason": said.reason,
        "note": said.note,
        "answeredAt": millis(observation.answered_at),
        **(action if said.encumbrance else {}),
    }


def _two(officers: Officers) -> dict[str, Any]:
    return {"askedBy": officers.asked_by, "agreedBy": officers.agreed_by, "proposal": officers.proposal}


def properties_of(said: Spoken, observation: Observation) -> dict[str, Any]:
    """The statement as it is stored."""
    return {
        "id": observation.id,
        "status": observation.status.value,
        "word": observation.word,
        "statusDate": said.day,
        "expires": said.expires,
        "reverifyBy": said.reverify_by,
        "disciplineType": said.encumbrance,
        "disciplineDate": said.encumbrance_effective,
        "disciplineLiftedDate": said.encumbrance_lifted,
        "answeredAt": millis(observation.answered_at),
        "recordedAt": millis(observation.recorded_at),
        "reason": said.reason,
        "note": said.note,
    }


def plain_spoken(said: Spoken) -> dict[str, Any]:
    """It as plain data, to be kept in a proposal."""
    return asdict(said)


def spoken_from(kept: Mapping[str, Any]) -> Spoken:
    """It out of a proposal."""
    return Spoken(**kept)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
