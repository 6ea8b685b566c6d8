"""What a roster would change, found out without writing anything.

Rules:
- The same rows are placed on the same persons, weighed by the same rules and refused for the same reasons as when the
  roster is applied.
- How many open referrals would lose what they rest on is counted, and nothing more is told of them.

Does not know who may apply a roster: `verification.roster_changes` says when one officer may not.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from graph.database import Database
from graph.loading.batches import Table, open_table
from graph.loading.evidence import Evidence
from graph.loading.holders import Doubt
from graph.loading.people import new_id
from graph.loading.report import Outcome
from graph.loading.roster import MISSING, Silence, known_body
from graph.loading.statements import Speaker, has_authority, known_people, refuse
from graph.progress import Progress, Silent
from graph.reading import Source, open_source, read_lines
from graph.standing import Reader, read_facts
from verification.agreements import lifts
from verification.credentials import YES, CredentialStatus
from verification.evidence import Facts, HeldCredential, Observation, SourceType
from verification.formats.roster import LAYOUT
from verification.formats.rows import Refused
from verification.formats.statements import Statement
from verification.kinds import Body, credential_key
from verification.policies import Policies
from verification.roster_changes import Change, Effect, Known, changes_digest, effect_of, why_second
from verification.standing import projection, windows

PEOPLE_AT_ONCE: Final = 500
ROWS_AT_ONCE: Final = 5_000
DEADLINE: Final = 60.0

_GOOD: Final = """
MATCH (:CertifyingBody {code: $body})<-[:ISSUED_BY]-(c:Credential) WHERE c.status IN $good RETURN count(c)
"""

_OPEN_REFERRALS: Final = """
UNWIND $ids AS id
MATCH (:Practitioner {id: id})<-[:TO]-(a:Attempt)-[:OF]->(r:Referral)
WHERE a.sentAt IS NOT NULL AND a.endedAt IS NULL AND r.backRequest IS NULL
RETURN id, r.jurisdiction, count(DISTINCT r)
"""


@dataclass(slots=True)
class Preview:
    """What would come of a roster: its bytes' hash, rows read, changes in the order of the file, rows refused.

    `people` are the ids of the persons known here whom it would touch; `good` counts the body's credentials in good
    standing, `open_referrals` those that would lose what they rest on. `unread` says that rows could not be read, so
    that nobody is taken for missing.
    """

    body: str
    file: str
    complete: bool
    read: int = 0
    changes: list[Change] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    good: int = 0
    open_referrals: int = 0
    unread: int = 0

    @property
    def digest(self) -> str:
        return changes_digest(self.file, self.changes, complete=self.complete)

    @property
    def second(self) -> str | None:
        """Why one officer may not apply it alone."""
        return why_second(self.changes, self.good)


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster that was read whole: what each row states, which rows are refused, and whom those mention."""

    source: Source
    speaker: Speaker
    statements: Sequence[Statement]
    refused: Sequence[Refused]
    silence: Silence
    complete: bool


def speaker_at(body: Body, now: datetime, policies: Policies) -> Speaker:
    """The body as it would speak now; nothing is written under this evidence."""
    return Speaker(body, Evidence("", f"{body.code}|preview", now, complete=False), policies, "credentialNumber")


def read_whole(path: Path, body: str, now: datetime, policies: Policies, *, complete: bool) -> Roster:
    """Every row of a roster in memory. Raises ImportRefused."""
    source = open_source(path)
    table = open_table(source, LAYOUT)
    speaker = speaker_at(known_body(body), now, policies)
    silence = Silence(speaker)
    rows = list(silence.watch(table))
    statements = [row for row in rows if not isinstance(row, Refused)]
    refused = [row for row in rows if isinstance(row, Refused)]
    return Roster(source, speaker, statements, refused, silence, complete)


async def preview_roster(read: Reader, roster: Roster, now: datetime) -> Preview:
    """What it would change; `read` is `database.read`, or `statements.run` within a transaction."""
    preview = Preview(roster.speaker.body.code, roster.source.sha256, roster.complete)
    preview.read = len(roster.statements) + len(roster.refused)
    preview.refused += roster.refused
    await _weigh(read, roster.speaker, roster.statements, now, preview, roster.silence)
    await _conclude(read, roster.speaker, now, preview, roster.silence)
    return preview


