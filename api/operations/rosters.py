"""A body's roster sent by its officer: looked at first, then applied whole or not at all.

- A preview writes nothing. Its digest says what was seen; a roster sent with it is refused once that is no longer true.
- Rows that cannot be taken are problems beside the others, in the preview as when it is applied. All others are in, in
  one transaction, with what follows for the directory and for open referrals; the one mutation of many statements.
- A roster that lifts anything, or changes much at once, waits for a second officer of the body, who sends the same.
- Only the officer's own body is spoken for.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from api.operations.outcomes import (
    Context,
    Done,
    Outcome,
    Problem,
    Problems,
    Said,
    asked,
    from_refusal,
    refused,
    settled_before,
    tried,
    unusable,
)
from api.operations.proposing import made_notices, made_proposal, settled_notices
from api.problems import Unauthenticated
from graph.commands.proposals import ProposalGround, roster_text
from graph.commands.receipts import Asked
from graph.commands.rosters import (
    Applied,
    Apply,
    Decide,
    Propose,
    RosterGround,
    Stop,
    apply_whole,
    read_body,
    show_body,
)
from graph.errors import Conflict
from graph.loading.preview import Preview, Roster, preview_roster, read_whole
from graph.loading.report import Outcome as Written
from graph.reading import ImportRefused
from verification.access import Action
from verification.agreements import Proposal, ProposalKind, check_agreement, is_open, words_of
from verification.errors import Refusal
from verification.formats.rows import Refused
from verification.roster_changes import Effect, totals

LONGEST_ROSTER: Final = 2_000_000
MOST_ROWS: Final = 2_000
"""What goes into one transaction, with all that follows from it, well within the time a request has."""
MOST_PROBLEMS: Final = 100
MOST_CHANGES: Final = 1_000
FIRST_CHANGES: Final = 200


async def preview(context: Context, said: Said) -> Outcome:
    """What the roster would change, or why it cannot be read. Nothing is written, and no receipt is left."""
    if problem := unusable({**said, "idempotencyKey": "none"}, any_length="roster") or _too_long(said):
        return problem
    try_ = asked(context, Action.PREVIEW_ROSTER, {**said, "idempotencyKey": "none"})
    ground = await read_body(context.database, try_)
    if (settled := await _settled(context, Action.PREVIEW_ROSTER, try_, ground)) is not None:
        return settled
    if ground.body is None:
        return _no_body()
    try:
        roster = await _read(context, said["roster"], ground.body, try_, complete=bool(said.get("complete")))
    except ImportRefused as refusal:
        return _unreadable(refusal)
    found = await preview_roster(context.database.read, roster, try_.now)
    node = await show_body(context.database, try_, ground.body, context.answer)
    if node is None:
        return _no_body()
    return Done(node, _shown(found, said), _row_problems(found.refused))


async def apply_roster(context: Context, said: Said) -> Outcome:
    """Applies the roster for the officer's body, lets it wait for a second officer, or says why not."""
    if problem := unusable(said, any_length="roster") or _too_long(said):
        return problem
    return await tried(context, said, lambda: _apply(context, said))


async def _apply(context: Context, said: Said) -> Outcome | None:
    try_ = asked(context, Action.APPLY_ROSTER, said)
    ground = await read_body(context.database, try_)
    if (settled := await _settled(context, Action.APPLY_ROSTER, try_, ground)) is not None:
        return _again(settled, ground)
    if ground.body is None or ground.who is None:
        return _no_body()
    complete = bool(said.get("complete"))
    try:
        roster = await _read(context, said["roster"], ground.body, try_, complete=complete)
    except ImportRefused as refusal:
        return _unreadable(refusal)
    decide = _decide(said["roster"], roster, said.get("expectedDigest"), ground.who.account, try_)
    try:
        done = await apply_whole(context.database, try_, roster, decide, _told, context.answer)
    except Conflict:
        return None
    return _outcome(done)


async def approve_roster(context: Context, try_: Asked, found: ProposalGround, proposal: Proposal) -> Outcome:
    """Agrees to a roster that another officer of the body proposed. Raises Refusal and Conflict."""
    if found.who is None or found.body is None:
        return _no_body()
    account = found.who.account
    text = await roster_text(context.database, proposal.id, found.body)
    roster = await _read(context, text or "", found.body, try_, complete=bool(proposal.said["complete"]))

    def decide(seen: Preview, _: Sequence[Proposal], body: str) -> Apply | Stop[Outcome]:
        try:
            check_agreement(proposal, account, seen.digest, try_.now)
        except Refusal as refusal:
            return Stop(from_refusal(refusal))
        return Apply(proposal.by, account, proposal.id, settled_notices(proposal.id, body, try_.now))

    done = await apply_whole(context.database, try_, roster, decide, _told, context.answer, about_proposal=True)
    return _outcome(done)


def _decide(text: str, roster: Roster, expected: str | None, account: str, try_: Asked) -> Decide[Outcome]:
    """One officer's roster: applied where one may, agreed to where another said it before, else proposed."""
    said = {"sha256": roster.source.sha256, "complete": roster.complete}

    def decide(seen: Preview, waiting: Sequence[Proposal], body: str) -> Apply | Propose | Stop[Outcome]:
        if expected is not None and expected != seen.digest:
            return Stop(refused("STALE_PREVIEW", "This is not what the preview showed any more.", "expectedDigest"))
        why = seen.second
        if why is None:
            return Apply(account)
        words = words_of(ProposalKind.ROSTER, body, said)
        first = next((p for p in waiting if p.words == words and is_open(p, seen.digest, try_.now)), None)
        if first is None:
            return _propose(text, seen, said, words, why, body, try_)
        try:
            check_agreement(first, account, seen.digest, try_.now)
        except Refusal as refusal:
            return Stop(from_refusal(refusal))
        return Apply(first.by, account, first.id, settled_notices(first.id, body, try_.now))

    return decide


