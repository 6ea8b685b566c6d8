"""Load a state's licence upload to CompactConnect: statements of the state's board, in that system's format.

Rules:
- The board is the one that is the primary source for the state's own title in the compact's profession.
- What must not be read (social security numbers, home addresses) is not read; see `verification.formats.compact`.
- Social workers have no NPI in it: they are matched by a credential they hold here already, else listed.

Does not know privileges: those come in a file of their own.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from graph.database import Database, Statements
from graph.loading.batches import Clock, Stamp, finish_evidence, load_batches, open_table
from graph.loading.evidence import Answer, begin_evidence
from graph.loading.report import Outcome, Report, Tally
from graph.loading.statements import Speaker, record_statements
from graph.progress import Progress, Silent
from graph.reading import ImportRefused, open_source, read_lines
from graph.seeding import ensure_seeded
from verification.evidence import SourceType
from verification.formats.compact import LAYOUTS, Compact, independent_title, parse
from verification.formats.statements import Statement
from verification.jurisdictions import STATES, jurisdiction_code
from verification.kinds import BODIES, Body, primary_bodies
from verification.policy import Policy

BATCH: Final = 1000


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
    policy: Policy,
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
        speaker = Speaker(board, evidence, policy, "licenseNumber")

        async def apply(run: Statements, batch: Sequence[Statement], stamp: Stamp) -> Outcome:
            outcome, _ = await record_statements(run, speaker, batch, stamp)
            return outcome

        rows = table.rows(lambda row: parse(row, state, which))
        await load_batches(database, rows, apply, tally, clock=clock, size=BATCH)
        await finish_evidence(database, evidence, clock())
        return tally.report()
