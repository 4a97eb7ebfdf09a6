"""The JSON form of requests and messages: whole, credentials redacted, every body kept."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import records
from emulator.core.exchange import Exchange
from emulator.core.living import Kept, Living
from emulator.core.message import Button, Media
from tests.core.toy import PROVIDER, answered, call


def request(exchange: Exchange) -> dict[str, Any]:
    return records.decode(records.encode_request(exchange, "toy"))


def message(exchange: Exchange, index: int = 0) -> dict[str, Any]:
    return records.decode(Kept(exchange, PROVIDER, "toy").living[index]())


def test_an_accepted_request_is_recorded_whole() -> None:
    exchange = answered(call())

    assert request(exchange) == {
        "id": exchange.id,
        "session": "toy",
        "received_at": "2023-11-14T22:13:20.500000Z",
        "duration_ms": 250.0,
        "provider": "toy",
        "endpoint": "toy.letters",
        "method": "POST",
        "path": "/toy/north/letters",
        "query": {},
        "headers": {
            "host": "toys.example",
            "authorization": "<redacted>",
            "content-type": "application/json",
        },
        "body": '{"to":["Bea"],"text":"Hello"}',
        "outcome": "accepted",
        "rejection": None,
        "warnings": [],
        "rule": None,
        "fault": None,
        "delay_ms": 0.0,
        "readings": {},
        "response": {
            "status": 200,
            "headers": {
                "Content-Type": "application/json;charset=UTF-8",
                "Emulator-Request": exchange.id,
            },
            "body": exchange.sent.body.decode(),
        },
        "recipients": ["Bea"],
        "messages": [exchange.messages[0].id],
    }


def test_a_refused_request_is_recorded_with_its_violations() -> None:
    exchange = answered(call(body=b'{"to":["Bea"],"text":"Hello","colour":"gren","added":1}'))

    record = request(exchange)

    assert (record["outcome"], record["messages"], record["response"]["status"]) == (
        "refused",
        [],
        400,
    )
    assert record["rejection"] == {
        "name": "invalid",
        "violations": [
            {
                "code": "toy.colour-enum",
                "pointer": "/colour",
                "message": 'expected one of red, green, blue, found "gren"',
                "expected": "one of red, green, blue",
                "source": {"document": "What one hears"},
                "fidelity": "documented",
                "value": '"gren"',
                "suggestion": 'did you mean "green"?',
            }
        ],
    }
    assert [(warning["code"], warning["pointer"]) for warning in record["warnings"]] == [
        ("toy.member-unknown", "/added")
    ]


def test_a_violation_in_xml_is_recorded_with_its_element() -> None:
    body = b"<post><to><recipient/></to><text>a</text></post>"

    exchange = answered(call(headers={"content-type": "text/xml"}, body=body))

    (violation,) = request(exchange)["rejection"]["violations"]
    assert violation["element"] == "/post/to/recipient[1]"


def test_a_message_is_recorded_whole() -> None:
    exchange = answered(call())
    sent = exchange.messages[0]

    assert message(exchange) == {
        "id": sent.id,
        "request": exchange.id,
        "session": "toy",
        "provider": "toy",
        "endpoint": "toy.letters",
        "channel": "POST",
        "sender": "north",
        "recipient": "Bea",
        "bulk_id": None,
        "type": "LETTER",
        "text": "Hello",
        "buttons": [],
        "media": None,
        "content": {"to": ["Bea"], "text": "Hello"},
        "segments": 1,
        "status": {"name": "SENT", "group": "UNDERWAY", "id": 1},
        "history": [{"at": "2023-11-14T22:13:20.500000Z", "status": "SENT"}],
        "warnings": [],
        "received_at": "2023-11-14T22:13:20.500000Z",
    }


def test_buttons_and_media_are_recorded_by_kind() -> None:
    exchange = answered(call())
    sent = exchange.messages[0]._replace(
        buttons=(
            Button("postback", "Yes", payload="y"),
            Button("url", None, url="https://toys.example/"),
        ),
        media=Media("https://toys.example/a.png", "a.png"),
    )

    record = records.decode(Living(sent, Kept(exchange, PROVIDER, "toy"), PROVIDER)())

    assert (record["buttons"], record["media"]) == (
        [
            {"kind": "postback", "title": "Yes", "payload": "y"},
            {"kind": "url", "title": None, "url": "https://toys.example/"},
        ],
        {"url": "https://toys.example/a.png", "name": "a.png"},
    )


def test_a_message_of_several_carries_the_warnings_of_its_own_part() -> None:
    exchange = answered(call(body=b'{"to":["Bea","Cy"],"text":"HELLO"}'))
    warning = exchange.warnings[0]._replace(pointer="/to/1")
    exchange = exchange._replace(warnings=[warning])

    assert [len(message(exchange, index)["warnings"]) for index in (0, 1)] == [0, 1]


def test_the_warnings_of_the_tenth_part_are_not_those_of_the_first() -> None:
    recipients = orjson.dumps({"to": [f"n{n}" for n in range(12)], "text": "HELLO"})
    exchange = answered(call(body=recipients))
    exchange = exchange._replace(warnings=[exchange.warnings[0]._replace(pointer="/to/10")])

    carrying = [index for index in range(12) if message(exchange, index)["warnings"]]

    assert carrying == [10]


@pytest.mark.parametrize(
    "name", ["authorization", "proxy-authorization", "auth-password", "cookie"]
)
def test_credentials_are_redacted(name: str) -> None:
    exchange = answered(call(headers={name: "gue55ed"}))

    assert request(exchange)["headers"][name] == "<redacted>"
    assert b"gue55ed" not in records.encode_request(exchange, "toy")


@given(st.binary(max_size=40))
def test_every_body_can_be_had_back_byte_by_byte(body: bytes) -> None:
    record = request(answered(call(body=body)))

    try:
        text = body.decode()
    except UnicodeDecodeError:
        assert base64.b64decode(record["body_base64"]) == body
    else:
        assert (record["body"], "body_base64" in record) == (text, False)


def test_a_body_that_is_not_utf_8_is_recorded_readably_and_as_base64() -> None:
    record = request(answered(call(body=b'{"a":"\xe9"}')))

    assert (record["body"], record["body_base64"]) == ('{"a":"\\xe9"}', "eyJhIjoi6SJ9")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a=1&a=&a=3&b", {"a": ["1", "", "3"], "b": ""}),
        ("a+b=%C3%A9%20c", {"a b": "é c"}),
        ("a=%ff", {"a": "\ufffd"}),
    ],
)
def test_a_query_is_recorded_with_its_repetitions(query: str, expected: dict[str, Any]) -> None:
    assert request(answered(call(query=query)))["query"] == expected


def test_repeated_answer_headers_are_recorded_together() -> None:
    exchange = answered(call(body=b'{"to":["",""],"text":"Hello"}'))

    told = request(exchange)["response"]["headers"]["Emulator-Rejection"]

    one = 'message="expected a non-empty string, found an empty one"'
    assert told == (
        f"code=toy.recipient-empty; pointer=/to/0; {one}, "
        f"code=toy.recipient-empty; pointer=/to/1; {one}"
    )
