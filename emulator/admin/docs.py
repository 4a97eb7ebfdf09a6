"""The OpenAPI document as a page to read."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin import openapi
from emulator.admin.calls import AdminCall

_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_STYLE = Path(__file__).parent / "static" / "docs.css"


async def show(request: Request) -> Response:
    """`GET /__admin/docs`."""
    # Loaded when somebody asks, so that a start need not wait for it.
    from emulator.admin.docs_page import page

    return Response(
        page(openapi.document(request)),
        media_type="text/html",
        headers={"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"},
    )


async def style(request: Request) -> Response:
    """`GET /__admin/docs.css`."""
    return Response(
        _STYLE.read_bytes(), media_type="text/css", headers={"X-Content-Type-Options": "nosniff"}
    )


CALLS = (
    AdminCall(
        "GET",
        "/docs",
        show,
        "This description as a page to read",
        media_type="text/html",
    ),
    AdminCall("GET", "/docs.css", style, "The style sheet of that page", media_type="text/css"),
)
