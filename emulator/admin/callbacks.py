"""What the application is told: where, what, and how it went."""

from __future__ import annotations

from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, query, whole_number, world
from emulator.core import records
from emulator.core.outbox import EventName, State, Webhook
from emulator.core.words import unknown

_EVENTS = get_args(EventName)
_STATES = get_args(State)
_FORMATS = ("json", "xml")
_MEMBERS = ("url", "secret", "events", "format")
_MOST = 10_000

PARAMETERS = (
    Parameter("event", "What it tells of", {"enum": [*_EVENTS]}),
    Parameter("state", "How far it has come", {"enum": [*_STATES]}),
    Parameter("message", "The message that it is about"),
    Parameter("after", "An id: what follows it"),
    Parameter(
        "limit",
        "The most that are given",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 1000},
    ),
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
    for name, words in (("event", _EVENTS), ("state", _STATES)):
        if name in given and given[name] not in words:
            raise Problem(400, "parameter", unknown(name, given[name], words))
    limit = whole_number("limit", given.get("limit", "1000"), 1, _MOST)
    found = [
        callback
        for callback in session.outbox
        if given.get("event") in (None, callback.event)
        and given.get("state") in (None, callback.state)
        and given.get("message") in (None, callback.message)
    ]
    rest = found
    if (after := given.get("after")) is not None:
        ids = [callback.id for callback in found]
        if after not in ids:
            raise Problem(400, "parameter", f'no callback "{after}" is among these')
        rest = found[ids.index(after) + 1 :]
    shown = rest[:limit]
    return answer(
        {
            "callbacks": [records.callback(callback, session.name) for callback in shown],
            "total": len(found),
            "evicted": session.outbox.evicted,
            "next": shown[-1].id if len(rest) > len(shown) else None,
        }
    )


async def redeliver(request: Request) -> Response:
    """`POST /__admin/callbacks/{id}/redeliver`: once more, at once."""
    session = (await world(request)).session
    id = request.path_params["id"]
    callback = session.outbox.get(id)
    if callback is None:
        raise Problem(
            404, "callback", f'no callback "{id}" is kept; GET /__admin/callbacks lists them'
        )
    if session.outbox.webhook is None and callback.webhook is None:
        raise Problem(409, "webhook", "no webhook is set; PUT /__admin/webhook sets one")
    session.outbox.redeliver(callback)
    return answer(records.callback(callback, session.name), 202)


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
