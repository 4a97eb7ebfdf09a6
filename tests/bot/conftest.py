"""The bot on a port of its own, and an emulator for it to talk to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp

from emulator import Emulator
from emulator.client import Session
from tests.bot.bot import Bot


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an application that runs in a thread."""
    # Who calls before it accepts waits in the socket's queue.
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Session]:
    with Emulator() as server:
        yield server


@pytest.fixture
def emulator(server: Session) -> Iterator[Session]:
    """As the fixture of that name, which is not installed everywhere that these tests run."""
    with server.new_session() as session:
        yield session


@pytest.fixture
def bot(emulator: Session) -> Bot:
    return Bot(emulator.url, emulator.username, emulator.password)


@pytest.fixture
def bot_url(bot: Bot) -> Iterator[str]:
    with served(bot.app) as url:
        yield url
