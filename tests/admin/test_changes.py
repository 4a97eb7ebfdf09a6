"""Forgetting what happened, and what the admin API does not offer."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.admin.conftest import Toys
from tests.asgi.toy_app import toy_app


def ids(toys: Toys) -> list[str]:
    """The ids that three calls are answered with."""
    answered = [toys.post("Bea") for _ in range(3)]
    return [
        id
        for response in answered
        for id in (response.headers["emulator-request"], response.json()["letters"][0]["id"])
    ]


def test_requests_and_their_messages_can_be_forgotten(lively: Toys) -> None:
    response = lively.ask("requests", "DELETE")

    assert (response.status_code, response.content) == (204, b"")
    assert lively.told("requests") == {"requests": [], "total": 0, "evicted": 0, "next": None}
    assert lively.told("messages") == {"messages": [], "total": 0, "evicted": 0, "next": None}


def test_ids_go_on_after_requests_were_forgotten(toys: Toys) -> None:
    before = ids(toys)

    toys.ask("requests", "DELETE")

    assert set(before).isdisjoint(ids(toys))


def test_a_reset_forgets_everything_and_ids_start_again(toys: Toys) -> None:
    before = ids(toys)

    response = toys.ask("reset", "POST")

    assert (response.status_code, response.content) == (204, b"")
    assert toys.told("requests")["total"] == 0
    assert ids(toys) == before


def test_a_reset_starts_the_count_of_magic_recipients_again(toys: Toys) -> None:
    before = [toys.post("busy").status_code for _ in range(3)]

    toys.ask("reset", "POST")

    assert before == [429, 429, 200]
    assert [toys.post("busy").status_code for _ in range(3)] == before


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["nothing", "requests/1/nothing", "reset/all/nothing"])
def test_what_does_not_exist_is_a_problem(toys: Toys, method: str, path: str) -> None:
    assert toys.problem(path, method) == (
        404,
        "not-found",
        f"{method} /__admin/{path}: Not Found",
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "health", {"GET", "HEAD"}),
        ("PUT", "endpoints", {"GET", "HEAD"}),
        ("DELETE", "messages", {"GET", "HEAD"}),
        ("DELETE", "messages/x", {"GET", "HEAD"}),
        ("PUT", "requests/x", {"GET", "HEAD"}),
        ("GET", "reset", {"POST"}),
        ("POST", "requests", {"GET", "HEAD", "DELETE"}),
    ],
)
def test_another_verb_is_a_problem_that_says_which_are_offered(
    toys: Toys, method: str, path: str, allowed: set[str]
) -> None:
    status, code, detail = toys.problem(path, method)
    allow = toys.ask(path, method).headers["allow"]

    assert (status, code) == (405, "method-not-allowed")
    assert set(allow.split(", ")) == allowed
    assert detail == f"{method} /__admin/{path}: Method Not Allowed; allowed: {allow}"


def test_a_bug_in_the_admin_api_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def buggy(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(toy_app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get("http://localhost/__admin/requests")

    monkeypatch.setattr("emulator.core.journal.Journal.requests", buggy)

    response = asyncio.run(asked())

    assert (response.status_code, response.headers["content-type"], response.json()["status"]) == (
        500,
        "application/problem+json",
        500,
    )