async def preview_file(
    database: Database,
    path: Path,
    *,
    body: str,
    now: datetime,
    policies: Policies,
    complete: bool = False,
    answered_at: datetime | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
) -> Preview:
    """What a roster of any length would change, read in parts. Raises ImportRefused."""
    source = open_source(path)
    speaker = speaker_at(known_body(body), answered_at or now, policies)
    silence, preview = Silence(speaker), Preview(speaker.body.code, source.sha256, complete)
    with progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUT, read_lines(source, advance))
        for part in _parts(silence, table, preview):
            await _weigh(database.read, speaker, part, now, preview, silence)
    await _conclude(database.read, speaker, now, preview, silence)
    return preview


def _parts(silence: Silence, table: Table, preview: Preview) -> Iterator[list[Statement]]:
    part: list[Statement] = []
    for row in silence.watch(table):
        preview.read += 1
        if isinstance(row, Refused):
            preview.refused.append(row)
            continue
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


async def _weigh(
    read: Reader, speaker: Speaker, statements: Sequence[Statement], now: datetime, preview: Preview, silence: Silence
) -> None:
    """Add to the preview what these rows would change."""
    outcome = Outcome()
    allowed = [row for row in statements if has_authority(speaker, row, outcome)]
    register = await known_people(read, speaker, allowed)
    known = register.known_ids()
    by_holder: dict[str, list[Statement]] = {}
    for statement in allowed:
        holder = register.holder(statement, speaker.key(statement), new_id())
        silence.mentioned.add(speaker.key(statement))
        if isinstance(holder, Doubt):
            refuse(speaker, statement, holder, outcome)
        else:
            by_holder.setdefault(holder.id, []).append(statement)
    preview.refused += outcome.refused
    preview.people |= known & by_holder.keys()
    found = [change async for change in _changes(read, speaker, by_holder, known, now, preview)]
    preview.changes += sorted(found, key=lambda change: (change.line, change.key))


async def _changes(
    read: Reader,
    speaker: Speaker,
    by_holder: Mapping[str, Sequence[Statement]],
    known: set[str],
    now: datetime,
    preview: Preview,
) -> AsyncIterator[Change]:
    ids = sorted(by_holder)
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        part = ids[start : start + PEOPLE_AT_ONCE]
        facts = await read_facts(read, [own for own in part if own in known])
        after = {own: _with(facts[own], speaker, by_holder[own], now) for own in facts}
        preview.open_referrals += await _losing(read, facts, after, now, speaker.policies)
        for own in part:
            for change in _of_one(facts.get(own), after.get(own), speaker, by_holder[own], now):
                yield change


def _with(facts: Facts, speaker: Speaker, statements: Sequence[Statement], now: datetime) -> Facts:
    """The facts about a person as they would be once the rows are in."""
    held = {_key(one): one for one in facts.credentials}
    for statement in statements:
        key = speaker.key(statement)
        one = held.get(key) or _new(speaker, statement)
        held[key] = replace(one, observations=(*one.observations, _observation(speaker, statement, now)))
    return replace(facts, credentials=tuple(held.values()))


def _key(held: HeldCredential) -> str:
    return credential_key(held.jurisdiction, held.body, held.kind, held.number)


def _new(speaker: Speaker, statement: Statement) -> HeldCredential:
    return HeldCredential(new_id(), statement.kind, statement.number, statement.jurisdiction, speaker.body.code, ())


def _observation(speaker: Speaker, statement: Statement, now: datetime) -> Observation:
    return Observation(
        id=new_id(),
        status=statement.status,
        word=statement.word,
        status_date=statement.status_date,
        issued=statement.issued,
        expires=statement.expires,
        reverify_by=statement.reverify_by,
        discipline=statement.discipline_type or None,
        discipline_date=statement.discipline_date,
        discipline_lifted=statement.discipline_lifted,
        degree=statement.degree or None,
        answered_at=speaker.evidence.answered_at,
        recorded_at=now,
        evidence=speaker.evidence.id,
        source=speaker.body.code,
        source_type=SourceType.PRIMARY,
        method="roster",
    )


