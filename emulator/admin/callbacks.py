"""What the application is told: where, what, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.pages import PAGING, known, listed
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, query, world
from emulator.core import records
from emulator.core.errors import EmulatorError
from emulator.core.journal import Page
from emulator.core.outbox import EventName, State, Webhook
from emulator.core.session import Session
from emulator.core.words import unknown

_EVENTS = get_args(EventName)
_STATES = get_args(State)
_FORMATS = ("json", "xml")
_MEMBERS = ("url", "secret", "events", "format", "signed")

PARAMETERS = (
    Parameter("event", "What it tells of", {"enum": [*_EVENTS]}),
    Parameter("state", "How far it has come", {"enum": [*_STATES]}),
    Parameter("message", "The message that it is about"),
    *PAGING,
)
CALLBACK_ID = Parameter("id", "The header `Emulator-Callback`")


async def show_webhook(request: Request) -> Response:
    """`GET /__admin/webhook`."""
    return _shown((await world(request)).session.outbox.webhook)


async def set_webhook(request: Request) -> Response:
    """`PUT /__admin/webhook`."""
    here = await world(request)
    given = await document(request)
    for name in given:
        if name not in _MEMBERS:
            raise Problem(400, "webhook", unknown("member", name, _MEMBERS))
    url, secret = given.get("url"), given.get("secret")
    if not isinstance(url, str):
        raise Problem(400, "webhook", '"url" takes the address that callbacks go to')
    if (reason := here.refuses(url)) is not None:
        raise Problem(400, "webhook", reason)
    if not isinstance(secret, str | None):
        raise Problem(400, "webhook", '"secret" takes a text')
    if not isinstance(signed := given.get("signed"), bool | None):
        raise Problem(
            400, "webhook", '"signed" takes true, to keep the secret that there is, or false'
        )
    if signed and secret is None and (now := here.session.outbox.webhook) is not None:
        secret = now.secret
    events = given.get("events")
    events = [*_EVENTS] if events is None else events
    if not isinstance(events, list):
        raise Problem(400, "webhook", f'"events" takes a list of {", ".join(_EVENTS)}')
    for event in events:
        if event not in _EVENTS:
            raise Problem(400, "webhook", unknown("event", str(event), _EVENTS))
    wanted = given.get("format") or "json"
    if wanted not in _FORMATS:
        raise Problem(400, "webhook", unknown("format", str(wanted), _FORMATS))
    here.session.outbox.webhook = Webhook(url, secret, tuple(events), wanted)
    return _shown(here.session.outbox.webhook)


async def remove_webhook(request: Request) -> Response:
    """`DELETE /__admin/webhook`."""
    (await world(request)).session.outbox.webhook = None
    return Response(status_code=204)


async def list_callbacks(request: Request) -> Response:
    """`GET /__admin/callbacks`: oldest first."""
    given = query(request, [parameter.name for parameter in PARAMETERS])
    session = (await world(request)).session
    known("event", given, _EVENTS)
    known("state", given, _STATES)
    return await listed("callbacks", session.journal, partial(_page, session), given)


async def redeliver(request: Request) -> Response:
    """`POST /__admin/callbacks/{id}/redeliver`: once more, at once."""
    session = (await world(request)).session
    id = request.path_params["id"]
    callback = session.outbox.get(id)
    if callback is None:
        raise Problem(
            404, "callback", f'no callback "{id}" is kept; GET /__admin/callbacks lists them'
        )
    if session.outbox.webhook is None:
        raise Problem(409, "webhook", "no webhook is set; PUT /__admin/webhook sets one")
    session.outbox.redeliver(callback)
    return answer(records.callback(callback, session.name), 202)


async def _page(
    session: Session, filters: Mapping[str, str], after: str | None, limit: int
) -> Page:
    found = [
        callback
        for callback in session.outbox
        if filters.get("event") in (None, callback.event)
        and filters.get("state") in (None, callback.state)
        and filters.get("message") in (None, callback.message)
    ]
    rest = found
    if after is not None:
        ids = [callback.id for callback in found]
        if after not in ids:
            raise EmulatorError(f'no callback "{after}" is among these')
        rest = found[ids.index(after) + 1 :]
    page = rest[:limit]
    return Page(
        [records.callback(callback, session.name) for callback in page],
        len(found),
        session.outbox.evicted,
        page[-1].id if len(rest) > len(page) else None,
    )


def _shown(webhook: Webhook | None) -> Response:
    record: dict[str, Any] = {"url": None, "events": [*_EVENTS], "format": "json", "signed": False}
    if webhook is not None:
        record = {
            "url": webhook.url,
            "events": [*webhook.events],
            "format": webhook.format,
            "signed": webhook.secret is not None,
        }
    return answer(record)


CALLS = (
    AdminCall(
        "GET",
        "/webhook",
        show_webhook,
        "Where callbacks go",
        gives="webhook",
    ),
    AdminCall(
        "PUT",
        "/webhook",
        set_webhook,
        "Choose where callbacks go, and which",
        takes="webhook-given",
        gives="webhook",
        problems=(400,),
    ),
    AdminCall("DELETE", "/webhook", remove_webhook, "Send no callbacks", media_type=None),
    AdminCall(
        "GET",
        "/callbacks",
        list_callbacks,
        "What the application was told, oldest first, with every attempt",
        gives="callbacks",
        parameters=PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "POST",
        "/callbacks/{id}/redeliver",
        redeliver,
        "Tell it once more, at once",
        gives="callback",
        parameters=(CALLBACK_ID,),
        statuses=(202,),
        problems=(404, 409),
    ),
)
