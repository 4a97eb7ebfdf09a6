"""What only a real connection can bring: bodies that are too long, too late or never whole."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpx
import orjson
import pytest

from tests.providers.bodies import KONNEK, OMNI, OMNICHAT, Way, assert_refused, letter
from tests.providers.calls import journalled, rejected, send
from tests.providers.examples import accepted, named
from tests.providers.printed import send as put

MEBIBYTE = 1024 * 1024
LONG_WAYS = [Way(OMNICHAT, "json"), Way(KONNEK, "json"), Way(OMNI, "json"), Way(OMNI, "xml")]


def head(way: Way, *further: str) -> bytes:
    """The head of a request, with further headers."""
    example = accepted(way.endpoint, way.form)
    headers = [f"{name}: {value}" for name, value in example.headers.items()]
    lines = [f"POST {example.path} HTTP/1.1", "Host: localhost", *headers, *further]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def connected(server: httpx.Client) -> socket.socket:
    address = (server.base_url.host, server.base_url.port or 80)
    return socket.create_connection(address, timeout=30)


def five_megabytes() -> Iterator[bytes]:
    for _ in range(80):
        yield b" " * (MEBIBYTE // 16)


@pytest.mark.parametrize("way", LONG_WAYS, ids=named)
def test_a_body_of_five_megabytes_is_refused(way: Way, server: httpx.Client) -> None:
    answer = send(server, way.endpoint, b" " * 5 * MEBIBYTE, form=way.form)

    record = journalled(server, answer)
    assert_refused(answer, way, 413)
    assert rejected(answer) == [f"{way.endpoint.partition('.')[0]}.body-size"]
    assert record["outcome"] == "refused"
    assert len(record["body"]) <= MEBIBYTE


@pytest.mark.parametrize("way", LONG_WAYS, ids=named)
def test_a_body_of_five_megabytes_in_chunks_is_refused(way: Way, server: httpx.Client) -> None:
    example = accepted(way.endpoint, way.form)

    answer = server.post(example.path, headers=example.headers, content=five_megabytes())

    record = journalled(server, answer)
    assert_refused(answer, way, 413)
    assert record["outcome"] == "refused"
    assert len(record["body"]) <= MEBIBYTE


@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_works_on_after_a_body_that_was_too_long(
    chunked: bool, server: httpx.Client
) -> None:
    way = Way(OMNI, "json")
    example = accepted(OMNI)
    body = five_megabytes() if chunked else b" " * 5 * MEBIBYTE

    server.post(example.path, headers=example.headers, content=body)
    answer = send(server, OMNI, letter(way))

    assert answer.status_code == 200


def test_a_body_in_small_chunks_is_read(server: httpx.Client) -> None:
    example = accepted(OMNI, "xml")
    body = example.request.encode()
    chunks = (body[start : start + 7] for start in range(0, len(body), 7))

    answer = server.post(example.path, headers=example.headers, content=chunks)

    assert answer.status_code == 200
    assert journalled(server, answer)["body"] == example.request


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_body_that_comes_in_pieces_is_read(pause: float, server: httpx.Client) -> None:
    way = Way(KONNEK, "json")
    body = orjson.dumps(letter(way))
    request = head(way, f"Content-Length: {len(body)}") + body

    with connected(server) as connection:
        for piece in (request[:20], request[20:-30], request[-30:-1], request[-1:]):
            connection.sendall(piece)
            time.sleep(pause)
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("sent", [b"", b'{"to":', b'{"to":"1"}'])
def test_a_client_that_goes_away_early_does_no_harm(sent: bytes, server: httpx.Client) -> None:
    way = Way(OMNI, "json")
    with connected(server) as connection:
        connection.sendall(head(way, "Content-Length: 1000") + sent)

    answer = send(server, OMNI, letter(way))

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_another_verb_is_refused(method: str, server: httpx.Client) -> None:
    answer = server.request(method, "/facebook/1/single")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert rejected(answer) == ["infobip.method"]
    assert bool(answer.content) == (method != "HEAD")


def test_a_client_of_http_1_0_is_answered(server: httpx.Client) -> None:
    way = Way(KONNEK, "json")
    body = orjson.dumps(letter(way))
    request = head(way, f"Content-Length: {len(body)}").replace(b"HTTP/1.1", b"HTTP/1.0") + body

    answer = put(server, request.replace(b"Host: localhost\r\n", b""))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length: many",
        "Content-Length: -1",
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_broken_frame_is_no_error_of_the_emulator(header: str, server: httpx.Client) -> None:
    answer = put(server, head(Way(OMNI, "json"), header) + b"{}\r\n\r\n")

    assert answer.status_code == 400
    assert "Emulator-Error" not in answer.headers


def test_headers_of_two_kilobytes_are_read(server: httpx.Client) -> None:
    charsets = ", ".join(f"charset-{number}" for number in range(150))

    answer = send(server, OMNI, letter(Way(OMNI, "json")), {"Accept-Charset": charsets})

    assert answer.status_code == 200


def test_a_doubled_slash_does_not_matter(server: httpx.Client) -> None:
    way = Way(OMNI, "json")
    body = orjson.dumps(letter(way))
    request = head(way, f"Content-Length: {len(body)}") + body

    answer = put(server, request.replace(b"/omni/1/text", b"/omni/1//text"))

    assert answer.status_code == 200
