"""Commands that bring published files in.

- Every import can be stopped and run again without harm.
- It ends with counts of rows read, written, unchanged and refused; refused rows are in a file with line, column, value
  and reason, in the data folder.
- Exit status: 0 all rows in, 3 done with rows refused, 1 nothing written, 2 wrong usage.
- It does not know how a file is read or where a row goes.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failures import Status, fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.roster_preview import preview_roster
from api.cli.store import with_database
from api.cli.values import known_body, known_instant, known_jurisdiction, wrong
from api.clock import utc_now
from api.settings import Settings
from graph.database import Database
from graph.loading.compact import load_compact
from graph.loading.deactivations import load_deactivations
from graph.loading.leie import load_leie
from graph.loading.memberships import load_memberships
from graph.loading.nppes import load_nppes
from graph.loading.privileges import load_privileges
from graph.loading.profiles import load_profiles
from graph.loading.report import Report
from graph.loading.roster import load_roster
from graph.progress import progress_on
from verification.formats.compact import Compact
from verification.policies import SHIPPED_POLICIES

app = typer.Typer(
    name="import",
    help="Bring a published file in: registry, exclusion list, a body's roster, a compact's licences, profiles.",
    no_args_is_help=True,
)

Load = Callable[..., Awaitable[Report]]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The file, as it was published.")]
Answered = Annotated[
    str | None,
    typer.Option(metavar="INSTANT", help="When the source gave it out, such as 2026-11-20T08:00:00Z; by default now."),
]
_EDITION = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
LISTED_FOR_PEOPLE = 10
LARGE = 5_000_000  # bytes; above this, loading takes longer than starting


@app.command()
@with_settings(STORE)
def nppes(settings: Settings, file: FileArgument, *, answered: Answered = None, as_json: JsonFlag = False) -> None:
    """Bring in the NPI registry: npidata_pfile_….csv, monthly or weekly, or the zip it comes in."""
    run(settings, file, load_nppes, as_json=as_json, **_answer(answered))


@app.command("nppes-deactivated")
@with_settings(STORE)
def nppes_deactivated(
    settings: Settings, file: FileArgument, *, answered: Answered = None, as_json: JsonFlag = False
) -> None:
    """Bring in the report of deactivated NPIs: NPPES Deactivated NPI Report ….xlsx."""
    run(settings, file, load_deactivations, as_json=as_json, **_answer(answered))


@app.command()
@with_settings(STORE)
def leie(
    settings: Settings,
    file: FileArgument,
    *,
    edition: Annotated[str, typer.Option(metavar="YYYY-MM", help="The edition of the list, from its page at the OIG.")],
    answered: Answered = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring in the federal exclusion list: the full file UPDATED.csv, never the monthly supplements."""
    if _EDITION.fullmatch(edition) is None:
        wrong("--edition", edition, "must be a year and a month, such as 2026-11")
    run(settings, file, load_leie, as_json=as_json, **_answer(answered), edition=edition)


