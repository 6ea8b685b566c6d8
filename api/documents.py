"""Documents: parsed, measured, validated and kept, so that each is looked at once.

- Order of refusal: size and tokens, then the budget alone, then every rule of the specification (GraphQL, section 5).
- Messages never suggest names that the sender did not write.
- The cache is bounded and holds refusals too, so that a bad document is as cheap the second time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import MaxIntrospectionDepthRule

from api.limits import LARGEST_DOCUMENT, MOST_COMMENTS, MOST_TOKENS, budget_problem
from api.selection import directive_variables

_KEPT: Final = 1_000
_MOST_ERRORS: Final = 20
_RULES: Final = (*specified_rules, MaxIntrospectionDepthRule)


@dataclass(slots=True)
class Document:
    """One text: its syntax tree or why it is none, and what compiling it has made so far."""

    syntax: GraphQLError | None
    tree: DocumentNode | None = None
    budget: GraphQLError | None = None
    errors: list[GraphQLError] | None = None  # None until validated, which needs a viewer
    operations: Mapping[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: Mapping[str, FragmentDefinitionNode] = field(default_factory=dict)
    plans: dict[Any, Any] = field(default_factory=dict)
    flags: dict[int, frozenset[str]] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run. Raises GraphQLError when the name does not choose exactly one."""
        if name:
            found = self.operations.get(name)
            if found is None:
                raise GraphQLError("The document has no operation of that name.")
            return found
        if len(self.operations) != 1:
            raise GraphQLError("The document must hold exactly one operation, or operationName must choose one.")
        return next(iter(self.operations.values()))

    def flags_of(self, operation: OperationDefinitionNode) -> frozenset[str]:
        """The variables that decide which fields are asked for at all."""
        found = self.flags.get(id(operation))
        if found is None:
            found = self.flags[id(operation)] = directive_variables(operation, self.fragments)
        return found


class Documents:
    """The bounded cache, least recently used first out."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        document = self._kept.get(text)
        if document is None:
            document = self._kept[text] = _read(text)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(text)
        return document

    def errors_of(self, document: Document) -> list[GraphQLError]:
        """Every rule a document breaks; found once."""
        if document.errors is None:
            if document.budget:
                document.errors = [document.budget]
            else:
                tree = document.tree
                if tree is None:
                    raise RuntimeError("a document that does not parse is refused before it is validated")
                document.errors = validate(self._schema, tree, _RULES, max_errors=_MOST_ERRORS, hide_suggestions=True)
        return document.errors


def _read(text: str) -> Document:
    try:
        tree = parse(
            text,
            max_lexical_tokens=MOST_TOKENS,
            max_comments=MOST_COMMENTS,
            max_source_length=LARGEST_DOCUMENT,
        )
    except GraphQLError as problem:
        return Document(problem)
    operations = {d.name.value if d.name else "": d for d in tree.definitions if isinstance(d, OperationDefinitionNode)}
    fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}
    return Document(None, tree, budget_problem(tree), None, operations, fragments)
