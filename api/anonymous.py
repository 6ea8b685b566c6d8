"""What is answered without a token: that this is GraphQL, and nothing about what it holds.

- Only documents that ask for `__typename` and `__type` are answered, the latter always with null: a stranger is told
  of no types. Every other document gets one and the same refusal, so that no name of the schema can be guessed.
- A refusal of a stranger holds no word of the schema either; its status says what it is.
"""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_named_type,
    specified_scalar_types,
)
from graphql.execution.values import get_variable_values
from graphql.utilities import type_from_ast

from api.documents import Document
from api.problems import Unauthenticated

# The built-in scalars and nothing else, for coercing a stranger's variables.
_BARE: Final[GraphQLSchema] = build_schema(
    "type Query { " + " ".join(f"as{name}(given: {name}): Boolean" for name in specified_scalar_types) + " }"
)
_ANSWERED: Final = frozenset({"__typename", "__type"})


class Misfit(Exception):  # noqa: N818 - the stranger's
    """A variable of a stranger's document does not fit its type."""

    def __init__(self, problems: list[GraphQLError]) -> None:
        super().__init__("variables")
        self.problems = problems


def answer_stranger(document: Document, operation_name: str | None, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data for a stranger. Raises Unauthenticated for nearly everything, Misfit for variables that do not fit."""
    operation = _answerable(document, operation_name)
    if operation.variable_definitions:
        found = get_variable_values(_BARE, operation.variable_definitions, dict(variables), 5, hide_suggestions=True)
        if isinstance(found, list):
            raise Misfit(found)
    nodes = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return {(node.alias or node.name).value: "Query" if node.name.value == "__typename" else None for node in nodes}


def _answerable(document: Document, operation_name: str | None) -> OperationDefinitionNode:
    try:
        operation = document.operation(operation_name)
    except GraphQLError:
        raise Unauthenticated from None
    plain = all(
        isinstance(node, FieldNode) and node.name.value in _ANSWERED and not node.directives
        for node in operation.selection_set.selections
    )
    known = all(
        (declared := type_from_ast(_BARE, given.type)) is not None
        and get_named_type(declared).name in specified_scalar_types
        for given in operation.variable_definitions
    )
    if operation.operation is not OperationType.QUERY or document.budget or document.fragments or not (plain and known):
        raise Unauthenticated
    return operation
