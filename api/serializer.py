"""The quick way from a raw answer to JSON: each plan's shape is written once as a Python expression.

- What comes out is, byte for byte, what graphql-core would have made of the same answer; a property test says so.
- Only the regular case is written. A null where the schema promises a value raises Irregular, and the plain way then
  tells the client what graphql-core would.
- Names in the expression are made here; what a client sent appears only as quoted response keys.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final, NoReturn

from api.derived import DERIVED, Asked
from api.schema.scalars import instant_text
from api.shaping import derive, page
from graph.compile import TYPE_KEY, to_cursor
from graph.ids import global_id
from graph.selection import Selection, Shape

Serializer = Callable[[Any, Asked], Any]


class Irregular(Exception):  # noqa: N818 - not an error: the plain way takes over
    """The answer holds a null where the schema promises a value."""


def _irregular() -> NoReturn:
    raise Irregular


def _some(value: Any) -> Any:
    if value is None:
        raise Irregular
    return value


def _items(value: Any) -> Any:
    if value is None or None in value:
        raise Irregular
    return value


_CONVERTERS: Final = {"DateTime": "instant_text", "ID": "global_id"}
_NAMES: Final[dict[str, Any]] = {
    "instant_text": instant_text,
    "global_id": global_id,
    "to_cursor": to_cursor,
    "page": page,
    "irregular": _irregular,
    "some": _some,
    "items": _items,
    "__builtins__": {},
}


def compile_serializer(parent: str, selection: Selection) -> Serializer:
    """A function from the raw answer of one field, and what was asked, to what JSON is made of."""
    writer = _Writer()
    text = writer.value(parent, selection, "raw")
    # The text is written above from names of our own and quoted response keys.
    return eval(f"lambda raw, asked: {text}", writer.names)  # type: ignore[no-any-return] # noqa: S307


class _Writer:
    def __init__(self) -> None:
        self.names = dict(_NAMES)
        self._numbers = count()

    def name(self) -> str:
        return f"v{next(self._numbers)}"

    def value(self, parent: str, selection: Selection, source: str) -> str:
        if (parent, selection.name) in DERIVED:
            source = self._derived(parent, selection, source)
        match selection.shape:
            case Shape.LEAF:
                return self._leaf(selection, source)
            case Shape.LIST:
                return self._list(selection, source)
            case Shape.OBJECT:
                variable = self.name()
                return self._guarded(selection, variable, source, self.object(selection, variable))
            case Shape.CONNECTION:
                variable = self.name()
                found = f"page({source}, asked.arguments[{selection.slot}])"
                return f"({self._connection(selection, variable)} if ({variable} := {found}) else irregular())"

    def _derived(self, parent: str, selection: Selection, source: str) -> str:
        name = f"derive{next(self._numbers)}"
        self.names[name] = lambda raw, asked: derive(parent, selection, raw, asked)
        return f"{name}({source}, asked)"

    def _guarded(self, selection: Selection, variable: str, source: str, text: str) -> str:
        otherwise = "irregular()" if selection.required else "None"
        return f"({text} if ({variable} := {source}) is not None else {otherwise})"

    def _leaf(self, selection: Selection, source: str) -> str:
        if selection.leaf_list:
            if not (selection.required and selection.items_required):
                raise RuntimeError(f"{selection.name}: lists of leaves are promised whole")
            return f"items({source})"
        converter = _CONVERTERS.get(selection.type)
        if converter is None and not selection.required:
            return source
        variable = self.name()
        text = f"{converter}({variable})" if converter else variable
        return self._guarded(selection, variable, source, text)

    def _list(self, selection: Selection, source: str) -> str:
        variable = self.name()
        listed = f"[{self.object(selection, variable)} for {variable} in some({source})]"
        if selection.required:
            return listed
        whole = self.name()
        items = f"[{self.object(selection, variable)} for {variable} in {whole}]"
        return f"({items} if ({whole} := {source}) is not None else None)"

    def object(self, selection: Selection, variable: str) -> str:
        """The expression of an object, by concrete type where it could be one of several."""
        concrete = list(selection.children)
        if concrete == [selection.type]:
            return self._fields(selection.type, selection.of(selection.type), variable)
        arms = [
            f"{self._fields(name, selection.of(name), variable)} if {variable}['{TYPE_KEY}'] == '{name}'"
            for name in concrete
        ]
        return f"({' else '.join(arms)} else irregular())"

    def _fields(self, concrete: str, selections: Sequence[Selection], variable: str) -> str:
        items = [
            f"{s.key!r}: {concrete!r}"
            if s.name == "__typename"
            else f"{s.key!r}: {self.value(concrete, s, f'{variable}[{s.key!r}]')}"
            for s in selections
        ]
        return "{" + ", ".join(items) + "}"

    def _connection(self, selection: Selection, found: str) -> str:
        items = []
        for child in selection.of(selection.type):
            match child.name:
                case "edges":
                    row = self.name()
                    text = f"[{self._edge(child, row)} for {row} in {found}.rows]"
                case "pageInfo":
                    text = self._page_info(child, found)
                case "totalCount":
                    text = f"{found}.total"
                case _:
                    text = repr(selection.type)
            items.append(f"{child.key!r}: {text}")
        return "{" + ", ".join(items) + "}"

    def _edge(self, edges: Selection, row: str) -> str:
        items = []
        for child in edges.of(edges.type):
            match child.name:
                case "__typename":
                    text = repr(edges.type)
                case "cursor":
                    text = f"to_cursor({row}['k'])"
                case _:
                    text = self.value(edges.type, child, f"{row}[{f'{edges.key}.{child.key}'!r}]")
            items.append(f"{child.key!r}: {text}")
        return "{" + ", ".join(items) + "}"

    def _page_info(self, selection: Selection, found: str) -> str:
        texts = {
            "hasNextPage": f"{found}.has_next",
            "hasPreviousPage": f"{found}.has_previous",
            "startCursor": f"{found}.cursor(0)",
            "endCursor": f"{found}.cursor(-1)",
            "__typename": repr(selection.type),
        }
        return "{" + ", ".join(f"{c.key!r}: {texts[c.name]}" for c in selection.of(selection.type)) + "}"
