"""What happened: requests and messages."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import Parameter
from emulator.admin.problems import Problem
from emulator.admin.world import answer, query, unknown, whole_number, world
from emulator.core.errors import EmulatorError
from emulator.core.exchange import OutcomeName
from emulator.core.journal import Page

_DEFAULT_LIMIT = 1000
_MOST = 10_000

_PAGING = (
    Parameter("after", "An id, or `next` of another page: what follows it"),
    Parameter(
        "limit",
        "The most that are given",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _DEFAULT_LIMIT},
    ),
)
REQUEST_PARAMETERS = (
    Parameter("endpoint", "The endpoint's name"),
    Parameter("outcome", "What became of it", {"enum": [*get_args(OutcomeName)]}),
    Parameter("recipient", "A recipient of a message that it sent"),
    Parameter(
        "status",
        "The HTTP status that it was answered with",
        {"type": "integer", "minimum": 100, "maximum": 599},
    ),
    *_PAGING,
)
MESSAGE_PARAMETERS = (
    Parameter("endpoint", "The endpoint's name"),
    Parameter("recipient", "Who got it"),
    Parameter("sender", "The application key, sender or client id"),
    Parameter("type", "The kind of message, in any case"),
    Parameter("text", "A part of the text as delivered"),
    Parameter("status", "The name of its delivery status"),
    *_PAGING,
)
REQUEST_ID = Parameter("id", "The `Emulator-Request` header of the answer")
MESSAGE_ID = Parameter("id", "The message's id as answered by the provider")


async def list_requests(request: Request) -> Response:
    """`GET /__admin/requests`."""
    filters = query(request, [parameter.name for parameter in REQUEST_PARAMETERS])
    _known("outcome", filters, get_args(OutcomeName))
    _known("endpoint", filters, world(request).endpoints)
    if "status" in filters:
        whole_number("status", filters["status"], 100, 599)
    after, limit = _paging(filters)
    try:
        page = await world(request).session.journal.requests(filters, after, limit)
    except EmulatorError as error:
        raise Problem(400, "parameter", str(error)) from None
    return _listed("requests", page)


async def list_messages(request: Request) -> Response:
    """`GET /__admin/messages`."""
    filters = query(request, [parameter.name for parameter in MESSAGE_PARAMETERS])
    here = world(request)
    _known("endpoint", filters, here.endpoints)
    _known("status", filters, {name for provider in here.providers for name in provider.statuses})
    after, limit = _paging(filters)
    try:
        page = await here.session.journal.messages(filters, after, limit)
    except EmulatorError as error:
        raise Problem(400, "parameter", str(error)) from None
    return _listed("messages", page)


async def show_request(request: Request) -> Response:
    """`GET /__admin/requests/{id}`."""
    id = request.path_params["id"]
    found = await world(request).session.journal.request(id)
    if found is None:
        raise Problem(
            404, "request", f'no request "{id}" is kept; GET /__admin/requests lists them'
        )
    return answer(found)


async def show_message(request: Request) -> Response:
    """`GET /__admin/messages/{id}`."""
    id = request.path_params["id"]
    found = await world(request).session.journal.message(id)
    if found is None:
        raise Problem(
            404, "message", f'no message "{id}" is kept; GET /__admin/messages lists them'
        )
    return answer(found)


async def clear(request: Request) -> Response:
    """`DELETE /__admin/requests`: the requests and their messages."""
    await world(request).session.journal.clear()
    return Response(status_code=204)


async def reset(request: Request) -> Response:
    """`POST /__admin/reset`: everything of the session."""
    await world(request).session.reset()
    return Response(status_code=204)


def _paging(filters: dict[str, str]) -> tuple[str | None, int]:
    """Take the paging parameters out of the query."""
    after = filters.pop("after", None)
    limit = filters.pop("limit", str(_DEFAULT_LIMIT))
    return after, whole_number("limit", limit, 1, _MOST)


def _known(name: str, filters: dict[str, str], words: Collection[str]) -> None:
    if name in filters and filters[name] not in words:
        raise Problem(400, "parameter", unknown(name, filters[name], words))


def _listed(name: str, page: Page) -> Response:
    return answer(
        {name: page.records, "total": page.total, "evicted": page.evicted, "next": page.next}
    )
