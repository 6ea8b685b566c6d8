"""Fields that a pure function computes from what the statement fetched.

- Each gives plain values in the schema's own names, which are then read like any other answer.
- The clock is that of the request, so every part of one answer is about the same instant.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from api.available import available
from api.chain_links import chain_shown
from api.encumbrances import encumbrances_of
from api.intakes import intake_form, intake_shown, mappings_of, red_flags_shown, scores_shown
from api.pairs import pairs_of
from api.standings import agrees, as_known_now, frozen_checks, history_of, replayed, standing_of
from api.worklists import folder_counts
from verification.concerns import CONCERNS
from verification.policies import Policies

_ADULT, _OLDEST = 18, 90
PRACTITIONERS = ("Therapist", "Physician", "OtherPractitioner")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request brought: the arguments of each slot, its instant, and the policies."""

    arguments: Sequence[Mapping[str, Any]]
    now: datetime
    policies: Policies


Compute = Callable[[Any, Mapping[str, Any], Asked], Any]


def _standing(raw: Mapping[str, Any], arguments: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    return standing_of(raw, arguments, asked.now, asked.policies)


def _standing_history(raw: Mapping[str, Any], arguments: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    return history_of(raw, arguments, asked.now, asked.policies)


def _encumbrances(raw: Mapping[str, Any], _arguments: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    return encumbrances_of(raw, asked.now)


def _referable_in(raw: Any, _arguments: Mapping[str, Any], _asked: Asked) -> Any:
    return raw


def _because(raw: Mapping[str, Any], _arguments: Mapping[str, Any], _asked: Asked) -> list[str]:
    """Why a result is shown: its proof first, then what the search asked for."""
    words = [*(raw["proof"] or ()), f"Treats {CONCERNS[raw['concern']].name.lower()}"]
    if raw["payer"]:
        words.append(f"Accepts {raw['payer']}")
    if raw["km"] is not None:
        words.append(f"{raw['km']:g} km away")
    return words


def _age_band(born: str | None, _arguments: Mapping[str, Any], asked: Asked) -> str | None:
    if born is None:
        return None
    birth, today = date.fromisoformat(born), asked.now.astimezone(UTC).date()
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age < _ADULT:
        return "under 18"
    if age >= _OLDEST:
        return "90 and over"
    return f"{max(age // 10 * 10, _ADULT)}-{age // 10 * 10 + 9}"


DERIVED: Final[dict[tuple[str, str], Compute]] = {
    **{(name, "standing"): _standing for name in PRACTITIONERS},
    **{(name, "standingHistory"): _standing_history for name in PRACTITIONERS},
    ("Therapist", "referableIn"): _referable_in,
    ("Credential", "encumbrances"): _encumbrances,
    ("TherapistEdge", "because"): _because,
    ("Decision", "checks"): lambda raw, _arguments, _asked: frozen_checks(raw),
    ("Decision", "replay"): lambda raw, _arguments, asked: replayed(raw, asked.policies),
    ("Decision", "agrees"): lambda raw, _arguments, asked: agrees(raw, asked.policies),
    ("Decision", "now"): lambda raw, _arguments, asked: as_known_now(raw, asked.now, asked.policies),
    ("Query", "matches"): lambda raw, arguments, asked: pairs_of(raw, arguments["verdict"], asked.now),
    ("Patient", "ageBand"): _age_band,
    ("Patient", "safeContact"): lambda raw, _arguments, _asked: raw,
    ("Concern", "mappings"): lambda raw, _arguments, _asked: mappings_of(raw),
    ("Query", "intakeForm"): lambda _raw, arguments, asked: intake_form(arguments, asked.now),
    ("Query", "worklistCounts"): lambda raw, _arguments, _asked: folder_counts(raw),
    ("Referral", "chain"): lambda raw, _arguments, _asked: chain_shown(raw),
    ("Event", "by"): lambda raw, _arguments, _asked: raw,
    ("Attempt", "by"): lambda raw, _arguments, _asked: raw,
    ("Therapist", "responseTime"): lambda raw, _arguments, _asked: raw,
    ("Therapist", "firstVisit"): lambda raw, _arguments, _asked: raw,
    ("Report", "scores"): lambda raw, _arguments, _asked: scores_shown(raw),
    ("Referral", "intake"): lambda raw, _arguments, _asked: intake_shown(raw),
    ("Referral", "redFlags"): lambda raw, _arguments, asked: red_flags_shown(raw, asked.now),
    ("Referral", "availableActions"): lambda raw, _arguments, asked: available(raw, asked.now),
}
