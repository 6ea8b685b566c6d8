"""Random valid queries over the schema: aliases, fragments, directives, variables, interfaces, nested pages."""

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass
class Draw:
    """One document; `pool` holds values per scalar and input-field name that bring data."""

    schema: GraphQLSchema
    random: Random
    pool: dict[str, list[Any]]
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0

    def value(self, declared: GraphQLInputType, name: str) -> Any:
        if isinstance(declared, GraphQLNonNull):
            return self.value(declared.of_type, name)
        named = get_named_type(declared)
        if name in self.pool:
            return self.random.choice(self.pool[name])
        if isinstance(named, GraphQLEnumType):
            return self.random.choice(list(named.values))
        if isinstance(named, GraphQLInputObjectType):
            return {
                key: self.value(given.type, key)
                for key, given in named.fields.items()
                if isinstance(given.type, GraphQLNonNull) or self.random.random() < 0.3
            }
        return self.random.choice(self.pool[named.name])

    def literal(self, declared: GraphQLInputType, value: Any) -> str:
        named = get_named_type(declared)
        if isinstance(named, GraphQLInputObjectType) and isinstance(value, dict):
            return "{" + ", ".join(f"{k}: {self.literal(named.fields[k].type, v)}" for k, v in value.items()) + "}"
        return str(value) if isinstance(named, GraphQLEnumType) else json.dumps(value)

    def variable(self, declared: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = (declared, value)
        return f"${name}"

    def arguments(self, definition: GraphQLField) -> str:
        parts = []
        for name, argument in definition.args.items():
            if not (is_required_argument(argument) or self.random.random() < 0.3):
                continue
            value = self.value(argument.type, name)
            text = (
                self.variable(str(argument.type), value)
                if self.random.random() < 0.4
                else self.literal(argument.type, value)
            )
            parts.append(f"{name}: {text}")
        return f"({', '.join(parts)})" if parts else ""

    def directive(self) -> str:
        if self.random.random() > 0.15:
            return ""
        name, value = self.random.choice(("skip", "include")), self.random.random() < 0.5
        given = self.variable("Boolean!", value) if self.random.random() < 0.5 else json.dumps(value)
        return f" @{name}(if: {given})"

    def one_field(self, name: str, definition: GraphQLField, depth: int) -> str:
        arguments = self.arguments(definition)
        alias = ""
        if (arguments or self.random.random() < 0.2) and self.aliases < 30:
            self.aliases += 1
            alias = f"a{self.aliases}: "
        named = get_named_type(definition.type)
        inner = "" if is_leaf_type(named) else " {" + self.selection(named, depth - 1) + "}"  # type: ignore[arg-type]
        return f"{alias}{name}{arguments}{self.directive()}{inner}"

    def selection(self, parent: Composite, depth: int) -> str:
        fields = list(parent.fields.items())
        leaves = [f for f in fields if is_leaf_type(get_named_type(f[1].type))]
        deeper = [f for f in fields if f not in leaves]
        chosen = self.random.sample(leaves, min(len(leaves), self.random.randint(0, 4)))
        if depth > 0 and deeper:
            wrapping = [f for f in deeper if f[0] in ("edges", "node", "pageInfo") and not f[1].args]
            chosen += wrapping or self.random.sample(deeper, min(len(deeper), self.random.randint(1, 2)))
        self.random.shuffle(chosen)
        # A name asked for twice with other arguments would not merge, so each is asked for once on its level.
        parts = [self.one_field(name, definition, depth) for name, definition in chosen]
        if not parts or self.random.random() < 0.3:
            parts.append("__typename")
        if isinstance(parent, GraphQLInterfaceType) and depth > 0:
            for concrete in self.random.sample(list(self.schema.get_possible_types(parent)), 2):
                own = self._own_leaves(parent, concrete)
                if own:
                    parts.append(f"... on {concrete.name} {{{' '.join(own)}}}")
        return self._wrapped(parent, parts)

    def _own_leaves(self, parent: Composite, concrete: GraphQLObjectType) -> list[str]:
        own = [
            name
            for name, definition in concrete.fields.items()
            if name not in parent.fields and is_leaf_type(get_named_type(definition.type)) and not definition.args
        ]
        return self.random.sample(own, min(2, len(own)))

    def _wrapped(self, parent: Composite, parts: list[str]) -> str:
        dice = self.random.random()
        if dice < 0.15:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {parent.name} {{{' '.join(parts)}}}")
            return f"...{name}{self.directive()} __typename"
        if dice < 0.25:
            return f"... on {parent.name}{self.directive()} {{{' '.join(parts)}}} __typename"
        return " ".join(parts)


def random_document(
    schema: GraphQLSchema, random: Random, pool: dict[str, list[Any]], depth: int = 5
) -> tuple[str, dict[str, Any]]:
    """A document and its variables."""
    draw = Draw(schema, random, pool)
    query = schema.query_type
    assert query is not None
    names = random.sample(list(query.fields), random.randint(1, 2))
    body = " ".join(draw.one_field(name, query.fields[name], depth) for name in names)
    declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in draw.variables.items())
    head = f"query Q({declared})" if declared else "query Q"
    text = f"{head} {{{body}}} {' '.join(draw.fragments)}"
    return text, {name: value for name, (_, value) in draw.variables.items()}
