"""Frozen records as plain JSON values and back, without loss.

- A record becomes an object whose names are its fields' in camel case; every field is there, also one that is None.
- A mapping from names stays an object with those very names.
- Dates and instants are ISO 8601 text, instants in UTC with a Z; each value has exactly one such text.
- Reading is strict: an unknown, missing or wrongly typed entry is refused, naming where it stands.
- It knows records by their fields' types alone, and nothing of what they mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class NotARecord(ValueError):  # noqa: N818 - it says what the value is not
    """A plain value cannot be read as the record it should be; the message names the entry."""


def plain(value: Any) -> Any:
    """A record, or anything a record holds, as JSON values. Raises ValueError for an instant without a zone."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return _instant_text(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    kind: Any = type(value)
    return {name: plain(getattr(value, field)) for name, (field, _) in _fields(kind).items()}


def record_of(kind: type[T], value: Any, where: str) -> T:
    """The inverse of `plain` for a record of that kind. `where` names the value in messages. Raises NotARecord."""
    made = _read(kind, value, where)
    if not isinstance(made, kind):
        raise TypeError(f"{kind.__name__} is not read by its own type")
    return made


def _instant_text(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@cache
def _fields(kind: type) -> Mapping[str, tuple[str, Any]]:
    """By its name as JSON writes it, each field's own name and type."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no record")
    hints = get_type_hints(kind)
    return {_camel(field.name): (field.name, hints[field.name]) for field in fields(kind)}


def _read(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, UnionType):
        (only,) = (option for option in get_args(kind) if option is not NoneType)
        return None if value is None else _read(only, value, where)
    if get_origin(kind) is tuple:
        return _read_list(get_args(kind)[0], value, where)
    if get_origin(kind) is Mapping:
        return _read_mapping(get_args(kind)[1], value, where)
    if kind in _SIMPLE:
        return _SIMPLE[kind](value, where)
    return _read_word(kind, value, where) if issubclass(kind, StrEnum) else _read_record(kind, value, where)


def _read_list(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise NotARecord(f"{where} must be a list")
    return tuple(_read(kind, item, f"{where}[{index}]") for index, item in enumerate(value))


def _read_mapping(kind: Any, value: Any, where: str) -> dict[str, Any]:
    """By name, values of one kind; the names are the record's own."""
    if not isinstance(value, dict):
        raise NotARecord(f"{where} must be an object")
    return {name: _read(kind, item, f"{where}.{name}") for name, item in value.items()}


def _read_record(kind: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise NotARecord(f"{where} must be an object")
    known = _fields(kind)
    for name in value:
        if name not in known:
            raise NotARecord(f"{where} has an unknown entry “{name}”")
    for name in known:
        if name not in value:
            raise NotARecord(f"{where} lacks the entry “{name}”")
    return kind(**{field: _read(hint, value[name], f"{where}.{name}") for name, (field, hint) in known.items()})


def _read_word(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    words = {word.value: word for word in kind}
    if not isinstance(value, str) or value not in words:
        raise NotARecord(f"{where} must be one of {', '.join(words)}")
    return words[value]


def _read_exactly(kind: type, name: str) -> Callable[[Any, str], Any]:
    def read(value: Any, where: str) -> Any:
        if type(value) is not kind:
            raise NotARecord(f"{where} must be {name}")
        return value

    return read


def _read_date(value: Any, where: str) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != value:
        raise NotARecord(f"{where} must be a date such as 2026-11-25")
    return day


def _read_instant(value: Any, where: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        right = _instant_text(at) == value
    except (TypeError, ValueError, OverflowError):
        right = False
    if not right:
        raise NotARecord(f"{where} must be an instant in UTC such as 2026-11-25T09:00:00Z")
    return at.astimezone(UTC)


_SIMPLE: Final[Mapping[Any, Callable[[Any, str], Any]]] = {
    str: _read_exactly(str, "a text"),
    int: _read_exactly(int, "a whole number"),
    bool: _read_exactly(bool, "true or false"),
    date: _read_date,
    datetime: _read_instant,
}
