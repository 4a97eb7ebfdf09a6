"""The bounds of a server's connections, and what they have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import httptools
import orjson
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from emulator.connection import Connection


class Bounds(NamedTuple):
    """What a client may take: bytes, seconds, and connections."""

    head: int = 64 * 1024
    """Bytes of a request's first line and headers."""

    request: int = 64 * 1024 * 1024
    """Bytes of a whole request, with what is thrown away because it is too much."""

    head_seconds: float = 10
    """For a head, from when the client connects or begins one."""

    body_seconds: float = 30
    """For what follows the head."""

    read_seconds: float = 30
    """For an answer that the client leaves unread."""

    connections: int = 4096
    """Open at a time; of more, the one that owes a request for longest has to go."""


Headers: TypeAlias = Sequence[tuple[str, str]]
Answer: TypeAlias = tuple[int, Headers, bytes]
"""Status, headers and body."""


class AtOnce(Protocol):
    """What answers some calls on the spot."""

    def place(self, url: bytes) -> Any:
        """What is at the target of a request line; None where nothing is answered on the spot."""
        ...

    def at_once(
        self, place: Any, scheme: str, raw: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Answer | ASGIApp | None:
        """Answer what was posted to a place; or give what will, None for the usual application."""
        ...


class Connections(ServerState):
    """The connections of a server; `unfinished` are those that owe a request, oldest first.

    `refused` counts what was refused by the name of the bound.
    """

    def __init__(
        self, bounds: Bounds, refused: Counter[str], at_once: AtOnce | None = None
    ) -> None:
        super().__init__()
        self.bounds = bounds
        self.refused = refused
        self.at_once = at_once
        self.unfinished: dict[Connection, None] = {}


def whole(own: Sequence[tuple[bytes, bytes]], status: int, headers: Headers, body: bytes) -> bytes:
    """An answer as it goes over the wire, with the server's own headers first."""
    lines = [f"{name.lower()}: {value}\r\n" for name, value in headers]
    head = "".join(lines).encode("latin-1")
    if head.count(b"\n") != len(lines):
        raise ValueError("a header's line is broken")
    if status != 204:
        head = b"%bcontent-length: %d\r\n" % (head, len(body))
    for header in own:
        head = b"%b: %b\r\n%b" % (*header, head)
    return b"%b%b\r\n%b" % (STATUS_LINE[status], head, body)


def problem(status: int, code: str, detail: str) -> bytes:
    """A refusal as it goes over the wire."""
    body = orjson.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
        }
    )
    headers = b"content-type: application/problem+json\r\nconnection: close\r\ncontent-length: %d"
    return STATUS_LINE[status] + headers % len(body) + b"\r\n\r\n" + body


def target(url: bytes) -> bytes:
    """The target of a request line; that of an address without a path is its root.

    Raises ValueError for one that is for nothing.
    """
    try:
        parts = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        shown = url[:80].decode("latin-1")
        raise ValueError(f'its target "{shown}" is neither a path nor an address') from None
    if parts.path is not None:
        return url
    return b"/" if parts.query is None else b"/?" + parts.query
