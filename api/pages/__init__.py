"""Pages for people: templates in this folder, rendered on the server, with the headers that every page carries.

- No script, no inline style, no outside request; the content security policy holds pages to it.
- Whatever goes into a template is escaped.
- It does not know what a page is about.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

FOLDER: Final = Path(__file__).parent
STYLES: Final = "/pages/house.css"

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> Response:
    """The answer with that template, filled with `values`."""
    text = _templates().get_template(template).render(styles=STYLES, **values)
    return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})


def page_routes() -> list[BaseRoute]:
    """What every page needs beside itself."""

    async def styles(_request: object) -> Response:
        headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
        return FileResponse(FOLDER / "house.css", headers=headers)

    return [Route(STYLES, styles)]
