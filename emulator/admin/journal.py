"""What happened: requests and messages."""

from __future__ import annotations

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.pages import PAGING, known, listed, shown
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, query, whole_number, world
from emulator.core import rules
from emulator.core.errors import EmulatorError
from emulator.core.exchange import OutcomeName
from emulator.core.journal import Page
from emulator.core.recollection import meant
from emulator.core.session import PARTS
from emulator.core.words import unknown

REQUEST_PARAMETERS = (
    Parameter("endpoint", "The endpoint's name"),
    Parameter("outcome", "What became of it", {"enum": [*get_args(OutcomeName)]}),
    Parameter("recipient", "A recipient of a message that it asked for"),
    Parameter(
        "status",
        "The HTTP status that it was answered with",
        {"type": "integer", "minimum": 100, "maximum": 599},
    ),
    *PAGING,
)
MESSAGE_PARAMETERS = (
    Parameter("endpoint", "The endpoint's name"),
    Parameter("recipient", "Who got it"),
    Parameter("sender", "The application key, sender or client id"),
    Parameter("type", "The kind of message, in any case"),
    Parameter("text", "A part of the text as delivered"),
    Parameter("status", "The name of its delivery status"),
    *PAGING,
)
REQUEST_ID = Parameter("id", "The `Emulator-Request` header of the answer")
PART = Parameter("part", "What to forget", {"enum": [*PARTS]})
MESSAGE_ID = Parameter("id", "The message's id as answered by the provider")


async def list_requests(request: Request) -> Response:
    """`GET /__admin/requests`."""
    filters = query(request, [parameter.name for parameter in REQUEST_PARAMETERS])
    here = await world(request)
    known("outcome", filters, get_args(OutcomeName))
    known("endpoint", filters, here.endpoints)
    if "status" in filters:
        whole_number("status", filters["status"], 100, 599)
    return await listed("requests", here.session.journal, here.session.journal.requests, filters)


async def list_messages(request: Request) -> Response:
    """`GET /__admin/messages`."""
    filters = query(request, [parameter.name for parameter in MESSAGE_PARAMETERS])
    here = await world(request)
    known("endpoint", filters, here.endpoints)
    known("status", filters, {name for provider in here.providers for name in provider.statuses})
    return await listed("messages", here.session.journal, here.session.journal.messages, filters)


async def find_requests(request: Request) -> Response:
    """`POST /__admin/requests/find`: those that a match is about."""
    page = await _matching(request)
    return shown("requests", page)


async def count_requests(request: Request) -> Response:
    """`POST /__admin/requests/count`: how many there are that a match is about."""
    page = await _matching(request)
    return answer({"count": page.total})


async def show_request(request: Request) -> Response:
    """`GET /__admin/requests/{id}`."""
    id = request.path_params["id"]
    found = await (await world(request)).session.journal.request(id)
    if found is None:
        raise Problem(
            404, "request", f'no request "{id}" is kept; GET /__admin/requests lists them'
        )
    return answer(found)


async def show_message(request: Request) -> Response:
    """`GET /__admin/messages/{id}`."""
    id = request.path_params["id"]
    found = await (await world(request)).session.journal.message(id)
    if found is None:
        raise Problem(
            404, "message", f'no message "{id}" is kept; GET /__admin/messages lists them'
        )
    return answer(found)


async def clear(request: Request) -> Response:
    """`DELETE /__admin/requests`: the requests and their messages."""
    await (await world(request)).session.reset_part("journal")
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    """`POST /__admin/reset`: everything of the session, once what is in flight is settled."""
    await (await world(request)).session.reset()
    return Response(status_code=204)


async def reset_part(request: Request) -> Response:
    """`POST /__admin/reset/{part}`."""
    part = request.path_params["part"]
    if part not in PARTS:
        raise Problem(404, "part", unknown("part", part, PARTS))
    await (await world(request)).session.reset_part(part)
    return Response(status_code=204)


async def _matching(request: Request) -> Page:
    here = await world(request)
    try:
        match = rules.match(await document(request), here.providers)
    except EmulatorError as error:
        raise Problem(400, "match", str(error)) from None
    page = await here.session.journal.requests({})
    found = [record for record in page.records if meant(match, record, here.providers)]
    return Page(found, len(found), page.evicted, None)


CALLS = (
    AdminCall(
        "GET",
        "/requests",
        list_requests,
        "The calls that arrived, newest last",
        gives="requests",
        parameters=REQUEST_PARAMETERS,
        problems=(400,),
    ),
    AdminCall("DELETE", "/requests", clear, "Forget all calls and messages", media_type=None),
    AdminCall(
        "POST",
        "/requests/find",
        find_requests,
        "The calls that a match is about",
        takes="match",
        gives="requests",
        problems=(400,),
    ),
    AdminCall(
        "POST",
        "/requests/count",
        count_requests,
        "How many calls a match is about",
        takes="match",
        gives="count",
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/requests/{id}",
        show_request,
        "One call: as received, as answered, and why",
        gives="request",
        parameters=(REQUEST_ID,),
        problems=(404,),
    ),
    AdminCall(
        "GET",
        "/messages",
        list_messages,
        "What was sent, newest last",
        gives="messages",
        parameters=MESSAGE_PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/messages/{id:path}",
        show_message,
        "One message; the newest, where a client reused an id",
        gives="message",
        parameters=(MESSAGE_ID,),
        problems=(404,),
    ),
    AdminCall(
        "POST",
        "/reset",
        reset,
        "Forget everything of the session, counters included, once what is in flight is settled",
        media_type=None,
    ),
    AdminCall(
        "POST",
        "/reset/{part}",
        reset_part,
        "Forget one part of it",
        parameters=(PART,),
        media_type=None,
        problems=(404,),
    ),
)
