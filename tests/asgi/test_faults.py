"""Connections that misbehave on a real socket: what does a client library see?"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import requests

from tests.asgi.toy_app import LETTER, POST, RIGHT, on_a_socket, toy_app
from tests.processes import serving
from tests.providers.examples import accepted

EXAMPLE = accepted("infobip.omni-text")
FAULTS = ("reset", "empty", "truncated", "malformed", "dribble", "hang")
PATIENCE = 0.25
"""Seconds for which a client waits that nothing is sent to."""

Sees = Callable[[str, float], Any]
"""Posts to an address with a timeout and gives the answer's status and body."""


def by_httpx(url: str, timeout: float) -> tuple[int, bytes]:
    with calling("", timeout) as client:
        answer = client.post(url, headers=EXAMPLE.headers, content=EXAMPLE.request)
    return answer.status_code, answer.content


def by_requests(url: str, timeout: float) -> tuple[int, bytes]:
    answer = requests.post(url, headers={**EXAMPLE.headers}, data=EXAMPLE.request, timeout=timeout)
    return answer.status_code, answer.content


def by_curl(url: str, timeout: float) -> tuple[int, bytes]:
    """Raises CalledProcessError with curl's exit code."""
    headers = [part for pair in EXAMPLE.headers.items() for part in ("-H", "{}: {}".format(*pair))]
    command = ["curl", "-sS", "-m", str(timeout), "-w", "%{http_code}", *headers]
    command += ["--data-binary", EXAMPLE.request, url]
    ended = subprocess.run(command, capture_output=True, check=True)
    return int(ended.stdout[-3:]), ended.stdout[:-3]


def calling(url: str, timeout: float) -> httpx.Client:
    """A client that is made in no time: certificates are not read."""
    return httpx.Client(base_url=url, timeout=timeout, verify=False)


CLIENTS: dict[str, Sees] = {"httpx": by_httpx, "requests": by_requests, "curl": by_curl}


def install(client: httpx.Client, **outcome: Any) -> str:
    """Install a rule with this outcome for every call, and give its id."""
    answer = client.post("/__admin/rules", json={"outcomes": [outcome]})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def address(client: httpx.Client) -> str:
    """Where the example is posted to in the client's session."""
    return f"{str(client.base_url).rstrip('/')}{EXAMPLE.path}"


def only(client: httpx.Client, **query: Any) -> dict[str, Any]:
    """The one request of the session."""
    (record,) = client.get("/__admin/requests", params={"wait": 5, **query}).json()["requests"]
    found: dict[str, Any] = record
    return found


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Where calls wait that are not answered."""
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.mark.parametrize(
    ("client", "fault", "error"),
    [
        ("httpx", "reset", httpx.ReadError),
        ("httpx", "empty", httpx.RemoteProtocolError),
        ("httpx", "truncated", httpx.RemoteProtocolError),
        ("httpx", "hang", httpx.ReadTimeout),
        ("requests", "reset", requests.exceptions.ConnectionError),
        ("requests", "empty", requests.exceptions.ConnectionError),
        ("requests", "truncated", requests.exceptions.ChunkedEncodingError),
        ("requests", "hang", requests.exceptions.ReadTimeout),
    ],
)
def test_a_library_raises_what_it_raises_for_a_broken_connection(
    world: httpx.Client, client: str, fault: str, error: type[Exception]
) -> None:
    install(world, fault=fault)

    with pytest.raises(error) as raised:
        CLIENTS[client](address(world), PATIENCE)

    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("fault", "text"),
    [("reset", "Connection reset by peer"), ("empty", "Remote end closed connection")],
)
def test_requests_tells_a_reset_from_a_close(world: httpx.Client, fault: str, text: str) -> None:
    install(world, fault=fault)

    with pytest.raises(requests.exceptions.ConnectionError, match=text):
        by_requests(address(world), PATIENCE)


@pytest.mark.parametrize(
    ("fault", "exit_code"), [("reset", 56), ("empty", 52), ("truncated", 18), ("hang", 28)]
)
def test_curl_ends_with_its_exit_code(world: httpx.Client, fault: str, exit_code: int) -> None:
    install(world, fault=fault)

    with pytest.raises(subprocess.CalledProcessError) as raised:
        by_curl(address(world), PATIENCE)

    assert raised.value.returncode == exit_code


@pytest.mark.parametrize("client", CLIENTS)
def test_a_malformed_answer_arrives_with_half_of_its_body(world: httpx.Client, client: str) -> None:
    install(world, fault="malformed")

    status, body = CLIENTS[client](address(world), 5)

    whole = only(world)["response"]["body"].encode()
    assert (status, body) == (200, whole[: len(whole) // 2])
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(body)


def test_an_answer_dribbles_in_for_about_two_seconds(
    world: httpx.Client, elsewhere: ThreadPoolExecutor
) -> None:
    install(world, fault="dribble")

    def timed(sees: Sees) -> tuple[int, bytes, float]:
        began = time.monotonic()
        # Longer than each pause, shorter than all of them: only curl's timeout is for the whole.
        status, body = sees(address(world), 10 if sees is by_curl else 1)
        return status, body, time.monotonic() - began

    impatient = elsewhere.submit(by_curl, address(world), 0.5)
    seen = [*elsewhere.map(timed, CLIENTS.values())]

    for status, body, seconds in seen:
        assert status == 200
        assert orjson.loads(body)["messages"]
        assert 1 < seconds < 4
    error = impatient.exception()
    assert isinstance(error, subprocess.CalledProcessError)
    assert error.returncode == 28


def raw(client: httpx.Client) -> socket.socket:
    """A connection on which the example was posted by hand."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in EXAMPLE.headers.items())
    path = f"{client.base_url.path.rstrip('/')}{EXAMPLE.path}"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}"
    body = EXAMPLE.request.encode()
    connection = socket.create_connection((client.base_url.host, client.base_url.port or 80), 5)
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def received(connection: socket.socket) -> bytes:
    """Everything that arrives until the connection is closed."""
    with connection.makefile("rb") as stream:
        return stream.read()


