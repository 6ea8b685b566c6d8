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
from graph.model import MODEL, NODES
from graph.selection import BadArgument, Selection
from verification.concerns import payer_code
from verification.names import fold
from verification.worklists import WORKLIST_FOLDERS

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


def _confirmations(compiler: Compiler, selection: Selection, _variant: Variant) -> str:
    """A body's claims to confirm: asked for, but nothing said of them that counts."""
    variable = compiler.node()
    body = (
        f"MATCH (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:ISSUED_BY]-({variable}:Credential) "
        f"WHERE viewer.role = 'officer' AND ({variable}.confirmedAt IS NULL OR {variable}.status = 'PENDING')"
    )
    source = Source(body, variable, (f"coalesce({variable}.kind, '')", f"{variable}.id"))
    return compiler.connection(selection, source)


def _worklist(compiler: Compiler, selection: Selection, variant: Variant) -> str:
    """The viewer's referrals in one folder, longest waiting first."""
    side, *_ = variant
    states = compiler.parameter(selection.slot, "states", lambda a: list(WORKLIST_FOLDERS[a["folder"]].states))
    variable = compiler.node()
    acting = "(viewer)-[:ACTS_AS]->(:Practitioner)"
    match = {
        "sender": f"MATCH {acting}<-[:SENT_BY]-({variable}:Referral) WHERE {variable}.status IN {states}",
        "recipient": (
            f"MATCH {acting}<-[:TO]-(a_{variable}:Attempt)-[:OF]->({variable}:Referral) "
            f"WHERE a_{variable}.sentAt IS NOT NULL AND a_{variable}.status IN {states}"
        ),
    }[side]
    since = f"coalesce({variable}.sentAt, {variable}.createdAt)"
    # Whoever is asked about here is a party, so the rule need not be tested; its answers may be needed by fields.
    lets = lets_of("Referral", variable)
    named = "".join(f", {text} AS {name}" for name, text in lets)
    body = f"{match} WITH DISTINCT {variable} WITH {variable}{named}"
    source = Source(body, variable, (since, f"{variable}.id"), tuple(name for name, _ in lets))
    return compiler.connection(selection, source)


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


ROOTS: Final[dict[str, Root]] = {
    "viewer": Root(_viewer),
    "node": Root(_node, lambda arguments: (split_id("id")(arguments)[0],)),
    "concerns": Root(_concerns),
    "certifyingBodies": Root(_certifying_bodies),
    "therapists": Root(_therapists, _therapists_variant),
    "practitioner": Root(_practitioner),
    "referral": Root(_referral),
    "worklist": Root(_worklist, lambda arguments: (WORKLIST_FOLDERS[arguments["folder"]].side,)),
    "confirmations": Root(_confirmations),
}
