"""A small HTTP/1.1 client for load: kept-alive connections, one call in flight on each."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import uvloop

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """How long everything took, and each call."""

    duration_s: float
    latencies_s: list[float]


def drive(host: str, port: int, calls: Iterator[bytes], connections: int, seconds: float) -> Run:
    """Send calls until there are no more or the time is up; each has to be answered 2xx."""

    async def run() -> Run:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        latencies: list[float] = []
        makers = [
            loop.create_connection(
                lambda: Connection(calls, started + seconds, latencies), host, port
            )
            for _ in range(connections)
        ]
        opened = await asyncio.gather(*makers)
        await asyncio.wait_for(
            asyncio.gather(*(connection.finished for _, connection in opened)), seconds + 30
        )
        return Run(time.perf_counter() - started, latencies)

    return uvloop.run(run())


class Connection(asyncio.Protocol):
    """Sends the next call when the answer to the last one is complete."""

    def __init__(self, calls: Iterator[bytes], deadline: float, latencies: list[float]) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._calls = calls
        self._deadline = deadline
        self._latencies = latencies
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first call."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by type
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count a complete answer and go on."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = CONTENT_LENGTH.search(head)
        if length is None or not head.startswith(b"HTTP/1.1 2"):
            self._end(ConnectionError(f"unexpected answer: {self._received[:500]!r}"))
        elif len(body) >= int(length[1]):
            now = time.perf_counter()
            self._latencies.append(now - self._sent_at)
            self._received = b""
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Fail if the server hung up first."""
        self._end(error or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        call = next(self._calls, None) if time.perf_counter() < self._deadline else None
        if call is None:
            self._end(None)
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(call)

    def _end(self, error: Exception | None) -> None:
        if not self.finished.done():
            if error is None:
                self.finished.set_result(None)
            else:
                self.finished.set_exception(error)
            self._transport.close()
