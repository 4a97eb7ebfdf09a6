"""One connection of HTTP/1.1 and its bounds: how large a request may be, and how slow a client.

uvicorn closes a connection on which nothing follows an answer; what else a client could hold on to
is bounded here, before the application sees the call. It also lets the application break a
connection, which plain ASGI does not.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from http import HTTPStatus
from typing import Any, NamedTuple, cast

import orjson
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState


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


class Connections(ServerState):
    """The connections of a server; `unfinished` are those that owe a request, oldest first.

    `refused` counts what was refused by the name of the bound.
    """

    def __init__(self, bounds: Bounds, refused: Counter[str]) -> None:
        super().__init__()
        self.bounds = bounds
        self.refused = refused
        self.unfinished: dict[Connection, None] = {}


# What of a request is being received.
_NOTHING, _HEAD, _BODY = range(3)


class Connection(HttpToolsProtocol):
    """A connection that keeps to the bounds."""

    server_state: Connections

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._bounds = self.server_state.bounds
        self._head_bound = self._bounds.head
        self._part = _NOTHING
        self._received = 0
        self._too_large_head = False
        self._given_up = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override] # as in uvicorn
        self, transport: asyncio.Transport
    ) -> None:
        """Take a connection in, and make place for it."""
        super().connection_made(transport)
        state = self.server_state
        self._expect(self._bounds.head_seconds)
        if len(self.connections) > self._bounds.connections:
            detail = f"more than {self._bounds.connections} connections are open"
            next(iter(state.unfinished)).refuse(503, "connections", detail)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything."""
        self._expect(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and see whether the client still owes something."""
        if self._given_up:
            return
        self._received += len(data)
        super().data_received(data)
        cycle = self.cycle
        if self._part == _BODY and not (cycle.more_body or cycle.response_complete):
            self._part = _NOTHING
            self._received = 0
            if self._deadline is not None:
                self._expect(None)
        else:
            self._check_progress()

    def on_message_begin(self) -> None:
        """Let the application break the connection, and answer in one piece."""
        if self._part == _BODY:
            # What was received belongs to the request before this one.
            self._received = 0
        self._part = _HEAD
        super().on_message_begin()
        self.scope["extensions"] = {
            "emulator.connection": {"transport": self.transport, "answer": self._answer}
        }

    def on_headers_complete(self) -> None:
        """Hand the head to the application if it is not too large."""
        if self._received > self._head_bound and self._head_size() > self._head_bound:
            self._too_large_head = True
            raise ValueError("the parser gives up")
        self._part = _BODY
        super().on_headers_complete()
        # What comes as a header after the body does not count as one, and takes no memory.
        self.headers = _IGNORED

    def pause_writing(self) -> None:
        """Give the client some time to read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._bounds.read_seconds, self._end_unread)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read."""
        if self._too_large_head:
            detail = f"the first line and headers have more than {self._bounds.head} bytes"
            self.refuse(431, "head", detail)
        else:
            self.refuse(400, "http", f"this is not HTTP/1.1: {sys.exc_info()[1]}")

    def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer with a problem and close, unless it would be taken for another call's answer.

        Who has asked for nothing yet is not told that it took too long.
        """
        if self._given_up or self.transport.is_closing():
            return
        self._given_up = True
        self._expect(None)
        self.server_state.refused[code] += 1
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if self._part == _BODY:
            assert cycle is not None
            if not cycle.response_started and not self.pipeline:
                self.transport.write(_problem(status, code, detail))
        elif cycle is not None and not cycle.response_complete:
            # Calls that came before are still to be answered; the connection ends after them.
            cycle.keep_alive = False
            return
        elif self._part == _HEAD or status != 408:
            self.transport.write(_problem(status, code, detail))
        self.transport.close()

    def _answer(
        self, scope: Scope, status: int, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> bool:
        """Write a whole answer at once: uvicorn's two writes take a system call each."""
        cycle = self.cycle
        if (
            cycle.scope["extensions"] is not scope["extensions"]
            or not cycle.keep_alive
            or cycle.disconnected
            or cycle.response_started
            or self.flow.write_paused
            or scope["method"] == "HEAD"
        ):
            return False
        lines = [b"%b: %b\r\n" % header for header in cycle.default_headers]
        lines += [b"%b: %b\r\n" % header for header in headers]
        head = b"".join(lines)
        if head.count(b"\n") != len(lines):
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], head, body))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _check_progress(self) -> None:
        if self.transport.is_closing():
            return
        if self._deadline is None:
            self._expect(self._bounds.head_seconds)
        if self._received > self._bounds.request:
            self.refuse(413, "request", f"the request has more than {self._bounds.request} bytes")
        elif self._part != _BODY and self._received > self._bounds.head:
            self._too_large_head = True
            self.send_400_response("")

    def _head_size(self) -> int:
        """The bytes of the head, with the four around each header's name and value."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _expect(self, seconds: float | None, in_body: bool = False) -> None:
        """Give the client some seconds for the next step, or all time."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self.server_state.unfinished.pop(self, None)
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self._end_late, in_body)
            self.server_state.unfinished[self] = None

    def _end_late(self, in_body: bool) -> None:
        if self._part == _BODY and not in_body:
            self._expect(self._bounds.body_seconds, in_body=True)
            return
        part = "body" if in_body else "head"
        self.refuse(408, f"{part}-time", f"the {part} of a request takes too long to arrive")

    def _end_unread(self) -> None:
        self.server_state.refused["unread"] += 1
        self.transport.abort()


class _Ignored(list[tuple[bytes, bytes]]):
    """A list that stays empty."""

    def append(self, item: tuple[bytes, bytes], /) -> None:
        """Do nothing."""


_IGNORED = _Ignored()


def _problem(status: int, code: str, detail: str) -> bytes:
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
