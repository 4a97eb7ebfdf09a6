"""An application's side of a webhook: a small HTTP server on a real socket, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

import orjson

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Received(NamedTuple):
    """A call as it arrived; header names are in lower case."""

    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def callback(self) -> str:
        return self.headers["emulator-callback"]

    @property
    def document(self) -> Any:
        return orjson.loads(self.body)


Answer = Callable[[Received], bytes | None]
"""Gives the bytes of an answer, or None to say nothing and hold the connection open."""


class Receiver:
    """Receives on a port while a `with` block lasts; `answer` may be changed meanwhile."""

    def __init__(self, answer: Answer | bytes | None = OK, port: int = 0) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self._arrived = threading.Condition()
        self._listening = socket.create_server(("127.0.0.1", port))
        self._handled: dict[socket.socket, asyncio.Task[None]] = {}
        self.port: int = self._listening.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callbacks"

    def __enter__(self) -> Receiver:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._thread.join(5)

    def kill(self) -> None:
        """Break all connections and stop listening, from whatever thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: it is dead already
            self._loop.call_soon_threadsafe(self._dead.set)

    def wait(self, count: int, within: float = 5) -> list[Received]:
        """The first calls, so many of them, as soon as they are there."""
        with self._arrived:
            there = self._arrived.wait_for(lambda: len(self.received) >= count, within)
        assert there, f"{len(self.received)} of {count} callbacks have arrived"
        return self.received[:count]

    def _run(self, started: threading.Event) -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._dead = asyncio.get_running_loop(), asyncio.Event()
        self._listening.setblocking(False)
        self._loop.add_reader(self._listening, self._accept)
        started.set()
        await self._dead.wait()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        for handling in self._handled.values():
            handling.cancel()
        await asyncio.gather(*self._handled.values(), return_exceptions=True)
        for connection in self._handled:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listening.accept()
            connection.setblocking(False)
            self._handled[connection] = asyncio.create_task(self._handle(connection))

    async def _handle(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, EOFError):
            received = await self._read(connection)
            with self._arrived:
                self.received.append(received)
                self._arrived.notify_all()
            answer = self.answer(received) if callable(self.answer) else self.answer
            if answer is not None and not self._dead.is_set():
                await self._loop.sock_sendall(connection, answer)
            if b"Connection: close" not in (answer or b""):
                await self._chunk(connection)

    async def _read(self, connection: socket.socket) -> Received:
        arrived = b""
        while b"\r\n\r\n" not in arrived:
            arrived += await self._chunk(connection)
        head, _, body = arrived.partition(b"\r\n\r\n")
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += await self._chunk(connection)
        return Received(request.split(" ")[1], headers, body)

    async def _chunk(self, connection: socket.socket) -> bytes:
        chunk = await self._loop.sock_recv(connection, 65536)
        if not chunk:
            raise EOFError
        return chunk
