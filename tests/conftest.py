"""What every test can use: the application without a socket, and the emulator on a real one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, settings
from starlette.types import ASGIApp

from emulator import Settings, create_app

settings.register_profile(
    "emulator",
    deadline=None,
    # One emulator serves all the requests that a test draws.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("emulator")


class AppTransport(httpx.BaseTransport):
    """Calls an ASGI application from plain functions, without a socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = httpx.ASGITransport(app)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    def close(self) -> None:
        self._runner.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._app.handle_async_request(request)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client of an emulator of its own."""
    transport = AppTransport(create_app(Settings(seed="tests")))
    with httpx.Client(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="session")
def server_url(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of `messaging-emulator serve` in a process of its own, one for all tests.

    When the tests are through it has to end in order, with no traceback in its log.
    """
    folder = tmp_path_factory.mktemp("server")
    ready, log = folder / "ready.json", folder / "log.txt"
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--seed", "tests"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EMULATOR_")}
    environment["PYTHONPATH"] = str(pytestconfig.rootpath)
    with log.open("wb") as stderr:
        server = subprocess.Popen(
            [*command, "--ready-file", str(ready)],
            cwd=folder,
            env=environment,
            stderr=stderr,
        )
    try:
        deadline = time.monotonic() + 20
        while not ready.exists():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.01)
        yield json.loads(ready.read_text())["url"]
    finally:
        server.terminate()
        exit_code = server.wait(timeout=10)
    assert exit_code == 0
    assert "Traceback" not in log.read_text()
