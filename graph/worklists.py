"""The lists of whoever refers or is referred to: a folder's referrals, the most urgent first, and how many lie in each.

- A row stands where its own data put it and not where the clock does: first what the viewer has to do, then by when.
  Whatever is overdue thereby comes first, and a page goes on right while others become overdue.
- What is over comes newest first.
- Each is one statement. Whoever is asked about is a party by the way that leads there, so no rule is tested.
"""

from typing import Final

from graph.access import SINCE
from graph.compile import Compiler, Source, lets_of
from graph.instants import FOR_EVER
from graph.selection import Selection
from verification.referral_clocks import Turn
from verification.worklists import REPORT_SOON, REPORTING, WORKLIST_FOLDERS, Side

Variant = tuple[str, ...]

_SOON: Final = int(REPORT_SOON.total_seconds() * 1000)
_REPORT_DUE: Final = f"coalesce({{n}}.status = '{REPORTING}' AND {{n}}.dueAt <= $now + {_SOON}, false)"

# Of somebody who was asked twice only the last time counts.
_MATCH: Final[dict[Side, str]] = {
    "sender": "MATCH (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({n}:Referral) WHERE {n}.status",
    "recipient": (
        "MATCH (viewer)-[:ACTS_AS]->(p_{n}:Practitioner)<-[:TO]-(a_{n}:Attempt)-[:OF]->({n}:Referral) "
        "WHERE a_{n}.sentAt IS NOT NULL AND (a_{n}.endedAt IS NULL OR NOT EXISTS { "
        "MATCH (p_{n})<-[:TO]-(later_{n}:Attempt)-[:OF]->({n}) WHERE later_{n}.number > a_{n}.number }) "
        "AND a_{n}.status"
    ),
}
_TURN: Final[dict[Side, Turn]] = {"sender": Turn.AUTHOR, "recipient": Turn.RECIPIENT}
_ENDED: Final[dict[Side, str]] = {"sender": SINCE, "recipient": "coalesce(a_{n}.endedAt, a_{n}.sentAt)"}
_STATE: Final[dict[Side, str]] = {"sender": "{n}.status", "recipient": "a_{n}.status"}


def folder_variant(name: str) -> Variant:
    """The few ways to ask for a folder: whose, whether a report is due, whether all is over there."""
    folder = WORKLIST_FOLDERS[name]
    due = {None: "any", True: "due", False: "not due"}[folder.report_due]
    return (folder.side, due, "over" if folder.over else "open")


def worklist(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """The viewer's referrals in one folder."""
    side: Side = "sender" if variant[0] == "sender" else "recipient"
    states = compiler.parameter(selection.slot, "states", lambda a: list(WORKLIST_FOLDERS[a["folder"]].states))
    n = compiler.node()
    body = f"{_MATCH[side]} IN {states}"
    if variant[1] != "any":
        body += f" AND {_REPORT_DUE}" if variant[1] == "due" else f" AND NOT {_REPORT_DUE}"
    order: tuple[str, ...]
    if variant[2] == "over":
        order = (f"-{_ENDED[side]}", "{n}.id")
    else:
        first = f"CASE {{n}}.turn WHEN '{_TURN[side]}' THEN 0 ELSE 1 END"
        order = (first, f"coalesce({{n}}.dueAt, {FOR_EVER})", "{n}.id")
    source = Source(
        body.replace("{n}", n),
        n,
        tuple(text.replace("{n}", n) for text in order),
        late=lets_of("Referral", n),
    )
    return compiler.connection(selection, source)


def worklist_counts(compiler: Compiler, _selection: Selection, _variant: Variant) -> str:
    """Every state of each side with how many stand in it; which folder that is, is not decided here."""
    return "{" + ", ".join(f"{side}: {_tally(side, compiler.node())}" for side in _MATCH) + "}"


def _tally(side: Side, n: str) -> str:
    late = f"{{n}}.dueAt < $now AND {{n}}.turn = '{_TURN[side]}' AND {_STATE[side]} = {{n}}.status"
    return (
        f"COLLECT {{ {_MATCH[side]} IS NOT NULL WITH {_STATE[side]} AS state, {_REPORT_DUE} AS reportDue, "
        f"count(*) AS found, count(CASE WHEN {late} THEN 1 END) AS overdue "
        "RETURN {state: state, reportDue: reportDue, count: found, overdue: overdue} }"
    ).replace("{n}", n)
