"""What happens, as it happens: Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.world import query, whole_number, world
from emulator.core.events import Event
from emulator.core.session import Session

_ALIVE = 15.0
"""Seconds after which a connection on which nothing happens is kept open by a comment."""
_MOMENT = 0.005
_HIGHEST = 10**17

PARAMETERS = (
    Parameter(
        "after",
        "The number of the last event that is known; the header Last-Event-ID goes before it",
        {"type": "integer", "minimum": 0},
    ),
)


async def follow(request: Request) -> Response:
    """`GET /__admin/events`: from now on, or after the last event that is known."""
    given = query(request, [parameter.name for parameter in PARAMETERS]).get("after")
    known = request.headers.get("last-event-id") or given
    session = (await world(request)).session
    session.journal.followed = True
    if known is None:
        position = await session.journal.position()
    else:
        position = whole_number("after", known, 0, _HIGHEST)
    return StreamingResponse(
        _events(session, position, known is not None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(session: Session, position: int, resumed: bool) -> AsyncIterator[bytes]:
    journal = session.journal
    yield b": following\n\n"
    if resumed and position > (latest := await journal.position()):
        # The emulator was started anew since, and its numbers with it.
        position = 0
        yield _written(Event(latest, "reset", b'{"at":null,"part":"restarted"}'))
    with journal.follow(position) as follower:
        while True:
            position = follower.position
            events = await journal.next(follower)
            if events and events[0].number > position + 1:
                yield _written(Event(position, "reset", b'{"at":null,"part":"evicted"}'))
            for event in events:
                yield _written(event)
            if events:
                continue
            if journal.closed:
                return
            if await journal.changed(within=_ALIVE):
                # What happens in one moment is told together.
                await asyncio.sleep(_MOMENT)
            else:
                yield b": alive\n\n"


def _written(event: Event) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.number, event.kind.encode(), event.record)


CALLS = (
    AdminCall(
        "GET",
        "/events",
        follow,
        "What happens, as it happens: events `request`, `message`, `status`, `callback`, `reset`",
        parameters=PARAMETERS,
        media_type="text/event-stream",
        problems=(400,),
    ),
)
