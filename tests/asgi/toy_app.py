"""The whole application around the toy provider, called with events of the test's choice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from queue import Queue
from typing import Any
from unittest.mock import patch

import httpx
import orjson
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from emulator import Settings, create_app, log, providers
from emulator.app import Application
from emulator.core.provider import Provider
from emulator.server import Server
from tests.conftest import AppTransport
from tests.core.toy import ANN, BASIC, PROVIDER

POST = "/toy/north/letters"
RIGHT = {"authorization": BASIC, "content-type": "application/json"}
LETTER = b'{"to":["Bea"],"text":"Hello"}'


def toy_app(
    provider: Provider = PROVIDER, write_log: log.Log = log.silent, **settings: Any
) -> Application:
    """An application whose only provider is the toy, and whose account is Ann's."""
    with patch.object(providers, "installed", return_value=[provider]):
        return create_app(Settings(accounts=(ANN,), **{"seed": "tests", **settings}), write_log)


def buggy(**functions: Any) -> Provider:
    """The toy with functions of its first endpoint replaced."""
    letters, *others = PROVIDER.endpoints
    return PROVIDER._replace(endpoints=[letters._replace(**functions), *others])


@contextmanager
def client_of(app: ASGIApp, base_url: str = "http://localhost:8484") -> Iterator[httpx.Client]:
    with httpx.Client(transport=AppTransport(app), base_url=base_url) as client:
        yield client


@contextmanager
def on_a_socket(app: Application) -> Iterator[int]:
    """The port at which the application is served from a thread of its own."""
    ready: Queue[int] = Queue()
    server = Server(app, "127.0.0.1", 0, ready.put, app.close, at_once=app.endpoints)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield ready.get(timeout=10)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
    assert not thread.is_alive()


def chunks(*bodies: bytes) -> list[Message]:
    """The events of a body that arrives in so many pieces."""
    return [
        {"type": "http.request", "body": body, "more_body": n < len(bodies)}
        for n, body in enumerate(bodies, start=1)
    ]


def scope(path: str = POST, **changes: Any) -> dict[str, Any]:
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = changes.pop("headers", RIGHT)
    pairs = list(headers.items()) if isinstance(headers, Mapping) else headers
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
        "server": ("127.0.0.1", 8484),
        "client": ("127.0.0.1", 50000),
        **changes,
    }


def wire(app: ASGIApp, events: list[Message], **changes: Any) -> list[Message]:
    """What the application sends when these events arrive, and then nothing more."""
    arriving, sent = iter(events), []

    async def receive() -> Message:
        return next(arriving, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def call() -> None:
        await app(scope(**changes), receive, send)

    asyncio.run(call())
    return sent


def status_and_body(sent: list[Message]) -> tuple[int, Any]:
    start, body = sent
    return start["status"], orjson.loads(body["body"])


def journal(app: Starlette, path: str = "/__admin/requests") -> list[dict[str, Any]]:
    """The records that a list of the admin API gives."""
    with client_of(app) as client:
        records: list[dict[str, Any]] = client.get(path).json()[path.rpartition("/")[2]]
        return records
