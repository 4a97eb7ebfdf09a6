"""Whether the emulator is ready to serve."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.world import answer, world


async def show(request: Request) -> Response:
    """`GET /__admin/health`."""
    here = await world(request)
    return answer(
        {
            "status": "ok",
            "version": here.version,
            "store": here.store,
            "providers": [provider.name for provider in here.providers],
            "uptime_seconds": round(here.session.entropy.timer() - here.started, 3),
        }
    )


CALL = AdminCall(
    "GET", "/health", show, "Whether the emulator is ready, its version and store", gives="health"
)