@app.command()
@with_settings(STORE)
def roster(
    settings: Settings,
    file: FileArgument,
    *,
    body: Annotated[
        str, typer.Option(metavar="CODE", help="Whose roster it is, such as CA-BBS; see `bonafide bodies`.")
    ],
    complete: Annotated[
        bool, typer.Option("--complete", help="The file has everybody: who is missing becomes unknown and is listed.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what it would change, and what follows for open referrals.")
    ] = False,
    answered: Answered = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring in what a body says of those it licenses or certifies.

    CSV in UTF-8, header names exact and in any order, dates YYYY-MM-DD, empty where there is none:
    credentialKind, credentialNumber, jurisdiction, familyName, givenName, status, and where known middleName, suffix,
    npi, dateOfBirth, statusDate, dateOfIssuance, dateOfExpiration, reverifyBy, disciplineType, disciplineDate,
    disciplineLiftedDate, degree.
    """
    code = known_body("--body", body)
    if preview:
        _check_readable(file)
        when = known_instant("--answered", answered)
        preview_roster(settings, file, body=code, complete=complete, answered=when, as_json=as_json)
        return
    run(
        settings,
        file,
        load_roster,
        as_json=as_json,
        **_answer(answered),
        body=code,
        complete=complete,
    )


@app.command()
@with_settings(STORE)
def compact(
    settings: Settings,
    file: FileArgument,
    *,
    jurisdiction: Annotated[str, typer.Option(metavar="XX", help="The state that uploaded it, such as AZ.")],
    compact: Annotated[str, typer.Option(help="counseling or social-work.")],
    answered: Answered = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring in a state's licence upload to CompactConnect."""
    if compact not in set(Compact):
        wrong("--compact", compact, "must be counseling or social-work")
    place = known_jurisdiction("--jurisdiction", jurisdiction)
    run(
        settings,
        file,
        load_compact,
        as_json=as_json,
        **_answer(answered),
        jurisdiction=place,
        compact=Compact(compact),
    )


@app.command()
@with_settings(STORE)
def compacts(settings: Settings, file: FileArgument, *, answered: Answered = None, as_json: JsonFlag = False) -> None:
    """Bring in which states belong to a compact, and from when.

    CSV: compact, jurisdiction, enacted, effective, withdrawn; dates YYYY-MM-DD, empty where there is none.
    """
    run(settings, file, load_memberships, as_json=as_json, **_answer(answered))


@app.command()
@with_settings(STORE)
def privileges(settings: Settings, file: FileArgument, *, answered: Answered = None, as_json: JsonFlag = False) -> None:
    """Bring in who may practise across states under a compact.

    CSV: npi, compact, kind (APIT, TAP, PRIVILEGE or MULTISTATE), homeJurisdiction, jurisdiction, number, status,
    effective, expires.
    """
    run(settings, file, load_privileges, as_json=as_json, **_answer(answered))


@app.command()
@with_settings(STORE)
def profiles(settings: Settings, file: FileArgument, *, as_json: JsonFlag = False) -> None:
    """Bring in what therapists say of themselves; it fills the directory and proves nothing.

    CSV: npi, concerns, approaches, languages, payers, modalities, formats, acceptsNew, waitWeeks, placeName,
    addressLine1, addressCity, addressState, addressPostalCode, phone. Lists are split by semicolons.
    """
    run(settings, file, load_profiles, as_json=as_json)


def run(settings: Settings, file: Path, load: Load, *, as_json: bool, **details: Any) -> None:
    """Load a file, say what came of it, and leave with the status that belongs to it."""
    _check_readable(file)
    brief = file.stat().st_size < LARGE
    report = with_database(settings, lambda database: load_file(database, settings, file, load, **details), brief=brief)
    if as_json:
        print_json(_as_json(report))
    else:
        for line in in_words(report):
            typer.echo(line)
    if report.refused:
        raise typer.Exit(Status.ROWS_REFUSED)


def as_evidence(answered: datetime | None) -> dict[str, Any]:
    """What a loader of evidence needs besides the file: the policies, when the source answered, who asked."""
    return {"policies": SHIPPED_POLICIES, "answered_at": answered, "asked_by": "command line"}


async def load_file(database: Database, settings: Settings, file: Path, load: Load, **details: Any) -> Report:
    """Load a file; refused rows go into the data folder."""
    refused = settings.data / f"{file.name}.refused.csv"
    refused.unlink(missing_ok=True)
    return await load(database, file, clock=utc_now, refused_file=refused, progress=progress_on(), **details)


def in_words(report: Report, *, listed: int = LISTED_FOR_PEOPLE) -> list[str]:
    """The counts of an import, for people, and the first `listed` of what somebody should look at."""
    skipped = "".join(f", {count:,} left out ({why})" for why, count in sorted(report.skipped.items()))
    counts = f"{report.read:,} rows read, {report.written:,} written, {report.unchanged:,} as known"
    speed = f"{report.seconds:.1f} s, {report.rows_per_second:,.0f} rows/s"
    lines = [f"{report.title}: {counts}, {report.refused:,} refused{skipped}; {speed}."]
    if report.refused_file is not None:
        lines.append(f"Refused rows, with reasons: {report.refused_file}")
    if report.unknown_columns:
        lines.append(f"Columns that nothing here knows: {', '.join(report.unknown_columns)}")
    if report.listed_count:
        lines.append(f"{report.listed_count:,} to look at{'; the first are:' if listed else '.'}")
        lines += [f"  line {each.line}, {each.subject}: {each.note}" for each in report.listed[:listed]]
    return lines


def _answer(answered: str | None) -> dict[str, Any]:
    return as_evidence(known_instant("--answered", answered))


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "read": report.read,
        "written": report.written,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "skipped": dict(report.skipped),
        "refusedFile": str(report.refused_file) if report.refused_file else None,
        "unknownColumns": list(report.unknown_columns),
        "listedCount": report.listed_count,
        "listed": [{"line": each.line, "subject": each.subject, "note": each.note} for each in report.listed],
        "seconds": round(report.seconds, 3),
    }


def _check_readable(file: Path) -> None:
    """Find out before a database is started that there is nothing to read."""
    if file.is_dir():
        fail(f"{file} is a folder; a file is needed.")
    with file.open("rb") as opened:
        if not opened.read(1):
            fail(f"{file} is empty.")
