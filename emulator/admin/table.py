"""All calls of the admin API: one table, made of those of each noun."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount

from emulator.admin import (
    callbacks,
    clock,
    contract,
    docs,
    endpoints,
    events,
    export,
    health,
    journal,
    live,
    metrics,
    openapi,
    paste,
    readings,
    rules,
    scenarios,
    sessions,
)

CALLS = (
    health.CALL,
    *endpoints.CALLS,
    *journal.CALLS,
    *paste.CALLS,
    *contract.CALLS,
    *readings.CALLS,
    *live.CALLS,
    *callbacks.CALLS,
    *clock.CALLS,
    *scenarios.CALLS,
    *rules.CALLS,
    *sessions.CALLS,
    *events.CALLS,
    *export.CALLS,
    *metrics.CALLS,
    *openapi.CALLS,
    *docs.CALLS,
)
"""Every call of the admin API; `GET /__admin/openapi.json` describes them from this table."""

ROUTES: list[BaseRoute] = [Mount("/__admin", routes=[call.route() for call in CALLS])]
