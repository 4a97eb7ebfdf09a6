"""Callbacks on real sockets: their shapes, and receivers of every kind of misbehaviour."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from emulator import webhooks
from tests.admin.live import Live, strangers, unlike_its_schema
from tests.processes import free_port
from tests.providers.bodies import FACEBOOK, INVITE, KONNEK, OMNI, OMNICHAT, Way, letter, omni
from tests.providers.calls import send
from tests.receiver import OK, Received, Receiver

ENDPOINTS = [OMNICHAT, INVITE, OMNI, FACEBOOK, KONNEK]
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


@pytest.fixture
def live(client: httpx.Client) -> Live:
    """An emulator whose clock stands still."""
    return Live(client)


def told(live: Live, receiver: Receiver) -> tuple[Received, Any]:
    """The callback that arrived, and its record."""
    (received,) = live.told(receiver)
    (record,) = live.callbacks()
    assert (record["state"], received.body.decode()) == ("delivered", record["request"]["body"])
    return received, record


def everything(live: Live, endpoint: str) -> str:
    """Send a message that is delivered, seen, answered and, where it can be, tapped."""
    has_buttons = endpoint in (OMNICHAT, FACEBOOK, KONNEK)
    id = (
        live.buttons(endpoint)
        if has_buttons
        else live.send(endpoint, letter(Way(endpoint, "json")))
    )
    message = live.message(id)
    live.advance(1)
    live.call("POST", f"messages/{id}/seen")
    said = {"endpoint": endpoint, "sender": message["recipient"], "recipient": "app-1"}
    live.call("POST", "inbound", 201, text="Hello <you> & “me”", **said)
    if has_buttons:
        live.call("POST", f"messages/{id}/tap", button="Yes")
    live.advance()
    return id


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_callback_has_the_shape_of_its_provider(
    endpoint: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)

    everything(live, endpoint)

    provider = endpoint.partition(".")[0]
    events = ["status", "seen", "inbound", "postback"]
    expected = events if endpoint in (OMNICHAT, FACEBOOK, KONNEK) else events[:3]
    assert [record["event"] for record in live.callbacks()] == expected
    for event, received in zip(expected, live.told(receiver), strict=True):
        assert unlike_its_schema(event, provider, received.document) == []
        assert received.headers["content-type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize("status", ["REJECTED_NOT_ENOUGH_CREDITS", "EXPIRED_EXPIRED", "MISSING_TO"])
def test_a_report_of_every_kind_of_failure_has_its_shape(
    status: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = live.text()

    live.call("POST", f"messages/{id}/status", status=status)

    received, record = told(live, receiver)
    (report,) = received.document["results"]
    assert [*strangers([record])] == []
    assert report["status"]["name"] == status
    assert report["error"]["name"] != "NO_ERROR"


def test_a_delivery_report_says_what_became_of_the_message(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver)
    id = live.send(OMNI, omni("41793026727", bulkId="B-1"))

    live.advance(1)

    received, _ = told(live, receiver)
    assert received.document == {
        "results": [
            {
                "bulkId": "B-1",
                "messageId": id,
                "to": {"phoneNumber": "41793026727"},
                "sentAt": "2026-01-31T12:00:00.000+0000",
                "doneAt": "2026-01-31T12:00:01.000+0000",
                "messageCount": 1,
                "price": {"pricePerMessage": 0, "currency": "EUR"},
                "status": {
                    "groupId": 3,
                    "groupName": "DELIVERED",
                    "id": 5,
                    "name": "DELIVERED_TO_HANDSET",
                    "description": "Message delivered to handset",
                },
                "error": {
                    "groupId": 0,
                    "groupName": "OK",
                    "id": 0,
                    "name": "NO_ERROR",
                    "description": "No Error",
                    "permanent": False,
                },
                "channel": "OMNI",
            }
        ]
    }


def test_konnek_tells_an_incoming_status_in_the_time_of_jakarta(
    live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    answer = send(live.client, KONNEK, letter(Way(KONNEK, "json")))

    live.advance(1)

    received, _ = told(live, receiver)
    tid = answer.json()["data"]["tid"]
    assert received.document == {
        "status": {
            "message_id": "3c0b1912",
            "provider_message_id": tid,
            "recipient_id": "41793026727",
            "status": 2,
            "tid": tid,
            "times": 1,
            "timestamp": "2026-01-31T19:00:01.000000000+07:00",
        }
    }


def plain(value: Any) -> Any:
    """A document as XML holds it: all leaves are texts."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def tree(element: ElementTree.Element) -> Any:
    if element.tag == "results":
        assert {child.tag for child in element} == {"result"}
        return [tree(child) for child in element]
    return {child.tag: tree(child) for child in element} if len(element) else element.text or ""


