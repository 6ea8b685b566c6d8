"""A tree of selections to one Cypher expression: pure, no database, no request.

- The text depends on the tree only. Values, page sizes and the viewer are parameters, so plans are cached and nothing
  is pasted; response keys are back-ticked and have been names of the schema's language before.
- Each node and edge carries its predicate of `graph.access`; a type without one is refused when the module loads.
- A connection fetches one row more than asked for, which is how it knows of a next page; its cursors are the values it
  is ordered by, so a page never depends on a row that may be gone.
- It does not know what a field looks like to a client.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from graph.access import EVERYONE, VISIBLE
from graph.model import MODEL, POSSIBLE, Derived, Edge, Entity, Value
from graph.selection import BadArgument, Selection, Shape

PAGE_LIMIT: Final = 100
TYPE_KEY: Final = "%"  # no response key can be this, so it may tell the concrete type beside them

Arguments = Mapping[str, Any]

if unguarded := sorted(set(MODEL) - set(VISIBLE)):
    raise RuntimeError(f"types without a rule who may see them: {', '.join(unguarded)}")


@dataclass(frozen=True, slots=True)
class Binding:
    """A parameter of the statement, made from the arguments of one slot."""

    parameter: str
    slot: int
    make: Callable[[Arguments], Any]


@dataclass(frozen=True, slots=True)
class Projection:
    """A Cypher map expression over `node`, and what its parameters are made of.

    `lets` are what the expression shares, by name: they are to be found out before it (`WITH *, text AS name`).
    """

    text: str
    bindings: tuple[Binding, ...]
    lets: tuple[tuple[str, str], ...] = ()

    def parameters(self, arguments: Sequence[Arguments]) -> dict[str, Any]:
        return bind(self.bindings, arguments)


def bind(bindings: Sequence[Binding], arguments: Sequence[Arguments]) -> dict[str, Any]:
    """Parameter values for one request; `arguments` holds the coerced arguments of each slot.

    Raises BadArgument where a page size or cursor cannot be used.
    """
    return {binding.parameter: binding.make(arguments[binding.slot]) for binding in bindings}


def page_size(arguments: Arguments) -> int:
    """`first`, and one more to see whether there is a next page."""
    first = arguments["first"]
    if not 0 <= first <= PAGE_LIMIT:
        raise BadArgument(f"first must be from 0 to {PAGE_LIMIT}, not {first}", "first")
    return int(first) + 1


def to_cursor(values: Sequence[Any]) -> str:
    """Order values of a row as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def cursor_reader(width: int) -> Callable[[Arguments], list[Any] | None]:
    """A reader of `after` for a page ordered by `width` values."""

    def read(arguments: Arguments) -> list[Any] | None:
        text = arguments.get("after")
        if text is None:
            return None
        try:
            values = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            values = None
        if not (
            isinstance(values, list)
            and len(values) == width
            and all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values)
        ):
            raise BadArgument("after is not a cursor that this list gave out", "after")
        return values

    return read


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a connection come from.

    `body` ends with `variable` and everything `order` and `extra` speak of in scope. `extra` gives the fields of the
    edge itself. `late` are answers, by name, that are found out for the rows of the page alone.
    """

    body: str
    variable: str
    order: tuple[str, ...]
    carried: tuple[str, ...] = ()
    extra: Mapping[str, str] | None = None
    late: tuple[tuple[str, str], ...] = ()


class Compiler:
    """Collects bindings while it writes text; one per statement."""

    def __init__(self) -> None:
        self.bindings: list[Binding] = []
        self._nodes = 0

    def node(self) -> str:
        self._nodes += 1
        return f"n{self._nodes}"

    def parameter(self, slot: int | None, name: str, make: Callable[[Arguments], Any]) -> str:
        if slot is None:
            raise RuntimeError(f"a field that needs {name} came without arguments")
        parameter = f"s{slot}_{name}"
        if all(known.parameter != parameter for known in self.bindings):
            self.bindings.append(Binding(parameter, slot, make))
        return f"${parameter}"

    def object(self, selection: Selection, variable: str) -> str:
        """The map of one object, whatever concrete type it turns out to be."""
        arms = POSSIBLE.get(selection.type)
        if arms is None:
            return self.fields(selection.type, variable, selection.of(selection.type))
        return self._of_several(selection, arms, variable)

    def fields(self, type_name: str, variable: str, selections: Sequence[Selection], *first: str) -> str:
        entity = MODEL[type_name]
        items = [*first]
        items += [f"`{s.key}`: {self.field(entity, variable, s)}" for s in selections if s.name != "__typename"]
        return "{" + ", ".join(items) + "}"

    def _of_several(self, selection: Selection, arms: Sequence[tuple[str, str]], variable: str) -> str:
        """One map for all arms: what they share is written once, since a planner's work grows with the text."""
        tests = {name: test.replace("{n}", variable) for name, test in arms}
        items = [f"`{TYPE_KEY}`: {_cases((tests[name], repr(name)) for name in tests)}"]
        asked: dict[str, dict[str, Selection]] = {}
        for name in tests:
            for child in selection.of(name):
                if child.name != "__typename":
                    asked.setdefault(child.key, {})[name] = child
        for key, by_type in asked.items():
            ways = {(id(child), MODEL[name].fields[child.name]): name for name, child in by_type.items()}
            texts = {way: self.field(MODEL[name], variable, by_type[name]) for way, name in ways.items()}
            if len(texts) == 1:
                items.append(f"`{key}`: {next(iter(texts.values()))}")
            else:
                whens = (
                    (tests[name], texts[id(child), MODEL[name].fields[child.name]]) for name, child in by_type.items()
                )
                items.append(f"`{key}`: {_cases(whens)}")
        return "{" + ", ".join(items) + "}"

    def field(self, entity: Entity, variable: str, selection: Selection) -> str:
        definition = entity.fields[selection.name]
        if isinstance(definition, Value | Derived):
            self.bind_pages(selection)
            return definition.expression.replace("{n}", variable)
        return self.edge(definition, variable, selection)

    def bind_pages(self, selection: Selection) -> None:
        """Pages of what is computed afterwards: their arguments are looked at with everybody else's, before it runs."""
        if selection.shape is Shape.CONNECTION:
            self.parameter(selection.slot, "first", page_size)
            self.parameter(selection.slot, "after", cursor_reader(1))
        for children in selection.children.values():
            for child in children:
                self.bind_pages(child)

    def edge(self, edge: Edge, variable: str, selection: Selection) -> str:
        to = self.node()

        def fill(text: str) -> str:
            return text.replace("{n}", variable).replace("{m}", to)

        lets = (*lets_of(edge.target, to), *((f"{name}_{to}", fill(text)) for name, text in edge.gives))
        seen = visible(edge.target, to) if edge.seen is None else fill(edge.seen)
        tests = [test for test in (seen, fill(edge.where or EVERYONE)) if test != EVERYONE]
        order = tuple(map(fill, edge.order))
        if selection.shape is Shape.CONNECTION:
            source = Source(_body(fill(edge.pattern), to, lets, tests), to, order, tuple(name for name, _ in lets))
            return self.connection(selection, source)
        found = self.object(selection, to)
        if edge.single and not (tests or lets):
            return f"head([{fill(edge.pattern)} | {found}])"
        used = _used(lets, found, *tests)
        scope = ", ".join((to, *(name for name, _ in used)))
        limit = "" if selection.shape is Shape.LIST else " LIMIT 1"
        collected = (
            f"COLLECT {{ {_body(fill(edge.pattern), to, used, tests)} "
            f"WITH {scope} ORDER BY {', '.join(order)}{limit} RETURN {found} }}"
        )
        return collected if selection.shape is Shape.LIST else f"head({collected})"

    def connection(self, selection: Selection, source: Source) -> str:
        """`{rows: […], total: n}`, each as far as it was asked for."""
        children = selection.of(selection.type)
        parts = []
        if any(child.name in ("edges", "pageInfo") for child in children):
            parts.append(f"rows: {self._rows(selection, children, source)}")
        if any(child.name == "totalCount" for child in children):
            parts.append(f"total: COUNT {{ {source.body} RETURN DISTINCT {source.variable} }}")
        return "{" + ", ".join(parts) + "}"

    def _rows(self, selection: Selection, children: Sequence[Selection], source: Source) -> str:
        limit = self.parameter(selection.slot, "first", page_size)
        beyond = ""
        keys = [f"{source.variable}k{i}" for i in range(len(source.order))]  # nested subqueries may not shadow
        ordering = ", ".join(f"{text} AS {key}" for text, key in zip(source.order, keys, strict=True))
        items = [f"k: [{', '.join(keys)}]"] if _needs_cursor(children) else []
        for edges in (child for child in children if child.name == "edges"):
            for child in edges.of(edges.type):
                key = f"`{edges.key}.{child.key}`"
                if child.name == "node":
                    items.append(f"{key}: {self.object(child, source.variable)}")
                elif child.name not in ("cursor", "__typename") and source.extra:
                    items.append(f"{key}: {source.extra[child.name]}")
        text = ", ".join(items)
        scope = ", ".join((source.variable, *(name for name in source.carried if name in text or name in source.order)))
        if "after" in selection.given:
            after = self.parameter(selection.slot, "after", cursor_reader(len(source.order)))
            beyond = f"WHERE {after} IS NULL OR {_beyond(keys, after)} WITH {scope}, {', '.join(keys)} "
        return (
            f"COLLECT {{ {source.body} WITH {scope}, {ordering} {beyond}"
            f"ORDER BY {', '.join(keys)} LIMIT {limit} {_late(source.late, text, scope, keys)}"
            f"RETURN {{{text}}} }}"
        )


