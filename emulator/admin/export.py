"""Everything that a session holds, in one document."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.world import answer, world
from emulator.core import records


async def show(request: Request) -> Response:
    """`GET /__admin/export`; credentials are redacted, and a webhook's secret is left out."""
    here = await world(request)
    session = here.session
    requests = await session.journal.requests({})
    messages = await session.journal.messages({})
    webhook, chosen = session.outbox.webhook, session.readings.chosen
    return answer(
        {
            "version": here.version,
            "session": session.name,
            "exported_at": datetime.fromtimestamp(session.clock.now(), UTC),
            "clock": session.clock.mode,
            "strict": chosen.strict,
            "readings": chosen.values,
            "webhook": None if webhook is None else webhook.url,
            "scenarios": [scenario.record() for scenario in session.scenarios.values()],
            "rules": [
                {
                    **installed.rule.given,
                    "name": installed.rule.name,
                    "times": installed.rule.times,
                    "probability": installed.rule.probability,
                    "uses": installed.uses,
                }
                for installed in session.rules
            ],
            "requests": requests.records,
            "messages": messages.records,
            "callbacks": [records.callback(callback, session.name) for callback in session.outbox],
            "evicted": requests.evicted,
        }
    )


CALLS = (
    AdminCall(
        "GET",
        "/export",
        show,
        "Everything that the session holds, in one document",
        gives="export",
    ),
)
