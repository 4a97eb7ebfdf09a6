"""Calls as they are read from the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from starlette.types import Message, Receive, Scope

from emulator.core.exchange import Call
from emulator.core.routes import Target
from emulator.core.session import Session

BODY_LIMIT = 1024 * 1024
"""The most bytes of a body that are read."""

KEPT_OF_OVERSIZE = 64 * 1024
"""The bytes of a longer body that the journal keeps."""


async def read(
    scope: Scope,
    receive: Receive,
    session: Session,
    headers: Mapping[str, str],
    path: str,
    target: Target | None,
) -> Call | None:
    """Read a call from the wire, or give None if the client went away before it was complete."""
    started = session.entropy.timer()
    announced = int(headers.get("content-length", "0"))
    size = announced if announced > BODY_LIMIT else None
    body = b""
    if size is None:
        chunks, taken, more = [], 0, True
        while more:
            event: Message = await receive()
            if event["type"] == "http.disconnect":
                return None
            chunk = event.get("body", b"")
            taken += len(chunk)
            if taken > BODY_LIMIT:
                size = taken
                break
            chunks.append(chunk)
            more = event.get("more_body", False)
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if size is not None:
            body = body[:KEPT_OF_OVERSIZE]
    return Call(
        method=scope["method"],
        path=path,
        headers=headers,
        body=body,
        received_at=session.entropy.now(),
        started=started,
        path_params=target.params if target else {},
        suffix=target.suffix if target else None,
        query=scope["query_string"].decode("latin-1"),
        scheme=scope["scheme"],
        root_path=scope.get("root_path", ""),
        size=size,
    )


def text(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by their names in lower case."""
    headers = dict(map(_header, raw))
    return headers if len(headers) == len(raw) else _joined(raw)


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers where some stand more than once."""
    headers: dict[str, str] = {}
    for name, value in map(_header, raw):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@lru_cache(maxsize=256)
def _header(raw: tuple[bytes, bytes]) -> tuple[str, str]:
    """Name and value; most come again and again, and the journal keeps them."""
    name, value = raw
    return name.decode("latin-1").lower(), value.decode("latin-1")
