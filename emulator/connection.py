"""One connection of HTTP/1.1 and its bounds: how large a request may be, and how slow a client.

uvicorn closes a connection on which nothing follows an answer; what else a client could hold on to
is bounded here, before the application sees the call. It also lets the application break a
connection, which plain ASGI does not, and answer what came whole on the spot, without the task and
the events that ASGI takes for each call.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, cast

import httptools
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from emulator.bounds import Connections, Headers, problem, target, whole

# What of a request is being received; what is held is not handed on before it is there as a whole.
_NOTHING, _HEAD, _HELD, _BODY = range(4)


class Connection(HttpToolsProtocol):
    """A connection that keeps to the bounds."""

    server_state: Connections

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._bounds = self.server_state.bounds
        self._head_bound = self._bounds.head
        self._part = _NOTHING
        self._received = 0
        self._complaint: tuple[int, str, str] | None = None
        self._given_up = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._at_once = self.server_state.at_once
        self._place: Any = None
        self._held: list[bytes] = []
        self._answered_at = 0.0

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
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Whoever wants another protocol is answered in this one.
            pass
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        if self._part == _HELD:
            self._hand_on(self.app)
        cycle = self.cycle
        if self._part == _BODY and not (cycle.more_body or cycle.response_complete):
            self._part = _NOTHING
            self._received = 0
        if self._part != _NOTHING or self._received:
            self._check_progress()
        elif self._deadline is not None:
            self._expect(None)

    def on_message_begin(self) -> None:
        """Begin to receive a request."""
        if self._part == _BODY:
            # What was received belongs to the request before this one.
            self._received = 0
        self._part = _HEAD
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header, or a trailer, which does not count and takes no memory."""
        if self._part == _HEAD:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hold back what may be answered on the spot, or hand it to the application.

        Not if the head is too large.
        """
        if self._received > self._head_bound and self._head_size() > self._head_bound:
            self._complaint = self._too_large_head
            raise ValueError("the parser gives up")
        cycle, parser = cast("RequestResponseCycle | None", self.cycle), self.parser
        if (
            self._at_once is not None
            and parser.get_method() == b"POST"
            and (cycle is None or cycle.response_complete)
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.flow.write_paused
            and (place := self._at_once.place(self.url)) is not None
        ):
            self._place = place
            self._part = _HELD
        else:
            try:
                self.url = target(self.url)
            except ValueError as error:
                self._complaint = (400, "http", f"this is not HTTP/1.1: {error}")
                raise
            self._hand_on(self.app)

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        if self._part == _HELD:
            self._held.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer what was held back."""
        if self._part != _HELD:
            super().on_message_complete()
            return
        assert self._at_once is not None
        assert self.scheme is not None
        held = self._held
        body = held[0] if len(held) == 1 else b"".join(held)
        answer = self._at_once.at_once(self._place, self.scheme, self.headers, body)
        if isinstance(answer, tuple):
            held.clear()
            self._part = _NOTHING
            self._received = 0
            self.transport.write(whole(self.server_state.default_headers, *answer))
            self.server_state.total_requests += 1
            self._answered_at = self.loop.time()
            if self.timeout_keep_alive_task is None:
                self._wait_for_next(self.timeout_keep_alive)
        else:
            self._hand_on(self.app if answer is None else answer)
            super().on_message_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it was idle all the time.

        A new alarm for each answer on the spot would take longer than to look at the clock here.
        """
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_for_next(left)
        else:
            super().timeout_keep_alive_handler()

    def _wait_for_next(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def _hand_on(self, app: ASGIApp) -> None:
        """Give the request, as far as it is there, to an application.

        That can break the connection, and answer in one piece.
        """
        self._part = _BODY
        self._unset_keepalive_if_required()
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        self.scope["extensions"] = {
            "emulator.connection": {"transport": self.transport, "answer": self._answer}
        }
        usual, self.app = self.app, app
        super().on_headers_complete()
        self.app = usual
        held, self._held = self._held, []
        for body in held:
            super().on_body(body)

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
        reason = f"this is not HTTP/1.1: {sys.exc_info()[1]}"
        self.refuse(*(self._complaint or (400, "http", reason)))

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
                self.transport.write(problem(status, code, detail))
        elif cycle is not None and not cycle.response_complete:
            # Calls that came before are still to be answered; the connection ends after them.
            cycle.keep_alive = False
            return
        elif self._part in (_HEAD, _HELD) or status != 408:
            self.transport.write(problem(status, code, detail))
        self.transport.close()

    def _answer(self, scope: Scope, status: int, headers: Headers, body: bytes) -> bool:
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
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(whole(cycle.default_headers, status, headers, body))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _check_progress(self) -> None:
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if self._deadline is None:
            self._expect(self._bounds.head_seconds)
        if self._received > self._bounds.request:
            self.refuse(413, "request", f"the request has more than {self._bounds.request} bytes")
        elif self._part != _BODY and self._received > self._bounds.head:
            self.refuse(*self._too_large_head)

    @property
    def _too_large_head(self) -> tuple[int, str, str]:
        return 431, "head", f"the first line and headers have more than {self._bounds.head} bytes"

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
