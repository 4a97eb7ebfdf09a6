"""How an answer leaves: after the journal, whatever went wrong, and readable by other origins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from emulator.core.exchange import Exchange
from tests.asgi.toy_app import (
    LETTER,
    POST,
    RIGHT,
    buggy,
    chunks,
    client_of,
    journal,
    scope,
    toy_app,
    wire,
)

ORIGIN = "http://shop.example"


@pytest.fixture
def app() -> Starlette:
    return toy_app()


@pytest.fixture
def client(app: Starlette) -> Iterator[httpx.Client]:
    with client_of(app) as client:
        yield client


def raising(*_: Any) -> Any:
    raise ZeroDivisionError("a bug of ours")


@pytest.mark.parametrize(
    ("provider", "path", "body", "outcome"),
    [
        (buggy(), POST, LETTER, "accepted"),
        (buggy(), POST, b"{", "refused"),
        (buggy(answer=raising), POST, LETTER, "broken"),
        (buggy(), "/toy/nothing", b"", "unmatched"),
        (buggy(), "/nowhere", b"", "unmatched"),
    ],
    ids=["accepted", "refused", "broken", "missed", "unmatched"],
)
def test_the_journal_is_complete_before_the_first_byte_leaves(
    provider: Any, path: str, body: bytes, outcome: str
) -> None:
    app = toy_app(provider)
    found: list[Any] = []

    async def send(message: Any) -> None:
        page = await app.state.world.session.journal.requests({})
        found.append((message["type"], [record["outcome"] for record in page.records]))

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    asyncio.run(app(scope(path), receive, send))

    assert found == [("http.response.start", [outcome]), ("http.response.body", [outcome])]


def test_a_client_that_is_cut_off_is_found_in_the_journal_all_the_same(app: Starlette) -> None:
    async def send(message: Any) -> None:
        raise ConnectionResetError

    async def receive() -> Any:
        return chunks(LETTER)[0]

    with pytest.raises(ConnectionResetError):
        asyncio.run(app(scope(), receive, send))

    (record,) = journal(app)
    assert (record["outcome"], record["response"]["status"]) == ("accepted", 200)


def test_the_length_of_the_answer_is_announced(app: Starlette) -> None:
    start, body = wire(app, chunks(LETTER))

    assert dict(start["headers"])[b"content-length"] == str(len(body["body"])).encode()
    assert "more_body" not in body


@pytest.mark.parametrize("function", ["prepare", "messages", "answer", "advice"])
def test_a_bug_in_a_provider_is_a_problem_and_no_vendors_answer(function: str) -> None:
    lines: list[Exchange] = []
    app = toy_app(buggy(**{function: raising}), lambda exchange, session: lines.append(exchange))

    with client_of(app) as client:
        response = client.post(POST, headers=RIGHT, content=LETTER)

    (record,) = journal(app)
    assert (response.status_code, response.headers["emulator-error"]) == (500, "ZeroDivisionError")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "a bug of the emulator, not an emulated answer; the journal has the traceback",
        "code": "emulator-error",
        "request": record["id"],
    }
    assert (record["outcome"], record["messages"], record["response"]["status"]) == (
        "broken",
        [],
        500,
    )
    assert record["error"].startswith("Traceback (most recent call last):\n")
    assert record["error"].endswith("ZeroDivisionError: a bug of ours\n")
    assert [line.error for line in lines] == [record["error"]]


def test_after_a_bug_the_next_call_is_answered(app: Starlette) -> None:
    failing = iter([True, False])

    def sometimes(call: Any, document: Any) -> Any:
        return raising() if next(failing) else []

    with client_of(toy_app(buggy(advice=sometimes))) as client:
        statuses = [client.post(POST, headers=RIGHT, content=LETTER).status_code for _ in range(2)]

    assert statuses == [500, 200]


def test_every_exchange_is_logged_once_after_it_was_sent() -> None:
    lines: list[Exchange] = []
    app = toy_app(write_log=lambda exchange, session: lines.append(exchange))

    with client_of(app) as client:
        client.post(POST, headers=RIGHT, content=LETTER)
        client.post(POST)
        client.get("/nowhere")
        client.get("/__admin/requests")

    assert [(line.outcome, line.sent.status) for line in lines] == [
        ("accepted", 200),
        ("refused", 401),
        ("unmatched", 404),
    ]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_of_no_provider_is_a_problem_that_names_the_nearest(
    client: httpx.Client, method: str
) -> None:
    response = client.request(method, "/toi/bell")

    assert (response.status_code, response.headers["content-type"]) == (
        404,
        "application/problem+json",
    )
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": 'no provider has "/toi/bell"; the nearest are'
        " PUT /toy/bell, POST /toy/{box}/letters; /__admin/docs describes them",
        "code": "unmatched",
        "nearest": [
            {
                "endpoint": "toy.bell",
                "method": "PUT",
                "path": "/toy/bell",
                "difference": '"toi" stands where "toy" is expected',
            },
            {
                "endpoint": "toy.letters",
                "method": "POST",
                "path": "/toy/{box}/letters",
                "difference": "2 path segments, 3 expected",
            },
        ],
    }


def test_an_endpoint_asked_with_another_verb_refuses_as_its_provider(client: httpx.Client) -> None:
    response = client.get("/toy/bell", headers=RIGHT)

    assert (response.status_code, response.json(), response.headers["allow"]) == (
        405,
        {"sorry": "method-not-allowed"},
        "PUT",
    )


@pytest.mark.parametrize("path", ["/__toy", "/__admin/toy", "/__anything/else"])
def test_what_the_emulator_reserves_belongs_to_no_provider(path: str) -> None:
    greedy = buggy(paths=("/{box}/toy", "/{box}"))
    with client_of(toy_app(greedy)) as client:
        response = client.post(path, headers=RIGHT, content=LETTER)

    assert (response.status_code, response.headers["content-type"]) == (
        404,
        "application/problem+json",
    )


def test_a_page_of_another_origin_may_ask_and_send(client: httpx.Client, app: Starlette) -> None:
    preflight = client.options(
        POST,
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    response = client.post(POST, headers=RIGHT | {"origin": ORIGIN}, content=LETTER)

    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert preflight.headers["vary"] == "Origin"
    assert {"authorization", "content-type", "accept"} <= {
        name.strip() for name in preflight.headers["access-control-allow-headers"].split(",")
    }
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert [record["method"] for record in journal(app)] == ["POST"]


def test_a_preflight_allows_the_verb_of_the_endpoint(client: httpx.Client) -> None:
    headers = {"origin": ORIGIN, "access-control-request-method": "PUT"}

    preflight = client.options("/toy/bell", headers=headers)

    assert preflight.headers["access-control-allow-methods"] == "PUT"


def test_a_refusal_can_be_read_by_a_page_of_another_origin_too(client: httpx.Client) -> None:
    response = client.post(POST, headers={"origin": ORIGIN})

    assert (response.status_code, response.headers["access-control-allow-origin"]) == (401, ORIGIN)


def test_a_page_of_another_origin_can_read_what_the_headers_tell(client: httpx.Client) -> None:
    response = client.post(POST, headers={"origin": ORIGIN})

    exposed = response.headers["access-control-expose-headers"].split(", ")
    assert {"Emulator-Request", "Emulator-Rejection", "Emulator-Warning"} <= set(exposed)


def test_options_without_an_origin_is_a_verb_like_any_other(client: httpx.Client) -> None:
    assert client.options(POST, headers=RIGHT).status_code == 405


def test_who_says_no_origin_gets_no_cross_origin_headers(client: httpx.Client) -> None:
    response = client.post(POST, headers=RIGHT, content=LETTER)

    assert [name for name in response.headers if name.startswith("access-control")] == []
