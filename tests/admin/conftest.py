"""An emulator of the toy provider, asked through its admin API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from tests.admin.live import Live
from tests.asgi.toy_app import RIGHT, client_of, toy_app


class Toys:
    """A client of one emulator: posts letters and asks the admin API."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def post(self, *recipients: str, box: str = "north", **members: Any) -> httpx.Response:
        """Post a letter."""
        body = orjson.dumps({"to": recipients, "text": "Hello", **members})
        return self.client.post(f"/toy/{box}/letters", headers=RIGHT, content=body)

    def ask(self, path: str, method: str = "GET", **query: str) -> httpx.Response:
        """Call the admin API."""
        return self.client.request(method, f"/__admin/{path}", params=query)

    def told(self, path: str, **query: str) -> Any:
        """The document that the admin API answers with."""
        response = self.ask(path, **query)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json"
        return response.json()

    def problem(self, path: str, method: str = "GET", **query: str) -> tuple[int, str, str]:
        """Status, code and detail of the problem that the admin API answers with, checked whole."""
        response = self.ask(path, method, **query)
        document = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert list(document) == ["type", "title", "status", "detail", "code"]
        assert (document["type"], document["status"]) == ("about:blank", response.status_code)
        assert document["title"] == response.reason_phrase
        return response.status_code, document["code"], document["detail"]


@pytest.fixture
def toys() -> Iterator[Toys]:
    """An emulator in which nothing has happened."""
    with client_of(toy_app()) as client:
        yield Toys(client)


@pytest.fixture
def lively(toys: Toys) -> Toys:
    """An emulator in which this and that happened."""
    toys.post("Bea")
    toys.post("Cy", "Bea", box="south", text="Good morning")
    toys.post("")
    toys.post("lost", text="morning again")
    toys.client.get("/toy/nothing")
    toys.client.put("/toy/bell", headers=RIGHT, content=b"{}")
    toys.client.get("/nowhere")
    return toys


@pytest.fixture
def live(client: httpx.Client) -> Live:
    """An emulator whose clock stands still."""
    return Live(client)
