"""Reads the tables of rules that ship inside this package.

- It is the only place in `verification` that opens a file, and opens nothing but the package's own data.
- Tables are read once, when the module that owns them is imported.
- It does not know what the tables mean: their owners validate them.
"""

import tomllib
from importlib.resources import files
from typing import Any


def table(name: str) -> dict[str, Any]:
    """The TOML table `verification/data/<name>.toml`; a missing or broken one is our mistake and raises."""
    return tomllib.loads(files("verification").joinpath("data", f"{name}.toml").read_text("utf-8"))


def table_names(folder: str) -> list[str]:
    """The names, sorted, of the tables in a folder of the data, in the form that `table` takes."""
    entries = files("verification").joinpath("data", folder).iterdir()
    return sorted(f"{folder}/{entry.name.removesuffix('.toml')}" for entry in entries if entry.name.endswith(".toml"))
