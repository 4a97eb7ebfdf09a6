"""What the application was told: listed, found, waited for, and told again."""

from __future__ import annotations

from itertools import count

import pytest

from tests.admin.live import Live
from tests.receiver import OK, Receiver

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


def test_every_attempt_is_listed(live: Live, receiver: Receiver) -> None:
    calls = count(1)
    receiver.answer = lambda _: BUSY if next(calls) == 1 else OK
    live.webhook(receiver)
    id = live.text()

    live.advance(1)
    (waiting,) = live.callbacks()
    live.advance(120)

    (record,) = live.callbacks()
    assert waiting["state"] == "pending"
    assert waiting["next_attempt_at"] == "2026-01-31T12:02:01Z"
    assert {**record, "request": None, "attempts": None} == {
        "id": "callback-1",
        "session": "default",
        "event": "status",
        "message": id,
        "url": receiver.url,
        "state": "delivered",
        "error": None,
        "said": None,
        "request": None,
        "attempts": None,
        "next_attempt_at": None,
        "created_at": "2026-01-31T12:00:01Z",
    }
    assert record["request"]["media_type"] == "application/json;charset=UTF-8"
    assert record["request"]["body"] == receiver.received[0].body.decode()
    assert [
        (attempt["at"], attempt["status"], attempt["error"], attempt["response"])
        for attempt in record["attempts"]
    ] == [
        ("2026-01-31T12:00:01Z", 503, None, "busy"),
        ("2026-01-31T12:02:01Z", 200, None, ""),
    ]
    assert all(attempt["duration_ms"] > 0 for attempt in record["attempts"])


@pytest.fixture
def told(live: Live, receiver: Receiver) -> Live:
    """An emulator that told of two messages delivered and one seen, and not of a word."""
    live.webhook(receiver, events=["status", "seen"])
    live.text()
    live.text("447700900004")
    live.advance(2)
    live.call("POST", "inbound", 201, sender="41793026727", recipient="Shop", text="Hello")
    return live


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"event": "status"}, [1, 2]),
        ({"event": "seen"}, [3]),
        ({"state": "refused"}, [4]),
        ({"state": "pending"}, []),
        ({"event": "inbound", "state": "refused"}, [4]),
        ({"limit": "2"}, [1, 2]),
        ({"after": "callback-2"}, [3, 4]),
        ({"event": "status", "after": "callback-1", "limit": "1"}, [2]),
    ],
)
def test_callbacks_are_found_by_their_properties(
    query: dict[str, str], expected: list[int], told: Live
) -> None:
    found = told.callbacks(**query)

    assert [record["id"] for record in found] == [f"callback-{n}" for n in expected]


def test_callbacks_are_found_by_their_message(told: Live) -> None:
    (message,) = told.get("messages", recipient="447700900004")["messages"]

    found = told.callbacks(message=message["id"])

    assert [record["event"] for record in found] == ["status", "seen"]


def test_a_page_says_where_the_next_begins(told: Live) -> None:
    first = told.get("callbacks", limit="3")
    last = told.get("callbacks", after=first["next"])

    assert (len(first["callbacks"]), first["total"], first["evicted"]) == (3, 4, 0)
    assert ([record["id"] for record in last["callbacks"]], last["next"]) == (["callback-4"], None)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"event": "sen"}, 'no event "sen"; did you mean "seen"?'),
        ({"state": "lost"}, 'no state "lost"; known: delivered, failed, pending, refused'),
        ({"colour": "red"}, None),
        ({"after": "callback-9"}, 'no callback "callback-9" is among these'),
        ({"limit": "0"}, None),
        ({"wait": "61"}, 'parameter "wait" takes a number from 0 to 60, not "61"'),
    ],
)
def test_a_wrong_filter_is_told(query: dict[str, str], detail: str | None, live: Live) -> None:
    answer = live.client.get("/__admin/callbacks", params=query)

    assert (answer.status_code, answer.json()["code"]) == (400, "parameter")
    assert detail is None or answer.json()["detail"] == detail


def test_callbacks_are_waited_for(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver)
    live.call("PUT", "clock", mode="real")
    live.text()

    found = live.callbacks(state="delivered", wait="5")

    assert [record["event"] for record in found] == ["status"]


def test_who_waits_in_vain_gets_what_there_is(told: Live) -> None:
    assert len(told.callbacks(wait="0.05", count="5")) == 4


def test_a_callback_is_told_once_more_by_hand(told: Live, receiver: Receiver) -> None:
    record = told.call("POST", "callbacks/callback-1/redeliver", 202)
    told.advance()

    *before, again = receiver.received
    first = next(received for received in before if received.callback == "callback-1")
    assert record["id"] == "callback-1"
    assert (again.callback, again.headers["emulator-attempt"]) == ("callback-1", "2")
    assert again.body == first.body
    assert len(told.callbacks()[0]["attempts"]) == 2


def test_one_that_was_refused_is_told_by_hand_once_there_is_a_webhook(
    live: Live, receiver: Receiver
) -> None:
    live.call("POST", "inbound", 201, sender="a", recipient="b", text="Hello")
    refused = live.problem("POST", "callbacks/callback-1/redeliver", None)
    live.webhook(receiver)

    live.call("POST", "callbacks/callback-1/redeliver", 202)
    live.advance()

    assert refused == (409, "webhook", "no webhook is set; PUT /__admin/webhook sets one")
    assert live.callbacks()[0]["state"] == "delivered"
    assert len(receiver.received) == 1


def test_nothing_is_told_by_hand_once_the_webhook_is_gone(told: Live, receiver: Receiver) -> None:
    before = len(receiver.received)
    id = told.callbacks()[0]["id"]
    told.call("DELETE", "webhook", 204)

    problem = told.problem("POST", f"callbacks/{id}/redeliver", {})

    assert problem == (409, "webhook", "no webhook is set; PUT /__admin/webhook sets one")
    told.advance()
    assert len(receiver.received) == before


def test_an_unknown_callback_is_told(live: Live) -> None:
    assert live.problem("POST", "callbacks/none/redeliver", None) == (
        404,
        "callback",
        'no callback "none" is kept; GET /__admin/callbacks lists them',
    )


def test_a_reset_of_callbacks_forgets_them_and_keeps_the_webhook(
    told: Live, receiver: Receiver
) -> None:
    told.call("POST", "reset/callbacks", 204)

    assert told.callbacks() == []
    assert told.get("webhook")["url"] == receiver.url
    assert told.get("messages")["total"] == 2
