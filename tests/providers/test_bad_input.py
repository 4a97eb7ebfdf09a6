"""Is whatever else may arrive refused in the provider's shape, with its reason?"""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from tests.providers.bodies import (
    KONNEK,
    OMNI,
    OMNICHAT,
    WAYS,
    Way,
    assert_malformed,
    assert_refused,
    letter,
    omni,
    omni_xml,
)
from tests.providers.calls import rejected, send, told
from tests.providers.examples import named

JSON_WAYS = [way for way in WAYS if way.form == "json"]


def nested(levels: int, opening: str, closing: str) -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


BAD_JSON = [
    ("an empty body", b"", "body-empty", "the body is empty"),
    ("white space", b" \r\n\t ", "body-empty", "the body is empty"),
    ("no JSON", b"hello", "json-malformed", ""),
    ("a form", b"to=41793026727&text=Hello", "json-malformed", ""),
    ("XML", omni_xml("41793026727"), "json-malformed", ""),
    ("half an object", b'{"to":', "json-malformed", ""),
    ("something after the object", b'{"to":"1"} x', "json-malformed", ""),
    ("two objects", b"{}{}", "json-malformed", ""),
    ("a trailing comma", b'{"to":"1",}', "json-malformed", ""),
    ("a comment to the end of the line", b'{\n// c\n"to":"1"}', "json-malformed", "no comments"),
    ("a comment in front", b'// c\n{"to":"1"}', "json-malformed", "no comments"),
    ("a block comment", b'{/* c */"to":"1"}', "json-malformed", ""),
    ("a hash comment", b'{\n# c\n"to":"1"}', "json-malformed", "no comments"),
    ("single quotes", b"{'to':'1'}", "json-malformed", ""),
    ("bare names", b'{to:"1"}', "json-malformed", ""),
    ("NaN", b'{"to":NaN}', "json-malformed", ""),
    ("Infinity", b'{"to":Infinity}', "json-malformed", ""),
    ("-Infinity", b'{"to":-Infinity}', "json-malformed", ""),
    ("a number beyond all numbers", b'{"to":1e400}', "json-malformed", ""),
    ("a leading zero", b'{"to":01}', "json-malformed", ""),
    ("a control character", b'{"to":"a\x01b"}', "json-malformed", ""),
    ("a line break in a text", b'{"to":"a\nb"}', "json-malformed", ""),
    ("NUL", b"\x00", "json-malformed", ""),
    ("a byte order mark", b'\xef\xbb\xbf{"to":"1"}', "json-malformed", "BOM"),
    ("a lone high surrogate", b'{"to":"\\ud83d"}', "json-malformed", "surrogate"),
    ("a lone low surrogate", b'{"to":"\\ude00"}', "json-malformed", "surrogate"),
    ("surrogates in the wrong order", b'{"to":"\\ude00\\ud83d"}', "json-malformed", "surrogate"),
    ("a surrogate in UTF-8", b'{"to":"\xed\xa0\xbd"}', "encoding", "byte 7 (0xed) is not UTF-8"),
    ("Latin-1", '{"to":"Käse"}'.encode("latin-1"), "encoding", "byte 8 (0xe4) is not UTF-8"),
    ("UTF-16 with its mark", '{"to":"1"}'.encode("utf-16"), "encoding", "byte 0 (0xff)"),
    ("UTF-16", '{"to":"1"}'.encode("utf-16-le"), "json-malformed", ""),
    ("UTF-32", '{"to":"1"}'.encode("utf-32-be"), "json-malformed", ""),
    ("gzip", b"\x1f\x8b\x08\x00", "encoding", "byte 1 (0x8b) is not UTF-8"),
    ("a member twice", b'{"to":"1","to":"1"}', "member-repeated", '"to" stands more than once'),
    ("a member twice, deep", b'{"a":[{"b":1,"c":2,"b":3}]}', "member-repeated", '"b" stands'),
    ("a member twice, null", b'{"to":null,"to":"1"}', "member-repeated", '"to" stands'),
    ("a member twice, escaped", b'{"to":"1","t\\u006f":"1"}', "member-repeated", '"to" stands'),
    ("a colon for a member", b'{"to":"1","to":"\\u003a"}', "member-repeated", '"to" stands'),
    ("colons for members", b'{"a":"\\u003A\\u003a","a":1,"a":2}', "member-repeated", '"a" stands'),
    ("an array", b'[{"to":"1"}]', "body-object", "the body is an array"),
    ("a string", b'"hello"', "body-object", "the body is a string"),
    ("a number", b"5", "body-object", "the body is a number"),
    ("a boolean", b"true", "body-object", "the body is a boolean"),
    ("null", b"null", "body-object", "the body is null"),
    ("objects in objects", nested(100, '{"a":', "}"), "nesting", "deeper than 64 levels"),
    ("arrays in arrays", nested(100, "[", "]"), "body-object", "the body is an array"),
    ("deep arrays", b'{"a":' + nested(100, "[", "]") + b"}", "nesting", "deeper than 64 levels"),
    ("65 levels", nested(65, '{"a":', "}"), "nesting", "deeper than 64 levels"),
    ("thousands of levels", nested(5000, '{"a":', "}"), "nesting", "deep"),
    ("an open end", b'{"a":' * 100_000, "nesting", "deep"),
]


