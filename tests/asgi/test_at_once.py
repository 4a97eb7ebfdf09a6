"""What arrives whole is answered on the spot: as ever, and in the order in which it came."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from emulator.bounds import Bounds
from tests.asgi.test_connection import SOON, Running, everything, head, request, running
from tests.asgi.toy_app import LETTER, client_of, journal

CALLS = {
    "right": request(LETTER),
    "wrong": request(b"{}"),
    "in a session": request(LETTER).replace(b"POST /", b"POST /__session/bea/"),
    "in the session of a header": request(LETTER, "Emulator-Session: ann"),
    "of an account unknown": request(LETTER).replace(b"Basic ", b"Basic c"),
    "with a query": request(LETTER).replace(b"letters HTTP", b"letters?a=%20b&c HTTP"),
    "with a path in percent": request(LETTER).replace(b"letters HTTP", b"l%65tters HTTP"),
    "with a long query": request(LETTER).replace(
        b"letters HTTP", b"letters?a=%b HTTP" % (b"b" * 600)
    ),
    "with a fragment": request(LETTER).replace(b"letters HTTP", b"letters?a#b HTTP"),
    "nowhere": request(LETTER).replace(b"letters HTTP", b"letter HTTP"),
    "from a page elsewhere": request(LETTER, "Origin: http://a.example"),
    "in a session that cannot be": request(LETTER, "Emulator-Session: a/b"),
    "with a header twice": request(LETTER, "A: 1", "a: 2"),
    "with a body in chunks": head("Transfer-Encoding: chunked")
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(LETTER), LETTER),
}
VARYING = {"id", "received_at", "duration_ms", "messages", "response"}


@contextmanager
def fresh() -> Iterator[Running]:
    with running(Bounds()) as server:
        yield server


def one_answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    told, _, body = received.partition(b"\r\n\r\n")
    length = int(told.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return told + b"\r\n\r\n" + body


def outcome(server: Running, pieces: list[bytes]) -> tuple[list[bytes], list[dict[str, Any]]]:
    """The answer's lines but for the date, and the records of all sessions."""
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02 if len(pieces) > 1 else 0)
        answer = one_answer(connection)
    records = [
        {name: value for name, value in record.items() if name not in VARYING}
        for session in ("", "/__session/bea", "/__session/ann")
        for record in journal_of(server, session)
    ]
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"date:")], records


def journal_of(server: Running, session: str) -> list[dict[str, Any]]:
    with client_of(server.app) as client:
        records: list[dict[str, Any]] = client.get(f"{session}/__admin/requests").json()["requests"]
        return records


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_answer_and_the_record_are_the_same_however_a_call_arrives(call: bytes) -> None:
    with fresh() as server:
        whole = outcome(server, [call])
    with fresh() as server:
        middle = call.index(b"\r\n\r\n") + 4
        in_pieces = outcome(server, [call[:20], call[20:middle], call[middle:]])

    assert whole == in_pieces


def test_calls_are_answered_in_order_where_one_is_held_back() -> None:
    with fresh() as server:
        rule = {"match": {"recipient": "Bob"}, "outcomes": [{"accept": {}, "delay": SOON}]}
        with client_of(server.app) as client:
            client.post("/__admin/rules", json=rule).raise_for_status()
        slow = request(LETTER.replace(b"Bea", b"Bob"))

        began = time.monotonic()
        answer = server.exchanged(request(LETTER) + slow + request(LETTER, "Connection: close"))
        took = time.monotonic() - began

        parts = [part for part in answer.split(b"HTTP/1.1 ") if part]
        numbers = [int(part.partition(b"emulator-request: ")[2].split(b"-")[0]) for part in parts]
        assert numbers == [1, 2, 3]
        assert SOON - 0.002 <= took < 6
        assert [record["recipients"] for record in journal(server.app)] == [
            ["Bea"],
            ["Bob"],
            ["Bea"],
        ]


def test_a_session_with_a_slash_in_its_name_is_refused_on_the_spot_too() -> None:
    def call(name: str) -> bytes:
        target = f"/__session/{name}toy/north/letters"
        return head(f"Content-Length: {len(LETTER)}", target=target) + LETTER

    with fresh() as server, server.connect() as connection:
        connection.sendall(call("a/"))
        first = one_answer(connection)
        connection.sendall(call("a%2F"))
        second = one_answer(connection)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"session"' in second


def test_a_connection_that_breaks_does_so_after_what_came_before() -> None:
    with fresh() as server:
        rule = {"match": {"recipient": "Bob"}, "outcomes": [{"fault": "empty"}]}
        with client_of(server.app) as client:
            client.post("/__admin/rules", json=rule).raise_for_status()

        answer = server.exchanged(request(LETTER) + request(LETTER.replace(b"Bea", b"Bob")))

        assert answer.count(b"HTTP/1.1 200 ") == answer.count(b"HTTP/1.1 ") == 1
        assert server.is_well()


def test_a_reset_lets_go_of_what_is_held_back() -> None:
    with fresh() as server, server.connect() as connection:
        with client_of(server.app) as client:
            client.post("/__admin/rules", json={"outcomes": [{"accept": {}, "delay": 60}]})
        connection.sendall(request(LETTER))
        while not journal(server.app):
            time.sleep(0.01)

        began = time.monotonic()
        httpx.post(f"http://127.0.0.1:{server.port}/__admin/reset").raise_for_status()

        assert one_answer(connection).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - began < 5


def test_an_idle_connection_is_closed_in_time_after_the_last_call() -> None:
    with fresh() as server:
        server.server.config.timeout_keep_alive = SOON
        with server.connect() as connection:
            began = time.monotonic()
            connection.sendall(request(LETTER))
            one_answer(connection)
            time.sleep(0.6 * SOON)
            connection.sendall(request(LETTER))
            one_answer(connection)

            assert everything(connection) == b""
            assert time.monotonic() - began >= 1.6 * SOON - 0.002


def test_no_call_is_cut_off_by_the_alarm_of_the_one_before() -> None:
    with fresh() as server:
        server.server.config.timeout_keep_alive = SOON
        with server.connect() as connection:
            connection.sendall(request(LETTER))
            one_answer(connection)
            for piece in (request(LETTER)[:9], request(LETTER)[9:-5], request(LETTER)[-5:]):
                connection.sendall(piece)
                time.sleep(0.6 * SOON)

            assert one_answer(connection).startswith(b"HTTP/1.1 200 ")
