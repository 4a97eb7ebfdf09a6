"""The isolated worlds that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.problems import Problem
from emulator.admin.readings import values
from emulator.admin.world import answer, document, world
from emulator.core.auth import Account
from emulator.core.errors import EmulatorError
from emulator.core.sessions import DEFAULT, PREFIX, NotOne, Opened
from emulator.core.words import unknown

NAME = Parameter("name", "The session's name")

_MEMBERS = ("name", "strict", "readings", "accounts")


async def list_sessions(request: Request) -> Response:
    """`GET /__admin/sessions`: in the order of their last use."""
    sessions = (await world(request)).sessions
    return answer(
        {
            "sessions": [await _listed(opened, request) for opened in sessions],
            "evicted": sessions.evicted,
        }
    )


async def create(request: Request) -> Response:
    """`POST /__admin/sessions`: a new session, or the one of that name as it is."""
    sessions = (await world(request)).sessions
    given = await document(request, optional=True)
    for member in given:
        if member not in _MEMBERS:
            raise Problem(400, "session", unknown("member", member, _MEMBERS))
    name = given.get("name")
    if name is None:
        name = sessions.free_name()
    strict = given.get("strict")
    if not (isinstance(name, str) and isinstance(strict, bool | None)):
        raise Problem(400, "session", '"name" takes a text, and "strict" true or false')
    accounts = _accounts(given["accounts"]) if given.get("accounts") is not None else []
    chosen = values(given["readings"]) if given.get("readings") is not None else {}
    is_new = sessions.get(name) is None
    try:
        # Before the session is there, so that a wrong one leaves none.
        readings = sessions.default.readings.begun(chosen, strict)
        opened = await sessions.open(name, *accounts)
    except NotOne as error:
        raise Problem(400, "session", str(error)) from None
    except EmulatorError as error:
        raise Problem(400, "reading", str(error)) from None
    if is_new:
        opened.session.readings = readings
    return answer(_described(opened, request), 201 if is_new else 200)


async def delete(request: Request) -> Response:
    """`DELETE /__admin/sessions/{name}`."""
    sessions = (await world(request)).sessions
    name = request.path_params["name"]
    if name == DEFAULT:
        detail = "the default session stays; POST /__admin/reset empties it"
        raise Problem(400, "session", detail)
    if sessions.get(name) is None:
        known = [opened.session.name for opened in sessions]
        raise Problem(404, "session", unknown("session", name, known[-20:]))
    await sessions.close(name)
    return Response(status_code=204)


def _described(opened: Opened, request: Request) -> dict[str, Any]:
    return {
        "name": opened.session.name,
        "base_url": _base_url(opened.session.name, request),
        "accounts": {provider: account._asdict() for provider, account in opened.minted.items()},
    }


async def _listed(opened: Opened, request: Request) -> dict[str, Any]:
    page = await opened.session.journal.requests({}, limit=0)
    return {
        "name": opened.session.name,
        "base_url": _base_url(opened.session.name, request),
        "requests": page.total,
        "last_used_at": datetime.fromtimestamp(opened.used_at, UTC),
    }


def _base_url(name: str, request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}{name}"


def _accounts(given: Any) -> list[Account]:
    """The accounts of a list of objects, or a problem."""
    found = []
    for item in given if isinstance(given, list) else [given]:
        match item:
            case {"username": str(username), "password": str(password), **rest} if (
                username and password and ":" not in username and not rest
            ):
                found.append(Account(username, password))
            case _:
                detail = (
                    '"accounts" takes a list such as [{"username": "Ann", "password": "secret"}];'
                    " a user name has no colon"
                )
                raise Problem(400, "session", detail)
    return found


CALLS = (
    AdminCall(
        "GET",
        "/sessions",
        list_sessions,
        "The sessions, the latest used last",
        gives="sessions",
    ),
    AdminCall(
        "POST",
        "/sessions",
        create,
        "A session with accounts of its own; 200 and unchanged where there is one of that name",
        takes="session-given",
        gives="session",
        statuses=(200, 201),
        problems=(400,),
    ),
    AdminCall(
        "DELETE",
        "/sessions/{name}",
        delete,
        "Forget a session and everything in it",
        parameters=(NAME,),
        media_type=None,
        problems=(400, 404),
    ),
)
