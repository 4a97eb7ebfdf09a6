"""The admin API under `/__admin`: one table of routes over the journal."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route

from emulator.admin import endpoints, health, journal
from emulator.admin.problems import Problem, show

ROUTES: list[BaseRoute] = [
    Mount(
        "/__admin",
        routes=[
            Route("/health", health.show, methods=["GET"]),
            Route("/endpoints", endpoints.list_endpoints, methods=["GET"]),
            Route("/requests", journal.list_requests, methods=["GET"]),
            Route("/requests", journal.clear, methods=["DELETE"]),
            Route("/requests/{id}", journal.show_request, methods=["GET"]),
            Route("/messages", journal.list_messages, methods=["GET"]),
            Route("/messages/{id:path}", journal.show_message, methods=["GET"]),
            Route("/reset", journal.reset, methods=["POST"]),
        ],
    ),
]

EXCEPTION_HANDLERS = {Problem: show}