def test_a_reset_is_a_reset_before_any_byte(world: httpx.Client) -> None:
    install(world, fault="reset")

    with raw(world) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


@pytest.mark.parametrize("fault", ["empty", "truncated"])
def test_any_other_end_is_an_orderly_one(world: httpx.Client, fault: str) -> None:
    install(world, fault=fault)

    with raw(world) as connection:
        arrived = received(connection)

    head, _, body = arrived.partition(b"\r\n\r\n")
    response = only(world)["response"]
    if fault == "empty":
        assert (arrived, response) == (b"", None)
    else:
        whole = response["body"].encode()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\ncontent-length: %d\r\n" % len(whole) in head + b"\r\n"
        assert body == whole[: len(whole) // 2]


def test_nothing_arrives_from_an_answer_that_hangs(world: httpx.Client) -> None:
    install(world, fault="hang")

    with raw(world) as connection:
        connection.settimeout(PATIENCE)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_journal_has_the_call_while_its_connection_misbehaves(
    world: httpx.Client, fault: str
) -> None:
    id = install(world, fault=fault)

    with raw(world):
        record = only(world)

    heard = fault in ("truncated", "malformed", "dribble")
    messages = world.get("/__admin/messages").json()["messages"]
    assert (record["outcome"], record["fault"], record["rule"]) == ("broken", fault, id)
    assert record["recipients"] == ["41793026727"]
    assert (record["response"] is not None) == heard
    assert [message["id"] for message in messages] == record["messages"]
    assert len(messages) == (1 if heard else 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_only_the_connection_of_the_fault_is_harmed(world: httpx.Client, fault: str) -> None:
    world.post("/__admin/rules", json={"outcomes": [{"fault": fault}], "times": 1})

    with raw(world):
        only(world)
        with raw(world) as other:
            head = other.recv(1024)

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_connection_is_good_for_the_next_call_after_a_malformed_answer(
    world: httpx.Client,
) -> None:
    install(world, fault="malformed")
    broken = world.post(EXAMPLE.path, headers=EXAMPLE.headers, content=EXAMPLE.request)
    world.delete("/__admin/rules")

    whole = world.post(EXAMPLE.path, headers=EXAMPLE.headers, content=EXAMPLE.request)

    assert (broken.status_code, whole.status_code) == (200, 200)
    assert len(whole.json()["messages"]) == 1


@pytest.mark.parametrize(
    "outcome", [{"accept": {}}, {"refuse": "not-found"}, {"answer": {}}, {"fault": "empty"}]
)
def test_an_outcome_is_held_back_as_long_as_its_delay(
    world: httpx.Client, outcome: dict[str, Any]
) -> None:
    install(world, **outcome, delay=0.2)

    began = time.monotonic()
    with raw(world) as connection:
        connection.recv(1)
    seconds = time.monotonic() - began

    assert 0.2 <= seconds < 2
    assert only(world)["delay_ms"] == 200


def test_a_reset_lets_go_of_an_answer_that_is_held_back(
    world: httpx.Client, elsewhere: ThreadPoolExecutor
) -> None:
    install(world, delay=50)
    held = elsewhere.submit(by_httpx, address(world), 30)
    only(world)

    began = time.monotonic()
    world.post("/__admin/reset")

    assert held.result(timeout=5)[0] == 200
    assert time.monotonic() - began < 2
    assert world.get("/__admin/requests").json()["total"] == 0


def test_a_reset_closes_a_connection_that_hangs(
    world: httpx.Client, elsewhere: ThreadPoolExecutor
) -> None:
    install(world, fault="hang")
    hung = elsewhere.submit(by_httpx, address(world), 30)
    only(world)

    began = time.monotonic()
    world.post("/__admin/reset")

    assert isinstance(hung.exception(timeout=5), httpx.RemoteProtocolError)
    assert time.monotonic() - began < 2
    assert by_httpx(address(world), 5)[0] == 200


def test_a_reset_lets_nothing_go_that_hangs_in_another_session(
    world: httpx.Client, server: httpx.Client, elsewhere: ThreadPoolExecutor
) -> None:
    install(world, fault="hang")
    hung = elsewhere.submit(by_httpx, address(world), 0.4)
    only(world)

    server.post("/__session/another/__admin/reset")

    assert isinstance(hung.exception(timeout=5), httpx.ReadTimeout)


def test_a_reset_hurries_an_answer_that_dribbles(
    world: httpx.Client, elsewhere: ThreadPoolExecutor
) -> None:
    install(world, fault="dribble")
    dribbling = elsewhere.submit(by_httpx, address(world), 30)
    whole = only(world)["response"]["body"]

    began = time.monotonic()
    world.post("/__admin/reset")

    assert dribbling.result(timeout=5) == (200, whole.encode())
    assert time.monotonic() - began < 1


def test_a_client_that_gives_up_leaves_nothing_in_flight() -> None:
    app = toy_app()
    session = app.state.world.session
    with on_a_socket(app) as port, calling(f"http://127.0.0.1:{port}", 10) as client:
        outcomes: list[Any] = [{"fault": "hang"}, {"delay": 0.3}, {"fault": "reset"}]
        client.post("/__admin/rules", json={"outcomes": outcomes})

        impatient = httpx.Timeout(10, read=0.1)
        for error, timeout in (
            (httpx.ReadTimeout, impatient),
            (httpx.ReadTimeout, impatient),
            (httpx.ReadError, httpx.Timeout(10)),
        ):
            with pytest.raises(error):
                client.post(POST, headers=RIGHT, content=LETTER, timeout=timeout)
        over = time.monotonic() + 5
        while session.in_flight and time.monotonic() < over:
            time.sleep(0.01)

    assert session.in_flight == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", ConnectionResetError),
        ("empty", ConnectionAbortedError),
        ("truncated", ConnectionAbortedError),
    ],
)
def test_in_process_the_caller_gets_the_error_of_a_broken_connection(
    fault: str, error: type[Exception]
) -> None:
    async def story() -> None:
        transport = httpx.ASGITransport(toy_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.post("/__admin/rules", json={"outcomes": [{"fault": fault}]})
            await client.post(POST, headers=RIGHT, content=LETTER)

    with pytest.raises(error):
        asyncio.run(story())


def test_in_process_a_call_that_hangs_ends_with_a_reset() -> None:
    async def story() -> BaseException | None:
        transport = httpx.ASGITransport(toy_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.post("/__admin/rules", json={"outcomes": [{"fault": "hang"}]})
            hung = asyncio.ensure_future(client.post(POST, headers=RIGHT, content=LETTER))
            await client.get("/__admin/requests?wait=5")
            await client.post("/__admin/reset")
            await asyncio.wait([hung], timeout=5)
            return hung.exception()

    assert isinstance(asyncio.run(story()), ConnectionAbortedError)


def test_the_emulator_ends_within_a_second_whatever_hangs(
    tmp_path: Path, elsewhere: ThreadPoolExecutor
) -> None:
    events: list[str] = []
    following = threading.Event()

    def follow() -> None:
        with client.stream("GET", "/__admin/events") as stream:
            for line in stream.iter_lines():
                following.set()
                events.append(line)

    with serving(tmp_path) as emulator, calling(emulator.url, 30) as client:
        outcomes: list[Any] = [{"fault": "hang"}, {"delay": 50}]
        client.post("/__admin/rules", json={"outcomes": outcomes})
        hung: Future[Any] = elsewhere.submit(by_httpx, f"{emulator.url}{EXAMPLE.path}", 30)
        client.get("/__admin/requests?wait=5")
        held: Future[Any] = elsewhere.submit(by_httpx, f"{emulator.url}{EXAMPLE.path}", 30)
        client.get("/__admin/requests?wait=5&count=2")
        waiting = elsewhere.submit(client.get, "/__admin/requests?wait=50&count=9")
        follower = elsewhere.submit(follow)
        assert following.wait(timeout=5)
        time.sleep(0.1)

        exit_code, seconds = emulator.end()

    log = emulator.log.read_text()
    assert isinstance(hung.exception(timeout=5), httpx.RemoteProtocolError)
    assert held.result(timeout=5)[0] == 200
    assert waiting.result(timeout=5).json()["total"] == 2
    assert follower.exception(timeout=5) is None
    assert events[0] == ": following"
    assert (exit_code, "Traceback" in log) == (0, False), log
    assert seconds < 1
