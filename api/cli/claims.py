"""How a row that waits for a decision is shown: what the body said, who holds the credential, and who it could be.

- Likeness of names, of 100, is for the eye only.
- It does not decide, and does not know what follows.
"""

from datetime import date
from typing import Any

import typer

from graph.commands.claims import Candidate, OpenClaim, open_claims
from graph.database import Database


async def first_claims(database: Database, count: int) -> list[OpenClaim]:
    """The first rows that wait for a decision."""
    found: list[OpenClaim] = []
    async for claim in open_claims(database):
        found.append(claim)
        if len(found) == count:
            break
    return found


def claim_told(claim: OpenClaim) -> dict[str, Any]:
    """A row that waits, for programs."""
    return {
        "row": {
            "claim": claim.id,
            "body": claim.body,
            "credentialKind": claim.kind,
            "credentialNumber": claim.number,
            "name": claim.name,
            "npi": claim.npi,
            "birthDate": claim.birth_date,
        },
        "claimedTwice": claim.claimed_twice,
        "reason": claim.reason,
        "since": claim.recorded_at,
        "holder": _person(claim.holder) if claim.holder else None,
        "candidates": [_person(one) | {"likeness": one.likeness} for one in claim.candidates],
    }


def print_claim(claim: OpenClaim) -> None:
    """The same, for people."""
    typer.echo(f"{claim.npi or '-':<10}  {claim.name}, {_born(claim.birth_date)}")
    typer.echo(f"{claim.body:<10}  {claim.kind} {claim.number} {claim.reason}; since {claim.recorded_at:%Y-%m-%d}")
    typer.echo(f"  row {claim.id}")
    if claim.holder:
        typer.echo(f"      held by {_spoken(claim.holder)}")
    for one in claim.candidates:
        typer.echo(f"      may be {_spoken(one)}, likeness {one.likeness}")


def _person(one: Candidate) -> dict[str, Any]:
    return {"npi": one.npi, "name": one.name, "birthDate": one.birth_date}


def _spoken(one: Candidate) -> str:
    return f"{one.npi or 'no NPI'}  {one.name}, {_born(one.birth_date)}"


def _born(day: date | None) -> str:
    return f"born {day}" if day else "birth date unknown"
