"""From a document to trees of selections: the only reader of GraphQL syntax trees.

- Fragments are unfolded, fields with the same response key merged, and `@skip` and `@include` applied, as in the
  specification's CollectFields (GraphQL, section 6.3.2).
- On an interface, what is asked for is listed per concrete type.
- Arguments stay in the syntax tree: each field that takes some gets a slot, and the slots are filled per request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.language import BooleanValueNode, VariableNode

from graph.selection import Selection, Shape

TYPENAME = "__typename"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the arguments of one field are written."""

    definition: GraphQLField
    node: FieldNode


@dataclass(slots=True)
class SelectionReader:
    """Reads one operation. `flags` holds the values of the variables that directives use."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Mapping[str, bool]
    slots: list[Slot] = field(default_factory=list)
    # A field asked for on an interface is the same selection on each concrete type, and is read once.
    read_before: dict[tuple[str, ...], Selection] = field(default_factory=dict)

    def root(self, operation: OperationDefinitionNode) -> dict[str, list[FieldNode]]:
        """The root fields by response key, in order."""
        root_type = self.schema.get_root_type(operation.operation)
        if root_type is None:
            raise RuntimeError("validation lets no operation through that the schema does not have")
        return self.collect(root_type, [operation.selection_set])

    def collect(self, parent: GraphQLObjectType, sets: Sequence[SelectionSetNode | None]) -> dict[str, list[FieldNode]]:
        """The field nodes of each response key on the concrete type `parent`."""
        grouped: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in sets:
            if selection_set is not None:
                self._collect(parent, selection_set, grouped, seen)
        return grouped

    def _collect(
        self,
        parent: GraphQLObjectType,
        selection_set: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                grouped.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._applies(node.type_condition.name.value, parent):
                    self._collect(parent, node.selection_set, grouped, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, parent):
                    self._collect(parent, fragment.selection_set, grouped, seen)

    def _applies(self, condition: str, parent: GraphQLObjectType) -> bool:
        return condition == parent.name or any(face.name == condition for face in parent.interfaces)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives:
            if directive.name.value in ("skip", "include"):
                value = directive.arguments[0].value
                wanted = self.flags[value.name.value] if isinstance(value, VariableNode) else _truth(value)
                if wanted == (directive.name.value == "skip"):
                    return False
        return True

    def read(self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Selection:
        """The tree below one field."""
        name = nodes[0].name.value
        if name == TYPENAME:
            return Selection(key, name, "String", Shape.LEAF, required=True)
        definition = parent.fields[name]
        same = (key, str(definition.type), *(str(id(node)) for node in nodes))
        found = self.read_before.get(same)
        if found is None:
            found = self.read_before[same] = self._read(definition, key, nodes)
        return found

    def _read(self, definition: GraphQLField, key: str, nodes: Sequence[FieldNode]) -> Selection:
        name, slot = nodes[0].name.value, None
        if definition.args:
            slot = len(self.slots)
            self.slots.append(Slot(definition, nodes[0]))
        named = get_named_type(definition.type)
        shape, items_required, leaf_list = _shape(definition.type)
        children = {}
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            sets = [node.selection_set for node in nodes]
            children = {concrete.name: self._children(concrete, sets) for concrete in self._possible(named)}
        return Selection(
            key,
            name,
            named.name,
            shape,
            is_non_null_type(definition.type),
            items_required,
            leaf_list,
            slot,
            frozenset(argument.name.value for argument in nodes[0].arguments),
            children,
        )

    def _possible(self, named: GraphQLObjectType | GraphQLInterfaceType) -> Sequence[GraphQLObjectType]:
        return (named,) if isinstance(named, GraphQLObjectType) else self.schema.get_possible_types(named)

    def _children(self, concrete: GraphQLObjectType, sets: Sequence[SelectionSetNode | None]) -> tuple[Selection, ...]:
        return tuple(self.read(concrete, key, nodes) for key, nodes in self.collect(concrete, sets).items())


def _truth(value: object) -> bool:
    return isinstance(value, BooleanValueNode) and value.value


def _shape(declared: GraphQLOutputType) -> tuple[Shape, bool, bool]:
    inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    if isinstance(inner, GraphQLList):
        leaf = is_leaf_type(get_named_type(inner))
        return (Shape.LEAF if leaf else Shape.LIST), is_non_null_type(inner.of_type), leaf
    if is_leaf_type(inner):
        return Shape.LEAF, False, False
    connection = isinstance(inner, GraphQLObjectType) and inner.name.endswith("Connection")
    return (Shape.CONNECTION if connection else Shape.OBJECT), False, False


def directive_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """The variables that any `@skip` or `@include` of the document looks at."""
    found: set[str] = set()
    todo: list[SelectionSetNode] = [operation.selection_set, *(f.selection_set for f in fragments.values())]
    while todo:
        for node in todo.pop().selections:
            for directive in node.directives:
                found.update(
                    argument.value.name.value
                    for argument in directive.arguments
                    if directive.name.value in ("skip", "include") and isinstance(argument.value, VariableNode)
                )
            inner = getattr(node, "selection_set", None)
            if inner is not None:
                todo.append(inner)
    return frozenset(found)
