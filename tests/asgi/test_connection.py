"""What a client can hold on to is bounded, and what is no HTTP does no harm."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Queue

import orjson
import pytest

from emulator.bounds import Bounds
from emulator.server import Server
from tests.asgi.toy_app import LETTER, POST, RIGHT, journal, toy_app

SOON = 1
KIB = 1024


class Running:
    """A server with narrow bounds, in a thread."""

    def __init__(self, bounds: Bounds) -> None:
        self.app = toy_app()
        self.refused: Counter[str] = Counter()
        ready: Queue[int] = Queue()
        self.server = Server(
            self.app,
            "127.0.0.1",
            0,
            ready.put,
            self.app.close,
            refused=self.refused,
            bounds=bounds,
            at_once=self.app.endpoints,
        )
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.port = ready.get(timeout=10)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def is_well(self) -> bool:
        """Whether the next call is answered as ever."""
        with self.connect() as connection:
            connection.sendall(request(LETTER, "Connection: close"))
            return everything(connection).startswith(b"HTTP/1.1 200 ")

    def exchanged(self, sent: bytes) -> bytes:
        """Everything that is answered to what is sent, until the server closes."""
        with self.connect() as connection:
            with suppress(ConnectionError):
                connection.sendall(sent)
            return everything(connection)


@contextmanager
def running(bounds: Bounds) -> Iterator[Running]:
    server = Running(bounds)
    yield server
    server.server.should_exit = True
    server.thread.join(timeout=10)
    assert not server.thread.is_alive()


@pytest.fixture(scope="module")
def hasty() -> Iterator[Running]:
    """A server that waits for nobody, and takes no more than a few kilobytes."""
    bounds = Bounds(8 * KIB, 4 * KIB * KIB, SOON, SOON, SOON, connections=50)
    with running(bounds) as server:
        yield server


@pytest.fixture(scope="module")
def patient() -> Iterator[Running]:
    """A server with the bounds that it has by default."""
    with running(Bounds()) as server:
        yield server


def head(*extra: str, target: str = POST) -> bytes:
    headers = [f"{name}: {value}" for name, value in RIGHT.items()]
    return "\r\n".join([f"POST {target} HTTP/1.1", "Host: a", *headers, *extra, "", ""]).encode()


def request(body: bytes, *extra: str) -> bytes:
    return head(*extra, f"Content-Length: {len(body)}") + body


def everything(connection: socket.socket) -> bytes:
    """What is received until the server closes, or resets, the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def problem(answer: bytes) -> tuple[int, str]:
    """Status and code of an answer that is a problem, and nothing but that."""
    told, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\ncontent-type: application/problem+json\r\n" in told, answer
    assert b"\r\nconnection: close\r\n" in told
    document = orjson.loads(body)
    status = int(told.split()[1])
    assert document["status"] == status
    return status, document["code"]


LATE = [
    ("half a line", b"POST /to", (408, "head-time")),
    ("half a head", head()[:-2], (408, "head-time")),
    ("half a body", head("Content-Length: 30") + LETTER[:9], (408, "body-time")),
    ("half a chunk", head("Transfer-Encoding: chunked") + b"5\r\nab", (408, "body-time")),
    ("no last chunk", head("Transfer-Encoding: chunked") + b"1\r\na\r\n", (408, "body-time")),
    ("an endless trailer", head("Transfer-Encoding: chunked") + b"0\r\nA: b", (408, "body-time")),
]


@pytest.mark.parametrize(("sent", "told"), [c[1:] for c in LATE], ids=[c[0] for c in LATE])
def test_a_request_that_does_not_end_is_refused_in_time(
    sent: bytes, told: tuple[int, str], hasty: Running
) -> None:
    began = time.monotonic()

    answer = hasty.exchanged(sent)

    assert problem(answer) == told
    # A loop's clock is as coarse as a millisecond.
    assert SOON - 0.002 <= time.monotonic() - began < 6
    assert hasty.is_well()


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"\r\n" * 100])
def test_who_has_asked_for_nothing_is_sent_away_without_a_word(sent: bytes, hasty: Running) -> None:
    assert hasty.exchanged(sent) == b""


