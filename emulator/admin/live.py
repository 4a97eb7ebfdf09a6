"""What recipients do: they get messages, see them, tap buttons, and write."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.journal import MESSAGE_ID
from emulator.admin.problems import Problem
from emulator.admin.world import World, answer, document, world
from emulator.core import records
from emulator.core.errors import EmulatorError
from emulator.core.living import Living
from emulator.core.message import Button
from emulator.core.provider import Provider, Said
from emulator.core.words import unknown


async def move(request: Request) -> Response:
    """`POST /__admin/messages/{id}/status`."""
    here = await world(request)
    living = await _living(request, here)
    status = _members(await document(request), "status").get("status")
    known = living.provider.statuses
    if not isinstance(status, str):
        raise Problem(400, "status", f'member "status" takes one of {", ".join(known)}')
    if status not in known:
        raise Problem(400, "status", unknown("status", status, known))
    return await _moved(here, living, status)


async def see(request: Request) -> Response:
    """`POST /__admin/messages/{id}/seen`: delivered first, where it was not."""
    here = await world(request)
    living = await _living(request, here)
    statuses = living.provider.statuses.values()
    (seen,) = (status.name for status in statuses if status.stage == "seen")
    if seen not in living.allowed():
        delivered = living.provider.timeline[-1].status
        if delivered in living.allowed():
            here.session.move(living, delivered)
    return await _moved(here, living, seen)


async def tap(request: Request) -> Response:
    """`POST /__admin/messages/{id}/tap`: a button by its title or its number from 0."""
    here = await world(request)
    living = await _living(request, here)
    button = _button(living, _members(await document(request), "button").get("button"))
    if button.kind == "url":
        return answer({"kind": "url", "url": button.url})
    message, provider = living.message, living.provider
    said = Said(
        id=here.session.entropy.key(f"said/{message.id}/{here.session.outbox.posted}")[:32].lower(),
        endpoint=living.exchange.endpoint or "",
        sender=message.recipient,
        recipient=living.sender or "",
        text=button.title or "",
        at=here.session.clock.now(),
        living=living,
        payload=button.payload,
    )
    assert provider.callbacks is not None
    told = here.session.tell("postback", said, provider, provider.callbacks.postback(said))
    return answer({"kind": "postback", "payload": button.payload, "callback": told.id})


async def write(request: Request) -> Response:
    """`POST /__admin/inbound`: the end user writes."""
    here = await world(request)
    given = _members(await document(request), "endpoint", "sender", "recipient", "text")
    for name in ("sender", "recipient", "text"):
        if not (isinstance(given.get(name), str) and given[name]):
            raise Problem(
                400, "inbound", f'member "{name}" takes a text; a user writes to somebody'
            )
    living = await here.session.journal.living(given["sender"], by="recipient")
    endpoint = given.get("endpoint")
    if endpoint is None:
        named = living.exchange.endpoint if living is not None else None
        endpoint = named or here.endpoints[0]
    if endpoint not in here.endpoints:
        raise Problem(400, "inbound", unknown("endpoint", str(endpoint), here.endpoints))
    if living is not None and living.exchange.endpoint != endpoint:
        living = None
    provider = _provider(here, endpoint)
    session = here.session
    said = Said(
        id=session.entropy.key(f"said/{given['sender']}/{session.outbox.posted}")[:32].lower(),
        endpoint=endpoint,
        sender=given["sender"],
        recipient=given["recipient"],
        text=given["text"],
        at=session.clock.now(),
        living=living,
    )
    assert provider.callbacks is not None
    told = session.tell("inbound", said, provider, provider.callbacks.inbound(said))
    record = {
        "id": said.id,
        "endpoint": endpoint,
        "sender": said.sender,
        "recipient": said.recipient,
        "text": said.text,
        "received_at": records.time(said.at),
        "callback": told.id,
    }
    return answer(record, 201)


async def _living(request: Request, here: World) -> Living:
    id = request.path_params["id"]
    found = await here.session.journal.living(id)
    if found is None:
        raise Problem(
            404, "message", f'no message "{id}" is kept; GET /__admin/messages lists them'
        )
    return found


async def _moved(here: World, living: Living, status: str) -> Response:
    try:
        here.session.move(living, status)
    except EmulatorError as error:
        raise Problem(409, "status", str(error)) from None
    await here.session.journal.flush()
    return answer(records.message(living))


def _button(living: Living, given: Any) -> Button:
    buttons = living.message.buttons
    titles = ", ".join(f'{n} "{button.title or ""}"' for n, button in enumerate(buttons))
    if isinstance(given, bool) or not isinstance(given, int | str):
        wanted = f"a title or a number; the message has {titles or 'no button'}"
        raise Problem(400, "button", f'member "button" takes {wanted}')
    if isinstance(given, int) and 0 <= given < len(buttons):
        return buttons[given]
    for button in buttons:
        if button.title == given:
            return button
    shown = orjson.dumps(given).decode()
    raise Problem(404, "button", f"no button {shown:.80}; the message has {titles or 'none'}")


def _provider(here: World, endpoint: str) -> Provider:
    (found,) = (p for p in here.providers if any(e.name == endpoint for e in p.endpoints))
    return found


def _members(given: dict[str, Any], *known: str) -> dict[str, Any]:
    for name in given:
        if name not in known:
            raise Problem(400, "member", unknown("member", name, known))
    return given


CALLS = (
    AdminCall(
        "POST",
        "/messages/{id:path}/status",
        move,
        "Give a message a status, with the callbacks that this implies",
        takes="status-given",
        gives="message",
        parameters=(MESSAGE_ID,),
        problems=(400, 404, 409),
    ),
    AdminCall(
        "POST",
        "/messages/{id:path}/seen",
        see,
        "The recipient sees the message",
        gives="message",
        parameters=(MESSAGE_ID,),
        problems=(404, 409),
    ),
    AdminCall(
        "POST",
        "/messages/{id:path}/tap",
        tap,
        "The recipient taps a button: a postback, or the address that it opens",
        takes="tap-given",
        gives="tap",
        parameters=(MESSAGE_ID,),
        problems=(400, 404),
    ),
    AdminCall(
        "POST",
        "/inbound",
        write,
        "The end user writes to the application",
        takes="inbound-given",
        gives="inbound",
        statuses=(201,),
        problems=(400,),
    ),
)
