"""GraphiQL is there for developers who installed it, and nowhere else."""

from pathlib import Path

import pytest

from api import editor


def test_without_its_packages_there_is_no_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(editor, "_FILES", {"react.js": tmp_path / "absent.js"})
    assert editor.editor_routes() == []


def test_with_them_every_file_is_served_from_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "react.js").write_text("//")
    monkeypatch.setattr(editor, "_FILES", {"react.js": tmp_path / "react.js"})
    assert [getattr(route, "path", "") for route in editor.editor_routes()] == ["/graphiql", "/graphiql/react.js"]
    page = (Path(editor.__file__).parent / "graphiql" / "index.html").read_text()
    assert "http" not in page.replace("<!doctype html>", "")
