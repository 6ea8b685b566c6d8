"""Statements about one credential, put on the calendar: from when, until when, how heavy, and by whom.

- A statement is effective from its status date; where that is blank, from the day the source answered, in its zone.
- A day begins, and a printed expiry ends, in the zone of the body that issued the credential; what came by way of
  CompactConnect keeps that system's own rule (UTC-4).
- Discipline named in a statement is a statement of its own, from its date until the start of the day it was lifted.
- A body outside its authority and whoever speaks for himself count for nothing.
- It does not weigh one statement against another: that is histories.py.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from verification.calendars import COMPACT_ZONE, day_at, end_of, start_of
from verification.credentials import YES, CredentialStatus, encumbrance_status, plain_word
from verification.evidence import HeldCredential, Observation, SourceType
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import BODIES, KINDS, Grace, always_speaks_for

COMPACT_SOURCE = "COMPACTCONNECT"
COMPACT_METHOD = "compact"
"""The two marks of what came by way of CompactConnect: it spoke itself, or it carried a board's word."""


class Statement(NamedTuple):
    """One thing said of a credential.

    It holds on [`start`, `end`). `dated` is what it is weighed by against others. `ends` is the instant its printed
    expiry is over and `reverify` the one its re-verification falls due, both None where nothing is printed. `action`
    says that it is about discipline and not about the state itself.
    """

    status: CredentialStatus
    start: datetime
    end: datetime | None
    dated: date
    primary: bool
    action: bool
    source: str
    answered: datetime
    ends: datetime | None
    reverify: datetime | None
    said: Observation

    @property
    def yes(self) -> bool:
        return not self.action and self.status in YES


def zone_of(credential: HeldCredential) -> str:
    """The zone a credential's dates are read in: that of its body, else of its place, else UTC."""
    body = BODIES.get(credential.body)
    place = JURISDICTIONS.get(credential.jurisdiction)
    return body.zone if body else place.zone if place else "UTC"


def refused(said: Observation, credential: HeldCredential) -> str | None:
    """Why a statement counts for nothing, as a sentence; None when it counts."""
    if said.source_type is SourceType.SELF:
        return "What somebody says of herself proves nothing."
    body = BODIES.get(said.source)
    if body is None:
        return f"{said.source} is no body that issues credentials." if said.source_type is SourceType.PRIMARY else None
    may = always_speaks_for(body.code, credential.kind, credential.jurisdiction)
    if may is None:
        may = body.speaks_for(credential.kind, credential.jurisdiction, day_at(said.answered_at, body.zone))
    if may:
        return None
    return f"{body.code} has no authority over {credential.kind} in {credential.jurisdiction}."


def credible(credential: HeldCredential, known_at: datetime) -> list[Observation]:
    """The observations that count and were on record by `known_at`."""
    return [s for s in credential.observations if s.recorded_at <= known_at and refused(s, credential) is None]


def statements_of(credential: HeldCredential, known_at: datetime, at: datetime) -> list[Statement]:
    """Everything that counts about a credential at `at` and later, in no particular order."""
    kind = KINDS.get(credential.kind)
    said = _newest_repeats(credible(credential, known_at), at)
    return placed(said, zone_of(credential), kind.grace if kind else None)


def placed(said: Collection[Observation], zone: str, grace: Grace | None) -> list[Statement]:
    """Observations as statements, with the days of each read in `zone` or by CompactConnect's own rule."""
    found = []
    for one in said:
        by_compact = one.source == COMPACT_SOURCE or one.method == COMPACT_METHOD
        own_zone = COMPACT_ZONE if by_compact else zone
        statement = _state(one, own_zone, grace)
        found.append(statement)
        if one.discipline or one.discipline_date:
            found.extend(_action(statement, own_zone, said))
    return found


def _newest_repeats(said: list[Observation], at: datetime) -> list[Observation]:
    """Without the older ones among plain repetitions, of which a nightly roster makes hundreds.

    A yes that was said again later, word for word, can decide nothing that the later one does not. With no status date
    that is so only once the later one is effective, so what was answered after `at` is left alone.
    """
    few = 4
    if len(said) <= few:
        return said
    newest: dict[object, Observation] = {}
    kept = []
    for one in said:
        plain = (
            one.status in YES and one.source_type is SourceType.PRIMARY and not (one.discipline or one.discipline_date)
        )
        if not plain or one.answered_at > at:
            kept.append(one)
            continue
        key = (one.source, one.method, one.status, one.status_date, one.issued, one.expires, one.reverify_by)
        older = newest.get(key)
        if older is None or (older.answered_at, older.id) < (one.answered_at, one.id):
            newest[key] = one
    return [*kept, *newest.values()]


def _state(said: Observation, zone: str, grace: Grace | None) -> Statement:
    dated = said.status_date or day_at(said.answered_at, _own_zone(said.source, zone))
    start = start_of(dated, zone)
    if said.issued is not None and said.issued > dated:
        # Nothing that is dated in the future proves the present: a licence issued next week is none today.
        start = start_of(said.issued, zone)
    return Statement(
        status=said.status,
        start=start,
        end=None,
        dated=dated,
        primary=said.source_type is SourceType.PRIMARY,
        action=False,
        source=said.source,
        answered=said.answered_at,
        ends=None if said.expires is None else _over(said.expires, zone, grace),
        reverify=None if said.reverify_by is None else end_of(said.reverify_by, zone),
        said=said,
    )


def _own_zone(source: str, zone: str) -> str:
    body = BODIES.get(source)
    return body.zone if body else zone


def _over(expires: date, zone: str, grace: Grace | None) -> datetime:
    if grace and (expires.month, expires.day) == grace.printed and expires.year < date.max.year:
        return start_of(date(expires.year + 1, *grace.until), zone)
    return end_of(expires, zone)


def _action(statement: Statement, zone: str, said: Iterable[Observation]) -> Iterable[Statement]:
    one = statement.said
    status = encumbrance_status(one.discipline or "", one.source)
    begun = one.discipline_date or statement.dated
    start = start_of(begun, zone)
    lifted = _lifted(one, said)
    end = None if lifted is None else start_of(lifted, zone)
    if end is None or start < end:
        # The state was given together with the action, so only what is newer than both can clear the action.
        yield statement._replace(
            status=status,
            start=start,
            end=end,
            dated=max(begun, statement.dated),
            action=True,
            ends=None,
            reverify=None,
        )


def _lifted(one: Observation, said: Iterable[Observation]) -> date | None:
    """The day an action was lifted, by the newest answer about that same action.

    The primary source's word on it goes before anybody else's; others can only speak of what they reported themselves.
    """
    key = (plain_word(one.discipline or ""), one.discipline_date)
    same = [o for o in said if (plain_word(o.discipline or ""), o.discipline_date) == key]
    speaking = [o for o in same if o.source_type is SourceType.PRIMARY] or [o for o in same if o.source == one.source]
    newest = max(o.answered_at for o in speaking)
    days = [o.discipline_lifted for o in speaking if o.answered_at == newest]
    return None if None in days else max(day for day in days if day is not None)
