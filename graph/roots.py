"""The questions that can be asked: one Cypher statement for each root field of a query.

- Every statement begins with the account that asks. No account, no row, and nothing else is looked at; what it may see
  is then decided inside the same statement, so a changed permission holds for the very next question.
- The text of a root depends on the tree and on which of a few ways of asking was chosen, never on a value.
- Search walks the facets of one jurisdiction, concern and payer, and compares each stored window with `$now`: what
  ends at midnight in its board's zone is gone at that instant with no job run.
- Distances are the database's own on WGS-84, in metres until they are shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neo4j.spatial import WGS84Point

from graph.compile import Arguments, Binding, Compiler, Source, bind, lets_of, lookup
from graph.ids import plain_id
from graph.match_roots import matches as matches_root
from graph.model import MODEL, NODES
from graph.officer_roots import (
    confirmation_counts,
    confirmations,
    confirmations_variant,
    proposals,
    proposals_variant,
    reviews_due,
)
from graph.selection import BadArgument, Selection
from graph.worklists import counts_variant, folder_variant, worklist, worklist_counts
from verification.concerns import payer_code
from verification.names import fold

ACCOUNT: Final = "MATCH (viewer:Account {tokenHash: $viewer}) WHERE viewer.active"

Variant = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One compiled root field: text, and what its parameters are made of besides `$viewer` and `$now`."""

    text: str
    bindings: tuple[Binding, ...]

    def parameters(self, arguments: Sequence[Arguments]) -> dict[str, Any]:
        return bind(self.bindings, arguments)


@dataclass(frozen=True, slots=True)
class Root:
    """How a root field is compiled, and how its arguments choose among its few texts."""

    write: Callable[[Compiler, Selection, Variant], str]
    variant: Callable[[Arguments], Variant] = lambda _arguments: ()


def compile_root(selection: Selection, variant: Variant) -> Statement:
    """The one statement of a root field."""
    compiler = Compiler()
    answer = ROOTS[selection.name].write(compiler, selection, variant)
    return Statement(f"{ACCOUNT} RETURN {answer} AS answer", tuple(compiler.bindings))


def split_id(argument: str) -> Callable[[Arguments], tuple[str, str]]:
    """A reader of an id argument: its type and our own id."""

    def read(arguments: Arguments) -> tuple[str, str]:
        found = plain_id(arguments[argument])
        if found is None or found[0] not in NODES:
            raise BadArgument(f"{argument} is not an id that Bonafide gave out", argument)
        return found

    return read


