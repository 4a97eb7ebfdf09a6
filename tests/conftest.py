"""What every test can use: the application without a socket, and the emulator on a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import HealthCheck, settings
from starlette.types import ASGIApp

from emulator import Settings, create_app
from tests.processes import serving
from tests.receiver import Receiver

pytest_plugins = ["pytester"]
pytest.register_assert_rewrite("tests.providers.bodies")

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


@contextmanager
def emulator(settings: Settings) -> Iterator[httpx.Client]:
    """A client of an emulator with these settings."""
    transport = AppTransport(create_app(settings))
    with httpx.Client(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client of an emulator of its own."""
    with emulator(Settings(seed="tests")) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An application that takes every callback."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator in a process of its own, one for all tests.

    When the tests are through it has to end in order, with no traceback in its log.
    """
    with serving(tmp_path_factory.mktemp("server"), "--seed", "tests") as running:
        yield running.url
        exit_code, _ = running.end()
        assert exit_code == 0
        assert "Traceback" not in running.log.read_text()


@pytest.fixture
def server(server_url: str) -> Iterator[httpx.Client]:
    """A client of the emulator that runs in a process of its own."""
    # Certificates take longer to read than most tests.
    with httpx.Client(base_url=server_url, timeout=30, verify=False) as client:
        yield client


@pytest.fixture
def world(server: httpx.Client) -> Iterator[httpx.Client]:
    """A client of a session of its own, in the emulator that runs in a process of its own."""
    made = server.post("/__admin/sessions").json()
    with httpx.Client(base_url=made["base_url"], timeout=30, verify=False) as client:
        yield client
    server.delete(f"/__admin/sessions/{made['name']}")
