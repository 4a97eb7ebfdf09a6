"""An application that takes callbacks, or does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any


class Application(ThreadingHTTPServer):
    """Answers callbacks with `status` and keeps their documents in the order of arrival."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.told: Queue[Any] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/callbacks"


class _Handler(BaseHTTPRequestHandler):
    server: Application

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.server.told.put(json.loads(self.rfile.read(length)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"noted")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Application]:
    """An application that listens."""
    application = Application()
    thread = Thread(target=application.serve_forever)
    thread.start()
    try:
        yield application
    finally:
        application.shutdown()
        application.server_close()
        thread.join()
