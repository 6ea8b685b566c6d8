"""`schema.graphql` is what the code says, complete, and every type of it has a rule who may see it."""

from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from api.schema import build_schema, printed
from graph.access import VISIBLE
from graph.model import MODEL, POSSIBLE
from graph.roots import ROOTS

ROOT = Path(__file__).parents[2]
# What is made in memory: pages, decisions and payloads have no node of their own.
WITHOUT_NODE = ("Connection", "Edge", "Payload")
IN_MEMORY = {
    "PageInfo",
    "Policy",
    "Check",
    "CheckParam",
    "Standing",
    "StandingSpan",
    "PairSide",
    "PairDecision",
    "PossibleMatch",
    "ReferableWindow",
    "AvailableAction",
    "Problem",
    "Encumbrance",
    "CodeMapping",
    "Choice",
    "IntakeForm",
    "IntakeQuestion",
    "Instrument",
    "ScoreBand",
    "RedFlagRules",
    "Intake",
    "IntakeAnswer",
    "ScreeningScore",
    "RedFlags",
    "RedFlag",
    "RedFlagAnswer",
    "RedFlagUnasked",
    "SafeContact",
    "ConfirmationCounts",
    "ConfirmResult",
    "EffectCount",
    "FolderCount",
    "ChainLink",
    "EventActor",
    "ResponseTime",
    "FirstVisit",
    "RosterChange",
    "Query",
    "Mutation",
    "Subscription",
    "Change",
}


def test_printed_schema_is_committed() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == printed(), "run `make schema`"


def test_everything_is_described() -> None:
    missing = []
    for name, found in build_schema().type_map.items():
        if name.startswith("__") or name in ("Int", "Float", "String", "Boolean", "ID"):
            continue
        if not found.description:
            missing.append(name)
        if isinstance(found, GraphQLEnumType):
            missing += [f"{name}.{value}" for value, held in found.values.items() if not held.description]
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            missing += [f"{name}.{field}" for field, held in found.fields.items() if not held.description]
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            missing += [
                f"{name}.{field}({argument})"
                for field, held in found.fields.items()
                for argument, taken in held.args.items()
                if not taken.description
            ]
    assert not missing


def test_every_type_and_field_is_modelled_and_guarded() -> None:
    schema = build_schema()
    assert schema.query_type is not None
    assert set(schema.query_type.fields) == set(ROOTS)
    for name, found in schema.type_map.items():
        if isinstance(found, GraphQLObjectType) and not name.startswith("__"):
            if name in IN_MEMORY or name.endswith(WITHOUT_NODE):
                continue
            assert name in VISIBLE, name
            assert set(found.fields) == set(MODEL[name].fields), name
    for interface, possible in POSSIBLE.items():
        types = schema.get_possible_types(schema.type_map[interface])  # type: ignore[arg-type] # an interface
        assert {name for name, _ in possible} == {concrete.name for concrete in types}
