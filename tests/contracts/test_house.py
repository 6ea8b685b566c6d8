"""The house stands as it was drawn: who imports whom, where Cypher lives, what every module says of itself."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
import graph
import verification

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "graph", "verification")
FORBIDDEN_NAMES = {"utils", "helpers", "base", "manager", "service", "handler", "common"}
CYPHER = re.compile(r"\b(MATCH|MERGE|UNWIND|DETACH DELETE) ?\(|\bRETURN \w+\.|\bCREATE \(")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def test_packages_are_ours() -> None:
    for package in (api, graph, verification):
        assert package.__file__ is not None
        assert Path(package.__file__).is_relative_to(ROOT)


def test_import_contracts() -> None:
    found = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert path.stem not in FORBIDDEN_NAMES
    tree = ast.parse(text)
    if tree.body:
        assert ast.get_docstring(tree), "a module opens with its one job"
    if not path.is_relative_to(ROOT / "graph"):
        strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        assert not [s for s in strings if CYPHER.search(s)], "Cypher lives in graph/"


@pytest.mark.parametrize("path", sorted((ROOT / "graph").rglob("*.py")), ids=lambda path: path.name)
def test_values_are_never_pasted_into_cypher(path: Path) -> None:
    """A statement's text holds parameters; f-strings in it join constants, which have upper-case or dotted names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"run", "read", "write"} and call.args:
            parts = list(ast.walk(call.args[0]))
            if not any(isinstance(p, ast.Constant) and CYPHER.search(str(p.value)) for p in parts):
                continue
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    assert ast.unparse(part.value).upper() == ast.unparse(part.value), ast.unparse(call)
