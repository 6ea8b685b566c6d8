"""The page an e-mail leads to: that there is something to be looked at, and nothing of what it is.

- It looks nothing up and says the same for every id, so that a link tells nobody anything.
- Whoever has an account asks for the id with it.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from graph.ids import plain_id

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Bonafide</title>
<h1>You have a message</h1>
<p>Sign in to Bonafide with your own account to read it. Its id is <code>{id}</code>.</p>
</html>
"""
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def _open(request: Request) -> Response:
    opaque = request.path_params["id"]
    if plain_id(opaque) is None:
        return HTMLResponse("Not found", 404, headers=_HEADERS)
    return HTMLResponse(_PAGE.replace("{id}", opaque), headers=_HEADERS)


def opening_routes() -> tuple[Route, ...]:
    """What e-mails link to."""
    return (Route("/open/{id}", _open),)