def _viewer(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    return compiler.object(selection, "viewer")


def _one(compiler: Compiler, selection: Selection, type_name: str, match: str) -> str:
    variable = compiler.node()
    return lookup(type_name, match.replace("{n}", variable), variable, compiler.object(selection, variable))


def _node(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    type_name = variant[0]
    own = compiler.parameter(selection.slot, "id", lambda arguments: split_id("id")(arguments)[1])
    variable = compiler.node()
    fields = compiler.fields(type_name, variable, selection.of(type_name), f"`%`: '{type_name}'")
    return lookup(type_name, f"({variable}:{MODEL[type_name].label} {{id: {own}}})", variable, fields)


def _referral(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    def own(arguments: Arguments) -> str:
        type_name, own_id = split_id("id")(arguments)
        if type_name != "Referral":
            raise BadArgument("id is not the id of a referral", "id")
        return own_id

    parameter = compiler.parameter(selection.slot, "id", own)
    return _one(compiler, selection, "Referral", f"({{n}}:Referral {{id: {parameter}}})")


def _practitioner(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    npi = compiler.parameter(selection.slot, "npi", lambda arguments: arguments["npi"])
    return _one(compiler, selection, "Practitioner", f"({{n}}:Practitioner {{npi: {npi}}})")


def _concerns(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    variable = compiler.node()
    item = compiler.object(selection, variable)
    return f"COLLECT {{ MATCH ({variable}:Concern) WITH {variable} ORDER BY {variable}.code RETURN {item} }}"


def _certifying_bodies(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    variable = compiler.node()
    source = Source(f"MATCH ({variable}:CertifyingBody)", variable, (f"{variable}.code",))
    return compiler.connection(selection, source)


def _affected_referrals(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    """The viewer's own referrals that rest on a decision which later knowledge overturned."""
    variable = compiler.node()
    lets = lets_of("Referral", variable)
    named = "".join(f", {text} AS {name}" for name, text in lets)
    body = (
        f"MATCH (viewer)-[:ACTS_AS]->(:Practitioner)<-[:SENT_BY]-({variable}:Referral) "
        f"WHERE {variable}.affectedAt IS NOT NULL WITH {variable}{named}"
    )
    source = Source(body, variable, (f"{variable}.affectedAt", f"{variable}.id"), tuple(name for name, _ in lets))
    return compiler.connection(selection, source)


def _dead_letters(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    """For stewards: the notices nobody took, longest dead first."""
    variable = compiler.node()
    body = f"MATCH ({variable}:Delivery) WHERE viewer.role = 'steward' AND {variable}.deadAt > 0"
    return compiler.connection(selection, Source(body, variable, (f"{variable}.deadAt", f"{variable}.key")))


def _near(name: str) -> Callable[[Arguments], Any]:
    return lambda arguments: arguments["near"][name]


def _here(arguments: Arguments) -> WGS84Point:
    near = arguments["near"]
    return WGS84Point((near["longitude"], near["latitude"]))


def _facet(arguments: Arguments) -> str:
    where = arguments["where"]
    return "|".join((where["jurisdiction"], where["concern"], payer_code(where.get("payer") or "")))


def _wanted(name: str) -> Callable[[Arguments], Any]:
    return lambda arguments: arguments["where"].get(name)


def _name_wanted(arguments: Arguments) -> str:
    return fold(arguments["where"]["name"])


# How each optional filter tests a facet edge `o` of therapist `{n}`; only those asked for are in the text.
_FILTERS: Final[Mapping[str, tuple[str, Callable[[Arguments], Any]]]] = {
    "acceptingNew": ("o_{n}.acceptsNew = {p}", _wanted("acceptingNew")),
    "language": ("{p} IN o_{n}.languages", _wanted("language")),
    "modality": ("{p} IN o_{n}.modalities", _wanted("modality")),
    "name": ("{n}.searchName CONTAINS {p}", _name_wanted),
}


def _therapists_variant(arguments: Arguments) -> Variant:
    where, near = arguments["where"], arguments.get("near")
    order = arguments.get("orderBy") or ("DISTANCE" if near else "NAME")
    if order == "DISTANCE" and not near:
        raise BadArgument("orderBy DISTANCE needs near: say from where", "orderBy")
    return ("near" if near else "anywhere", order, *(name for name in _FILTERS if where.get(name) is not None))


def _therapists(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    distance, order, *filters = variant
    variable, slot = compiler.node(), selection.slot
    facet = compiler.parameter(slot, "facet", _facet)
    tests = [f"o_{variable}.from <= $now", f"$now < o_{variable}.until"]
    for name in filters:
        test, make = _FILTERS[name]
        tests.append(test.replace("{n}", variable).replace("{p}", compiler.parameter(slot, name, make)))
    metres = f"d_{variable}"
    carried: tuple[str, ...] = ()
    body = f"MATCH (:Facet {{key: {facet}}})<-[o_{variable}:FOUND_UNDER]-({variable}) WHERE {' AND '.join(tests)}"
    if distance == "near":
        here = compiler.parameter(slot, "here", _here)
        within = compiler.parameter(slot, "within", lambda arguments: arguments["near"]["withinKm"] * 1000)
        body += (
            f" WITH {variable}, min(point.distance(o_{variable}.location, {here})) AS {metres} "
            f"WHERE {metres} <= {within}"
        )
        carried = (metres,)
    else:
        body += f" WITH DISTINCT {variable}"
    orders = {
        "DISTANCE": (metres, f"{variable}.id"),
        "NAME": (
            f"toUpper(coalesce({variable}.familyName, ''))",
            f"coalesce({variable}.searchName, '')",
            f"{variable}.id",
        ),
        "SOONEST": (f"coalesce({variable}.waitWeeks, 999)", f"{variable}.id"),
    }
    extra = {
        "distanceKm": f"round({metres}) / 1000" if carried else "null",
        "because": _because(compiler, slot, variable, f"round({metres} / 100) / 10" if carried else "null"),
    }
    source = Source(body, variable, orders[order], carried, extra)
    return compiler.connection(selection, source)


def _because(compiler: Compiler, slot: int | None, variable: str, kilometres: str) -> str:
    """What the words that explain a result are made of: the proof in force, and what was asked for."""
    place = compiler.parameter(slot, "jurisdiction", lambda arguments: arguments["where"]["jurisdiction"])
    concern = compiler.parameter(slot, "concern", lambda arguments: arguments["where"]["concern"])
    payer = compiler.parameter(slot, "payer", _wanted("payer"))
    return (
        f"{{proof: head([({variable})-[w_{variable}:REFERABLE_IN]->(:Jurisdiction {{code: {place}}}) "
        f"WHERE w_{variable}.from <= $now AND $now < w_{variable}.until | w_{variable}.because]), "
        f"concern: {concern}, payer: {payer}, km: {kilometres}}}"
    )


def _intake_form(_compiler: Compiler, _selection: Selection, _variant: Variant) -> str:
    """The same for everybody: only that somebody asks is found out here."""
    return "true"


ROOTS: Final[dict[str, Root]] = {
    "viewer": Root(_viewer),
    "node": Root(_node, lambda arguments: (split_id("id")(arguments)[0],)),
    "concerns": Root(_concerns),
    "certifyingBodies": Root(_certifying_bodies),
    "therapists": Root(_therapists, _therapists_variant),
    "practitioner": Root(_practitioner),
    "intakeForm": Root(_intake_form),
    "referral": Root(_referral),
    "worklist": Root(worklist, folder_variant),
    "worklistCounts": Root(worklist_counts, counts_variant),
    "affectedReferrals": Root(_affected_referrals),
    "deadLetters": Root(_dead_letters),
    "matches": Root(matches_root),
    "confirmations": Root(confirmations, confirmations_variant),
    "confirmationCounts": Root(confirmation_counts),
    "proposals": Root(proposals, proposals_variant),
    "reviewsDue": Root(reviews_due),
}
