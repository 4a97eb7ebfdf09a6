"""The inbox under `/__inbox`: a static page that reads the admin API and its event stream.

Nothing that a message contains can run in it: the policy allows the page's own scripts and styles
only, and forbids making HTML of text.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

PATH = "/__inbox"

_FOLDER = Path(__file__).parent / "static"
_PAGE = "index.html"
_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            # A message's picture may be anywhere; it is loaded after a click only.
            "img-src 'self' http: https: data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


class _File(NamedTuple):
    body: bytes
    media_type: str
    etag: str


async def page(request: Request) -> Response:
    """`GET /__inbox`."""
    return _answer(request, _PAGE)


async def file(request: Request) -> Response:
    """`GET /__inbox/{name}`: a script, a style sheet or a picture of the page."""
    return _answer(request, request.path_params["name"])


async def home(request: Request) -> Response:
    """`GET /` of a browser."""
    return RedirectResponse(request.scope.get("root_path", "") + PATH)


class BrowserRoute(Route):
    """A route that only browsers see: to others, which do not ask for HTML, it does not exist."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a browser asks for the route's path."""
        if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
            return super().matches(scope)
        return Match.NONE, {}


ROUTES: list[BaseRoute] = [
    BrowserRoute("/", home),
    Route(PATH, page),
    Route(f"{PATH}/", home),
    Route(f"{PATH}/{{name}}", file),
]


def _answer(request: Request, name: str) -> Response:
    found = _files().get(name)
    if found is None:
        return Response(f"the inbox has no file {name}", 404, _HEADERS, "text/plain")
    headers = {**_HEADERS, "ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers, media_type=found.media_type)


@cache
def _files() -> dict[str, _File]:
    """Every file of the page, so that no path of a request is ever looked up on disk."""
    files = {}
    for path in _FOLDER.iterdir():
        body = path.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        files[path.name] = _File(body, _MEDIA_TYPES[path.suffix], etag)
    return files
