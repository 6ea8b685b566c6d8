"""Connections in Relay's manner, made alike for every type.

- `first` is required and at most 100; cursors are opaque and stay good while the list changes.
- `totalCount` counts what the viewer may see, never more.
"""

from typing import Any

import graphene


class PageInfo(graphene.ObjectType):
    """Where a page lies in its list (Relay cursor connections)."""

    hasNextPage = graphene.Boolean(required=True, description="There is more behind this page.")
    hasPreviousPage = graphene.Boolean(required=True, description="This page was asked for behind a cursor.")
    startCursor = graphene.String(description="The cursor of the first edge; null on an empty page.")
    endCursor = graphene.String(description="The cursor of the last edge: pass it as `after` for the next page.")


def connection(node: Any, name: str, what: str, **edge_fields: graphene.Field) -> Any:
    """The connection type of `node`: `nameConnection` with `nameEdge`, which has `edge_fields` besides its own."""
    edge = type(
        f"{name}Edge",
        (graphene.ObjectType,),
        {
            "__doc__": f"One of the list, with its place in it: {what}.",
            "node": graphene.Field(graphene.NonNull(node), description=f"The one itself: {what}."),
            "cursor": graphene.String(required=True, description="Pass it as `after` to go on behind this one."),
            **edge_fields,
        },
    )
    return type(
        f"{name}Connection",
        (graphene.ObjectType,),
        {
            "__doc__": f"A page of a list: {what}.",
            "edges": graphene.List(graphene.NonNull(edge), required=True, description="The page, in order."),
            "pageInfo": graphene.Field(graphene.NonNull(PageInfo), description="Where the page lies."),
            "totalCount": graphene.Int(required=True, description="How many there are in all that you may see."),
        },
    )


def page_of(connection_type: Any, description: str, **arguments: graphene.Argument) -> graphene.Field:
    """A field that gives pages of `connection_type`."""
    return graphene.Field(
        graphene.NonNull(connection_type),
        description=description,
        **arguments,
        first=graphene.Argument(graphene.NonNull(graphene.Int), description="How many at most, 0 to 100."),
        after=graphene.Argument(graphene.String, description="The cursor to go on behind."),
    )


def many(node: Any, description: str, **arguments: graphene.Argument) -> graphene.Field:
    """A short whole list."""
    return graphene.List(graphene.NonNull(node), required=True, description=description, **arguments)


def one(node: Any, description: str) -> graphene.Field:
    """Always there."""
    return graphene.Field(graphene.NonNull(node), description=description)
