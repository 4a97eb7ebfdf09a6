"""The image in a container that testcontainers-python runs; needs an engine that has the image."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest

IMAGE = os.environ.get("EMULATOR_TEST_IMAGE")

pytestmark = [
    pytest.mark.skipif(not IMAGE, reason="EMULATOR_TEST_IMAGE names no image; .ci/image does"),
    # testcontainers' own, of what it deprecates in itself.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:testcontainers"),
]


@pytest.fixture(scope="module")
def container() -> Iterator[object]:
    from emulator.testcontainers import MessagingEmulatorContainer

    assert IMAGE is not None
    with MessagingEmulatorContainer(IMAGE).with_env("EMULATOR_SEED", "tests") as container:
        yield container


def test_a_container_is_ready_and_shows_what_was_sent(container: object) -> None:
    from emulator.testcontainers import MessagingEmulatorContainer

    assert isinstance(container, MessagingEmulatorContainer)
    letter = {"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": "Hello"}
    account = (container.username, container.password)

    sent = httpx.post(f"{container.url}/omni/1/text", json=letter, auth=account)

    assert sent.status_code == 200
    assert container.emulator.messages.one(recipient="41793026727").text == "Hello"


def test_who_does_not_know_its_token_can_change_nothing(container: object) -> None:
    from emulator.testcontainers import MessagingEmulatorContainer

    assert isinstance(container, MessagingEmulatorContainer)

    assert httpx.post(f"{container.url}/__admin/reset").status_code == 401
    container.emulator.reset()
    assert container.emulator.messages.count() == 0


def test_a_container_that_was_stopped_is_gone() -> None:
    from emulator.testcontainers import MessagingEmulatorContainer

    assert IMAGE is not None
    container = MessagingEmulatorContainer(IMAGE).start()
    health = f"{container.url}/__admin/health"
    assert httpx.get(health).status_code == 200

    container.stop()

    with pytest.raises(httpx.ConnectError):
        httpx.get(health)