@pytest.mark.parametrize("dribbled", [head()[:-4], b"\r\n" * 500], ids=["head", "empty lines"])
def test_a_byte_now_and_then_does_not_buy_time(dribbled: bytes, hasty: Running) -> None:
    began = time.monotonic()
    with hasty.connect() as connection, suppress(ConnectionError):
        for byte in dribbled:
            connection.sendall(bytes([byte]))
            time.sleep(SOON / 10)

    assert time.monotonic() - began < 3


def test_a_second_request_on_a_connection_has_no_more_time(hasty: Running) -> None:
    with hasty.connect() as connection:
        connection.sendall(request(LETTER))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(head()[:-2])

        assert problem(everything(connection)) == (408, "head-time")


def test_empty_lines_after_an_answer_keep_no_connection_open(hasty: Running) -> None:
    with hasty.connect() as connection:
        connection.sendall(request(LETTER))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\r\n")

        assert everything(connection) == b""


def test_a_body_has_time_of_its_own_after_the_head(hasty: Running) -> None:
    whole = request(LETTER)
    with hasty.connect() as connection:
        connection.sendall(whole[:40])
        time.sleep(SOON * 0.6)
        connection.sendall(whole[40:-5])
        time.sleep(SOON * 0.6)
        connection.sendall(whole[-5:])

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


LARGE = [
    ("one line", b"GET /" + b"a" * 9 * KIB + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("one header", head(f"A: {'a' * 9 * KIB}")),
    ("many headers", head(*(f"A{n}: a" for n in range(1000)))),
    ("a name", head(f"{'a' * 9 * KIB}: a")),
    ("no end", b"GET / HTTP/1.1\r\nA: " + b"a" * 100 * KIB),
    ("a line without end", b"GET /" + b"a" * 100 * KIB),
]


@pytest.mark.parametrize("sent", [c[1] for c in LARGE], ids=[c[0] for c in LARGE])
def test_a_head_that_is_too_large_is_refused(sent: bytes, hasty: Running) -> None:
    assert problem(hasty.exchanged(sent)) == (431, "head")
    assert hasty.is_well()


def test_a_head_of_usual_size_is_taken_beside_a_large_body(patient: Running) -> None:
    sent = request(b" " * 500 * KIB + LETTER, "Connection: close")

    assert patient.exchanged(sent).startswith(b"HTTP/1.1 200 ")


def test_the_rest_of_a_body_that_is_too_large_is_taken_up_to_a_bound(hasty: Running) -> None:
    answer = hasty.exchanged(head(f"Content-Length: {10**10}") + b" " * 8 * KIB * KIB)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert hasty.refused["request"] >= 1


def test_what_stands_behind_a_body_in_chunks_is_no_header(patient: Running) -> None:
    sent = head("Transfer-Encoding: chunked", "Connection: close")
    sent += b"%x\r\n%b\r\n0\r\nSneaky: yes\r\n\r\n" % (len(LETTER), LETTER)

    answer = patient.exchanged(sent)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert "sneaky" not in journal(patient.app)[-1]["headers"]


def test_an_answer_that_nobody_reads_is_given_up(hasty: Running) -> None:
    for _ in range(40):
        hasty.exchanged(request(b" " * 900 * KIB, "Connection: close"))
    before = hasty.refused["unread"]
    with hasty.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /__admin/requests HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: hasty.refused["unread"] > before)

    assert hasty.is_well()


def wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_of_too_many_connections_the_slowest_has_to_go() -> None:
    with running(Bounds(connections=5)) as server:
        slow = [server.connect() for _ in range(5)]
        for connection in slow:
            connection.sendall(b"POST /")
        wait_until(lambda: len(server.server.server_state.connections) == 5)

        assert server.is_well()

        assert problem(everything(slow[0])) == (503, "connections")
        for connection in slow[1:]:
            connection.sendall(request(LETTER, "Connection: close")[6:])
            assert everything(connection).startswith(b"HTTP/1.1 ")
            connection.close()
        slow[0].close()
        assert server.refused == {"connections": 1}


def test_where_nobody_is_slow_who_comes_too_much_has_to_go() -> None:
    with running(Bounds(connections=2)) as server:
        busy = [server.connect() for _ in range(2)]
        for connection in busy:
            connection.sendall(b"GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536)

        with server.connect() as connection:
            assert problem(everything(connection)) == (503, "connections")
        for connection in busy:
            connection.close()


# What an HTTP/1.1 server must not be talked into (RFC 9112, sections 5.1, 6.1, 6.3 and 7.1).
SMUGGLED = request(LETTER)
MALFORMED = [
    ("no HTTP", b"hello\r\n\r\n"),
    ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ("SSH", b"SSH-2.0-OpenSSH_9.6\r\n"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HTTP/3.7", b"GET / HTTP/3.7\r\nHost: a\r\n\r\n"),
    ("an unknown method", b"FROB / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a NUL in the line", b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a NUL in a header", head("A: a\0b")),
    ("a NUL in a name", head("A\0: b")),
    ("a space before the colon", head("A : b")),
    ("a header without a colon", head("Ab")),
    ("a folded header", head("A: b\r\n c")),
    ("a bare CR", head("A: b\rB: c")),
    ("a header without a name", head(": b")),
    ("two lengths", head("Content-Length: 29", "Content-Length: 3") + LETTER),
    ("a list of lengths", head("Content-Length: 29, 29") + LETTER),
    ("a negative length", head("Content-Length: -1") + LETTER),
    ("a length with a sign", head("Content-Length: +29") + LETTER),
    ("a length in hex", head("Content-Length: 0x1d") + LETTER),
    ("a length beyond all numbers", head(f"Content-Length: {10**30}") + LETTER),
    ("no length", head("Content-Length: ") + LETTER),
    (
        "a length and chunks",
        head("Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
    ),
    (
        "chunks and a length",
        head("Transfer-Encoding: chunked", "Content-Length: 4") + b"0\r\n\r\n" + SMUGGLED,
    ),
    ("chunks that are not last", head("Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n"),
    ("chunks by another name", head("Transfer-Encoding: xchunked") + b"0\r\n\r\n" + SMUGGLED),
    ("a size that is none", head("Transfer-Encoding: chunked") + b"z\r\n\r\n" + SMUGGLED),
    ("a negative size", head("Transfer-Encoding: chunked") + b"-1\r\n\r\n" + SMUGGLED),
    ("a size beyond all numbers", head("Transfer-Encoding: chunked") + b"f" * 30 + b"\r\n"),
    ("a chunk longer than its size", head("Transfer-Encoding: chunked") + b"1\r\nabc\r\n0\r\n\r\n"),
    ("a chunk that ends in LF", head("Transfer-Encoding: chunked") + b"1\r\na\n0\r\n\r\n"),
]


@pytest.mark.parametrize("sent", [c[1] for c in MALFORMED], ids=[c[0] for c in MALFORMED])
def test_what_is_no_http_is_refused_and_the_connection_closed(
    sent: bytes, patient: Running
) -> None:
    kept = len(journal(patient.app))

    answer = patient.exchanged(sent)

    assert problem(answer) == (400, "http")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(journal(patient.app)) == kept
    assert patient.is_well()


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT shop.example:443",
        "GET http://",
        "GET http://[::1/x",
        "GET http://a:99999/x",
        "GET http://a:b/x",
        "POST http:///toy/north/letters",
    ],
)
@pytest.mark.parametrize("before", [b"", request(LETTER), request(LETTER) * 3])
def test_a_target_that_is_none_is_told_after_what_came_before_it(
    line: str, before: bytes, patient: Running
) -> None:
    answer = patient.exchanged(before + f"{line} HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    *answers, last = answer.split(b"HTTP/1.1 ")[1:]
    target = line.partition(" ")[2]
    assert [one[:4] for one in answers] == [b"200 "] * before.count(b"POST ")
    assert problem(b"HTTP/1.1 " + last) == (400, "http")
    assert (
        f'its target "{target}" is neither a path nor an address'
        in orjson.loads(last.partition(b"\r\n\r\n")[2])["detail"]
    )
    assert patient.is_well()


def test_a_call_before_what_is_no_http_is_answered_as_it_is_journalled(patient: Running) -> None:
    answer = patient.exchanged(request(LETTER) + b"garbage\r\n\r\n")

    first, separator, second = answer[1:].partition(b"HTTP/1.1 ")
    record = journal(patient.app)[-1]
    assert first.startswith(b"TTP/1.1 200 ")
    assert record["id"].encode() in first
    assert problem(separator + second) == (400, "http")


def test_what_is_no_http_does_not_answer_the_call_before_it(patient: Running) -> None:
    """It has no answer where the call before it has none yet."""
    answer = patient.exchanged(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\ngarbage\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1 ") == 1


ODD = [
    ("absolute form", head("Content-Length: 0", target=f"http://user:pw@a{POST}"), 400),
    ("a path in dots", head("Content-Length: 0", target="/toy/../__admin/reset"), 404),
    ("an encoded slash", head("Content-Length: 0", target="/%5f%5fadmin/reset"), 403),
    ("a NUL in the path, encoded", head("Content-Length: 0", target="/%00"), 404),
    ("a path that is no UTF-8", head("Content-Length: 0", target="/%ff"), 404),
    ("a double slash", head("Content-Length: 0", target="//__admin/reset"), 404),
    ("an asterisk", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    ("HTTP/1.0", b"GET /x HTTP/1.0\r\n\r\n", 404),
    ("no host", b"GET /x HTTP/1.1\r\n\r\n", 404),
    ("an address without a path", b"GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    (
        "an address with a query only",
        b"GET http://localhost?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        404,
    ),
    ("two hosts", b"GET /__admin/health HTTP/1.1\r\nHost: localhost\r\nHost: a\r\n\r\n", 403),
    ("1,000 headers", head(*(f"A{n}: a" for n in range(1000)), "Content-Length: 0"), 400),
    ("one header 1,000 times", head(*["A: a"] * 1000, "Content-Length: 0"), 400),
    ("a header in Latin-1", head("Content-Length: 0").replace(b": a\r", b": \xe4\r"), 400),
]


@pytest.mark.parametrize(("sent", "status"), [c[1:] for c in ODD], ids=[c[0] for c in ODD])
def test_what_is_odd_is_answered(sent: bytes, status: int, patient: Running) -> None:
    with patient.connect() as connection:
        connection.sendall(sent)

        answer = connection.recv(65536)

    assert int(answer.split()[1]) == status
    assert b"emulator-error" not in answer
    assert patient.is_well()


def test_a_thousand_calls_at_once_on_one_connection_are_answered_in_order() -> None:
    async def exchange(port: int) -> list[bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(LETTER) * 999 + request(LETTER, "Connection: close"))
        whole = await asyncio.wait_for(reader.read(-1), timeout=20)
        writer.close()
        return [part for part in whole.split(b"HTTP/1.1 ") if part]

    with running(Bounds()) as server:
        parts = asyncio.run(exchange(server.port))

    numbers = [int(part.partition(b"emulator-request: ")[2].split(b"-")[0]) for part in parts]
    assert {part[:3] for part in parts} == {b"200"}
    assert numbers == list(range(1, 1001))
