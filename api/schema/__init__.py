"""The contract, assembled: `schema.graphql` is printed from here.

- Names are written as clients see them; there is no case conversion anywhere.
- Every field of an object takes its value from the source by response key, never by field name, so that two aliases of
  one field keep two values.
"""

from collections.abc import Mapping
from typing import Any

import graphene
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, print_schema

from api.schema.mutations import Mutation
from api.schema.people import OtherPractitioner, Physician, Therapist
from api.schema.queries import Query
from api.schema.subscriptions import Subscription
from graph.compile import TYPE_KEY


def _by_key(source: Mapping[str, Any], info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    value = source[str(info.path.key)]
    if isinstance(value, Exception):
        raise value
    return value


def _concrete(source: Mapping[str, Any], _info: GraphQLResolveInfo, _type: Any) -> str:
    return str(source[TYPE_KEY])


def build_schema() -> GraphQLSchema:
    """The executable schema."""
    schema: GraphQLSchema = graphene.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Therapist, Physician, OtherPractitioner],
        auto_camelcase=False,
    ).graphql_schema
    for found in schema.type_map.values():
        if isinstance(found, GraphQLInterfaceType):
            found.resolve_type = _concrete
        elif isinstance(found, GraphQLObjectType) and not found.name.startswith("__"):
            found.is_type_of = None
            if found is not schema.mutation_type:
                for field in found.fields.values():
                    field.resolve = _by_key
    return schema


def printed() -> str:
    """The contract as text, the content of `schema.graphql`."""
    return print_schema(build_schema()) + "\n"
