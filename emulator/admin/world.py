"""What the admin API looks at, and the words that its queries may use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.problems import Problem
from emulator.core.provider import Provider
from emulator.core.session import Session
from emulator.core.validation import Schemas
from emulator.core.words import meant


@dataclass(frozen=True, slots=True)
class World:
    """The running emulator: its version, providers, session and the timer's value at its start.

    Among `schemas` are those of the admin API's own records, under `emulator/`.
    """

    version: str
    store: str
    providers: Sequence[Provider]
    session: Session
    started: float
    schemas: Schemas

    @property
    def endpoints(self) -> list[str]:
        """The names of all endpoints."""
        return [endpoint.name for provider in self.providers for endpoint in provider.endpoints]


def world(request: Request) -> World:
    """The running emulator that the request is addressed to."""
    found: World = request.app.state.world
    return found


def answer(document: Mapping[str, Any], status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(document), status, media_type="application/json")


async def document(request: Request) -> dict[str, Any]:
    """The request's body as a JSON object, or a problem."""
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise Problem(400, "body", f"the body is not JSON: {error.msg}") from None
    if not isinstance(found, dict):
        raise Problem(400, "body", "the body is not a JSON object")
    return found


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


def whole_number(name: str, value: str, least: int, most: int) -> int:
    """A parameter's value as a number in bounds, or a problem that states them."""
    if not re.fullmatch("0|[1-9][0-9]{0,17}", value) or not least <= int(value) <= most:
        detail = f'parameter "{name}" takes a whole number from {least} to {most}, not "{value}"'
        raise Problem(400, "parameter", detail)
    return int(value)


def unknown(thing: str, word: str, known: Collection[str]) -> str:
    """A sentence that says that a word is not known, and which one may be meant."""
    hint = meant(word, known) or f"known: {', '.join(sorted(known))}"
    return f'no {thing} "{word}"; {hint}'
