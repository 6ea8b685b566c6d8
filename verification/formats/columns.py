"""Find the columns of a table by the names in its header.

Rules:
- Names are compared in normal form: letters and digits, lower case. Publishers change the spacing of their own headers.
- A column that is required and missing, or named twice, makes the file unreadable: `Refusal` names the column.
- Columns nobody here knows are tolerated and can be told about; a format may name columns that are never looked at.

Does not know what stands in the columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verification.errors import Refusal

OTHER_SEPARATORS = (";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a format, in its own spelling.

    `unread` columns are known to occur and are never looked up, whatever they hold. `known` ones are of no use here.
    `aliases` maps another spelling to ours.
    """

    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    aliases: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each readable column of one file stands; `names` are all headers as printed, `unknown` the odd ones."""

    names: tuple[str, ...]
    places: Mapping[str, int]
    unknown: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.names)


def normal_name(name: str) -> str:
    """Letters and digits of a header, in lower case: `Address-  Address Line 2` is `addressaddressline2`."""
    return "".join(filter(str.isalnum, name.lower()))


def find_columns(layout: Layout, header: Sequence[str]) -> Columns:
    """Place the layout's columns in a header.

    Raises Refusal with code WRONG_HEADER, naming the column that is missing or named twice.
    """
    names = tuple(name.strip() for name in header)
    seen = _positions(layout, names)
    missing = [name for name in layout.required if normal_name(name) not in seen]
    if missing:
        raise Refusal("WRONG_HEADER", _missing_message(layout, names, missing), ("header",))
    readable = layout.required + layout.optional
    known = {normal_name(name) for name in (*readable, *layout.unread, *layout.known)}
    places = {name: seen[normal_name(name)] for name in readable if normal_name(name) in seen}
    unknown = tuple(names[place] for key, place in seen.items() if key not in known)
    return Columns(names, places, unknown)


def _positions(layout: Layout, names: Sequence[str]) -> dict[str, int]:
    """Normal name to place, with other spellings brought to ours."""
    ours = {normal_name(other): normal_name(own) for other, own in (layout.aliases or {}).items()}
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        key = ours.get(normal_name(name), normal_name(name))
        if key in seen:
            raise Refusal("WRONG_HEADER", f"The column {name!r} is named twice in the header.", ("header",))
        seen[key] = place
    return seen


def _missing_message(layout: Layout, names: Sequence[str], missing: Sequence[str]) -> str:
    if len(names) == 1:
        for separator in OTHER_SEPARATORS:
            if separator in names[0]:
                return f"The columns seem to be separated by {separator!r}; {layout.title} must be separated by commas."
    listed = ", ".join(repr(name) for name in missing[:5])
    more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""  # noqa: PLR2004 - as many as were listed
    return f"This is not {layout.title}: the header has no column {listed}{more}."
