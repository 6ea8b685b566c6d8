"""From what a statement returned to what a schema describes: pages, derived fields, ids.

- The raw answer is a tree of maps by response key, as the compiler wrote it. Here each connection becomes edges and
  page information, each derived field is computed, and each plain id becomes opaque.
- This is the plain way, one value at a time, used where graphql-core completes the answer; `api.serializer` is the
  quick way to the same end, and a property test holds the two together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.derived import DERIVED, Asked
from graph.compile import TYPE_KEY, Arguments, cursor_reader, page_size, to_cursor
from graph.ids import global_id
from graph.selection import Selection, Shape

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page without the one that only shows that there is a next."""

    rows: Sequence[Raw]
    total: int | None
    has_next: bool
    has_previous: bool

    def cursor(self, index: int) -> str | None:
        return to_cursor(self.rows[index]["k"]) if self.rows else None


def page(raw: Raw, arguments: Arguments) -> Page:
    """A connection's raw answer as a page; one row more than `first` means that there is a next page."""
    rows, first = raw.get("rows", ()), arguments["first"]
    return Page(rows[:first], raw.get("total"), len(rows) > first, arguments.get("after") is not None)


def pick(selection: Selection, value: Any, asked: Asked) -> Any:
    """A derived value, in the schema's own names, as the raw answer it would have been.

    A value that is a function is asked only when it is wanted; a connection is the list of all its nodes, in order,
    each with what it is ordered by as `k`.
    """
    if callable(value):
        value = value()
    if value is None or selection.shape is Shape.LEAF:
        return value
    if selection.shape is Shape.LIST:
        return [_picked(selection, item, asked) for item in value]
    if selection.shape is Shape.CONNECTION:
        return _picked_page(selection, value, asked)
    return _picked(selection, value, asked)


def _picked(selection: Selection, value: Raw, asked: Asked) -> dict[str, Any]:
    return {
        child.key: pick(child, value[child.name], asked)
        for child in selection.of(selection.type)
        if child.name != "__typename"
    }


def _picked_page(selection: Selection, nodes: Sequence[Raw], asked: Asked) -> dict[str, Any]:
    """As a statement would have answered it. The arguments were looked at before the statement ran."""
    arguments = asked.arguments[selection.slot] if selection.slot is not None else {}
    after = cursor_reader(1)(arguments)
    found = [node for node in nodes if after is None or node["k"] > after][: page_size(arguments)]
    edges = [child for child in selection.of(selection.type) if child.name == "edges"]
    rows = [
        {
            "k": node["k"],
            **{
                f"{edge.key}.{child.key}": _picked(child, node, asked)
                for edge in edges
                for child in edge.of(edge.type)
                if child.name == "node"
            },
        }
        for node in found
    ]
    return {"rows": rows, "total": len(nodes)}


def derive(parent: str, selection: Selection, raw: Any, asked: Asked) -> Any:
    """The raw value of a field, computed first where it is a derived one."""
    compute = DERIVED.get((parent, selection.name))
    if compute is None:
        return raw
    arguments = {} if selection.slot is None else asked.arguments[selection.slot]
    return pick(selection, compute(raw, arguments, asked), asked)


def shape(parent: str, selection: Selection, raw: Any, asked: Asked) -> Any:
    """One field's raw value as a source for graphql-core: maps by response key, leaves as they came."""
    value = derive(parent, selection, raw, asked)
    if value is None:
        return None
    match selection.shape:
        case Shape.LEAF:
            return global_id(value) if selection.type == "ID" else value
        case Shape.OBJECT:
            return shape_object(selection, value, asked)
        case Shape.LIST:
            return [shape_object(selection, item, asked) for item in value]
        case Shape.CONNECTION:
            return _connection(selection, value, asked)


def shape_object(selection: Selection, raw: Raw, asked: Asked) -> dict[str, Any]:
    """One object as a map by response key, with its concrete type beside."""
    concrete = raw.get(TYPE_KEY, selection.type)
    shaped: dict[str, Any] = {TYPE_KEY: concrete}
    for child in selection.of(concrete):
        shaped[child.key] = concrete if child.name == "__typename" else shape(concrete, child, raw[child.key], asked)
    return shaped


def _connection(selection: Selection, raw: Raw, asked: Asked) -> dict[str, Any]:
    arguments = asked.arguments[selection.slot] if selection.slot is not None else {}
    found = page(raw, arguments)
    shaped: dict[str, Any] = {TYPE_KEY: selection.type}
    for child in selection.of(selection.type):
        match child.name:
            case "edges":
                shaped[child.key] = [_edge(child, row, asked) for row in found.rows]
            case "pageInfo":
                shaped[child.key] = _page_info(child, found)
            case "totalCount":
                shaped[child.key] = found.total
            case _:
                shaped[child.key] = selection.type
    return shaped


def _edge(edges: Selection, row: Raw, asked: Asked) -> dict[str, Any]:
    shaped: dict[str, Any] = {TYPE_KEY: edges.type}
    for child in edges.of(edges.type):
        match child.name:
            case "__typename":
                shaped[child.key] = edges.type
            case "cursor":
                shaped[child.key] = to_cursor(row["k"])
            case _:
                shaped[child.key] = shape(edges.type, child, row[f"{edges.key}.{child.key}"], asked)
    return shaped


def _page_info(selection: Selection, found: Page) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for child in selection.of(selection.type):
        match child.name:
            case "hasNextPage":
                shaped[child.key] = found.has_next
            case "hasPreviousPage":
                shaped[child.key] = found.has_previous
            case "startCursor":
                shaped[child.key] = found.cursor(0)
            case "endCursor":
                shaped[child.key] = found.cursor(-1)
            case _:
                shaped[child.key] = selection.type
    return shaped
