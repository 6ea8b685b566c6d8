"""What a document may ask for at most, measured before anything else is validated.

- One pass counts depth, aliases and cost, with fragments unfolded and a hard cap on steps, so that a bomb is refused
  in milliseconds (OWASP ASVS 5.0.0, 4.3.1).
- Cost is the number of values an answer can hold: a list multiplies what is below it by its page size, and a page size
  that comes in a variable counts as the largest.
- The standard introspection query keeps to these limits; a rule of its own bounds introspection further.
"""

from collections.abc import Mapping
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language import IntValueNode

from graph.compile import PAGE_LIMIT

LARGEST_DOCUMENT: Final = 20_000
MOST_TOKENS: Final = 2_000
MOST_COMMENTS: Final = 50
DEEPEST: Final = 16
MOST_ALIASES: Final = 40
HIGHEST_COST: Final = 10_000
_MOST_STEPS: Final = 5_000
_MOST_OPERATIONS: Final = 10


class TooExpensive(Exception):  # noqa: N818 - the document's fault, not ours
    """A limit was passed; the message names it."""


def budget_problem(document: DocumentNode) -> GraphQLError | None:
    """The first limit that `document` passes, None when it keeps to all."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    try:
        if len(operations) > _MOST_OPERATIONS:
            raise TooExpensive(f"a document may hold at most {_MOST_OPERATIONS} operations")
        for operation in operations:
            _Meter(fragments).measure(operation.selection_set, 1, 1, frozenset())
    except TooExpensive as problem:
        return GraphQLError(f"The document asks for too much: {problem}.", extensions={"code": "TOO_EXPENSIVE"})
    return None


class _Meter:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._steps = self._aliases = self._cost = 0

    def measure(self, selections: SelectionSetNode, depth: int, times: int, inside: frozenset[str]) -> None:
        for node in selections.selections:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise TooExpensive(f"more than {_MOST_STEPS} fields with its fragments unfolded")
            if isinstance(node, FieldNode):
                self._field(node, depth, times, inside)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments.get(node.name.value)
                if fragment is not None and node.name.value not in inside:
                    self.measure(fragment.selection_set, depth, times, inside | {node.name.value})
            else:
                self.measure(node.selection_set, depth, times, inside)  # type: ignore[attr-defined] # inline fragment

    def _field(self, node: FieldNode, depth: int, times: int, inside: frozenset[str]) -> None:
        if depth > DEEPEST:
            raise TooExpensive(f"deeper than {DEEPEST} levels")
        self._aliases += node.alias is not None
        if self._aliases > MOST_ALIASES:
            raise TooExpensive(f"more than {MOST_ALIASES} aliases")
        self._cost += times
        if self._cost > HIGHEST_COST:
            raise TooExpensive(f"more than {HIGHEST_COST} values in the answer")
        if node.selection_set:
            self.measure(node.selection_set, depth + 1, times * _multiplier(node), inside)


def _multiplier(node: FieldNode) -> int:
    for argument in node.arguments:
        if argument.name.value == "first":
            value = argument.value
            if not isinstance(value, IntValueNode):
                return PAGE_LIMIT
            digits = value.value[:4]
            return min(max(int(digits) if digits.lstrip("-").isdigit() else PAGE_LIMIT, 1), PAGE_LIMIT)
    return 1
