"""The emulator's image as a container for testcontainers-python."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from typing import Any, Self

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from emulator.client import Session, connect

PORT = 8484


class MessagingEmulatorContainer(DockerContainer):
    """An emulator in a container; one that was started is ready.

    `emulator` is its default session, with all that the `emulator` fixture of pytest has. Settings
    are given as variables: `.with_env("EMULATOR_AUTH", "any")`.
    """

    emulator: Session

    def __init__(self, image: str = "messaging-emulator", **options: Any) -> None:
        super().__init__(image, **options)
        # The engine publishes the port to other machines too.
        self._token = secrets.token_urlsafe(16)
        self.with_env("EMULATOR_ADMIN_TOKEN", self._token)
        self.with_exposed_ports(PORT)
        self.waiting_for(HttpWaitStrategy(PORT, "/__admin/health"))
        self._open = ExitStack()

    def start(self) -> Self:
        """Start the container and wait until the emulator is ready."""
        super().start()
        with ExitStack() as opened:
            opened.callback(super().stop)
            host, port = self.get_container_host_ip(), self.get_exposed_port(PORT)
            self.emulator = opened.enter_context(connect(f"http://{host}:{port}", self._token))
            self._open = opened.pop_all()
        return self

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """Remove the container with everything in it."""
        self._open.close()

    @property
    def url(self) -> str:
        """What goes where the provider's base URL goes."""
        return self.emulator.url

    @property
    def username(self) -> str:
        """Who may send."""
        return self.emulator.username

    @property
    def password(self) -> str:
        """That user's password."""
        return self.emulator.password
