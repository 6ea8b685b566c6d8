"""From a subscription's document to a stream, and from each change to an answer.

- A document is held to the limits and rules of every other; a subscription has one root field.
- What is not there and what is not the viewer's own are refused alike, before anything is streamed.
- An answer holds what was asked of the change itself; nothing is fetched for it, and its client asks on by the id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import get_argument_values

from api.documents import Document
from api.live.watching import Live, Stream, TooMany
from api.problems import Unauthenticated
from api.selection import SelectionReader
from graph.changes import Change, may_watch, watchers
from graph.database import Database
from graph.ids import plain_id
from graph.instants import millis
from graph.selection import Selection

REFERRAL: Final = "Referral"


@dataclass(frozen=True, slots=True)
class Watch:
    """What is to be watched: the own id of a referral, or None for all that concerns the viewer."""

    selection: Selection
    referral: str | None

    def source(self, change: Change) -> dict[str, Any]:
        """The answer's root by response key."""
        values = {"object": change.object, "topic": change.topic, "at": millis(change.at), "version": change.version}
        children = self.selection.of(self.selection.type)
        return {self.selection.key: {child.key: values.get(child.name) for child in children}}


def watch_of(
    schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Watch:
    """What a subscription asks for. Raises GraphQLError."""
    flags = {name: bool(variables.get(name)) for name in document.flags_of(operation)}
    reader = SelectionReader(schema, document.fragments, flags)
    fields = reader.root(operation)
    kind = schema.subscription_type
    if kind is None or len(fields) != 1:
        raise GraphQLError("A subscription asks for one thing.", extensions={"code": "BAD_REQUEST"})
    [(key, nodes)] = fields.items()
    selection = reader.read(kind, key, nodes)
    if selection.name == "worklistChanged":
        return Watch(selection, None)
    arguments = get_argument_values(kind.fields[selection.name], nodes[0], dict(variables))
    found = plain_id(arguments["id"])
    if found is None or found[0] != REFERRAL:
        raise _not_there(nodes)
    return Watch(selection, found[1])


async def open_stream(live: Live, database: Database, watch: Watch, token_hash: str) -> Stream:
    """A stream for the account behind the token. Raises Unauthenticated, GraphQLError."""
    watcher = (await watchers(database, [token_hash])).get(token_hash)
    if watcher is None:
        raise Unauthenticated
    if watch.referral is not None and not await may_watch(database, token_hash, watch.referral):
        raise _not_there(())
    try:
        return await live.join(token_hash, watcher, watch.referral)
    except TooMany:
        raise GraphQLError("Too many streams are open.", extensions={"code": "TOO_MANY"}) from None


def _not_there(nodes: Sequence[FieldNode]) -> GraphQLError:
    message = "There is no such referral, or it is not yours to watch."
    return GraphQLError(message, nodes=nodes or None, extensions={"code": "NOT_FOUND"})
