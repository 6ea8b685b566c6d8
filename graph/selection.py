"""What a reader asked for, as plain data: a tree of fields, nothing about GraphQL syntax.

- A selection is named twice: `key` is what the answer calls it, `name` what the schema calls it.
- Children are listed per concrete type, so that a fragment on one type of an interface touches that type alone.
- Arguments are not here: a selection that takes some has a `slot`, and the values of each slot arrive with each
  request. The text of a statement therefore depends on the document only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class BadArgument(Exception):  # noqa: N818 - the asker's mistake, not ours
    """A value that cannot be used, with the name of the argument that held it."""

    def __init__(self, message: str, argument: str) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


class Shape(Enum):
    """How many values a field gives and whether they are objects."""

    LEAF = auto()
    OBJECT = auto()
    LIST = auto()
    CONNECTION = auto()


@dataclass(frozen=True, slots=True)
class Selection:
    """One field of the tree.

    `type` is the named schema type of the field, `shape` what surrounds it, `required` whether the schema promises a
    value, `items_required` the same for the items of a list. `slot` numbers the field's arguments, None without any,
    and `given` names those that the document writes.
    """

    key: str
    name: str
    type: str
    shape: Shape
    required: bool
    items_required: bool = False
    leaf_list: bool = False
    slot: int | None = None
    given: frozenset[str] = frozenset()
    children: Mapping[str, tuple["Selection", ...]] = field(default_factory=dict)

    def of(self, type_name: str) -> tuple["Selection", ...]:
        """The children asked for on the concrete type `type_name`."""
        return self.children.get(type_name, ())