def test_xml_says_the_same_as_json_where_it_is_offered(live: Live, receiver: Receiver) -> None:
    sides: list[list[Received]] = []
    for wanted in ("json", "xml"):
        live.call("POST", "reset", 204)
        live.call("PUT", "clock", mode="frozen", now="2026-01-31T12:00:00Z")
        live.webhook(receiver, format=wanted)
        receiver.received.clear()
        everything(live, OMNICHAT)
        sides.append([*receiver.received])

    assert [len(side) for side in sides] == [4, 4]
    for in_json, in_xml in zip(*sides, strict=True):
        root = ElementTree.fromstring(in_xml.body)
        assert in_xml.headers["content-type"] == "application/xml;charset=UTF-8"
        assert (root.tag, tree(root)) == ("omniReportsResponse", plain(in_json.document))


def test_konnek_offers_json_only(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver, format="xml")

    live.send(KONNEK, letter(Way(KONNEK, "json")))
    live.advance(1)

    received, _ = told(live, receiver)
    assert received.document["status"]["status"] == 2


def test_a_secret_signs_the_body(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver, secret="hush")

    live.text()
    live.advance(1)

    received, _ = told(live, receiver)
    digest = hmac.new(b"hush", received.body, hashlib.sha256).hexdigest()
    assert received.headers["emulator-signature"] == f"sha256={digest}"


def test_headers_are_the_emulators_own(live: Live, receiver: Receiver) -> None:
    receiver.answer = lambda received: BUSY if received.headers["emulator-attempt"] == "1" else OK
    live.webhook(receiver)

    live.text()
    live.advance(121)

    headers = [received.headers for received in receiver.received]
    assert [one["emulator-attempt"] for one in headers] == ["1", "2"]
    assert [one["emulator-callback"] for one in headers] == ["callback-1"] * 2
    assert headers[0]["host"] == f"127.0.0.1:{receiver.port}"
    assert headers[0]["user-agent"].startswith("messaging-emulator/")
    assert "emulator-signature" not in headers[0]
    assert "authorization" not in headers[0]


def test_the_path_and_query_of_the_webhook_are_kept(live: Live, receiver: Receiver) -> None:
    live.call("PUT", "webhook", url=f"http://localhost:{receiver.port}/a%20b/?x=1&x=2")

    live.text()
    live.advance(1)

    received, _ = told(live, receiver)
    assert received.target == "/a%20b/?x=1&x=2"
    assert received.headers["host"] == f"localhost:{receiver.port}"


def failed(live: Live) -> dict[str, Any]:
    """The only attempt of the only callback, which failed."""
    live.text()
    live.advance(1)
    (record,) = live.callbacks()
    (attempt,) = record["attempts"]
    assert (record["state"], record["next_attempt_at"]) == ("pending", "2026-01-31T12:02:01Z")
    found: dict[str, Any] = attempt
    return found