Let = tuple[str, str]


def _late(lets: Sequence[Let], text: str, scope: str, keys: Sequence[str]) -> str:
    """What the rows of a page alone are asked, after the page is cut out and in its order."""
    named = "".join(f", {expression} AS {name}" for name, expression in _used(lets, text))
    order = ", ".join(keys)
    return f"WITH {scope}, {order}{named} ORDER BY {order} " if named else ""


def lets_of(type_name: str, variable: str) -> tuple[Let, ...]:
    """The shared answers about `variable` that its type's rule and fields may ask for."""
    entity = MODEL.get(type_name)
    if entity is None:
        return ()
    return tuple((f"{name}_{variable}", text.replace("{n}", variable)) for name, text in entity.lets)


def _used(lets: Sequence[Let], *texts: str) -> tuple[Let, ...]:
    return tuple(let for let in lets if any(let[0] in text for text in texts))


def _body(pattern: str, variable: str, lets: Sequence[Let], tests: Sequence[str]) -> str:
    """MATCH with its tests; what the tests share is found out first."""
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    if not lets:
        return f"MATCH {pattern}{where}"
    named = ", ".join(f"{text} AS {name}" for name, text in lets)
    return f"MATCH {pattern} WITH {variable}, {named}{where}"


def lookup(type_name: str, pattern: str, variable: str, found: str) -> str:
    """The one node that `pattern` finds, as `found`; null when there is none that the viewer sees."""
    rule = visible(type_name, variable)
    tests = [rule] if rule != EVERYONE else []
    lets = _used(lets_of(type_name, variable), found, *tests)
    scope = ", ".join((variable, *(name for name, _ in lets)))
    return f"head(COLLECT {{ {_body(pattern, variable, lets, tests)} WITH {scope} LIMIT 1 RETURN {found} }})"


