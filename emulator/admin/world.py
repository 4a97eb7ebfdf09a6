"""What the admin API looks at, and the words that its queries may use."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.problems import Problem
from emulator.core.malformed import MAX_DEPTH, is_too_deep
from emulator.core.provider import Provider
from emulator.core.session import Session
from emulator.core.sessions import MOST_SESSIONS, NotOne, Sessions
from emulator.core.tally import Tally
from emulator.core.validation import Schemas
from emulator.core.words import unknown

BODY_LIMIT = 1024 * 1024
"""The most bytes of a body that are read."""


class World(NamedTuple):
    """The running emulator: its version, providers, sessions and the timer's value at its start.

    `session` is the one that a request is addressed to; `tally` counts what happens in all.
    `refuses` says why callbacks may not go to an address, or None. Among `schemas` are those of the
    admin API's own records, under `emulator/`.
    """

    version: str
    store: str
    providers: Sequence[Provider]
    sessions: Sessions
    session: Session
    started: float
    schemas: Schemas
    refuses: Callable[[str], str | None]
    tally: Tally

    @property
    def endpoints(self) -> list[str]:
        """The names of all endpoints."""
        return [endpoint.name for provider in self.providers for endpoint in provider.endpoints]


async def world(request: Request) -> World:
    """The running emulator, and in it the session that the request is addressed to.

    One that is not there yet comes into being; one that had to make place answers no look-up.
    """
    found: World = request.app.state.world
    sessions = found.sessions
    try:
        name = sessions.named(request.scope.get("root_path", ""), request.headers)
        if name is None:
            await found.session.up_to_date()
            return found
        if request.method == "GET" and (lost := sessions.lost(name)) is not None:
            raise Problem(
                410,
                "session-evicted",
                f'session "{name}" was idle and had to make place, with its {lost} requests, when'
                f" there were more than {MOST_SESSIONS} sessions; a call or change begins it anew",
            )
        session = (await sessions.open(name)).session
        await session.up_to_date()
        return found._replace(session=session)
    except NotOne as error:
        raise Problem(400, "session", str(error)) from None


def answer(document: Mapping[str, Any], status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(
        orjson.dumps(document, option=orjson.OPT_UTC_Z), status, media_type="application/json"
    )


async def document(request: Request, *, optional: bool = False) -> dict[str, Any]:
    """The request's body as a JSON object, or a problem; one that is optional may be empty."""
    body = await _body(request)
    if optional and not body:
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "body", f"the body is not JSON: {error.msg}") from None
    if not isinstance(found, dict):
        raise Problem(400, "body", "the body is not a JSON object")
    if is_too_deep(found):
        raise Problem(400, "body", f"the body nests deeper than {MAX_DEPTH} levels")
    return found


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            request.app.state.world.tally.refused["body"] += 1
            raise Problem(413, "body", f"the body has more than {BODY_LIMIT} bytes")
    return body


def query(request: Request, known: Collection[str]) -> dict[str, str]:
    """The query's parameters; an unknown or repeated one is a problem that names the right one."""
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise Problem(400, "parameter", unknown("parameter", name, known))
        if len(request.query_params.getlist(name)) > 1:
            raise Problem(400, "parameter", f'parameter "{name}" stands more than once')
        if not value:
            raise Problem(400, "parameter", f'parameter "{name}" is empty; leave it out')
    return dict(request.query_params)


def number(name: str, value: str, least: float, most: float) -> float:
    """A parameter's value as a number in bounds, or a problem that states them."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) or not least <= float(value) <= most:
        detail = f'parameter "{name}" takes a number from {least:g} to {most:g}, not "{value}"'
        raise Problem(400, "parameter", detail)
    return float(value)


def whole_number(name: str, value: str, least: int, most: int) -> int:
    """A parameter's value as a number in bounds, or a problem that states them."""
    if not re.fullmatch("0|[1-9][0-9]{0,17}", value) or not least <= int(value) <= most:
        detail = f'parameter "{name}" takes a whole number from {least} to {most}, not "{value}"'
        raise Problem(400, "parameter", detail)
    return int(value)