@pytest.mark.parametrize("way", JSON_WAYS, ids=named)
@pytest.mark.parametrize(
    ("body", "rule", "reason"), [case[1:] for case in BAD_JSON], ids=[case[0] for case in BAD_JSON]
)
def test_what_is_no_document_in_json_is_refused(
    body: bytes, rule: str, reason: str, way: Way, client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, body)

    assert_malformed(client, answer, way, rule, reason)


def test_64_levels_are_read(client: httpx.Client) -> None:
    core = orjson.dumps(letter(Way(OMNI, "json"))).decode()
    deep = core[:-1] + ',"unknown":' + nested(63, '{"a":', "}").decode() + "}"

    answer = send(client, OMNI, deep)

    assert answer.status_code == 200


@pytest.mark.parametrize("body", ['{\n"to": "1",\n  "text": Hello\n}', '{\n\n// no\n"to": "1"}'])
def test_where_json_is_malformed_is_told(body: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, body)

    assert "line 3" in told(answer, "Emulator-Rejection")[0].message


@pytest.mark.parametrize(
    ("members", "code", "pointer"),
    [
        ({"text": 5}, "infobip.omni-text-type", "/text"),
        ({"bulkId": True}, "infobip.bulk-id-type", "/bulkId"),
        ({"mailSubject": ["a"]}, "infobip.mail-subject-type", "/mailSubject"),
        ({"destinations": "41793026727"}, "infobip.destinations-type", "/destinations"),
        ({"destinations": []}, "infobip.destinations-min", "/destinations"),
        ({"destinations": [{}]}, "infobip.omni-to-required", "/destinations/0/to"),
        (
            {"destinations": [{"to": {"phoneNumber": 41793026727}}]},
            "infobip.phone-number-type",
            "/destinations/0/to/phoneNumber",
        ),
    ],
)
def test_a_value_of_another_type_is_refused(
    members: dict[str, Any], code: str, pointer: str, client: httpx.Client
) -> None:
    answer = send(client, OMNI, {**omni("41793026727"), **members})

    assert_refused(answer, Way(OMNI, "json"), 400)
    assert [(v.code, v.pointer) for v in told(answer, "Emulator-Rejection")] == [(code, pointer)]


@pytest.mark.parametrize("kind", ["VIDEO", "", "text", 5, ["TEXT"], {"TEXT": 1}, True])
def test_an_unknown_type_of_message_is_refused(kind: object, client: httpx.Client) -> None:
    answer = send(client, OMNICHAT, {"to": "1", "message": {"type": kind, "text": "Hello"}})

    assert_refused(answer, Way(OMNICHAT, "json"), 400)
    assert rejected(answer) == ["infobip.message-type-enum"]


@pytest.mark.parametrize("number", ["1e309", "-1e309", "123456789012345678901234567890", "1e-400"])
def test_a_number_of_any_size_is_no_error_of_the_emulator(
    number: str, client: httpx.Client
) -> None:
    body = orjson.dumps(letter(Way(KONNEK, "json"))).replace(b"1699594688", number.encode())

    answer = send(client, KONNEK, body)

    assert answer.status_code in (200, 400)
    assert "Emulator-Error" not in answer.headers
    assert rejected(answer) or answer.status_code == 200