def _cases(whens: Iterable[tuple[str, str]]) -> str:
    return "CASE " + " ".join(f"WHEN {test} THEN {text}" for test, text in whens) + " END"


def _needs_cursor(children: Sequence[Selection]) -> bool:
    return any(
        grandchild.name in ("cursor", "startCursor", "endCursor")
        for child in children
        if child.name in ("edges", "pageInfo")
        for grandchild in child.of(child.type)
    )


def _beyond(keys: Sequence[str], after: str) -> str:
    """Strictly behind the cursor in the order of all keys, each ascending."""
    tests = []
    for i, key in enumerate(keys):
        equal = [f"{other} = {after}[{j}]" for j, other in enumerate(keys[:i])]
        tests.append("(" + " AND ".join([*equal, f"{key} > {after}[{i}]"]) + ")")
    return "(" + " OR ".join(tests) + ")"


def visible(type_name: str, variable: str) -> str:
    """The predicate that lets the viewer see `variable`; interfaces are as open as their types."""
    names = [name for name, _ in POSSIBLE.get(type_name, ((type_name, ""),))]
    rules = {VISIBLE[name].replace("{n}", variable) for name in names}
    return rules.pop() if len(rules) == 1 else " OR ".join(sorted(f"({rule})" for rule in rules))


def compile_projection(selection: Selection, variable: str = "node") -> Projection:
    """The map a command returns for the object it changed, over the variable `node`.

    Over another variable, which it made besides, the map is null where there is no such object.
    """
    compiler = Compiler()
    text = compiler.object(selection, variable)
    lets = _used(lets_of(selection.type, variable), text)
    if variable != "node":
        text = f"CASE WHEN {variable} IS NOT NULL THEN {text} END"
    return Projection(text, tuple(compiler.bindings), lets)
