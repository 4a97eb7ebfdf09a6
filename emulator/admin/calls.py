"""The vocabulary in which the admin API's calls are declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TEXT: Mapping[str, Any] = MappingProxyType({"type": "string", "minLength": 1})
"""The schema of a parameter that may be any word."""


class Parameter(NamedTuple):
    """A parameter of the query, or of the path where its name stands in braces there."""

    name: str
    meaning: str
    schema: Mapping[str, Any] = TEXT


class AdminCall(NamedTuple):
    """One call of the admin API: where it is, who answers it, and what it takes and gives.

    `path` stands below `/__admin`; `gives` and `takes` name the schemas of the bodies under
    `schemas/emulator/`; without `media_type` the answer is an empty 204, else it has one of
    `statuses`. `problems` are the statuses of the problem documents that it can answer.
    """

    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    summary: str
    gives: str | None = None
    takes: str | None = None
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[int, ...] = ()
    media_type: str | None = "application/json"
    statuses: tuple[int, ...] = (200,)

    @property
    def template(self) -> str:
        """The whole path with its parameters in braces."""
        return f"/__admin{self.path.replace(':path', '')}"

    def route(self) -> Route:
        """The call for Starlette's router, below `/__admin`."""
        return Route(self.path, self.handler, methods=[self.method])
