"""Questions for everything there is of a referral, made from the schema: a field added later is asked for too."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, get_named_type

from api.schema import build_schema

SCHEMA: Final = build_schema()
PUBLIC: Final = frozenset({"Concern", "Practitioner", "Decision", "RedFlagRules"})
"""Types that have nothing of the patient, and would only make the question long."""
DEPTHS: Final = {"patient": 2, "intake": 2, "redFlags": 3}
BY_ID: Final = ("plain", "patient", "intake", "redFlags")


def everything(type_name: str, depth: int) -> str:
    """A selection of every field of a type, as deep as `depth`, but for what needs arguments."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    return " ".join(_field(name, field, depth) for name, field in kind.fields.items())


def _field(name: str, field: Any, depth: int) -> str:
    named = get_named_type(field.type)
    arguments = {arg for arg, given in field.args.items() if isinstance(given.type, GraphQLNonNull)}
    if isinstance(named, GraphQLScalarType | GraphQLEnumType):
        return name
    if depth == 0 or named.name in PUBLIC or arguments - {"first"} or not isinstance(named, GraphQLObjectType):
        return ""
    if arguments:
        edges = named.fields["edges"]
        return f"{name}(first: 20) {{ edges {{ node {{ {everything(_node_of(edges), depth - 1)} }} }} }}"
    inner = everything(named.name, depth - 1)
    return f"{name} {{ {inner} }}" if inner.strip() else ""


def _node_of(edges: Any) -> str:
    edge = get_named_type(edges.type)
    assert isinstance(edge, GraphQLObjectType)
    return str(get_named_type(edge.fields["node"].type).name)


def pieces() -> Iterator[tuple[str, str]]:
    """Everything of a referral, in questions that are quick to plan: all plain fields, then each object on its own."""
    yield "plain", everything("Referral", 0)
    kind = SCHEMA.type_map["Referral"]
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        if (text := _field(name, field, DEPTHS.get(name, 1))) and "{" in text:
            yield name, text


PIECES: Final = dict(pieces())
OWN: Final = tuple(name for name in PIECES if name not in ("partner", "basedOn"))


def documents(names: Iterable[str]) -> Iterator[str]:
    """The questions for these pieces of a referral."""
    for name in names:
        yield f"query R($id: ID!) {{ referral(id: $id) {{ {PIECES[name]} }} }}"
        if name in BY_ID:
            yield f"query N($id: ID!) {{ node(id: $id) {{ id ... on Referral {{ {PIECES[name]} }} }} }}"


WORKLIST: Final = (
    f"query W($folder: WorklistFolder!) {{ worklist(folder: $folder, first: 50) {{ edges {{ node {{ id reason "
    f"patient {{ {everything('Patient', 1)} }} intake {{ {everything('Intake', 1)} }} "
    f"redFlags {{ {everything('RedFlags', 2)} }} }} }} }} }}"
)
