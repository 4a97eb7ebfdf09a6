"""The OpenAPI 3.1 document of the emulated endpoints and the admin API, for who asks for it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.world import answer


async def show(request: Request) -> Response:
    """`GET /__admin/openapi.json`."""
    return answer(document(request))


def document(request: Request) -> dict[str, Any]:
    """The document, put together when it is first asked for; its server is the one called."""
    # Loaded when somebody asks, so that a start need not wait for it.
    from emulator.admin.openapi_document import described

    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = described(state.world)
    return {**state.openapi, "servers": [{"url": str(request.base_url).rstrip("/")}]}


CALLS = (
    AdminCall(
        "GET",
        "/openapi.json",
        show,
        "This description, in OpenAPI 3.1",
        gives="openapi",
    ),
)
