"""A compiled operation: for each root field one statement, and the quick way from its answer to JSON.

- A plan depends on the document, the operation and the flags of its directives; it is made once and kept with the
  document. Which of a root's few texts is used depends on the arguments, and each is compiled once.
- Argument values are coerced by graphql-core on every request, except where none comes from a variable.
- Postal codes become coordinates here, offline, before a statement sees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import get_argument_values
from graphql.language import ListValueNode, ObjectValueNode, ValueNode, VariableNode

from api.arguments import located
from api.documents import Document
from api.selection import TYPENAME, SelectionReader, Slot
from api.serializer import Serializer, compile_serializer
from graph.roots import ROOTS, Statement, Variant, compile_root
from graph.selection import BadArgument, Selection


@dataclass(slots=True)
class RootPlan:
    """One root field, ready to be asked."""

    selection: Selection
    serialize: Serializer
    slots: slice
    statements: dict[Variant, Statement] = field(default_factory=dict)

    def statement(self, arguments: Mapping[str, Any]) -> Statement:
        """The text for these arguments. Raises BadArgument where they cannot be used."""
        variant = ROOTS[self.selection.name].variant(arguments)
        found = self.statements.get(variant)
        if found is None:
            found = self.statements[variant] = compile_root(self.selection, variant)
        return found


@dataclass(slots=True)
class Plan:
    """One operation under one set of flags."""

    roots: list[RootPlan]
    typenames: dict[str, str]
    keys: list[str]
    introspects: bool
    slots: Sequence[Slot]
    constants: list[Mapping[str, Any] | None]

    def arguments(self, variables: dict[str, Any]) -> list[Any]:
        """The coerced arguments of every slot; where a value does not fit, the error in their place."""
        return [
            _coerced(slot, variables) if constant is None else constant
            for slot, constant in zip(self.slots, self.constants, strict=True)
        ]


def plan_for(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Plan:
    """The plan of a query, made once for each set of directive flags."""
    flags = {name: bool(variables.get(name)) for name in document.flags_of(operation)}
    key = (id(operation), *sorted(flags.items()))
    plan: Plan | None = document.plans.get(key)
    if plan is None:
        plan = document.plans[key] = _plan(schema, document, operation, flags)
    return plan


def _plan(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, flags: Mapping[str, bool]
) -> Plan:
    reader = SelectionReader(schema, document.fragments, flags)
    query = schema.query_type
    if query is None:
        raise RuntimeError("the schema has queries")
    roots, typenames, introspects = [], {}, False
    fields = reader.root(operation)
    for key, nodes in fields.items():
        name = nodes[0].name.value
        if name == TYPENAME:
            typenames[key] = query.name
        elif name.startswith("__"):
            introspects = True
        else:
            before = len(reader.slots)
            selection = reader.read(query, key, nodes)
            own = slice(before, len(reader.slots))
            roots.append(RootPlan(selection, compile_serializer(query.name, selection), own))
    constants = [None if _varies(slot) else _constant(slot) for slot in reader.slots]
    return Plan(roots, typenames, list(fields), introspects, tuple(reader.slots), constants)


def _varies(slot: Slot) -> bool:
    return any(_has_variable(argument.value) for argument in slot.node.arguments)


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(_has_variable(item) for item in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_has_variable(item.value) for item in value.fields)
    return isinstance(value, VariableNode)


def _constant(slot: Slot) -> Mapping[str, Any] | None:
    """Arguments that no request can change; those that do not fit are refused with each request."""
    found = _coerced(slot, {})
    return None if isinstance(found, Exception) else found


def _coerced(slot: Slot, variables: dict[str, Any]) -> Mapping[str, Any] | Exception:
    try:
        return located(get_argument_values(slot.definition, slot.node, variables))
    except (GraphQLError, BadArgument) as problem:
        return problem
