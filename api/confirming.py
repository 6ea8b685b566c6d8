"""The page behind the link that confirms an e-mail address: a button, and what came of pressing it.

- Opening it changes nothing and looks nothing up, since links in mail are opened by programs that look for viruses; it
  is the same for every code. Only the button confirms.
- A code that is not good, was used, or is too old gets one and the same answer, and whoever asks often has to wait.
- No account is needed: who has the code reads the mail.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.delivery.codes import code_hash
from api.rate import Buckets, client_of
from graph.commands.addresses import confirm_by_link
from graph.database import Database
from graph.errors import DeadlineExceeded, OutcomeUnknown, Unavailable

PATH: Final = "/confirm-address/"
BURST: Final = 10
PER_SECOND: Final = 0.1
_FRAME: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Bonafide</title>
<main>
<h1>{title}</h1>
{text}
</main>
</html>
"""
_ASK: Final = """<p>Press the button if you asked Bonafide to write to your address. If not, close this page.</p>
<form method="post"><button type="submit">Yes, write to this address</button></form>"""
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def confirming_routes(
    database: Database, now: Callable[[], datetime], *, behind_proxy: bool = False
) -> tuple[Route, ...]:
    """Where the link in the mail leads."""
    buckets = Buckets(BURST, PER_SECOND)

    async def show(_request: Request) -> Response:
        return _page(200, "Confirm your address", _ASK)

    async def confirm(request: Request) -> Response:
        if wait := buckets.take(client_of(request, behind_proxy=behind_proxy), time.monotonic()):
            return _page(429, "Not now", "<p>Wait a little, then try again.</p>", {"retry-after": str(wait)})
        hashed = code_hash(request.path_params["code"])
        try:
            good = hashed is not None and await confirm_by_link(database, hashed, now())
        except (Unavailable, DeadlineExceeded, OutcomeUnknown):
            return _page(
                503, "Not now", "<p>We cannot do this at the moment. Try again soon.</p>", {"retry-after": "5"}
            )
        if not good:
            return _page(404, "This link is not good", "<p>It was used before, or is too old. Ask for another one.</p>")
        return _page(200, "Thank you", "<p>Your address is confirmed.</p>")

    path = PATH + "{code}"
    return (Route(path, show, methods=["GET"]), Route(path, confirm, methods=["POST"]))


def _page(status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response:
    written = _FRAME.replace("{title}", title).replace("{text}", text)
    return HTMLResponse(written, status, headers={**_HEADERS, **(headers or {})})
