"""How a call is read from the wire: in pieces, up to a limit, or not to its end."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Message

from emulator.core.exchange import Exchange
from tests.asgi.toy_app import LETTER, POST, RIGHT, chunks, journal, status_and_body, toy_app, wire

MIB = 1024 * 1024


def padded(size: int) -> bytes:
    return LETTER + b" " * (size - len(LETTER))


@pytest.mark.parametrize(
    "events",
    [
        chunks(LETTER),
        chunks(*[LETTER[n : n + 1] for n in range(len(LETTER))]),
        chunks(b"", LETTER[:5], b"", LETTER[5:], b""),
        [{"type": "http.request", "body": LETTER}],
        [{"type": "http.request", "more_body": True}, {"type": "http.request", "body": LETTER}],
    ],
    ids=["whole", "bytes", "with empty ones", "without more_body", "without body"],
)
def test_a_body_in_pieces_is_read_as_one(events: list[Message]) -> None:
    app = toy_app()

    status, _ = status_and_body(wire(app, events))

    (record,) = journal(app)
    assert (status, record["body"], record["outcome"]) == (200, LETTER.decode(), "accepted")


@pytest.mark.parametrize("pieces", [1, 2, 17])
def test_a_body_of_exactly_one_mebibyte_is_read(pieces: int) -> None:
    app, body = toy_app(), padded(MIB)
    length = -(-MIB // pieces)

    sent = wire(app, chunks(*[body[n : n + length] for n in range(0, MIB, length)]))

    assert status_and_body(sent)[0] == 200
    assert journal(app)[0]["body"] == body.decode()


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("pieces", [1, 2, 17])
def test_a_body_of_one_byte_more_is_refused_and_its_beginning_kept(
    pieces: int, announced: bool
) -> None:
    app, body = toy_app(), padded(MIB + 1)
    length = -(-len(body) // pieces)
    headers = RIGHT | ({"content-length": str(len(body))} if announced else {})
    events = chunks(*[body[n : n + length] for n in range(0, len(body), length)])

    status, document = status_and_body(wire(app, events, headers=headers))

    (record,) = journal(app)
    (violation,) = record["rejection"]["violations"]
    assert (status, document) == (413, {"sorry": "too-large"})
    assert (record["outcome"], violation["code"]) == ("refused", "toy.body-size")
    assert body.startswith(record["body"].encode())
    assert len(record["body"]) <= 64 * 1024


def test_an_announced_length_that_is_too_large_is_refused_unread() -> None:
    def unread() -> Any:
        raise AssertionError("the body was asked for")
        yield

    sent = wire(toy_app(), unread(), headers=RIGHT | {"content-length": "5000000"})

    assert status_and_body(sent)[0] == 413


def test_a_too_large_body_without_credentials_is_unauthorized() -> None:
    sent = wire(toy_app(), [], headers={"content-length": "5000000"})

    assert status_and_body(sent)[0] == 401


@pytest.mark.parametrize("path", [POST, "/toy/nothing", "/nowhere"])
@pytest.mark.parametrize("arrived", [0, 1, 3])
def test_a_client_that_goes_away_before_its_call_is_complete_leaves_no_trace(
    arrived: int, path: str
) -> None:
    lines: list[Exchange] = []
    app = toy_app(write_log=lambda exchange, session: lines.append(exchange))
    events: list[Message] = [
        {"type": "http.request", "body": LETTER[:4], "more_body": True} for _ in range(arrived)
    ]

    sent = wire(app, [*events, {"type": "http.disconnect"}], path=path)

    assert (sent, journal(app), lines) == ([], [], [])
    assert status_and_body(wire(app, chunks(LETTER)))[0] == 200
    assert journal(app)[0]["id"].startswith("1-")


def test_repeated_headers_count_as_one_list() -> None:
    app = toy_app()
    headers = [
        *RIGHT.items(),
        ("accept", "application/json;q=0.1"),
        ("x-note", "one"),
        ("accept", "application/xml"),
        ("x-note", "two"),
    ]

    start, _ = wire(app, chunks(LETTER), headers=headers)

    (record,) = journal(app)
    assert dict(start["headers"])[b"content-type"] == b"application/xml;charset=UTF-8"
    assert record["headers"] == {
        **RIGHT,
        "authorization": "<redacted>",
        "accept": "application/json;q=0.1, application/xml",
        "x-note": "one, two",
    }


@pytest.mark.parametrize("value", ["é", "\x80\xff", "a\tb"])
def test_header_values_of_any_bytes_are_read(value: str) -> None:
    app = toy_app()

    wire(app, chunks(LETTER), headers=RIGHT | {"x-note": value})

    assert journal(app)[0]["headers"]["x-note"] == value


@pytest.mark.parametrize("query", [b"a=1&a=2", b"\xe9=\xff", b"%ZZ=%", b"&&=&"])
def test_a_query_of_any_bytes_is_read_and_warned_of(query: bytes) -> None:
    app = toy_app()

    status, _ = status_and_body(wire(app, chunks(LETTER), query_string=query))

    (record,) = journal(app)
    assert status == 200
    assert {warning["code"] for warning in record["warnings"]} == {"toy.query-parameter-unknown"}
