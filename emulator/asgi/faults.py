"""Answers that come late, and connections that misbehave: what the core decided, done to the wire.

The server puts the connection's transport into the scope, because plain ASGI cannot close a
connection before an answer. Without it (an application called in process), who waits for the answer
gets the exception that a client library would raise.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

from starlette.types import Receive, Scope, Send

from emulator.core.exchange import Exchange, Sent
from emulator.core.session import Session

CONNECTION = "emulator.connection"
"""The scope's extension that holds the connection's `transport`, and `answer`.

That puts a whole answer on the wire in one piece, or gives False where it cannot.
"""

_PIECES = 20
_PAUSE = 0.1
"""Seconds between the pieces of a body that dribbles."""

# Seconds after which closing a socket throws away what is unsent: 0 makes it a reset.
_LINGER = struct.pack("ii", 1, 0)


async def misbehave(
    exchange: Exchange,
    session: Session,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> Sent | None:
    """Hold the answer back and break the connection as the exchange says.

    Gives what is left to send in the ordinary way.
    """
    if exchange.delay:
        await session.pause(exchange.delay)
    sent = exchange.sent
    match exchange.fault:
        case None:
            return sent
        case "malformed":
            return sent._replace(body=sent.body[: len(sent.body) // 2])
        case "dribble":
            await _start(sent, send)
            await _dribble(sent.body, session, send)
            return None
        case "truncated":
            await _start(sent, send)
            half = sent.body[: len(sent.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
        case "hang":
            gone = asyncio.ensure_future(_gone(receive))
            released = asyncio.ensure_future(session.pause(None))
            await asyncio.wait((gone, released), return_when=asyncio.FIRST_COMPLETED)
            for waiting in (gone, released):
                waiting.cancel()
    await _close(scope, receive, reset=exchange.fault == "reset")
    return None


async def send_whole(sent: Sent, send: Send) -> None:
    """Put an answer on the wire as plain ASGI does."""
    await _start(sent, send)
    await send({"type": "http.response.body", "body": sent.body})


async def _start(sent: Sent, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.headers]
    if sent.status != 204:
        headers.append((b"content-length", b"%d" % len(sent.body)))
    await send({"type": "http.response.start", "status": sent.status, "headers": headers})


async def _dribble(body: bytes, session: Session, send: Send) -> None:
    size = max(1, -(-len(body) // _PIECES))
    hurried = False
    for start in range(0, len(body), size):
        hurried = hurried or await session.pause(_PAUSE)
        piece = body[start : start + size]
        more = start + size < len(body)
        await send({"type": "http.response.body", "body": piece, "more_body": more})


async def _close(scope: Scope, receive: Receive, *, reset: bool) -> None:
    connection: dict[str, Any] | None = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        raise ConnectionResetError if reset else ConnectionAbortedError("closed without an answer")
    transport: asyncio.Transport = connection["transport"]
    if reset:
        if (connected := transport.get_extra_info("socket")) is not None:
            with suppress(OSError):
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        transport.abort()
    else:
        transport.close()
    # The server takes a call that ends without an answer for a bug, until it knows of the end.
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
