"""The application under uvicorn: sockets, readiness and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Generator
from types import FrameType
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from emulator.bounds import AtOnce, Bounds, Connections
from emulator.connection import Connection
from emulator.core.errors import EmulatorError

GRACE = 5
"""Seconds that requests in flight are given to finish once the server is told to stop."""

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open; clients are surprised by one that ends early."""

HANDSHAKE = 10
"""Seconds that a client is given to agree on how to encrypt."""

FAREWELL = 1
"""Seconds in which a client has to agree that an encrypted connection ends; idle ones do not."""


_SPARE = 256
"""File descriptors for everything but connections that were accepted."""


class Https(NamedTuple):
    """Where https is served besides http, and with which certificate."""

    port: int
    context: ssl.SSLContext


class Server(uvicorn.Server):
    """Serves an application.

    `on_ready` is called with the port once connections are accepted, `on_stop` before the server
    waits for what is in flight. With `https` it is served on both ports alike; `https_port` is the
    second one's number then. `refused` counts what a connection's bounds refuse; `at_once` answers
    some calls on the spot.
    """

    https_port: int | None = None

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        on_ready: Callable[[int], None],
        on_stop: Callable[[], None],
        https: Https | None = None,
        refused: Counter[str] | None = None,
        bounds: Bounds | None = None,
        at_once: AtOnce | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Connection,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self.server_state = Connections(
            bounds or Bounds(),
            Counter() if refused is None else refused,
            at_once,
        )
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._https = https

    def serve_forever(self) -> None:
        """Serve until told to stop by a signal; raises EmulatorError if the address is taken."""
        with contextlib.ExitStack() as open_sockets:
            ports = [(self.config.port, "--port")]
            if self._https is not None:
                ports.append((self._https.port, "--tls-port"))
            sockets = [
                open_sockets.enter_context(listen(self.config.host, port, option))
                for port, option in ports
            ]
            # The process is the emulator's own: what start-up made is never garbage, and a journal
            # of thousands of exchanges is not looked through every few requests.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 20)
            self.run(sockets=sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start accepting, then say so; the first socket is for http, a second one for https."""
        assert sockets is not None  # serve_forever gives them
        plain, *encrypted = sockets
        await super().startup([plain])
        for listening in encrypted:
            await self._accept_https(listening)
        self._on_ready(plain.getsockname()[1])

    async def _accept_https(self, listening: socket.socket) -> None:
        """Have another socket's connections handled as the first one's are, but encrypted."""
        assert self._https is not None

        def protocol() -> asyncio.Protocol:
            make = self.config.http_protocol_class
            return make(  # type: ignore[call-arg] # as uvicorn itself calls it
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )

        server = await asyncio.get_running_loop().create_server(
            protocol,
            sock=listening,
            ssl=self._https.context,
            ssl_handshake_timeout=HANDSHAKE,
            ssl_shutdown_timeout=FAREWELL,
            backlog=self.config.backlog,
        )
        self.servers.append(server)
        self.https_port = listening.getsockname()[1]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is in flight finish; what is cut off after the grace is not an error of ours."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._on_stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on SIGTERM and SIGINT and leave it at that, so that the process exits with 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


def reachable(host: str) -> str:
    """The host as a client on this machine can call it."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def most_connections() -> int:
    """As many as usual if this process has file descriptors for them; it gets more if it may."""
    most = Bounds().connections
    try:
        import resource
    except ImportError:
        return most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return most
    if soft < most + _SPARE:
        soft = most + _SPARE if hard == resource.RLIM_INFINITY else min(hard, most + _SPARE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(most, soft - _SPARE)


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that takes connections there; raises EmulatorError if the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise EmulatorError(
            f"cannot listen on {host}:{port}: {error.strerror};"
            f" another port: {option} 0 for any free"
        ) from None
    listening.set_inheritable(True)
    return listening
