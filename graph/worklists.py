"""The lists of whoever refers or is referred to: a folder's referrals, the most urgent first, and how many lie in each.

- A row stands where its own data put it and not where the clock does: first what the viewer has to do, then by when.
  Whatever is overdue thereby comes first, and a page goes on right while others become overdue.
- What is over comes newest first.
- Whoever acts for several practitioners has one list over all of them, each referral in it once, or asks for one of
  them. Somebody they do not act for has an empty one.
- Each is one statement. Whoever is asked about is a party by the way that leads there, so no rule is tested.
"""

from typing import Final

from graph.access import AUTHOR, MINE, SINCE
from graph.compile import Arguments, Compiler, Source, lets_of
from graph.ids import plain_id
from graph.instants import FOR_EVER
from graph.model import POSSIBLE
from graph.selection import BadArgument, Selection
from graph.threads import UNREAD
from verification.referral_clocks import Turn
from verification.worklists import REPORT_SOON, REPORTING, WORKLIST_FOLDERS, Side

Variant = tuple[str, ...]

PRACTITIONERS: Final = frozenset(name for name, _ in POSSIBLE["Practitioner"])

_SOON: Final = int(REPORT_SOON.total_seconds() * 1000)
_REPORT_DUE: Final = f"coalesce({{n}}.status = '{REPORTING}' AND {{n}}.dueAt <= $now + {_SOON}, false)"

# Of those who are asked about only the last time that one of them was asked counts. Whether somebody is among them is
# looked at from each later attempt, of which there are few.
_MATCH: Final[dict[Side, str]] = {
    "sender": "MATCH (viewer)-[:ACTS_AS]->(p_{n}:Practitioner)<-[:SENT_BY]-({n}:Referral) WHERE {of}{n}.status",
    "recipient": (
        "MATCH (viewer)-[:ACTS_AS]->(p_{n}:Practitioner)<-[:TO]-(a_{n}:Attempt)-[:OF]->({n}:Referral) "
        "WHERE {of}a_{n}.sentAt IS NOT NULL AND (a_{n}.endedAt IS NULL OR NOT EXISTS { "
        "MATCH ({n})<-[:OF]-(later_{n}:Attempt) WHERE later_{n}.number > a_{n}.number AND {among} }) "
        "AND a_{n}.status"
    ),
}
_AMONG_ALL: Final = "EXISTS { MATCH (later_{n})-[:TO]->(:Practitioner)<-[:ACTS_AS]-(viewer) }"
_AMONG_ONE: Final = "EXISTS { (later_{n})-[:TO]->(p_{n}) }"
# How the viewer stands to a referral is found out for what is unread alone, and only where anything was written.
_STANDING: Final = (
    "WITH {both}, EXISTS { MATCH ({n})<-[:OF]-(:Attempt)<-[:OF]-(:Message) } AS written_{n} "
    f"WITH {{both}}, written_{{n}}, CASE WHEN written_{{n}} THEN {AUTHOR} ELSE false END AS author_{{n}}, "
    f"CASE WHEN written_{{n}} THEN {MINE} ELSE [] END AS mine_{{n}} "
)
_TURN: Final[dict[Side, Turn]] = {"sender": Turn.AUTHOR, "recipient": Turn.RECIPIENT}
_ENDED: Final[dict[Side, str]] = {"sender": SINCE, "recipient": "coalesce(a_{n}.endedAt, a_{n}.sentAt)"}
_STATE: Final[dict[Side, str]] = {"sender": "{n}.status", "recipient": "a_{n}.status"}


def folder_variant(arguments: Arguments) -> Variant:
    """The few ways to ask for a folder: whose, whether a report is due, whether all is over there, of all or of one."""
    folder = WORKLIST_FOLDERS[arguments["folder"]]
    due = {None: "any", True: "due", False: "not due"}[folder.report_due]
    return (folder.side, due, "over" if folder.over else "open", *counts_variant(arguments))


def counts_variant(arguments: Arguments) -> Variant:
    """Over everybody the viewer acts for, or of one of them."""
    return ("all",) if arguments.get("of") is None else ("one",)


def _of(arguments: Arguments) -> str:
    found = plain_id(arguments["of"])
    if found is None or found[0] not in PRACTITIONERS:
        raise BadArgument("of is not the id of a practitioner", "of")
    return found[1]


def _match(compiler: Compiler, selection: Selection, side: Side, whose: str) -> str:
    if whose == "all":
        return _MATCH[side].replace("{of}", "").replace("{among}", _AMONG_ALL)
    of = compiler.parameter(selection.slot, "of", _of)
    return _MATCH[side].replace("{of}", f"p_{{n}}.id = {of} AND ").replace("{among}", _AMONG_ONE)


def worklist(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """The viewer's referrals in one folder."""
    side: Side = "sender" if variant[0] == "sender" else "recipient"
    states = compiler.parameter(selection.slot, "states", lambda a: list(WORKLIST_FOLDERS[a["folder"]].states))
    n = compiler.node()
    body = f"{_match(compiler, selection, side, variant[3])} IN {states}"
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


def worklist_counts(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """Every state of each side with how many stand in it; which folder that is, is not decided here."""
    unread = any(child.name == "unread" for child in selection.of(selection.type))
    tallies = (
        f"{side}: {_tally(side, _match(compiler, selection, side, variant[0]), unread=unread).replace('{n}', n)}"
        for side, n in ((side, compiler.node()) for side in _MATCH)
    )
    return "{" + ", ".join(tallies) + "}"


def _tally(side: Side, match: str, *, unread: bool) -> str:
    late = f"{{n}}.dueAt < $now AND {{n}}.turn = '{_TURN[side]}' AND {_STATE[side]} = {{n}}.status"
    both = "{n}" if side == "sender" else "{n}, a_{n}"
    standing = _STANDING.replace("{both}", both) if unread else ""
    news = f"count(CASE WHEN written_{{n}} THEN CASE WHEN {UNREAD} > 0 THEN 1 END END)" if unread else "0"
    return (
        f"COLLECT {{ {match} IS NOT NULL {standing}WITH {_STATE[side]} AS state, {_REPORT_DUE} AS reportDue, "
        f"count(*) AS found, count(CASE WHEN {late} THEN 1 END) AS overdue, {news} AS unread "
        "RETURN {state: state, reportDue: reportDue, count: found, overdue: overdue, unread: unread} }"
    )