def test_redirects_are_not_followed(live: Live) -> None:
    with Receiver() as other:
        moved = (
            f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
        )
        with Receiver(moved.encode()) as receiver:
            live.webhook(receiver)

            attempt = failed(live)

        assert (attempt["status"], attempt["error"]) == (307, None)
        assert other.received == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nHello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
    ids=["bytes", "status", "lengths", "chunks", "headers"],
)
def test_a_receiver_that_answers_garbage_is_tried_again(
    garbage: bytes, live: Live, receiver: Receiver
) -> None:
    receiver.answer = garbage
    live.webhook(receiver)

    attempt = failed(live)

    assert attempt["status"] is None
    assert attempt["error"].startswith("RemoteProtocolError")


def test_an_answer_that_is_no_text_is_taken(live: Live, receiver: Receiver) -> None:
    receiver.answer = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\xff\x00\xfe"
    )
    live.webhook(receiver)

    live.text()
    live.advance(1)

    _, record = told(live, receiver)
    assert record["attempts"][0]["response"] == "\ufffd\x00\ufffd"


@pytest.mark.parametrize("framing", ["Content-Length: 10485760", "Connection: close"])
def test_of_an_answer_of_10_mb_the_beginning_is_read(
    framing: str, live: Live, receiver: Receiver
) -> None:
    head = f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode()
    receiver.answer = head + b"x" * 10 * 1024 * 1024
    live.webhook(receiver)
    live.text()
    began = time.perf_counter()

    live.advance(1)

    (record,) = live.callbacks()
    assert record["state"] == "delivered"
    assert record["attempts"][0]["response"] == "x" * 2000
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "answer",
    [None, b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHe"],
    ids=["silence", "half a head", "half a body"],
)
def test_a_receiver_that_does_not_answer_is_given_up(
    answer: bytes | None, live: Live, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.1)
    receiver.answer = answer
    live.webhook(receiver)

    attempt = failed(live)

    assert (attempt["status"], attempt["error"]) == (None, "no answer within 0.1 s")
    assert attempt["duration_ms"] >= 100


def test_a_receiver_that_is_not_there_is_tried_again(live: Live) -> None:
    live.call("PUT", "webhook", url=f"http://127.0.0.1:{free_port()}/")

    attempt = failed(live)

    assert attempt["status"] is None
    assert attempt["error"].startswith("ConnectionRefusedError: ")


def test_a_name_that_nobody_has_is_tried_again(live: Live) -> None:
    live.call("PUT", "webhook", url="http://no-such-host.invalid/")

    assert failed(live)["error"].startswith("gaierror")


@pytest.mark.parametrize("host", ["a" * 64, "xn--a.example", "exa\u0000mple", "ex..ample", "💥"])
def test_a_host_that_cannot_be_is_refused_or_tried_again(host: str, live: Live) -> None:
    answer = live.client.put("/__admin/webhook", json={"url": f"http://{host}/"})

    if answer.status_code == 200:
        assert failed(live)["error"]
    else:
        assert answer.json()["code"] == "webhook"


