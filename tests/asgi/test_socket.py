"""What only a real socket shows: connections that live on, targets of every form."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from typing import BinaryIO

import orjson
import pytest

from tests.asgi.toy_app import LETTER, POST, RIGHT, client_of, on_a_socket, toy_app

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with on_a_socket(toy_app()) as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def request(body: bytes, *extra: str, target: str = POST) -> bytes:
    headers = [f"{name}: {value}" for name, value in RIGHT.items()]
    lines = [f"POST {target} HTTP/1.1", "Host: localhost", *headers, *extra]
    if not any("chunked" in line for line in extra):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[n : n + size] for n in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def answers(connection: socket.socket, number: int) -> list[tuple[int, bytes]]:
    """Status and body of the next answers on a connection."""
    with connection.makefile("rb") as stream:
        found = [whole(stream) for _ in range(number)]
    return [(status, body) for status, _, body in found]


def whole(stream: BinaryIO) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of the next answer in a stream."""
    status = int(stream.readline().split()[1])
    headers = http.client.parse_headers(stream)
    return status, headers, stream.read(int(headers["content-length"]))


@pytest.mark.parametrize("size", [MIB + 1, 5 * MIB])
@pytest.mark.parametrize("form", ["announced", "chunked"])
def test_after_a_body_that_is_too_large_the_connection_is_good_for_the_next_call(
    connection: socket.socket, form: str, size: int
) -> None:
    # What is left of the body looks like a call of its own.
    body = (request(b"{}") * (size // 100))[:size]
    large = (
        request(body)
        if form == "announced"
        else request(chunked(body, 65536), "Transfer-Encoding: chunked")
    )

    sender = threading.Thread(target=connection.sendall, args=[large + request(LETTER)])
    sender.start()
    first, second = answers(connection, 2)
    sender.join(timeout=10)

    assert (first[0], second[0]) == (413, 200)
    assert first[1] == b'{"sorry":"too-large"}'
    assert second[1].startswith(b'{"letters":')


def test_calls_that_are_sent_at_once_are_answered_in_order(connection: socket.socket) -> None:
    connection.sendall(request(LETTER) + request(b"{}") + request(LETTER, target="/toy/x"))

    assert [status for status, _ in answers(connection, 3)] == [200, 400, 404]


def test_a_body_in_chunks_is_read(connection: socket.socket) -> None:
    connection.sendall(request(chunked(LETTER, 3), "Transfer-Encoding: chunked"))

    assert [status for status, _ in answers(connection, 1)] == [200]


@pytest.mark.parametrize("host", ["http://localhost", "http://api.provider.example:8080"])
def test_a_target_in_absolute_form_works(connection: socket.socket, host: str) -> None:
    connection.sendall(request(LETTER, target=f"{host}{POST}"))

    assert [status for status, _ in answers(connection, 1)] == [200]


def test_a_client_that_expects_to_be_asked_is_asked_for_a_body_that_is_read(
    connection: socket.socket,
) -> None:
    head, _, body = request(LETTER, "Expect: 100-continue").partition(b"\r\n\r\n")

    connection.sendall(head + b"\r\n\r\n")
    asked = connection.recv(1024)
    connection.sendall(body)

    assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert [status for status, _ in answers(connection, 1)] == [200]


def test_a_client_that_expects_to_be_asked_is_refused_before_it_sends_too_much(
    connection: socket.socket,
) -> None:
    head, _, _ = request(b" " * 5 * MIB, "Expect: 100-continue").partition(b"\r\n\r\n")

    connection.sendall(head + b"\r\n\r\n")

    assert [status for status, _ in answers(connection, 1)] == [413]


def test_a_client_that_goes_away_in_the_middle_harms_nobody(port: int) -> None:
    for sent in (request(LETTER)[:-5], request(LETTER), b"POST /toy"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as gone:
            gone.sendall(sent)

    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request(LETTER))

        assert [status for status, _ in answers(connection, 1)] == [200]


def test_the_toy_is_the_same_with_and_without_a_socket(connection: socket.socket) -> None:
    connection.sendall(request(b'{"to":[]}'))
    with client_of(toy_app()) as client:
        response = client.post(POST, headers=RIGHT, content=b'{"to":[]}')

    assert answers(connection, 1) == [(response.status_code, response.content)]


def test_a_websocket_is_not_offered_and_does_no_harm(connection: socket.socket) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
    connection.sendall(f"GET {POST} HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n".encode())

    assert [status for status, _ in answers(connection, 1)] == [405]


def test_an_answer_of_a_rule_goes_out_as_it_was_given(port: int) -> None:
    answer = {"status": 299, "headers": {"X-Mood": "d\u00e9tach\u00e9"}, "body": "\u00e9\n"}
    rule = orjson.dumps({"outcomes": [{"answer": answer}]})
    install = rule_request(rule)

    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(install + request(LETTER, target=f"/__session/mood{POST}"))
        with connection.makefile("rb") as stream:
            installed, answered = (whole(stream) for _ in range(2))

    status, headers, body = answered
    assert installed[0] == 201
    assert (status, body) == (299, "\u00e9\n".encode())
    assert (headers["x-mood"], headers["content-type"]) == (
        "d\u00e9tach\u00e9",
        "text/plain;charset=UTF-8",
    )


def rule_request(rule: bytes) -> bytes:
    return (
        b"POST /__session/mood/__admin/rules HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(rule), rule)
    )
