"""An application's side of a webhook: a small HTTP server on a real socket, in a thread."""

from __future__ import annotations

import asyncio
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
        self.port: int = self._listening.getsockname()[1]
        self._connections: set[asyncio.StreamWriter] = set()

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
        if not self._loop.is_closed():
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
        server = await asyncio.start_server(self._handle, sock=self._listening)
        started.set()
        await self._dead.wait()
        server.close()
        for writer in [*self._connections]:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while (received := await _read(reader)) is not None:
                with self._arrived:
                    self.received.append(received)
                    self._arrived.notify_all()
                answer = self.answer(received) if callable(self.answer) else self.answer
                if answer is None or self._dead.is_set():
                    await self._dead.wait()
                    return
                writer.write(answer)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._connections.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    request, *lines = head.rstrip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(request.split(" ")[1], headers, body)
