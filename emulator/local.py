"""An emulator in this process: a real server on a free port, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import fields, replace
from types import TracebackType
from typing import Any

from emulator.app import create_app
from emulator.client import Session, connect
from emulator.client.session import pair
from emulator.core.auth import Account
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange
from emulator.core.session import Session as World
from emulator.core.sessions import Sessions
from emulator.core.words import meant
from emulator.log import Log
from emulator.server import Server, listen, reachable
from emulator.settings import Settings
from emulator.webhooks import webhook_to

_PATIENCE = 10.0
"""Seconds for the thread to start or to end; it takes milliseconds."""


class Emulator:
    """An emulator for as long as a `with` or `async with` block lasts, which gets its session.

    It takes Settings or their members by name; the port is any free one unless `port` names it.
    Leaving the block raises EmulatorError if a request met a bug of the emulator.
    """

    def __init__(self, settings: Settings | None = None, *, port: int = 0, **options: Any) -> None:
        self._settings = replace(settings_of(settings or Settings(), options), port=port)
        self._open = contextlib.ExitStack()
        self._bugs: dict[str, list[str]] = {}

    def __enter__(self) -> Session:
        with contextlib.ExitStack() as opened:
            self._thread = _Thread(self._settings, self._heard)
            url = opened.enter_context(self._thread)
            session = opened.enter_context(connect(url, self._settings.admin_token or None))
            self._open = opened.pop_all()
        return session

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        bugs = "".join(bug for session in [*self._bugs] for bug in self.bugs(session))
        if bugs and error is None:
            raise EmulatorError(f"a bug of the emulator: {bugs}")
        if bugs and error is not None:
            error.add_note(f"Besides, there was a bug of the emulator: {bugs}")

    # It takes some milliseconds only, and the emulator answers from its own thread meanwhile.
    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def bugs(self, session: str) -> list[str]:
        """The tracebacks of requests to a session that met a bug of the emulator, each once."""
        return self._bugs.pop(session, [])

    def forget(self, session: str) -> None:
        """Delete a session without waiting for it, which takes a call of the admin API."""
        self._thread.forget(session)

    def _heard(self, exchange: Exchange, session: World) -> None:
        if exchange.error is not None:
            self._bugs.setdefault(session.name, []).append(exchange.error)


def settings_of(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """Settings with some members replaced; raises EmulatorError for one that does not exist.

    Accounts may be pairs, readings a mapping, and the webhook an address.
    """
    known = [field.name for field in fields(Settings) if field.name != "port"]
    for name in options:
        if name not in known:
            hint = meant(name, known) or f"settings: {', '.join(known)}"
            raise EmulatorError(f'no setting "{name}"; {hint}')
    given = dict(options)
    if "accounts" in given:
        given["accounts"] = tuple(Account(*pair(account)) for account in given["accounts"])
    if isinstance(keys := given.get("api_keys", ()), str):
        raise EmulatorError(f"api_keys takes a list of keys, not {keys!r}")
    if keys:
        given["api_keys"] = tuple(keys)
    if "readings" in given:
        given["readings"] = tuple(dict(given["readings"]).items())
    if isinstance(given.get("webhook"), str):
        given["webhook"] = webhook_to(given["webhook"])
    return replace(settings, **given)


class _Thread:
    """The server in its thread; entering gives its address."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._host = settings.host
        app = create_app(settings, log)
        self._sessions: Sessions = app.state.world.sessions
        self._ending: set[asyncio.Task[None]] = set()
        self._listening = listen(settings.host, settings.port)
        self._server = _Server(
            app,
            settings.host,
            settings.port,
            self._is_ready,
            app.close,
            refused=app.refused,
            at_once=app.endpoints,
        )
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self._started = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> str:
        self._thread.start()
        self._started.wait(_PATIENCE)
        if self._failure is not None or not self._started.is_set():
            raise EmulatorError(f"the emulator's thread did not start: {self._failure!r}")
        return f"http://{reachable(self._host)}:{self._port}"

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join(_PATIENCE)
        if self._failure is not None:
            raise EmulatorError(f"the emulator's thread failed: {self._failure!r}")

    def forget(self, session: str) -> None:
        """Delete a session, if it is still there."""
        self._server.soon(self._forget, session)

    def _forget(self, session: str) -> None:
        if self._sessions.get(session) is not None:
            ending = asyncio.ensure_future(self._sessions.close(session))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _run(self) -> None:
        try:
            with contextlib.closing(self._listening):
                self._server.run([self._listening])
        except BaseException as error:
            self._failure = error
        finally:
            self._started.set()

    def _is_ready(self, port: int) -> None:
        self._port = port
        self._started.set()


class _Server(Server):
    """Ends at once, whatever is open or in flight, and says nothing about it."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop`."""
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets)
        ticking = asyncio.create_task(self.main_loop())
        await self._stopped.wait()
        ticking.cancel()
        await self.shutdown(sockets)

    def stop(self) -> None:
        """End, from whatever thread."""
        self.soon(self._stopped.set)

    def soon(self, act: Callable[..., object], *arguments: Any) -> None:
        """Do something in the server's thread, unless it has ended."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(act, *arguments)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Break every connection and cancel what runs."""
        self._on_stop()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        with _quiet():
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _quiet() -> Generator[None, None, None]:
    """Let uvicorn not log that this thread's requests were cancelled; other servers may log."""
    mine = threading.get_ident()

    def from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != mine

    log = logging.getLogger("uvicorn.error")
    log.addFilter(from_elsewhere)
    try:
        yield
    finally:
        log.removeFilter(from_elsewhere)
