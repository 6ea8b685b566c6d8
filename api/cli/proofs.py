"""Commands for proofs: a decision on standing as a file to take away, and checking such a file without any store.

- A proof goes to standard output, or to a file that is written as a whole or not at all.
- Checking reads the file and nothing else: no store, no network, no clock.
- What a file holds was written by somebody else: it is shown without anything that could steer a terminal.
- It does not know what makes a proof hold: that is verification/bundle_checks.py.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from api.cli.failures import fail, plainly, warn
from api.cli.flags import STORE, with_settings
from api.cli.store import with_database
from api.cli.values import known_instant, known_jurisdiction, valid_npi
from api.clock import utc_now
from api.fhir.verification_result import verification_result
from api.settings import Settings
from graph.database import Database
from graph.proofs import Grounds, read_grounds
from graph.simulation import read_simulation
from verification.bundle_checks import Flaw, check_bundle
from verification.bundles import BundleError, bundle_from_text, bundle_of, bundle_text, shipped_policy
from verification.policies import SHIPPED_POLICIES

MOST_BYTES = 16 * 1024 * 1024
LONGEST_LINE = 2000


@with_settings(STORE)
def proof(
    settings: Settings,
    npi: Annotated[str, typer.Argument(help="NPI of the practitioner, ten digits.")],
    jurisdiction: Annotated[str, typer.Option("--in", help="Where the patient is, such as CA.")],
    *,
    at: Annotated[str | None, typer.Option(help="As of this instant, such as 2026-11-25T09:00:00Z.")] = None,
    known_at: Annotated[str | None, typer.Option(help="With what was known at this instant.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
    fhir: Annotated[bool, typer.Option("--fhir", help="As a FHIR R4 VerificationResult, which cannot be checked.")] = (
        False
    ),
) -> None:
    """Write a decision on standing with all it rests on, as JSON that `check-proof` verifies anywhere, offline.

    The practitioner's birth date is in it where it is known, since the exclusion check rests on it; patients never are.
    Example: bonafide proof 2100000019 --in CA --out proof.json
    """
    place, who = known_jurisdiction("--in", jurisdiction), valid_npi("NPI", npi)
    as_of, known = known_instant("--at", at), known_instant("--known-at", known_at)
    grounds, now, simulated = with_database(settings, lambda database: _grounds(database, who))
    if grounds is None:
        fail(f"NPI {npi} is not in this store. `bonafide import nppes` brings the registry in.")
    bundle = _bundle(grounds, place, as_of or now, known or now, simulated=simulated)
    text = _pretty(verification_result(bundle)) if fhir else bundle_text(bundle)
    if out is None:
        typer.echo(text, nl=False)
        return
    _write_whole(out, text)
    typer.echo(f"{out}: {bundle['decision']['verdict']}, SHA-256 over all {bundle['sha256']['all']}.")


def check_proof(
    file: Annotated[Path, typer.Argument(help="A file that `bonafide proof` wrote.")],
) -> None:
    """Verify a proof offline: its hashes, its policy, and the decision anew from its own facts.

    The exit status is 0 when all of it holds, whatever the verdict, and 1 when anything does not. The hashes are no
    signature: to be sure who wrote it, compare the SHA-256 over all with one told by the issuer; and to be sure that
    no evidence was changed since, the ends of the chains with those the issuer published.
    """
    with plainly():
        bundle = _read(file)
        flaws = check_bundle(bundle)
        if _is_readable(flaws):
            _print_decision(bundle)
            _print_chains(bundle)
        if flaws:
            for flaw in flaws:
                typer.echo(f"  WRONG    {flaw.part}: {_printable(flaw.message)}")
            fail(f"{file} does not hold: {len(flaws)} {'thing is' if len(flaws) == 1 else 'things are'} wrong.")
        typer.echo(f"All of it holds. SHA-256 over all: {bundle['sha256']['all']}")


async def _grounds(database: Database, npi: str) -> tuple[Grounds | None, datetime, bool]:
    simulated = await read_simulation(database) is not None
    return await read_grounds(database.read, npi), utc_now(), simulated


def _bundle(grounds: Grounds, place: str, at: datetime, known_at: datetime, *, simulated: bool) -> dict[str, Any]:
    policy = SHIPPED_POLICIES.in_force(place, at)
    return bundle_of(grounds.facts, grounds.evidence, place, at, known_at, policy, grounds.chains, simulated=simulated)


def _pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _write_whole(path: Path, text: str) -> None:
    """Beside it first, so that a full disk leaves no half of a proof under its name."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _read(file: Path) -> Any:
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        fail(f"{file} is larger than {MOST_BYTES // 1024 // 1024} MB, which no proof is.")
    try:
        return bundle_from_text(content.decode("utf-8"))
    except UnicodeDecodeError as problem:
        fail(f"{file} is no proof: it is not UTF-8 text at byte {problem.start}.")
    except BundleError as problem:
        fail(f"{file} is no proof: {_printable(str(problem))}")


def _is_readable(flaws: tuple[Flaw, ...]) -> bool:
    """Whether everything but the facts can be shown."""
    return not any(flaw.unreadable and flaw.part != "facts" for flaw in flaws)


def _print_decision(bundle: Mapping[str, Any]) -> None:
    subject, asked, decision, policy = (bundle[part] for part in ("subject", "question", "decision", "policy"))
    until = f", good until {decision['goodUntil']}" if decision["goodUntil"] else ""
    lines = [
        f"{subject['name']} (NPI {subject['npi']}), for a patient in {asked['jurisdiction']}: {decision['verdict']}",
        f"as of {asked['at']}, known at {asked['knownAt']}{until}, under policy {policy['id']} {policy['version']}",
        *(f"  {check['outcome']:<8} {check['reason']}" for check in decision["checks"]),
    ]
    for line in lines:
        typer.echo(_printable(line))
    if shipped_policy(policy["id"], policy["version"]) is None:
        warn("this program ships no such policy; it was taken as the proof gives it.")


def _print_chains(bundle: Mapping[str, Any]) -> None:
    """Where the chains of its evidence ended, and whether those ends follow from what is in the proof."""
    for chain in bundle["chains"]:
        told = (
            "follows from the evidence here" if chain["records"] else "is told, and does not follow from what is here"
        )
        typer.echo(_printable(f"  chain {chain['chain']}: {chain['position']} records, end {chain['hash']} {told}"))
    outside = sum(record["link"] is None for record in bundle["evidence"])
    if outside:
        warn(f"{outside} of {len(bundle['evidence'])} pieces of evidence stand in no chain.")
    if bundle["store"]["simulated"]:
        warn("this proof is of a SIMULATED store; nothing in it is so.")


def _printable(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:LONGEST_LINE])
    return shown if len(text) <= LONGEST_LINE else f"{shown}…"
