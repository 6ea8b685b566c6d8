"""Public actions against the holder of a credential: which, from when, until when, on whose word.

- The types are CompactConnect's fifteen; each puts a credential in one state (`credentials.py`).
- One action is told of many times, in every roster. It is one by its source, type and date, and its newest answer
  says whether it was lifted.
- Only what a body makes public is sent here, so every action is.
- It does not know what follows from an action.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from verification.credentials import ENCUMBRANCES, CredentialStatus, encumbrance_status, plain_word
from verification.evidence import HeldCredential, Observation
from verification.statements import credible

TYPES: Final = {
    "FINE": "fine",
    "REPRIMAND": "reprimand",
    "REQUIRED_SUPERVISION": "required supervision",
    "COMPLETION_OF_CONTINUING_EDUCATION": "completion of continuing education",
    "PUBLIC_REPRIMAND": "public reprimand",
    "PROBATION": "probation",
    "INJUNCTIVE_ACTION": "injunctive action",
    "SUSPENSION": "suspension",
    "REVOCATION": "revocation",
    "DENIAL": "denial",
    "SURRENDER": "surrender of license",
    "MODIFICATION_EXTENSION": "modification of previous action-extension",
    "MODIFICATION_REDUCTION": "modification of previous action-reduction",
    "OTHER_MONITORING": "other monitoring",
    "OTHER_ADJUDICATED_ACTION": "other adjudicated action not listed",
}
"""CompactConnect's encumbrance types by the name they have in the contract, each with that system's own word."""

_NAMES: Final = {plain_word(word): name for name, word in TYPES.items()}
_SHORT: Final = {
    "surrender": "SURRENDER",
    "modification extension": "MODIFICATION_EXTENSION",
    "modification reduction": "MODIFICATION_REDUCTION",
    "other adjudicated action": "OTHER_ADJUDICATED_ACTION",
}

if unknown := [word for word in TYPES.values() if plain_word(word) not in ENCUMBRANCES]:
    raise RuntimeError(f"no state for {', '.join(unknown)}")


@dataclass(frozen=True, slots=True)
class Encumbrance:
    """One public action. `type` is None when the source's `word` is none of the fifteen; `evidence` is an id."""

    type: str | None
    word: str
    status: CredentialStatus
    effective: date | None
    lifted: date | None
    source: str
    answered_at: datetime
    evidence: str


def type_of(word: str) -> str | None:
    """The name of a source's word for an action among the fifteen types."""
    plain = plain_word(word)
    return _NAMES.get(plain) or _SHORT.get(plain)


def encumbrances(credential: HeldCredential, known_at: datetime) -> tuple[Encumbrance, ...]:
    """Every action told of by `known_at`, the latest first."""
    newest: dict[tuple[str, str, date | None], Observation] = {}
    for said in credible(credential, known_at):
        if said.discipline or said.discipline_date:
            key = _key(said)
            if key not in newest or _age(newest[key]) < _age(said):
                newest[key] = said
    found = sorted(newest.values(), key=lambda said: (said.discipline_date or date.min, said.answered_at, said.id))
    return tuple(_encumbrance(said) for said in reversed(found))


def find(credential: HeldCredential, kind: str, effective: date, known_at: datetime) -> Encumbrance | None:
    """The action of that type and date, on whoever's word; the issuing body's before another's."""
    found = [e for e in encumbrances(credential, known_at) if e.type == kind and e.effective == effective]
    return next((e for e in found if e.source == credential.body), found[0] if found else None)


def _key(said: Observation) -> tuple[str, str, date | None]:
    return (said.source, plain_word(said.discipline or ""), said.discipline_date)


def _age(said: Observation) -> tuple[datetime, str]:
    return (said.answered_at, said.id)


def _encumbrance(said: Observation) -> Encumbrance:
    word = said.discipline or ""
    return Encumbrance(
        type=type_of(word),
        word=word,
        status=encumbrance_status(word),
        effective=said.discipline_date,
        lifted=said.discipline_lifted,
        source=said.source,
        answered_at=said.answered_at,
        evidence=said.evidence,
    )