@contextmanager
def names(**known: list[str]) -> Iterator[None]:
    """A name service that knows some more names, as /etc/hosts would tell it."""
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        return [entry for name in known.get(host, [host]) for entry in real(name, *rest, **more)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        yield


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"])
def test_a_name_that_stands_for_a_link_local_address_is_not_called(
    address: str, live: Live
) -> None:
    live.call("PUT", "webhook", url="http://metadata/latest")

    with names(metadata=["127.0.0.1", address]):
        attempt = failed(live)

    assert attempt["status"] is None
    assert attempt["error"].startswith("ValueError: callbacks never go to ")


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376"])
def test_another_spelling_of_a_link_local_address_is_not_called(host: str, live: Live) -> None:
    live.call("PUT", "webhook", url=f"http://{host}/latest")

    assert failed(live)["error"].startswith("ValueError: callbacks never go to 169.254.169.254")


def test_a_name_with_several_addresses_is_called_at_the_one_that_answers(
    live: Live, receiver: Receiver
) -> None:
    live.call("PUT", "webhook", url=f"http://shop:{receiver.port}/")

    with names(shop=["::1", "127.0.0.2", "127.0.0.1"]):
        live.text()
        live.advance(1)

    received, record = told(live, receiver)
    assert received.headers["host"] == f"shop:{receiver.port}"
    assert len(record["attempts"]) == 1


def test_two_days_with_five_retries_go_by_in_no_time(live: Live) -> None:
    live.call("PUT", "webhook", url=f"http://127.0.0.1:{free_port()}/")
    live.text("447700900003")
    live.text()
    began = time.perf_counter()

    live.advance(48 * 3600)

    took = time.perf_counter() - began
    first, second = live.callbacks()
    assert (first["state"], len(first["attempts"])) == ("failed", 6)
    assert (second["state"], len(second["attempts"])) == ("pending", 1)
    # 30 ms where nothing else runs.
    assert took < 1


def test_a_slow_receiver_slows_no_endpoint(server: httpx.Client) -> None:
    def letters(session: str) -> list[float]:
        base = f"/__session/{session}"
        server.put(f"{base}/__admin/clock", json={"mode": "frozen"})
        took = []
        for _ in range(100):
            began = time.perf_counter()
            answer = send(server, OMNI, omni("41793026727"), path=f"{base}/omni/1/text")
            took.append(time.perf_counter() - began)
            assert answer.status_code == 200
            server.post(f"{base}/__admin/messages/{answer.json()['messages'][0]['messageId']}/seen")
        return sorted(took)

    with Receiver(None) as receiver:
        for session in ("slow", "slow-too"):
            url = f"/__session/{session}/__admin/webhook"
            server.put(url, json={"url": receiver.url})
        letters("slow")
        receiver.wait(32)
        with Receiver() as quick:
            server.put("/__session/slow-too/__admin/webhook", json={"url": quick.url})
            took = letters("slow-too")
            # Those of another receiver do not wait either.
            quick.wait(200)
        server.delete("/__admin/sessions/slow")
        server.delete("/__admin/sessions/slow-too")

    assert took[50] < 0.1


def test_a_receiver_that_was_down_gets_everything_in_order(live: Live) -> None:
    """A thousand callbacks; the receiver dies in the middle, without answering what it got."""
    then = [{"after": 1, "status": "DELIVERED_TO_HANDSET"}, {"after": 1, "status": "SEEN"}]
    live.call("POST", "rules", 201, outcomes=[{"accept": {"then": then}}])
    count, lock = 0, threading.Lock()

    with Receiver() as receiver:

        def until_it_dies(_: Received) -> bytes | None:
            nonlocal count
            with lock:
                count += 1
            if count < 400:
                return OK
            receiver.kill()
            return None

        receiver.answer = until_it_dies
        live.webhook(receiver)
        for _ in range(5):
            recipients = [f"4179302{n:04}" for n in range(100)]
            assert send(live.client, OMNI, omni(*recipients)).status_code == 200
        live.advance(1)
        before = [*receiver.received]
    pending = live.get("callbacks", state="pending", limit="1")["total"]
    with Receiver(port=receiver.port) as again:
        live.advance(24 * 3600)
        arrived = [*before, *again.received]

    assert 400 <= len(before) < 500
    assert pending > 500
    assert live.get("callbacks", state="delivered", limit="1")["total"] == 1000
    times = Counter(received.callback for received in arrived)
    duplicates = sum(times.values()) - 1000
    assert len(times) == 1000
    assert 1 <= duplicates <= 32
    lives: dict[str, list[str]] = {}
    for received in arrived:
        (report,) = received.document["results"]
        lives.setdefault(report["messageId"], []).append("seen" if "seenAt" in report else "done")
    assert len(lives) == 500
    assert all(life == sorted(life) and len(set(life)) == 2 for life in lives.values())
