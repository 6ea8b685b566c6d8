"""Load a state's licence upload to CompactConnect: statements of the state's board, in that system's format.

Rules:
- The board is the one that is the primary source for the state's own title in the compact's profession.
- What must not be read (social security numbers, home addresses) is not read; see `verification.formats.compact`.
- Social workers have no NPI in it: they are matched by a credential they hold here already, else listed.
- A social worker's multistate licence is also a privilege in every member state, until an upload says otherwise.

Does not know which states are members.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from graph.database import Database, Statements
from graph.directory import recompute
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.evidence import Answer, begin_evidence
from graph.loading.privileges import record_grants
from graph.loading.report import Outcome, Report, Tally
from graph.loading.statements import Speaker, record_statements
from graph.progress import Progress, Silent
from graph.reading import ImportRefused, open_source, read_lines
from graph.seeding import ensure_seeded
from verification.credentials import CredentialStatus
from verification.evidence import SourceType
from verification.formats.compact import LAYOUTS, Compact, independent_title, is_multistate, parse
from verification.formats.privileges import Grant
from verification.formats.statements import Statement
from verification.jurisdictions import STATES, jurisdiction_code
from verification.kinds import BODIES, Body, primary_bodies
from verification.policies import Policies

BATCH: Final = 1000

# Those who have, or had, a licence that reaches every member state.
_HOLDERS: Final = """
UNWIND $keys AS key
MATCH (n:Practitioner)-[:HOLDS]->(:Credential {key: key})
RETURN key, n.id, EXISTS { (n)-[:HOLDS]->(:Privilege {kind: 'MULTISTATE', home: $home}) }
"""


def board_of(jurisdiction: str, compact: Compact, on: date) -> Body:
    """The board whose licences a state uploads for a compact. Raises ImportRefused where there is none."""
    bodies = primary_bodies(independent_title(jurisdiction, compact), jurisdiction, on)
    if not bodies:
        raise ImportRefused(f"No board of {jurisdiction} is known that licenses for the {compact} compact.")
    return BODIES[bodies[0]]


def known_compact(name: str) -> Compact:
    """The compact of that name. Raises ImportRefused for another one."""
    try:
        return Compact(name.strip().lower())
    except ValueError:
        names = " or ".join(Compact)
        raise ImportRefused(f"There is no compact {name!r} whose licence files can be read; say {names}.") from None


async def load_compact(
    database: Database,
    path: Path,
    *,
    jurisdiction: str,
    compact: str,
    clock: Clock,
    policies: Policies,
    refused_file: Path | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it has no state
    answered_at: datetime | None = None,
    asked_by: str = "",
) -> Report:
    """Load what `jurisdiction` uploaded for `compact` (counseling or social-work). Raises ImportRefused."""
    which, state = known_compact(compact), jurisdiction_code(jurisdiction)
    if state not in STATES:
        raise ImportRefused(f"{jurisdiction!r} is no state of the United States.")
    board = board_of(state, which, clock().date())
    source = open_source(path)
    title = f"CompactConnect {which} of {state}"
    with Tally(title, refused_file) as tally, progress.bytes(source.name, source.size) as advance:
        table = open_table(source, LAYOUTS[which], read_lines(source, advance))
        tally.unknown_columns = table.columns.unknown
        await ensure_seeded(database)
        answer = Answer(board.code, SourceType.PRIMARY, "compact", answered_at, which.value, asked_by)
        evidence = await begin_evidence(database, source, answer, clock())
        speaker = Speaker(board, evidence, policies, "licenseNumber")

        async def apply(run: Statements, batch: Sequence[Statement], stamp: Stamp) -> Outcome:
            outcome, _ = await record_statements(run, speaker, batch, stamp)
            if which is Compact.SOCIAL_WORK:
                await _record_multistate(run, speaker, batch, stamp)
            return outcome

        rows = table.rows(lambda row: parse(row, state, which))
        await load_batches(database, rows, apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()


async def _record_multistate(run: Statements, speaker: Speaker, batch: Sequence[Statement], stamp: Stamp) -> None:
    said = {speaker.key(statement): statement for statement in batch}
    parameters = {"keys": sorted(said), "home": speaker.body.jurisdiction}
    grants = {
        _multistate(said[key]): holder
        for key, holder, had_one in await run.run(_HOLDERS, parameters)
        if had_one or is_multistate(said[key])
    }
    news = await record_grants(run, grants, speaker.evidence, stamp)
    await recompute(run, news, stamp.now, speaker.policies)


def _multistate(statement: Statement) -> Grant:
    status = CredentialStatus.ACTIVE if is_multistate(statement) else CredentialStatus.LAPSED
    return Grant(
        line=statement.line,
        npi=statement.npi or "",
        compact="SOCIAL-WORK",
        kind="MULTISTATE",
        home=statement.jurisdiction,
        jurisdiction="",
        number=statement.number,
        status=status,
        word=statement.note,
        effective=None,
        expires=statement.expires,
    )
