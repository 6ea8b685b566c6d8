"""The states of a credential: what boards' words mean, which state is worse, and which moves an officer may make.

- Two axes are kept, life (pending, active, lapsed …) and discipline (none, notice, restricted …); the worse wins.
- A body's own words go before the words everybody uses. A word that neither table has is UNKNOWN, never active, and
  belongs on a work list.
- CompactConnect's fifteen encumbrance types each have one state; "other adjudicated action" is UNKNOWN.
- An officer's moves are data: an action, the states it starts from, the states it may end in.
- It does not know dates or sources.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from verification.errors import Refusal
from verification.tables import table


class CredentialStatus(StrEnum):
    """The canonical state of a credential, whatever its board calls it."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ACTIVE_WITH_NOTICE = "ACTIVE_WITH_NOTICE"
    RESTRICTED = "RESTRICTED"
    LAPSED = "LAPSED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    SURRENDERED = "SURRENDERED"
    DENIED = "DENIED"
    DECEASED = "DECEASED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class Life(StrEnum):
    """Where a credential stands between application and end."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    LAPSED = "LAPSED"
    ENDED = "ENDED"


class Discipline(StrEnum):
    """What its body has done about it, from nothing to the worst."""

    NONE = "NONE"
    NOTICE = "NOTICE"
    UNKNOWN = "UNKNOWN"
    RESTRICTED = "RESTRICTED"
    SUSPENDED = "SUSPENDED"
    SURRENDERED = "SURRENDERED"
    REVOKED = "REVOKED"


class OfficerAction(StrEnum):
    """What an officer of the issuing body may do to a credential."""

    CONFIRM = "confirm"
    SUSPEND = "suspend"
    REVOKE = "revoke"
    REINSTATE = "reinstate"


_S = CredentialStatus

# From best to worst. UNKNOWN stands between a notice and the first known "no", because a known failure outweighs an
# unknown and an unknown outweighs a notice.
WORSE_ORDER: Final = (
    _S.ACTIVE,
    _S.ACTIVE_WITH_NOTICE,
    _S.UNKNOWN,
    _S.PENDING,
    _S.LAPSED,
    _S.RESTRICTED,
    _S.CANCELLED,
    _S.DENIED,
    _S.SUSPENDED,
    _S.SURRENDERED,
    _S.REVOKED,
    _S.DECEASED,
)
SEVERITY: Final = MappingProxyType({status: rank for rank, status in enumerate(WORSE_ORDER)})

# A yes: the holder may practise. Everything else but UNKNOWN is a no.
YES: Final = frozenset({_S.ACTIVE, _S.ACTIVE_WITH_NOTICE})
NO: Final = frozenset(CredentialStatus) - YES - {_S.UNKNOWN}

_AXES: Final = MappingProxyType(
    {
        _S.PENDING: (Life.PENDING, Discipline.NONE),
        _S.ACTIVE: (Life.ACTIVE, Discipline.NONE),
        _S.ACTIVE_WITH_NOTICE: (Life.ACTIVE, Discipline.NOTICE),
        _S.RESTRICTED: (Life.ACTIVE, Discipline.RESTRICTED),
        _S.LAPSED: (Life.LAPSED, Discipline.NONE),
        _S.SUSPENDED: (Life.ACTIVE, Discipline.SUSPENDED),
        _S.REVOKED: (Life.ENDED, Discipline.REVOKED),
        _S.SURRENDERED: (Life.ENDED, Discipline.SURRENDERED),
        _S.DENIED: (Life.ENDED, Discipline.NONE),
        _S.DECEASED: (Life.ENDED, Discipline.NONE),
        _S.CANCELLED: (Life.ENDED, Discipline.NONE),
        _S.UNKNOWN: (Life.UNKNOWN, Discipline.UNKNOWN),
    },
)


def axes(status: CredentialStatus) -> tuple[Life, Discipline]:
    """The life and the discipline that one state stands for."""
    return _AXES[status]


def worse(*statuses: CredentialStatus) -> CredentialStatus:
    """The worst of the given states; ACTIVE when there is none."""
    return max(statuses, key=SEVERITY.__getitem__, default=_S.ACTIVE)


def plain_word(word: str) -> str:
    """A board's word without case, punctuation and double blanks: 'Null & Void ' and 'null/void' are 'null void'."""
    return " ".join(re.findall(r"[^\W_]+", word.casefold()))


def _read_words(entries_of: Mapping[str, list[str]]) -> MappingProxyType[str, CredentialStatus]:
    return MappingProxyType(
        {plain_word(entry): CredentialStatus(status) for status, entries in entries_of.items() for entry in entries}
    )


_TABLES: Final = table("statuses")
WORDS: Final = MappingProxyType(_read_words(_TABLES["words"]) | {plain_word(status): status for status in _S})
WORDS_OF_BODY: Final = MappingProxyType({body: _read_words(words) for body, words in _TABLES["bodies"].items()})
ENCUMBRANCES: Final = _read_words(_TABLES["encumbrances"])
_NO_WORDS: Final[MappingProxyType[str, CredentialStatus]] = MappingProxyType({})


