"""The sentences about one credential: its state, on whose word, and who can put it right.

- Dates are those on the wall where the issuing body sits.
- A source's own word is quoted where the canonical state does not say everything.
- It does not know which check asks.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from verification.calendars import day_at
from verification.credentials import CredentialStatus, plain_word, spoken
from verification.evidence import HeldCredential
from verification.histories import Basis, Reading
from verification.kinds import BODIES, KINDS
from verification.statements import Statement, zone_of

Words = tuple[str, str | None]

_S = CredentialStatus
_REMEDIES: Final = MappingProxyType(
    {
        _S.PENDING: "{body} issues it.",
        _S.LAPSED: "The holder renews it, and {body} confirms that.",
        _S.RESTRICTED: "{body} lifts the conditions and confirms it as active.",
        _S.SUSPENDED: "{body} reinstates it.",
        _S.REVOKED: "{body} reinstates it.",
        _S.SURRENDERED: "{body} reinstates it.",
        _S.DENIED: "{body} grants it on a new application.",
        _S.CANCELLED: "If that is a mistake, {body} confirms the credential.",
        _S.DECEASED: "If that is a mistake, {body} confirms the credential.",
    },
)


def label(credential: HeldCredential) -> str:
    """A credential in words: 'LMFT licence 12345'."""
    return _label(credential.kind, credential.number)


@lru_cache(maxsize=65536)
def _label(code: str, number: str) -> str:
    kind = KINDS.get(code)
    return " ".join(part for part in (code, str(kind.role) if kind else "", number) if part)


def body_name(credential: HeldCredential) -> str:
    """Who issues the credential, by name where the name is known."""
    body = BODIES.get(credential.body)
    return f"{body.name} ({body.code})" if body else credential.body


def state_sentence(credential: HeldCredential, reading: Reading) -> str:
    """'LMFT licence 12345, active, confirmed by CA-BBS on 2026-11-20'; for a reading that is a yes."""
    carrier = reading.carrier
    said = f", confirmed by {carrier.source} on {_day(carrier.answered, credential)}" if carrier else ""
    return f"{label(credential)}, {spoken(reading.status)}{said}"


def credential_words(credential: HeldCredential, reading: Reading, limit: timedelta) -> Words:
    """Reason and remedy for a credential's state; `limit` is the longest age an answer may have."""
    return _WORDS[reading.basis](credential, reading, limit)


def against_sentence(credential: HeldCredential, said: tuple[Statement, ...]) -> str:
    """What is said against a credential, by whom and since when."""
    parts = dict.fromkeys(
        f"{spoken(s.status)}{_quoted(s)} since {s.dated.isoformat()} according to {s.source}" for s in said
    )
    return f"{label(credential)} of {credential.jurisdiction}: {'; '.join(parts)}."


def _day(instant: datetime, credential: HeldCredential) -> str:
    return day_at(instant, zone_of(credential)).isoformat()


def _quoted(statement: Statement) -> str:
    word = (statement.said.discipline or "") if statement.action else statement.said.word
    return f" (“{word}”)" if word and plain_word(word) != plain_word(statement.status) else ""


def _sources(said: tuple[Statement, ...]) -> str:
    return " and ".join(sorted({s.source for s in said}))


def _yes(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    newest = reading.governing
    until = ""
    if newest is not None and newest.said.expires is not None:
        until = f", printed to {newest.said.expires.isoformat()}"
    notices = "".join(f" Public notice: {spoken(s.status)}{_quoted(s)} since {s.dated}." for s in reading.against)
    return (
        f"{state_sentence(credential, reading)}{until}.{notices}",
        "Nothing has to be done; the notice is to be shown.",
    )


def _no(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    remedy = _REMEDIES.get(reading.status)
    return against_sentence(credential, reading.rests_on), remedy and remedy.format(body=body_name(credential))


def _expired(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    newest = reading.governing
    printed = newest.said.expires if newest else None
    return (
        f"{label(credential)} was printed to {printed} and has ended.",
        f"The holder renews it, and {body_name(credential)} confirms that.",
    )


def _stale(credential: HeldCredential, reading: Reading, limit: timedelta) -> Words:
    carrier = reading.carrier
    answered = _day(carrier.answered, credential) if carrier else "no day"
    return (
        f"{label(credential)} was last confirmed on {answered}; an answer counts for {limit.days} days.",
        f"{body_name(credential)} confirms it again, by its officer or its next roster.",
    )


def _reverify(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    due = reading.governing.said.reverify_by if reading.governing else None
    return (
        f"{label(credential)} was to be verified again by {due}, which has passed.",
        f"{body_name(credential)} confirms it again.",
    )


def _conflict(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    said = "; ".join(sorted({f"{s.source} says {spoken(s.status)} as of {s.dated}" for s in reading.rests_on}))
    return (
        f"The sources contradict each other about {label(credential)}: {said}.",
        f"{body_name(credential)} states with a later effective date how it stands.",
    )


def _unreadable(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    said = sorted({s.said.discipline or "an action" if s.action else s.said.word for s in reading.rests_on})
    return (
        f"What {_sources(reading.rests_on)} says of {label(credential)} is not understood: “{'”, “'.join(said)}”.",
        f"{body_name(credential)} confirms how it stands, or a steward maps the word.",
    )


def _not_primary(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    return (
        f"{label(credential)} is reported by {_sources(reading.rests_on)}, but its own body has not confirmed it.",
        f"{body_name(credential)} confirms it.",
    )


def _not_yet(credential: HeldCredential, reading: Reading, _: timedelta) -> Words:
    first = min((_day(s.start, credential) for s in reading.rests_on), default="a later day")
    return (
        f"What is known of {label(credential)} holds only from {first} on.",
        f"{body_name(credential)} confirms how it stood before, if it did.",
    )


def _nothing_said(credential: HeldCredential, _: Reading, __: timedelta) -> Words:
    return (
        f"The body that issues {label(credential)} has not said anything about it.",
        f"{body_name(credential)} confirms it.",
    )


_WORDS: Final[MappingProxyType[Basis, Callable[[HeldCredential, Reading, timedelta], Words]]] = MappingProxyType(
    {
        Basis.YES: _yes,
        Basis.NO: _no,
        Basis.EXPIRED: _expired,
        Basis.STALE: _stale,
        Basis.REVERIFY: _reverify,
        Basis.CONFLICT: _conflict,
        Basis.UNREADABLE: _unreadable,
        Basis.NOT_PRIMARY: _not_primary,
        Basis.NOT_YET: _not_yet,
        Basis.NOTHING_SAID: _nothing_said,
    },
)
