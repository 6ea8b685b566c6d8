"""The lists of those who confirm and review: what waits for a body's officer, and what waits for a steward.

- Each is one statement, and shows nobody anything of another body.
- The most urgent comes first; a cursor is the values the list is ordered by.
"""

from typing import Final

from graph.compile import Arguments, Compiler, Source
from graph.confirmations import CLAIMS, TESTS, URGENCY
from graph.proposal_states import PROPOSAL_STATUS
from graph.selection import Selection

Variant = tuple[str, ...]

COUNTS: Final = {
    "all": "ALL",
    "newClaims": "NEW_CLAIMS",
    "expiring30": "EXPIRING_30",
    "expiring60": "EXPIRING_60",
    "expiring90": "EXPIRING_90",
    "conflicts": "CONFLICTS",
    "unknownWords": "UNKNOWN_WORDS",
    "missing": "MISSING",
    "stale": "STALE",
}
"""Each count by its field, with the filter it counts."""


def confirmations_variant(arguments: Arguments) -> Variant:
    """One text for each filter."""
    return (arguments.get("filter") or "ALL",)


def confirmations(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """What waits for the officer's body to confirm, most urgent first."""
    n = compiler.node()

    def fill(text: str) -> str:
        return text.replace("{n}", n)

    body = fill(f"{CLAIMS} WITH * WHERE {TESTS[variant[0]]}")
    source = Source(body, n, (fill(URGENCY), f"day_{n}", f"{n}.id"), (f"why_{n}", f"day_{n}"))
    return compiler.connection(selection, source)


def confirmation_counts(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    """How much waits, by filter, counted in one go."""
    n = compiler.node()
    counted = ", ".join(
        f"`{child.key}`: count(CASE WHEN {TESTS[COUNTS[child.name]]} THEN 1 END)"
        for child in selection.of(selection.type)
        if child.name != "__typename"
    )
    # Something is counted whatever is asked for, so that an empty list is a row as well.
    return f"head(COLLECT {{ {CLAIMS} RETURN {{{counted or '`-`: count(*)'}}} }})".replace("{n}", n)


def proposals_variant(arguments: Arguments) -> Variant:
    """With or without a status asked for."""
    return ("status",) if arguments.get("status") else ()


def proposals(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """What officers of the viewer's body proposed, newest first."""
    n = compiler.node()
    body = f"MATCH (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:FOR]-({n}:Proposal) WHERE viewer.role = 'officer'"
    if variant:
        wanted = compiler.parameter(selection.slot, "status", lambda arguments: arguments["status"])
        body += f" AND {PROPOSAL_STATUS.replace('{n}', n)} = {wanted}"
    return compiler.connection(selection, Source(body, n, (f"-{n}.madeAt", f"{n}.id")))


def reviews_due(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    """Licences whose discipline holds up their holder's other ones until a steward has looked into it."""
    n = compiler.node()
    body = f"MATCH ({n}:Credential {{reviewDue: true}}) WHERE viewer.role = 'steward'"
    return compiler.connection(selection, Source(body, n, (f"coalesce({n}.kind, '')", f"{n}.id")))
