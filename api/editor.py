"""GraphiQL for developers: served from this machine, and only in development.

- Its files come from the packages locked in `api/graphiql/package-lock.json`; nothing is loaded from elsewhere.
- Where they were not installed the editor is absent and everything else works.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

_FOLDER: Final = Path(__file__).parent / "graphiql"
_PACKAGES: Final = _FOLDER / "node_modules"
_FILES: Final = {
    "react.js": _PACKAGES / "react/umd/react.production.min.js",
    "react-dom.js": _PACKAGES / "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": _PACKAGES / "graphiql/graphiql.min.js",
    "graphiql.css": _PACKAGES / "graphiql/graphiql.min.css",
    "start.js": _FOLDER / "start.js",
    "page.css": _FOLDER / "page.css",
}
# CodeMirror sets styles from script, which is why inline styles are allowed here and nowhere else.
_HEADERS: Final = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def editor_routes() -> list[BaseRoute]:
    """The page at `/graphiql` and its files; empty when they are not installed."""
    if not all(path.exists() for path in _FILES.values()):
        return []

    async def page(_request: object) -> Response:
        return FileResponse(_FOLDER / "index.html", headers=_HEADERS)

    return [Route("/graphiql", page), *(Route(f"/graphiql/{name}", _file(path)) for name, path in _FILES.items())]


def _file(path: Path) -> Callable[[object], Awaitable[Response]]:
    async def answer(_request: object) -> Response:
        return FileResponse(path, headers=_HEADERS)

    return answer