def _of_one(
    facts: Facts | None, after: Facts | None, speaker: Speaker, statements: Sequence[Statement], now: datetime
) -> Iterator[Change]:
    """What becomes of each credential of one person that is in the file."""
    last = {speaker.key(statement): statement for statement in statements}
    lines = {speaker.key(statement): statement.line for statement in reversed(statements)}
    old = {_key(one): one for one in facts.credentials} if facts else {}
    if after is None:
        after = _with(_nobody(), speaker, statements, now)
    new = {_key(one): one for one in after.credentials}
    for key, statement in last.items():
        before, then = old.get(key), new[key]
        was = None if before is None else _known(before, now, speaker.policies)
        becomes = _known(then, now, speaker.policies)
        lifted = before is not None and lifts(before, then, now)
        yield Change(
            line=lines[key],
            key=key,
            kind=statement.kind,
            number=statement.number,
            jurisdiction=statement.jurisdiction,
            holder=" ".join(filter(None, (statement.given_name, statement.family_name))),
            word=statement.word,
            before=was,
            after=becomes,
            effect=effect_of(was, becomes, lifted=lifted),
        )


def _nobody() -> Facts:
    """Somebody of whom nothing is known yet."""
    return Facts("", None, "", "", "", "", None, None, None, (), (), ())


def _known(held: HeldCredential, now: datetime, policies: Policies) -> Known:
    shown = projection(held, now, policies)
    return Known(shown.status, shown.expires)


async def _losing(
    read: Reader, before: Mapping[str, Facts], after: Mapping[str, Facts], now: datetime, policies: Policies
) -> int:
    """How many open referrals go to somebody who is referable there now and would not be."""
    losing = 0
    for own, place, count in await read(_OPEN_REFERRALS, {"ids": sorted(before)}):
        if _open(before[own], place, now, policies) and not _open(after[own], place, now, policies):
            losing += count
    return losing


def _open(facts: Facts, place: str, now: datetime, policies: Policies) -> bool:
    return any(window.start <= now for window in windows(facts, place, now, policies)[:1])


async def _conclude(read: Reader, speaker: Speaker, now: datetime, preview: Preview, silence: Silence) -> None:
    """Whom a complete roster is silent about, and how large the body is."""
    preview.unread = silence.unreadable
    if preview.complete:
        missing = await silence.missing(read)
        preview.changes += [_missing(found) for found in missing]
        preview.people |= {found["holder"] for found in missing}
        for part in _chunks(missing):
            ids = [found["holder"] for found in part]
            facts = await read_facts(read, ids)
            gone = {found["key"] for found in part}
            after = {own: _without(each, gone) for own, each in facts.items()}
            preview.open_referrals += await _losing(read, facts, after, now, speaker.policies)
    ((preview.good,),) = await read(_GOOD, {"body": speaker.body.code, "good": sorted(YES)})


def _chunks(missing: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (missing[start : start + PEOPLE_AT_ONCE] for start in range(0, len(missing), PEOPLE_AT_ONCE))


def _missing(found: Mapping[str, Any]) -> Change:
    expires = found["expires"] and date.fromisoformat(found["expires"])
    return Change(
        line=0,
        key=found["key"],
        kind=found["kind"],
        number=found["number"],
        jurisdiction=found["jurisdiction"],
        holder=found["name"] or "",
        word=MISSING,
        before=Known(CredentialStatus(found["status"]), expires),
        after=Known(CredentialStatus.UNKNOWN, expires),
        effect=Effect.MISSING,
    )


def _without(facts: Facts, gone: set[str]) -> Facts:
    """The facts with nothing known any more of the credentials that are missing."""
    return replace(
        facts,
        credentials=tuple(replace(one, observations=()) if _key(one) in gone else one for one in facts.credentials),
    )
