"""The scalars of the contract: what is accepted, and what is written.

- Instants are read with their offset and written in UTC with milliseconds; dates are plain calendar dates.
- A value that cannot be used is refused with the value and what would do, before anything else is looked at.
- Inside, instants are epoch milliseconds on the way out and aware datetimes on the way in; dates are ISO text out and
  dates in.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

import graphene
from graphql import GraphQLError
from graphql.language import EnumValueNode, StringValueNode, ValueNode
from graphql.pyutils import Undefined, inspect

from verification.concerns import concern_code
from verification.jurisdictions import jurisdiction_code
from verification.npi import npi_problem

_LONGEST = 40
_JURISDICTION = re.compile(r"(?:US-)?([A-Z]{2})", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _shown(value: Any) -> str:
    text = inspect(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"{name} must be text, not {_shown(value)}")
    return value


def instant_text(milliseconds: int) -> str:
    """Epoch milliseconds as RFC 3339 text in UTC, always with milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


class NPI(graphene.Scalar):
    """A National Provider Identifier: ten digits, the first 1 or 2, with a right check digit (45 CFR 162.406)."""

    @staticmethod
    def serialize(value: Any) -> str:
        return str(value)

    @staticmethod
    def parse_value(value: Any) -> str:
        text = _text("An NPI", value)
        if problem := npi_problem(text):
            raise GraphQLError(f"{_shown(text)} is no NPI: {problem}")
        return text

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return NPI.parse_value(node.value) if isinstance(node, StringValueNode) else Undefined


class Date(graphene.Scalar):
    """A calendar date, YYYY-MM-DD, without a time or zone (RFC 3339 full-date)."""

    @staticmethod
    def serialize(value: Any) -> str:
        return value if isinstance(value, str) else value.isoformat()

    @staticmethod
    def parse_value(value: Any) -> date:
        text = _text("A Date", value)
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise GraphQLError(f"{_shown(text)} is no date; write it as 2026-11-25")

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return Date.parse_value(node.value) if isinstance(node, StringValueNode) else Undefined


class DateTime(graphene.Scalar):
    """An instant: read with its offset, written in UTC with milliseconds (RFC 3339 date-time)."""

    @staticmethod
    def serialize(value: Any) -> str:
        return instant_text(value if isinstance(value, int) else round(value.timestamp() * 1000))

    @staticmethod
    def parse_value(value: Any) -> datetime:
        text = _text("A DateTime", value)
        try:
            if _INSTANT.fullmatch(text):
                return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise GraphQLError(f"{_shown(text)} is no instant; write it with its offset, as 2026-11-25T09:30:00-08:00")

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return DateTime.parse_value(node.value) if isinstance(node, StringValueNode) else Undefined


class ConcernCode(graphene.Scalar):
    """One of Bonafide's own codes for why people come, such as `erectile-difficulty`; `concerns` lists them all."""

    @staticmethod
    def serialize(value: Any) -> str:
        return str(value)

    @staticmethod
    def parse_value(value: Any) -> str:
        text = _text("A ConcernCode", value)
        code = concern_code(text)
        if code is None:
            raise GraphQLError(f"{_shown(text)} is no concern; the query concerns lists the codes")
        return code

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        return ConcernCode.parse_value(node.value) if isinstance(node, StringValueNode | EnumValueNode) else Undefined


class JurisdictionCode(graphene.Scalar):
    """Where a licence holds: a US postal code such as `CA` (`US-CA` is read too), elsewhere an ISO country code."""

    @staticmethod
    def serialize(value: Any) -> str:
        return str(value)

    @staticmethod
    def parse_value(value: Any) -> str:
        text = _text("A JurisdictionCode", value)
        found = _JURISDICTION.fullmatch(text)
        code = jurisdiction_code(found[1]) if found else None
        if code is None:
            raise GraphQLError(f"{_shown(text)} is no jurisdiction; write two capital letters, as CA")
        return code

    @staticmethod
    def parse_literal(node: ValueNode, _variables: Any = None) -> Any:
        if isinstance(node, StringValueNode | EnumValueNode):
            return JurisdictionCode.parse_value(node.value)
        return Undefined
