"""What is emulated, and how true it is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.world import answer, world
from emulator.core.provider import Endpoint, Provider
from emulator.core.routes import paths


async def list_endpoints(request: Request) -> Response:
    """`GET /__admin/endpoints`."""
    return answer(
        {
            "endpoints": [
                _described(endpoint, provider)
                for provider in (await world(request)).providers
                for endpoint in provider.endpoints
            ]
        }
    )


def _described(endpoint: Endpoint, provider: Provider) -> dict[str, object]:
    return {
        "name": endpoint.name,
        "provider": provider.name,
        "summary": endpoint.summary,
        "method": endpoint.method,
        "paths": [path for path, _ in paths(endpoint)],
        "wire_formats": [codec.name for codec in endpoint.codecs],
        "auth": provider.auth.description,
        "request_schema": endpoint.request.document,
        "response_schema": endpoint.response.document,
        "statuses": [*provider.statuses],
        "fidelity": endpoint.fidelity,
        "answers": [answer._asdict() for answer in provider.answers(endpoint)],
    }


CALLS = (
    AdminCall(
        "GET",
        "/endpoints",
        list_endpoints,
        "Every endpoint with its paths, formats, schemas, answers and fidelity",
        gives="endpoints",
    ),
)