def words_of(body: str) -> MappingProxyType[str, CredentialStatus]:
    """The words that a body uses in its own way, in the form of `plain_word`, each with what it means there."""
    return WORDS_OF_BODY.get(body, _NO_WORDS)


@lru_cache(maxsize=8192)
def canonical_status(word: str, body: str = "") -> CredentialStatus:
    """The canonical state for a word of the body with that code (none for anybody's); UNKNOWN when no table has it."""
    plain = plain_word(word)
    return words_of(body).get(plain) or WORDS.get(plain, _S.UNKNOWN)


def is_known_word(word: str, body: str = "") -> bool:
    """Whether the tables have the word, so that callers can list the ones they lack."""
    plain = plain_word(word)
    return plain in WORDS or plain in words_of(body)


@lru_cache(maxsize=8192)
def encumbrance_status(word: str, body: str = "") -> CredentialStatus:
    """The state that an encumbrance puts a licence in.

    CompactConnect's fifteen types have a fixed state each, unless the body has the word as its own; another word is
    read as a board's word (a roster may say "suspended"), and is UNKNOWN when that table lacks it too. An action can
    never be the good news "active".
    """
    plain = plain_word(word)
    status = words_of(body).get(plain) or ENCUMBRANCES.get(plain) or WORDS.get(plain, _S.UNKNOWN)
    return _S.UNKNOWN if status in {_S.ACTIVE, _S.PENDING} else status


def is_known_action(word: str, body: str = "") -> bool:
    """Whether the tables have the word for a disciplinary action, "other adjudicated action" included."""
    return plain_word(word) in ENCUMBRANCES or encumbrance_status(word, body) is not _S.UNKNOWN


_OPEN: Final = frozenset({_S.PENDING, _S.ACTIVE, _S.ACTIVE_WITH_NOTICE, _S.RESTRICTED, _S.LAPSED, _S.UNKNOWN})
_CONFIRMABLE: Final = frozenset(CredentialStatus) - {_S.SUSPENDED, _S.REVOKED, _S.UNKNOWN}
_REINSTATED: Final = frozenset({_S.ACTIVE, _S.ACTIVE_WITH_NOTICE, _S.RESTRICTED})

# A suspension or a later state is left by reinstating alone, because that is the move which needs a second officer;
# confirming there can only say again what stands, or that it got worse.
TRANSITIONS: Final = MappingProxyType(
    {
        OfficerAction.CONFIRM: MappingProxyType(
            dict.fromkeys(_OPEN, _CONFIRMABLE)
            | {
                _S.SUSPENDED: frozenset({_S.SUSPENDED, _S.SURRENDERED, _S.DECEASED}),
                _S.REVOKED: frozenset({_S.REVOKED, _S.DECEASED}),
                _S.SURRENDERED: frozenset({_S.SURRENDERED, _S.DECEASED}),
                _S.DENIED: frozenset({_S.DENIED, _S.PENDING, _S.DECEASED}),
                _S.CANCELLED: frozenset({_S.CANCELLED, _S.PENDING, _S.DECEASED}),
                _S.DECEASED: frozenset({_S.DECEASED}),
            },
        ),
        OfficerAction.SUSPEND: MappingProxyType(dict.fromkeys(_OPEN, frozenset({_S.SUSPENDED}))),
        OfficerAction.REVOKE: MappingProxyType(
            {status: frozenset({_S.REVOKED}) for status in _OPEN | {_S.SUSPENDED}},
        ),
        OfficerAction.REINSTATE: MappingProxyType(
            dict.fromkeys(
                frozenset(CredentialStatus) - {_S.PENDING, _S.ACTIVE, _S.ACTIVE_WITH_NOTICE, _S.UNKNOWN}, _REINSTATED
            ),
        ),
    },
)


def moves(status: CredentialStatus) -> tuple[OfficerAction, ...]:
    """The actions an officer has on a credential in this state."""
    return tuple(action for action in OfficerAction if status in TRANSITIONS[action])


def officer_move(
    action: OfficerAction,
    current: CredentialStatus,
    wanted: CredentialStatus | None = None,
) -> CredentialStatus:
    """The state that an officer's action leads to.

    `wanted` may be left out where the action has one result only. Raises Refusal with code ILLEGAL_TRANSITION when
    the action does not start from `current` or cannot end in `wanted`.
    """
    allowed = TRANSITIONS[action].get(current, frozenset())
    target = next(iter(allowed)) if wanted is None and len(allowed) == 1 else wanted
    if target is None or target not in allowed:
        raise Refusal(
            "ILLEGAL_TRANSITION",
            f"A credential that is {spoken(current)} cannot be changed by “{action}”"
            + (f" to {spoken(wanted)}." if wanted else "."),
            ("status",),
        )
    return target


def spoken(status: CredentialStatus) -> str:
    """The state in words for a sentence: 'active with notice'."""
    return status.value.lower().replace("_", " ")
