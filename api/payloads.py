"""From a mutation's selection to the shape its command answers in, and from that answer to its payload.

- Everything selected on the changed object is compiled to one map, returned by the very statement that made the
  change: no reading again, no payload that disagrees with what was written.
- A payload's other fields are plain values by name. Problems leave the object null.
- It does not know what any mutation does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from graphql import GraphQLObjectType, GraphQLResolveInfo
from graphql.execution.values import get_argument_values

from api.derived import Asked
from api.documents import Document
from api.selection import SelectionReader, Slot
from api.shaping import shape_object
from graph.commands.receipts import Answer
from graph.compile import Projection, compile_projection
from graph.selection import Selection, Shape

BESIDE: Final = {"Proposal": "proposal", "partner": "partner"}
"""The variable of what a command makes besides the object it changes, by its type, or else by its field."""


class Asking(Protocol):
    """What of a request is needed here."""

    @property
    def document(self) -> Document: ...

    @property
    def variables(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PayloadPlan:
    """One mutation field of a document: its payload's children, and the projection of each that is an object."""

    children: Sequence[Selection]
    projections: Mapping[str, Projection]
    slots: Sequence[Slot]

    def arguments(self, variables: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The coerced arguments of every slot below the payload; the mutation's own stay empty.

        Raises GraphQLError where a value does not fit.
        """
        return [
            {} if number == 0 else get_argument_values(slot.definition, slot.node, dict(variables))
            for number, slot in enumerate(self.slots)
        ]

    def answer(self, arguments: Sequence[Mapping[str, Any]]) -> Answer:
        """The one map with everything wanted of the changed object. Raises BadArgument."""
        parts = (f"`{key}`: {projection.text}" for key, projection in self.projections.items())
        parameters: dict[str, Any] = {}
        for projection in self.projections.values():
            parameters |= projection.parameters(arguments)
        lets = dict.fromkeys(let for projection in self.projections.values() for let in projection.lets)
        return Answer("{" + ", ".join(parts) + "}", parameters, tuple(lets))


def plan_payload(info: GraphQLResolveInfo, asking: Asking) -> PayloadPlan:
    """The plan of the mutation field being resolved, made once for each document and set of directive flags."""
    document, key = asking.document, str(info.path.key)
    flags = {name: bool(asking.variables.get(name)) for name in document.flags_of(info.operation)}
    kept = ("payload", id(info.operation), key, *sorted(flags.items()))
    plan: PayloadPlan | None = document.plans.get(kept)
    if plan is None:
        plan = document.plans[kept] = _plan(info, document, key, flags)
    return plan


def _plan(info: GraphQLResolveInfo, document: Document, key: str, flags: Mapping[str, bool]) -> PayloadPlan:
    reader = SelectionReader(info.schema, document.fragments, flags)
    parent: GraphQLObjectType = info.parent_type
    selection = reader.read(parent, key, info.field_nodes)
    children = selection.of(selection.type)
    changed = [child for child in children if child.shape is Shape.OBJECT]
    return PayloadPlan(
        children,
        {child.key: compile_projection(child, _variable(child)) for child in changed},
        tuple(reader.slots),
    )


def _variable(child: Selection) -> str:
    return BESIDE.get(child.name) or BESIDE.get(child.type, "node")


def payload_of(
    plan: PayloadPlan, node: Mapping[str, Any] | None, values: Mapping[str, Any], asked: Asked
) -> dict[str, Any]:
    """The payload by response key: the changed object shaped from `node` (None: null), the rest from `values`."""
    payload: dict[str, Any] = {}
    for child in plan.children:
        if child.shape is Shape.OBJECT:
            raw = None if node is None else node[child.key]
            payload[child.key] = None if raw is None else shape_object(child, raw, asked)
        else:
            payload[child.key] = _by_key(child, values.get(child.name))
    return payload


def _by_key(child: Selection, value: Any) -> Any:
    if child.shape is not Shape.LIST:
        return value
    inner = child.of(child.type)
    return [{field.key: item[field.name] for field in inner if field.name != "__typename"} for item in value]
