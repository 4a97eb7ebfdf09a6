"""What is told out of band: refusals and warnings in headers, short and in ASCII."""

from __future__ import annotations

from typing import Any

import orjson

from emulator.core.exchange import Exchange
from tests.core.toy import XML, answered, call


def headers(exchange: Exchange, name: str) -> list[str]:
    return [value for known, value in exchange.sent.headers if known == name]


def document(exchange: Exchange) -> Any:
    return orjson.loads(exchange.sent.body)


def letter(*recipients: str, **members: Any) -> bytes:
    return orjson.dumps({"to": recipients, "text": "Hello", **members})


def test_a_refusal_is_told_out_of_band_and_not_in_the_body() -> None:
    exchange = answered(call(body=b'{"to":["Bea",""],"text":"Hello","added":1}'))

    assert document(exchange) == {"sorry": "invalid"}
    assert headers(exchange, "Emulator-Rejection") == [
        'code=toy.recipient-empty; pointer=/to/1; message="expected a non-empty string,'
        ' found an empty one"'
    ]
    assert headers(exchange, "Emulator-Warning") == [
        'code=toy.member-unknown; pointer=/added; message="expected only the members to, text,'
        ' colour, stamps, code, a/b~c, found \\"added\\""'
    ]
    assert list(exchange.messages) == []


def test_warnings_come_from_schema_format_query_and_advice() -> None:
    arrived = call(
        headers={"content-type": None},
        body=letter("Bea", text="HELLO", extra=1),
        query="a=1&b=&a=2&c",
    )

    exchange = answered(arrived)

    assert exchange.outcome == "accepted"
    assert [(warning.code, warning.value) for warning in exchange.warnings] == [
        ("toy.content-type-missing", None),
        ("toy.member-unknown", None),
        ("toy.query-parameter-unknown", "a"),
        ("toy.query-parameter-unknown", "b"),
        ("toy.query-parameter-unknown", "c"),
        ("toy.shouting", "HELLO"),
    ]
    assert len(headers(exchange, "Emulator-Warning")) == 6


def test_a_guessed_format_is_warned_of_where_the_body_is_refused_too() -> None:
    exchange = answered(call(headers={"content-type": None}, body=b"{"))

    assert [v.code for v in (*exchange.violations, *exchange.warnings)] == [
        "toy.json-malformed",
        "toy.content-type-missing",
    ]


def test_ten_violations_are_told_in_headers_and_all_in_the_exchange() -> None:
    exchange = answered(call(body=letter(*[""] * 30)))

    assert len(headers(exchange, "Emulator-Rejection")) == 10
    assert len(exchange.violations) == 30


def test_headers_are_visible_ascii_whatever_the_client_sent() -> None:
    exchange = answered(call(body=letter("Bea", colour='é"\\\r\n\x00\u2028😀')))

    (told,) = headers(exchange, "Emulator-Rejection")
    assert told.isascii()
    assert told.isprintable()


def test_a_pointer_in_a_header_is_percent_encoded_json_pointer() -> None:
    exchange = answered(call(body=letter("Bea", **{"x~/ é": 1})))

    (told,) = headers(exchange, "Emulator-Warning")
    assert "; pointer=/x~0~1%20%C3%A9; " in told


def test_headers_stay_short_whatever_the_client_sent() -> None:
    long = "x" * 100_000

    exchange = answered(
        call(body=orjson.dumps({"to": [""], long: 1, "colour": long, f"{long}2": 2}), query=long)
    )

    assert sum(len(value) for _, value in exchange.sent.headers) < 16_000


def test_a_refusal_of_xml_is_xml_and_names_the_element() -> None:
    body = b"<post><to><recipient/></to><text>a</text><extra/></post>"

    exchange = answered(call(headers={"content-type": "application/xml"}, body=body))

    assert exchange.sent.body == XML.encode({"sorry": "invalid"}, refused=True)
    assert [v.element for v in (*exchange.violations, *exchange.warnings)] == [
        "/post/to/recipient[1]",
        "/post/extra",
    ]


def test_a_wrong_verb_is_told_the_right_one() -> None:
    exchange = answered(call(method="GET"))

    assert headers(exchange, "Allow") == ["POST"]
    assert headers(exchange, "Emulator-Rejection") == [
        'code=toy.method; pointer=; message="GET is not offered here, POST is"'
    ]


def test_a_wrong_path_parameter_is_told_with_its_place() -> None:
    exchange = answered(call(path_params={"box": "nroth"}))

    assert headers(exchange, "Emulator-Rejection") == [
        'code=toy.box-enum; pointer=/box; message="expected one of north, south,'
        ' found \\"nroth\\"; did you mean \\"north\\"?"'
    ]
