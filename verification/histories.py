"""What is so about one credential at any instant, out of everything that was said about it.

- What is newer in the world counts, not what arrived later: statements are compared by their effective dates.
- A "no" from any credible source stands until the primary source's "yes" with a later effective date clears it, or one
  with the same date that the same primary source gave in a later answer (a correction). A "no" never softens another.
- A notice is cleared in the same way by a plain "active", and what could not be read by any "yes".
- A "yes" and a "no" of different sources with the same effective date contradict each other: unknown.
- Only the primary source can say "yes". Its newest "yes" carries the printed expiry; the newest answer that itself says
  "yes" carries the freshness; exactly the limit is still fresh, a millisecond more is stale.
- A re-verification date that has passed makes the state unknown, a printed expiry makes it lapsed.
- It does not know which credentials a referral needs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from verification.calendars import LATEST, MILLISECOND
from verification.credentials import NO, SEVERITY, YES, CredentialStatus, axes, worse
from verification.evidence import HeldCredential
from verification.statements import Statement, statements_of

_S = CredentialStatus


class Basis(StrEnum):
    """Why a credential's state is what it is."""

    YES = "yes"
    NO = "no"
    EXPIRED = "expired"
    STALE = "stale"
    REVERIFY = "reverify"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"
    NOT_PRIMARY = "not-primary"
    NOT_YET = "not-yet"
    NOTHING_SAID = "nothing-said"


class Reading(NamedTuple):
    """The state of a credential at an instant.

    `rests_on` are the statements it follows from; `against` all that speak against it and are not cleared, notices
    included; `governing` is the primary source's newest yes and `carrier` the newest answer that carries it.
    """

    status: CredentialStatus
    basis: Basis
    rests_on: tuple[Statement, ...]
    against: tuple[Statement, ...] = ()
    governing: Statement | None = None
    carrier: Statement | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A credential's state from some instant on: each reading with the instant it begins at, the earliest first."""

    credential: HeldCredential
    readings: tuple[tuple[datetime, Reading], ...]

    @property
    def said(self) -> bool:
        """Whether anything that counts was said about it at all."""
        return self.readings[0][1].basis is not Basis.NOTHING_SAID


def history_of(credential: HeldCredential, known_at: datetime, at: datetime, limit: timedelta) -> History:
    """The credential's state at `at` and at every later instant, as known at `known_at`.

    `limit` is the longest age of an answer that still carries a yes.
    """
    return History(credential, readings_of(statements_of(credential, known_at, at), at, limit))


def readings_of(
    statements: list[Statement],
    at: datetime,
    limit: timedelta,
) -> tuple[tuple[datetime, Reading], ...]:
    """The readings from `at` on, each different from the one before it."""
    kept = relevant(statements, at)
    ask = _only_yes(kept, limit, at) or (lambda instant: _read(kept, limit, instant))
    found = [(at, ask(at))]
    for instant in sorted({instant for instant in _boundaries(kept, limit) if instant > at}):
        reading = ask(instant)
        if reading != found[-1][1]:
            found.append((instant, reading))
    return tuple(found)


def read(history: History, at: datetime) -> Reading:
    """The state of the credential at an instant, no earlier than the one its history begins with."""
    current = history.readings[0][1]
    for start, reading in history.readings[1:]:
        if start > at:
            break
        current = reading
    return current


def boundaries(history: History) -> list[datetime]:
    """Every instant after the first at which the state changes."""
    return [start for start, _ in history.readings[1:]]


def relevant(statements: list[Statement], at: datetime) -> tuple[Statement, ...]:
    """Without the statements that cannot matter from `at` on, and in an order that does not depend on arrival.

    A yes goes when the newest one does all that it does; what speaks against goes when it is cleared and no yes is left
    that would not clear it, because an older yes must not carry what a "no" in between has ended.
    """
    if len(statements) <= 1:
        return tuple(statements)
    running = [s for s in statements if s.end is None or at < s.end]
    started = [s for s in running if s.primary and s.yes and s.start <= at]
    if started:
        newest = max(started, key=_age)
        spare = {id(s) for s in started if _does_all_of(newest, s)}
        left = [s for s in running if s.primary and s.yes and id(s) not in spare]
        running = [s for s in running if not _is_settled(s, left, started, spare)]
    return tuple(sorted(running, key=_age))


def _does_all_of(newest: Statement, older: Statement) -> bool:
    """Whether a yes is dated, answered, lasts and clears at least as far as an older one of the same source."""
    return (
        newest is not older
        and newest.source == older.source
        and newest.answered >= older.answered
        and _lasts(newest) >= _lasts(older)
        and newest.status in {_S.ACTIVE, older.status}
    )


def _is_settled(statement: Statement, left: list[Statement], started: list[Statement], spare: set[int]) -> bool:
    if statement.primary and statement.yes and id(statement) not in spare:
        return False
    if not _speaks_against(statement):
        return id(statement) in spare
    return any(clears(p, statement) for p in started) and all(clears(p, statement) for p in left)


def clears(yes: Statement, no: Statement) -> bool:
    """Whether a yes clears what speaks against: the rule of what is newer in the world."""
    if not (yes.primary and yes.yes) or (no.status is _S.ACTIVE_WITH_NOTICE and yes.status is not _S.ACTIVE):
        return False
    if yes.dated != no.dated:
        return yes.dated > no.dated
    return no.primary and yes.source == no.source and yes.answered > no.answered