def _propose(text: str, seen: Preview, said: dict[str, Any], words: str, why: str, body: str, try_: Asked) -> Propose:
    counted = totals(seen.changes)
    made = made_proposal(ProposalKind.ROSTER, body, body, words, seen.digest, try_.now) | {
        "said": orjson.dumps(said).decode(),
        "roster": text,
        "note": why,
        "rows": seen.read,
        "lifts": counted[Effect.LIFTS],
        "worse": sum(change.worse for change in seen.changes),
        "openReferrals": seen.open_referrals,
    }
    return Propose(made, _told(seen, Written(refused=list(seen.refused)), proposed=True),
                   made_notices(made["id"], body, try_.now))  # fmt: skip


async def _settled(context: Context, action: Action, try_: Asked, ground: RosterGround) -> Outcome | None:
    if ground.who is None:
        raise Unauthenticated
    return await settled_before(context, action, try_, ground.who, ground.receipt, label="CertifyingBody")


async def _read(context: Context, text: str, body: str, try_: Asked, *, complete: bool) -> Roster:
    """The roster's rows. Raises ImportRefused."""

    def read() -> Roster:
        with TemporaryDirectory(prefix="roster-") as folder:
            path = Path(folder, "roster.csv")
            path.write_bytes(text.encode())
            try:
                return read_whole(path, body, try_.now, context.policies, complete=complete)
            except ImportRefused as refusal:
                raise ImportRefused(str(refusal).replace(str(path), "The roster")) from None

    roster = await asyncio.to_thread(read)
    if len(roster.statements) + len(roster.refused) > MOST_ROWS:
        raise ImportRefused(f"A roster of more than {MOST_ROWS} rows is imported as a file, by the operator.")
    return roster


def _too_long(said: Said) -> Problems | None:
    if len(said["roster"]) <= LONGEST_ROSTER:
        return None
    return refused("BAD_INPUT", "A roster this long is imported as a file.", "roster")


def _no_body() -> Problems:
    return refused("FORBIDDEN", "This account speaks for no body.")


def _unreadable(refusal: ImportRefused) -> Problems:
    return refused("BAD_INPUT", str(refusal), "roster")


def _shown(seen: Preview, said: Said) -> dict[str, Any]:
    """What the payload of a preview tells besides the body."""
    wanted = {Effect(effect) for effect in said.get("only") or Effect}
    first = min(max(said.get("first") or FIRST_CHANGES, 0), MOST_CHANGES)
    rows = [change for change in seen.changes if change.effect in wanted][said.get("skip") or 0 :][:first]
    return {
        "digest": seen.digest,
        "read": seen.read,
        "refused": len(seen.refused),
        "openReferrals": seen.open_referrals,
        "needsSecondOfficer": seen.second,
        "totals": [{"effect": effect.value, "count": count} for effect, count in totals(seen.changes).items()],
        "changes": [
            {
                "line": change.line,
                "kind": change.kind,
                "number": change.number,
                "jurisdiction": change.jurisdiction,
                "holder": change.holder,
                "word": change.word,
                "before": change.before and change.before.status.value,
                "after": change.after.status.value,
                "expires": change.after.expires,
                "effect": change.effect.value,
            }
            for change in rows
        ],
    }


def _told(seen: Preview, written: Written, *, proposed: bool = False) -> str:
    """What the receipt keeps: the counts and the problems, as JSON text."""
    problems = _row_problems(written.refused)
    counts = _counts(seen, written, proposed=proposed)
    return orjson.dumps({"counts": counts, "problems": [[p.code, p.message, p.path] for p in problems]}).decode()


def _counts(seen: Preview, written: Written, *, proposed: bool) -> dict[str, Any]:
    return {
        "read": seen.read,
        "written": 0 if proposed else written.written,
        "unchanged": 0 if proposed else written.unchanged,
        "refused": len(written.refused),
        "openReferrals": seen.open_referrals,
    }


def _outcome(done: Applied | Stop[Outcome] | None) -> Outcome:
    if done is None:
        return _no_body()
    if isinstance(done, Stop):
        return done.because
    written = Written(refused=list(done.preview.refused)) if done.proposed else done.outcome
    return Done(done.node, _counts(done.preview, written, proposed=done.proposed), _row_problems(written.refused))


def _row_problems(rows: Sequence[Refused]) -> tuple[Problem, ...]:
    return tuple(_row_problem(row) for row in sorted(rows, key=lambda row: row.line)[:MOST_PROBLEMS])


def _row_problem(row: Refused) -> Problem:
    where = f"Line {row.line}" + (f", {row.column}" if row.column else "")
    return Problem("ROW_REFUSED", f"{where}: {row.reason}.", ("roster", row.line, row.column or ""))


def _again(settled: Outcome, ground: RosterGround) -> Outcome:
    """An earlier success, told as it was told then."""
    if not isinstance(settled, Done) or ground.result is None:
        return settled
    told = orjson.loads(ground.result)
    problems = tuple(Problem(code, message, tuple(path)) for code, message, path in told["problems"])
    return Done(settled.node, told["counts"], problems)