def _only_yes(
    statements: tuple[Statement, ...], limit: timedelta, at: datetime
) -> Callable[[datetime], Reading] | None:
    """The short way for by far the most credentials, of which nothing but one yes in force has to be weighed."""
    if len(statements) != 1 or not statements[0].primary or not statements[0].yes or statements[0].start > at:
        return None
    only = statements[0]
    against = () if only.status is _S.ACTIVE else (only,)
    return lambda instant: _confirmed(only, only, against, limit, instant)


def _read(statements: tuple[Statement, ...], limit: timedelta, at: datetime) -> Reading:
    said = [s for s in statements if s.start <= at and (s.end is None or at < s.end)]
    if not said:
        return Reading(_S.UNKNOWN, Basis.NOT_YET if statements else Basis.NOTHING_SAID, statements[:1])
    yes = [s for s in said if s.primary and s.yes]
    adverse = [n for n in said if _speaks_against(n)]
    against = tuple(n for n in adverse if not any(clears(p, n) for p in yes))
    if any(n.status not in YES for n in against):
        return _spoken_against(said, against)
    if not yes:
        return Reading(_S.UNKNOWN, Basis.NOT_PRIMARY, tuple(said), against)
    cleared = [n for n in adverse if n not in against]
    newest = max(yes, key=_age)
    carriers = [s for s in yes if s is newest or (at < _lasts(s) and all(clears(s, n) for n in cleared))]
    return _confirmed(newest, max(carriers, key=_answered), against, limit, at)


def _confirmed(
    newest: Statement,
    carrier: Statement,
    against: tuple[Statement, ...],
    limit: timedelta,
    at: datetime,
) -> Reading:
    status, basis = _S.ACTIVE_WITH_NOTICE if against else _S.ACTIVE, Basis.YES
    if newest.ends is not None and newest.ends <= at:
        status, basis = _S.LAPSED, Basis.EXPIRED
    elif newest.reverify is not None and newest.reverify <= at:
        status, basis = _S.UNKNOWN, Basis.REVERIFY
    elif at >= stale_from(carrier, limit):
        status, basis = _S.UNKNOWN, Basis.STALE
    rests_on = (newest,) if carrier is newest else (newest, carrier)
    if against:
        rests_on = (*rests_on, *(s for s in against if s is not newest))
    return Reading(status, basis, rests_on, against, newest, carrier)


def _spoken_against(said: list[Statement], against: tuple[Statement, ...]) -> Reading:
    noes = [n for n in against if n.status in NO]
    firm = [n for n in noes if not _contradicted(n, said)]
    if firm:
        return Reading(_shown(firm), Basis.NO, tuple(firm), against)
    if noes:
        both = [s for s in said if s.dated in {n.dated for n in noes}]
        return Reading(_S.UNKNOWN, Basis.CONFLICT, tuple(both), against)
    return Reading(_S.UNKNOWN, Basis.UNREADABLE, tuple(n for n in against if n.status is _S.UNKNOWN), against)


def _speaks_against(statement: Statement) -> bool:
    """Whether it is anything but a plain yes. Only the primary source's silence or strange word is worth hearing."""
    if statement.status is _S.UNKNOWN:
        return statement.primary or statement.action
    return statement.action or statement.status is not _S.ACTIVE


def _contradicted(no: Statement, said: list[Statement]) -> bool:
    """Whether a different credible source says yes with the same effective date, and has not itself said no since."""
    return any(s.yes and s.source != no.source and s.dated == no.dated and not _took_back(s, said) for s in said)


def _took_back(yes: Statement, said: list[Statement]) -> bool:
    return any(
        n.source == yes.source and n.dated == yes.dated and n.status in NO and n.answered >= yes.answered for n in said
    )


def _shown(firm: list[Statement]) -> CredentialStatus:
    """The state to show among several noes: the worst of the primary's newest on each axis and of everybody else's.

    A board that turns a suspension into probation has the last word on how it is called; it stays a no either way.
    """
    newest: dict[bool, CredentialStatus] = {}
    for no in sorted((n for n in firm if n.primary), key=_age):
        newest[axes(no.status)[1] == "NONE"] = no.status
    return worse(*newest.values(), *(n.status for n in firm if not n.primary))


def _lasts(statement: Statement) -> datetime:
    """The instant from which a statement carries nothing any more, its age left aside."""
    return min(statement.ends or LATEST, statement.reverify or LATEST)


def _age(statement: Statement) -> tuple[object, ...]:
    """Sorts by what is newer in the world; of equals the worse comes last, whichever of them arrived first."""
    ends, reverify = (instant or LATEST for instant in (statement.ends, statement.reverify))
    worse_last = (SEVERITY[statement.status], -ends.timestamp(), -reverify.timestamp())
    return (statement.dated, statement.answered, *worse_last, statement.said.id)


def _answered(statement: Statement) -> tuple[object, ...]:
    return (statement.answered, *_age(statement))


def stale_from(statement: Statement, limit: timedelta) -> datetime:
    """The first instant at which an answer is too old: a millisecond after exactly the limit."""
    return statement.answered + limit + MILLISECOND


def _boundaries(statements: Iterable[Statement], limit: timedelta) -> Iterable[datetime]:
    for s in statements:
        yield s.start
        if s.end is not None:
            yield s.end
        if s.primary and s.yes:
            yield stale_from(s, limit)
            if s.ends is not None:
                yield s.ends
            if s.reverify is not None:
                yield s.reverify
